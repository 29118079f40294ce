//! Requests per minute of the whole company, counted in windows of a minute.

use std::time::Duration;

/// How long a window lasts.
const WINDOW: Duration = Duration::from_secs(60);

/// The count of the present window.
#[derive(Debug)]
pub(in crate::aircall) struct Limit {
    per_minute: u32,
    window: u64,
    used: u32,
}

/// The window is full.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::aircall) struct Full {
    /// Requests per minute.
    pub(in crate::aircall) limit: u32,
    /// Whole seconds until the next window, at least 1.
    pub(in crate::aircall) wait_s: u64,
}

impl Limit {
    pub(in crate::aircall) fn new(per_minute: u32) -> Self {
        Self { per_minute, window: 0, used: 0 }
    }

    /// Takes one request at this time since the start. A refused one does not count.
    pub(in crate::aircall) fn ask(&mut self, uptime: Duration) -> Result<(), Full> {
        let window = uptime.as_secs() / WINDOW.as_secs();
        if window != self.window {
            self.window = window;
            self.used = 0;
        }
        if self.used >= self.per_minute {
            let into = uptime.as_secs() % WINDOW.as_secs();
            return Err(Full { limit: self.per_minute, wait_s: WINDOW.as_secs() - into });
        }
        self.used += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_window_refuses_until_the_next_begins() {
        let mut limit = Limit::new(2);
        let at = Duration::from_secs;
        assert_eq!(limit.ask(at(5)), Ok(()));
        assert_eq!(limit.ask(at(6)), Ok(()));
        assert_eq!(limit.ask(at(20)), Err(Full { limit: 2, wait_s: 40 }));
        assert_eq!(limit.ask(at(60)), Ok(()));
    }
}
