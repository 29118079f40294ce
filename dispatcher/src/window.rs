//! How many requests went out in the last so many milliseconds. An exact count over a moving window
//! stays within a limit whichever minute the other side counts by, a fixed or a moving one.

use std::collections::VecDeque;

/// The times of what was sent in the last `width_ms`.
#[derive(Debug, Clone)]
pub struct Window {
    width_ms: i64,
    sent: VecDeque<i64>,
}

impl Window {
    /// A window of this width, nothing in it.
    #[must_use]
    pub const fn of_ms(width_ms: i64) -> Window {
        Window { width_ms, sent: VecDeque::new() }
    }

    /// Counts one at `now`; a clock that went back counts as standing still.
    pub fn count(&mut self, now: i64) {
        let at = self.sent.back().map_or(now, |last| now.max(*last));
        while self.sent.front().is_some_and(|first| first + self.width_ms <= at) {
            self.sent.pop_front();
        }
        self.sent.push_back(at);
    }

    /// How many lie in the window that ends at `now`.
    #[must_use]
    pub fn used(&self, now: i64) -> usize {
        self.sent.len() - self.sent.partition_point(|at| at + self.width_ms <= now)
    }

    /// After how many milliseconds one more keeps within `allowed`; 0 when it does now.
    #[must_use]
    pub fn wait_ms(&self, now: i64, allowed: usize) -> i64 {
        if allowed == 0 {
            return self.width_ms;
        }
        let used = self.used(now);
        if used < allowed {
            return 0;
        }
        let must_leave = self.sent.len() - allowed;
        (self.sent[must_leave] + self.width_ms - now).max(1)
    }

    /// Whether nothing in it counts any more.
    #[must_use]
    pub fn is_idle(&self, now: i64) -> bool {
        self.used(now) == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_more_waits_until_the_oldest_that_counts_has_left() {
        let mut window = Window::of_ms(100);
        for at in [0, 10, 20] {
            window.count(at);
        }
        for (now, allowed, wait_ms) in [
            (20, 4, 0),
            (20, 3, 80),
            (20, 2, 90),
            (20, 1, 100),
            (100, 3, 0),
            (100, 2, 10),
            (5, 0, 100),
        ] {
            assert_eq!(window.wait_ms(now, allowed), wait_ms, "now {now} allowed {allowed}");
        }
    }

    proptest! {
        #[test]
        fn whoever_waits_as_told_never_exceeds_the_limit_in_any_window(
            gaps in prop::collection::vec(0i64..40, 1..200), allowed in 1usize..8
        ) {
            let (mut window, mut now, mut sent) = (Window::of_ms(100), 0, Vec::new());
            for gap in gaps {
                now += gap;
                now += window.wait_ms(now, allowed);
                window.count(now);
                sent.push(now);
            }
            for (index, start) in sent.iter().enumerate() {
                let inside = sent[index..].iter().take_while(|at| **at < start + 100).count();
                prop_assert!(inside <= allowed);
            }
        }
    }
}
