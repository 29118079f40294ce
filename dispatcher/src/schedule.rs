//! When to look again and when to try again.

/// Multiples of the base at which an accepted import is looked for: 2, 4, 8, 15, 30 and 60 s after the one
/// before with the default base of 2 s, then every minute. Imports were seen to take 1 to 15 s.
const CONFIRM_HALVES: [i64; 10] = [2, 4, 8, 15, 30, 60, 60, 60, 60, 60];
/// The longest pause between two tries of the same thing.
const BACKOFF_MAX_MS: i64 = 30_000;
/// The pause after the first failure.
const BACKOFF_FIRST_MS: i64 = 500;

/// How long after the last look the look number `step` (from 0) comes; none: it should be there by now.
#[must_use]
pub fn confirm_after_ms(base_ms: i64, step: u8) -> Option<i64> {
    CONFIRM_HALVES.get(usize::from(step)).map(|halves| base_ms * halves / 2)
}

/// How long to wait after failure number `failures` (from 1).
#[must_use]
pub fn backoff_ms(failures: u32) -> i64 {
    let doubled = BACKOFF_FIRST_MS << failures.saturating_sub(1).min(10);
    doubled.min(BACKOFF_MAX_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepted_is_looked_for_at_2_4_8_15_30_60_seconds_and_then_by_the_minute() {
        let steps: Vec<_> = (0..11).map(|step| confirm_after_ms(2_000, step)).collect();
        let seconds = [2, 4, 8, 15, 30, 60, 60, 60, 60, 60].map(|s| Some(s * 1_000));
        assert_eq!(steps[..10], seconds);
        assert_eq!(steps[10], None);
    }

    #[test]
    fn tries_grow_apart_up_to_half_a_minute() {
        let waits: Vec<_> = [1, 2, 3, 6, 7, 100].map(backoff_ms).to_vec();
        assert_eq!(waits, [500, 1_000, 2_000, 16_000, 30_000, 30_000]);
    }
}
