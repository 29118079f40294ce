//! Front's request limits as a pure value: the company's minute, its burst, the limit per resource,
//! and the share of searches.

use std::collections::{HashMap, VecDeque};

use super::config::Limits;
use super::switches::LimitWindow;

const MINUTE_MS: i64 = 60_000;
const SECOND_MS: i64 = 1_000;
/// Over how long a burst that was used up comes back.
const BURST_REFILL_MS: i64 = 600_000;
/// Resources whose last second is remembered before those that are quiet are dropped: any number
/// that is larger than the resources written within a second does.
const RESOURCES_KEPT: usize = 10_000;

/// What one request asks the limits for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ask<'a> {
    /// The resource whose own limit applies, if one does.
    pub(super) resource: Option<&'a str>,
    /// Whether it is a search.
    pub(super) search: bool,
}

/// What the headers of an answer say.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Standing {
    pub(super) limit: u32,
    pub(super) remaining: u32,
    /// Unix milliseconds at which the minute's requests are back.
    pub(super) reset_ms: i64,
    pub(super) burst_limit: u32,
    pub(super) burst_remaining: u32,
}

/// Why a request is refused, and for how many milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    Company { wait_ms: i64 },
    Resource { wait_ms: i64 },
    Search { wait_ms: i64 },
}

/// Counts requests against all limits.
#[derive(Debug)]
pub(super) struct Limiter {
    limits: Limits,
    window: LimitWindow,
    /// Times of the requests that the present minute counts.
    minute: VecDeque<i64>,
    /// When the fixed minute began.
    minute_began_ms: i64,
    searches: VecDeque<i64>,
    burst: f64,
    burst_at_ms: i64,
    resources: HashMap<String, VecDeque<i64>>,
}

impl Limiter {
    pub(super) fn new(limits: Limits, window: LimitWindow, now_ms: i64) -> Self {
        Self {
            limits,
            window,
            minute: VecDeque::new(),
            minute_began_ms: now_ms - MINUTE_MS,
            searches: VecDeque::new(),
            burst: f64::from(limits.burst),
            burst_at_ms: now_ms,
            resources: HashMap::new(),
        }
    }

    /// Counts a request, or refuses it and counts nothing.
    pub(super) fn take(&mut self, ask: Ask<'_>, now_ms: i64) -> Result<(), Refused> {
        self.advance(now_ms);
        if let Some(name) = ask.resource
            && let Some(wait_ms) = self.resource_wait_ms(name, now_ms)
        {
            return Err(Refused::Resource { wait_ms });
        }
        if ask.search && self.searches.len() >= self.searches_max() {
            let oldest = self.searches.front().copied().unwrap_or(now_ms);
            return Err(Refused::Search { wait_ms: (oldest + MINUTE_MS - now_ms).max(1) });
        }
        self.take_from_company(now_ms)?;
        if ask.search {
            self.searches.push_back(now_ms);
        }
        if let Some(name) = ask.resource {
            self.resources.entry(name.to_owned()).or_default().push_back(now_ms);
        }
        Ok(())
    }

    /// What the headers say now.
    pub(super) fn standing(&mut self, now_ms: i64) -> Standing {
        self.advance(now_ms);
        Standing {
            limit: self.limits.requests_per_minute,
            remaining: self.limits.requests_per_minute.saturating_sub(self.used()),
            reset_ms: self.reset_ms(now_ms),
            burst_limit: self.limits.burst,
            burst_remaining: whole(self.burst),
        }
    }

    fn take_from_company(&mut self, now_ms: i64) -> Result<(), Refused> {
        if self.used() < self.limits.requests_per_minute {
            if self.minute.is_empty() {
                self.minute_began_ms = now_ms;
            }
            self.minute.push_back(now_ms);
            return Ok(());
        }
        if self.burst >= 1.0 {
            self.burst -= 1.0;
            return Ok(());
        }
        let per_token_ms = BURST_REFILL_MS / i64::from(self.limits.burst.max(1));
        let minute_ms = self.reset_ms(now_ms) - now_ms;
        let wait_ms = if self.limits.burst == 0 { minute_ms } else { minute_ms.min(per_token_ms) };
        Err(Refused::Company { wait_ms: wait_ms.max(1) })
    }

    fn resource_wait_ms(&mut self, name: &str, now_ms: i64) -> Option<i64> {
        let second = self.resources.get_mut(name)?;
        drop_older(second, now_ms - SECOND_MS);
        let allowed = usize::try_from(self.limits.per_resource_per_s).unwrap_or(usize::MAX);
        if second.len() < allowed {
            return None;
        }
        let oldest = second.front().copied().unwrap_or(now_ms);
        Some((oldest + SECOND_MS - now_ms).max(1))
    }

    fn advance(&mut self, now_ms: i64) {
        match self.window {
            LimitWindow::Fixed => {
                if now_ms - self.minute_began_ms >= MINUTE_MS {
                    self.minute.clear();
                }
            }
            LimitWindow::Sliding => drop_older(&mut self.minute, now_ms - MINUTE_MS),
        }
        drop_older(&mut self.searches, now_ms - MINUTE_MS);
        let refilled = (now_ms - self.burst_at_ms) as f64 / BURST_REFILL_MS as f64;
        let burst_limit = f64::from(self.limits.burst);
        self.burst = (self.burst + refilled * burst_limit).min(burst_limit);
        self.burst_at_ms = now_ms;
        if self.resources.len() > RESOURCES_KEPT {
            self.resources
                .retain(|_, times| times.back().is_some_and(|at| now_ms - at < SECOND_MS));
        }
    }

    fn used(&self) -> u32 {
        u32::try_from(self.minute.len()).unwrap_or(u32::MAX)
    }

    fn reset_ms(&self, now_ms: i64) -> i64 {
        match self.window {
            LimitWindow::Fixed if self.minute.is_empty() => now_ms + MINUTE_MS,
            LimitWindow::Fixed => self.minute_began_ms + MINUTE_MS,
            LimitWindow::Sliding => self.minute.front().copied().unwrap_or(now_ms) + MINUTE_MS,
        }
    }

    fn searches_max(&self) -> usize {
        let share = f64::from(self.limits.requests_per_minute) * self.limits.search_share;
        usize::try_from(whole(share)).unwrap_or(usize::MAX)
    }
}

fn drop_older(times: &mut VecDeque<i64>, edge_ms: i64) {
    while times.front().is_some_and(|at| *at <= edge_ms) {
        times.pop_front();
    }
}

fn whole(value: f64) -> u32 {
    value.clamp(0.0, f64::from(u32::MAX)).floor() as u32
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;

    use super::*;

    const PLAIN: Ask<'static> = Ask { resource: None, search: false };

    fn limiter(window: LimitWindow) -> Limiter {
        let limits =
            Limits { requests_per_minute: 10, burst: 5, per_resource_per_s: 3, search_share: 0.4 };
        Limiter::new(limits, window, 0)
    }

    fn granted(limiter: &mut Limiter, ask: Ask<'_>, now_ms: i64) -> usize {
        (0..100).take_while(|_| limiter.take(ask, now_ms).is_ok()).count()
    }

    #[test]
    fn a_minute_and_the_burst_are_granted_then_the_minute_again() {
        for window in [LimitWindow::Fixed, LimitWindow::Sliding] {
            let mut limiter = limiter(window);
            assert_eq!(granted(&mut limiter, PLAIN, 1_000), 15);
            assert_eq!(limiter.standing(1_000).remaining, 0);
            assert_eq!(limiter.standing(1_000).reset_ms, 61_000);
            assert_eq!(granted(&mut limiter, PLAIN, 60_999), 0);
            assert_eq!(granted(&mut limiter, PLAIN, 61_000), 10);
        }
    }

    #[test]
    fn a_fixed_window_forgets_all_at_once_and_a_sliding_one_each_in_its_time() {
        for (window, at_reset) in [(LimitWindow::Fixed, 10), (LimitWindow::Sliding, 1)] {
            let mut limiter = limiter(window);
            limiter.burst = 0.0;
            assert!(limiter.take(PLAIN, 0).is_ok());
            assert_eq!(granted(&mut limiter, PLAIN, 30_000), 9);
            assert_eq!(granted(&mut limiter, PLAIN, 60_000), at_reset, "{window:?}");
        }
    }

    #[test]
    fn the_burst_comes_back_over_ten_minutes() {
        let mut limiter = limiter(LimitWindow::Fixed);
        assert_eq!(granted(&mut limiter, PLAIN, 0), 15);
        assert_eq!(granted(&mut limiter, PLAIN, 120_000), 11);
    }

    #[test]
    fn a_resource_has_its_own_second_while_the_minute_has_room() {
        let mut limiter = limiter(LimitWindow::Fixed);
        let ask = Ask { resource: Some("conversations/cnv_1"), search: false };
        assert_eq!(granted(&mut limiter, ask, 0), 3);
        assert_eq!(limiter.take(ask, 400), Err(Refused::Resource { wait_ms: 600 }));
        assert_eq!(limiter.standing(400).remaining, 7);
        let other = Ask { resource: Some("conversations/cnv_2"), search: false };
        assert_eq!(limiter.take(other, 400), Ok(()));
        assert_eq!(limiter.take(ask, 1_000), Ok(()));
    }

    #[test]
    fn searches_have_a_share() {
        let mut limiter = limiter(LimitWindow::Fixed);
        assert_eq!(granted(&mut limiter, Ask { resource: None, search: true }, 0), 4);
        assert_eq!(granted(&mut limiter, PLAIN, 0), 11);
    }

    #[test]
    fn a_refusal_says_how_long_to_wait() {
        let mut limiter = limiter(LimitWindow::Fixed);
        assert_eq!(granted(&mut limiter, PLAIN, 0), 15);
        assert_eq!(limiter.take(PLAIN, 10_000), Err(Refused::Company { wait_ms: 50_000 }));
        assert_eq!(granted(&mut limiter, PLAIN, 60_000), 10);
    }

    proptest::proptest! {
        /// Whatever is asked when: no minute of a sliding window, and no two minutes of a fixed
        /// one, grant more than they may.
        #[test]
        fn no_minute_grants_more_than_its_limit(gaps_ms in vec(0_i64..8_000, 1..300)) {
            for (window, minutes) in [(LimitWindow::Sliding, 1), (LimitWindow::Fixed, 2)] {
                let mut limiter = limiter(window);
                let mut now_ms = 0;
                let mut granted = VecDeque::new();
                for gap_ms in &gaps_ms {
                    now_ms += gap_ms;
                    drop_older(&mut granted, now_ms - MINUTE_MS);
                    if limiter.take(PLAIN, now_ms).is_ok() {
                        granted.push_back(now_ms);
                    }
                    // The burst of 5, and what of it comes back within a minute.
                    assert!(granted.len() <= 10 * minutes + 6, "{window:?} at {now_ms} ms");
                }
            }
        }

        /// Who waits as long as a refusal says is served.
        #[test]
        fn the_wait_that_a_refusal_names_is_enough(gaps_ms in vec(0_i64..3_000, 1..200)) {
            for window in [LimitWindow::Sliding, LimitWindow::Fixed] {
                let mut limiter = limiter(window);
                let mut now_ms = 0;
                for gap_ms in &gaps_ms {
                    now_ms += gap_ms;
                    let ask = Ask { resource: Some("conversations/cnv_1"), search: false };
                    let mut tries = 0;
                    while let Err(refused) = limiter.take(ask, now_ms) {
                        let (Refused::Company { wait_ms }
                        | Refused::Resource { wait_ms }
                        | Refused::Search { wait_ms }) = refused;
                        now_ms += wait_ms;
                        tries += 1;
                        // One wait for each of the two limits that can refuse.
                        assert!(tries <= 2, "{window:?} at {now_ms} ms");
                    }
                }
            }
        }
    }
}
