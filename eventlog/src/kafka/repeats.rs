//! What librdkafka says again and again is told once in a while: while brokers are away each of its
//! clients says so several times a second.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How long nothing is told that differs from what was told in numbers only. An outage of a day makes
/// some thousand lines.
const SILENCE: Duration = Duration::from_secs(60);
/// Kinds of sentences that are remembered; with more of them the memory begins anew.
const KINDS_MAX: usize = 256;

/// Sentences that were told, and when.
#[derive(Debug, Default)]
pub(super) struct Repeats {
    told: Mutex<HashMap<String, Told>>,
}

#[derive(Debug)]
struct Told {
    at: Instant,
    kept_back: u64,
}

impl Repeats {
    /// Whether to tell `sentence` at `now`, and how many like it were kept back since one was told.
    pub(super) fn tell(&self, now: Instant, sentence: &str) -> Option<u64> {
        let kind: String = sentence.chars().filter(|letter| !letter.is_ascii_digit()).collect();
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = told.get_mut(&kind) {
            if now.saturating_duration_since(last.at) < SILENCE {
                last.kept_back += 1;
                return None;
            }
            last.at = now;
            return Some(std::mem::take(&mut last.kept_back));
        }
        if told.len() >= KINDS_MAX {
            told.clear();
        }
        told.insert(kind, Told { at: now, kept_back: 0 });
        Some(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_told_once_in_a_while_with_how_many_were_kept_back() {
        let (repeats, began) = (Repeats::default(), Instant::now());
        assert_eq!(repeats.tell(began, "refused (after 0ms)"), Some(0));
        for ms in 1..10 {
            let now = began + Duration::from_millis(ms);
            assert_eq!(repeats.tell(now, &format!("refused (after {ms}ms)")), None);
        }
        assert_eq!(repeats.tell(began, "another one"), Some(0));
        assert_eq!(repeats.tell(began + SILENCE, "refused (after 3ms)"), Some(9));
        assert_eq!(repeats.tell(began + SILENCE, "refused (after 4ms)"), None);
    }

    #[test]
    fn what_is_remembered_has_an_end() {
        let (repeats, now) = (Repeats::default(), Instant::now());
        let letters = |n: usize| "x".repeat(n + 1);
        for n in 0..3 * KINDS_MAX {
            assert_eq!(repeats.tell(now, &letters(n)), Some(0));
        }
        assert!(repeats.told.lock().unwrap().len() <= KINDS_MAX);
    }
}
