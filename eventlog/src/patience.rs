//! How long a service waits before it asks again for what it could not have: one policy for all who
//! work on a log, so that nobody hammers it and nobody sleeps through its return.

use std::time::Duration;

/// The first wait. Short, because most such moments pass.
const FIRST: Duration = Duration::from_millis(50);

/// The longest one. It keeps the reason visible in the log of the process, and work goes on within
/// this time of the space, or the broker, being there again.
const LONGEST: Duration = Duration::from_secs(5);

/// How long a writer may be another's while its slot is still this member's. Whoever shares the
/// slots out says within a session timeout, a third of this, whose it is.
pub const FENCED_MAX: Duration = Duration::from_secs(30);

/// The waits between tries: each twice as long as the one before, up to five seconds.
#[derive(Debug, Clone)]
pub struct Patience {
    next: Duration,
}

impl Default for Patience {
    fn default() -> Patience {
        Patience { next: FIRST }
    }
}

impl Patience {
    /// How long to wait before the next try.
    pub fn wait(&mut self) -> Duration {
        let wait = self.next;
        self.next = (wait * 2).min(LONGEST);
        wait
    }

    /// What was tried went well for a while: the next trouble is a new one.
    pub fn renew(&mut self) {
        *self = Patience::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_and_start_again() {
        let mut patience = Patience::default();
        let waits: Vec<u128> = (0..9).map(|_| patience.wait().as_millis()).collect();
        assert_eq!(waits, [50, 100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
        patience.renew();
        assert_eq!(patience.wait(), FIRST);
    }
}
