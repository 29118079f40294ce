//! How many requests count in the last so many milliseconds. The other side counts a request at some
//! moment between its sending and its answer; so it counts here from the first until so long after the
//! second. That keeps a limit exactly, however unequal the ways are, and whether the other side counts by
//! fixed or by moving windows.

use std::collections::VecDeque;

/// When somebody who waits for an answer that is still out asks again.
const ANSWER_POLL_MS: i64 = 20;

/// What counts in a window of `width_ms`.
#[derive(Debug, Clone)]
pub struct Window {
    width_ms: i64,
    under_way: usize,
    answered: VecDeque<i64>,
}

impl Window {
    /// A window of this width, nothing in it.
    #[must_use]
    pub const fn of_ms(width_ms: i64) -> Window {
        Window { width_ms, under_way: 0, answered: VecDeque::new() }
    }

    /// One goes out.
    pub fn begin(&mut self) {
        self.under_way += 1;
    }

    /// One was answered at `now`, or will never be; a clock that went back counts as standing still.
    pub fn end(&mut self, now: i64) {
        self.under_way = self.under_way.saturating_sub(1);
        let at = self.answered.back().map_or(now, |last| now.max(*last));
        while self.answered.front().is_some_and(|first| first + self.width_ms <= at) {
            self.answered.pop_front();
        }
        self.answered.push_back(at);
    }

    /// How many count at `now`.
    #[must_use]
    pub fn used(&self, now: i64) -> usize {
        self.under_way + self.answered.len() - self.gone(now)
    }

    /// After how many milliseconds one more keeps within `allowed`; 0 when it does now.
    #[must_use]
    pub fn wait_ms(&self, now: i64, allowed: usize) -> i64 {
        let used = self.used(now);
        if used < allowed {
            return 0;
        }
        let must_leave = used - allowed;
        match self.answered.get(self.gone(now) + must_leave) {
            Some(at) => (at + self.width_ms - now).max(1),
            None => ANSWER_POLL_MS,
        }
    }

    /// Whether nothing counts any more.
    #[must_use]
    pub fn is_idle(&self, now: i64) -> bool {
        self.used(now) == 0
    }

    fn gone(&self, now: i64) -> usize {
        self.answered.partition_point(|at| at + self.width_ms <= now)
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
            window.begin();
            window.end(at);
        }
        window.begin();
        for (now, allowed, wait_ms) in [
            (20, 5, 0),
            (20, 4, 80),
            (20, 3, 90),
            (20, 2, 100),
            (20, 1, 20),
            (100, 4, 0),
            (100, 3, 10),
        ] {
            assert_eq!(window.wait_ms(now, allowed), wait_ms, "now {now} allowed {allowed}");
        }
    }

    #[test]
    fn a_request_counts_from_its_beginning_until_its_width_after_its_end() {
        let mut window = Window::of_ms(100);
        assert!(window.is_idle(0));
        window.begin();
        window.begin();
        window.end(10);
        for (now, used) in [(10, 2), (109, 2), (110, 1), (10_000, 1)] {
            assert_eq!((window.used(now), window.is_idle(now)), (used, false), "{now}");
        }
        window.end(5);
        assert_eq!(window.used(109), 2, "a clock that goes back stands still");
        assert!(window.is_idle(110));
        window.begin();
        window.end(110);
        assert_eq!(window.answered.len(), 1, "what counts no more takes no room");
    }

    proptest! {
        #[test]
        fn whoever_waits_as_told_never_exceeds_the_limit_wherever_it_is_counted(
            steps in prop::collection::vec((0i64..40, 0i64..60, 0i64..60), 1..200),
            allowed in 1usize..8
        ) {
            let (mut window, mut now, mut counted) = (Window::of_ms(100), 0, Vec::new());
            let mut under_way: Vec<i64> = Vec::new();
            for (gap, there, back) in steps {
                now += gap;
                loop {
                    under_way.sort_unstable();
                    while under_way.first().is_some_and(|at| *at <= now) {
                        window.end(under_way.remove(0));
                    }
                    let wait_ms = window.wait_ms(now, allowed);
                    if wait_ms == 0 {
                        break;
                    }
                    now += 1;
                }
                window.begin();
                counted.push(now + there);
                under_way.push(now + there + back);
            }
            counted.sort_unstable();
            for (index, start) in counted.iter().enumerate() {
                let inside = counted[index..].iter().take_while(|at| **at < start + 100).count();
                prop_assert!(inside <= allowed);
            }
        }
    }
}
