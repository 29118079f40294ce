//! How far a local store got, and whether it can still catch up from there.

use crate::topic::TOMBSTONES_KEPT;
use crate::{Ends, Offset};

/// How far a store got in one partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reached {
    /// The offset that it takes next.
    pub offset: Offset,
    /// The time of the last record that it took in, in milliseconds since the Unix epoch: every
    /// tombstone that it has not seen is younger.
    pub time_ms: i64,
}

/// Why a store must be rebuilt from the first record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rebuild {
    /// It never took in anything of this partition.
    #[error("it holds nothing of this partition yet")]
    Empty,
    /// It knows of records that the log does not have.
    #[error("it reached offset {} and the log ends at {}", .reached.0, .end.0)]
    PastTheEnd {
        /// How far the store got.
        reached: Offset,
        /// Where the log ends.
        end: Offset,
    },
    /// Tombstones that it has not seen may be gone.
    #[error("it is {days} days behind, and tombstones are kept for {}", TOMBSTONES_KEPT.as_secs() / 86_400)]
    TombstonesGone {
        /// How far behind it is.
        days: i64,
    },
}

impl Reached {
    /// Whether a store that got here can catch up with a log that has these ends.
    ///
    /// # Errors
    /// [`Rebuild`]: empty the store and read from the first record.
    pub fn catches_up(
        reached: Option<Reached>,
        ends: Ends,
        now_ms: i64,
    ) -> Result<Offset, Rebuild> {
        let reached = reached.ok_or(Rebuild::Empty)?;
        if reached.offset > ends.end {
            return Err(Rebuild::PastTheEnd { reached: reached.offset, end: ends.end });
        }
        let behind_ms = now_ms.saturating_sub(reached.time_ms);
        let kept_ms =
            i64::try_from(TOMBSTONES_KEPT.as_millis()).expect("a week in milliseconds fits");
        if reached.offset < ends.end && behind_ms >= kept_ms {
            return Err(Rebuild::TombstonesGone { days: behind_ms / 86_400_000 });
        }
        Ok(reached.offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY_MS: i64 = 86_400_000;

    #[test]
    fn a_store_catches_up_unless_it_may_have_missed_something() {
        let at = |offset, time_ms| Some(Reached { offset: Offset(offset), time_ms });
        let ends = Ends { start: Offset(2), end: Offset(10) };
        let past = Rebuild::PastTheEnd { reached: Offset(11), end: Offset(10) };
        for (reached, now_ms, verdict) in [
            (None, 0, Err(Rebuild::Empty)),
            (at(5, 0), DAY_MS, Ok(Offset(5))),
            (at(5, 0), 7 * DAY_MS - 1, Ok(Offset(5))),
            (at(5, 0), 7 * DAY_MS, Err(Rebuild::TombstonesGone { days: 7 })),
            (at(10, 0), 70 * DAY_MS, Ok(Offset(10))),
            (at(11, 0), 0, Err(past)),
            (at(1, 0), 0, Ok(Offset(1))),
        ] {
            assert_eq!(Reached::catches_up(reached, ends, now_ms), verdict, "{reached:?} {now_ms}");
        }
    }
}
