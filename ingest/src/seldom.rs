//! Lets one of many equal sentences through in a while, and counts those it keeps back.

use std::sync::Mutex;

/// How long nothing is told after something was. A person who looks sees that it goes on; a flood
/// makes less than three thousand lines a day.
const SILENCE_MS: i64 = 30_000;

/// One sentence that is told seldom.
#[derive(Debug, Default)]
pub struct Seldom {
    told: Mutex<Told>,
}

#[derive(Debug, Default)]
struct Told {
    at_ms: Option<i64>,
    kept_back: u64,
}

impl Seldom {
    /// Whether to tell it at `now_ms`, and how many were kept back since it was told last. A clock
    /// that was set back ends the silence.
    #[must_use]
    pub fn tell(&self, now_ms: i64) -> Option<u64> {
        let mut told = self.told.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let silent =
            told.at_ms.is_some_and(|at_ms| (0..SILENCE_MS).contains(&now_ms.saturating_sub(at_ms)));
        if silent {
            told.kept_back += 1;
            return None;
        }
        told.at_ms = Some(now_ms);
        Some(std::mem::take(&mut told.kept_back))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_told_once_in_a_while_with_its_size() {
        let seldom = Seldom::default();
        assert_eq!(seldom.tell(1_000), Some(0));
        for now_ms in 1_000..2_000 {
            assert_eq!(seldom.tell(now_ms), None);
        }
        assert_eq!(seldom.tell(1_000 + SILENCE_MS), Some(1_000));
        assert_eq!(seldom.tell(999), Some(0), "the clock was set back");
    }
}
