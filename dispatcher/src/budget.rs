//! How many requests Front allows us, as a pure value: the company's limit and its burst bucket, five
//! writes per resource and second, the search share, `retry-after`, and our share of all that, at
//! once. It is asked with a time and answers "go" or "wait this long, because"; it never sleeps.
//!
//! The minute is counted as a moving window of our own requests, which keeps any fixed minute too.
//! What others of the company use shows in `x-ratelimit-remaining`. A new process knows nothing of what the last one
//! used: it starts as if all were used, sends one request, and the answer's headers teach it.
//! Facts: <https://dev.frontapp.com/docs/rate-limiting>.

use std::collections::HashMap;

use crate::window::Window;

/// A minute, and a little for clocks that run unequally.
const MINUTE_MS: i64 = 60_050;
/// A second, and a little for the same reason.
const SECOND_MS: i64 = 1_010;
/// Ten minutes: the time in which Front refills the burst bucket.
const BURST_MS: i64 = 600_500;
/// The highest limit per minute that a header may teach: ten times the highest that Front documents (600,
/// for server applications; its plans end at 200). A header beyond that is a mistake of whatever stands
/// between, and must not turn us into a flood. Who really has more says so in
/// `front.requests_per_minute`: that much is believed in any case.
const TAUGHT_LIMIT_MAX: f64 = 6_000.0;
/// The part of the company's limit that searches may use, as Front documents it.
const SEARCH_SHARE: f64 = 0.4;
/// The longest `retry-after` that is believed: longer ones were seen to be milliseconds.
const RETRY_AFTER_MAX_MS: i64 = 300_000;
/// What a 429 without `retry-after` costs.
const RETRY_AFTER_DEFAULT_MS: i64 = 1_000;
/// How long the answer that teaches again is waited for before another request may go.
const TEACHER_PATIENCE_MS: i64 = 2_000;
/// When an answer that is being waited for is asked about again.
const TEACHER_POLL_MS: i64 = 25;

/// What the configuration says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// The company's requests per minute until headers teach better.
    pub requests_per_minute: f64,
    /// Our share of it, above 0, at most 1.
    pub share: f64,
    /// Writes to one resource per second. No header teaches it.
    pub per_resource_per_s: u32,
}

/// One resource of Front for its per-resource limit, for example `inboxes/inb_1`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Resource(pub String);

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// The resource that it writes to; none for reads.
    pub resource: Option<&'a Resource>,
    /// Whether it is a search.
    pub search: bool,
    /// Whether it may use the burst bucket.
    pub urgent: bool,
}

/// What an answer's headers say.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Taught {
    /// `x-ratelimit-limit`: requests per minute.
    pub limit: Option<f64>,
    /// `x-ratelimit-remaining`.
    pub remaining: Option<f64>,
    /// `x-ratelimit-reset`, Unix milliseconds.
    pub reset_ms: Option<i64>,
    /// `x-ratelimit-burst-limit`.
    pub burst_limit: Option<f64>,
    /// `x-ratelimit-burst-remaining`.
    pub burst_remaining: Option<f64>,
    /// `retry-after`, milliseconds.
    pub retry_after_ms: Option<i64>,
}

/// Why to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Why {
    /// Nothing is known yet, or what was known is out of date: one request teaches first.
    Learning,
    /// The company's limit, or our share of it, is used.
    Company,
    /// The resource has had its writes of this second.
    Resource,
    /// Searches have had their share.
    Search,
    /// Front said when to come back.
    RetryAfter,
}

/// The budget's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Now.
    Go,
    /// Not before so many milliseconds.
    Wait {
        /// How long, above zero.
        ms: i64,
        /// Because of what.
        why: Why,
    },
}

/// A request that was counted: its number in order of sending, and where it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticket {
    number: u64,
    burst: bool,
    search: bool,
}

/// What the last answer said, and what we sent after its request.
#[derive(Debug, Clone, Copy)]
struct Report {
    ticket: Ticket,
    remaining: f64,
    reset_ms: i64,
    burst_remaining: f64,
}

#[derive(Debug, Clone)]
struct PerResource {
    window: Window,
    closed_until: i64,
}

/// All limits at once.
#[derive(Debug, Clone)]
pub struct Budget {
    limits: Limits,
    limit: f64,
    burst_limit: f64,
    minute: Window,
    burst: Window,
    search: Window,
    resources: HashMap<Resource, PerResource>,
    closed_until: i64,
    report: Option<Report>,
    answers_without_limits: bool,
    started: i64,
    next_ticket: u64,
    last_sent: Option<i64>,
}

impl Budget {
    /// A budget that knows nothing and has nothing.
    #[must_use]
    pub fn new(limits: Limits, now: i64) -> Budget {
        Budget {
            limits,
            limit: limits.requests_per_minute,
            burst_limit: 0.0,
            minute: Window::of_ms(MINUTE_MS),
            burst: Window::of_ms(BURST_MS),
            search: Window::of_ms(MINUTE_MS),
            resources: HashMap::new(),
            closed_until: i64::MIN,
            report: None,
            answers_without_limits: false,
            started: now,
            next_ticket: 0,
            last_sent: None,
        }
    }

    /// Whether a request may go now.
    #[must_use]
    pub fn ask(&self, now: i64, ask: Ask<'_>) -> Decision {
        if self.closed_until > now {
            return Decision::Wait { ms: self.closed_until - now, why: Why::RetryAfter };
        }
        if let Some(wait) = self.ask_resource(now, ask.resource) {
            return wait;
        }
        if ask.search {
            let allowed = whole(self.limit * self.limits.share * SEARCH_SHARE);
            let ms = self.search.wait_ms(now, allowed);
            if ms > 0 {
                return Decision::Wait { ms, why: Why::Search };
            }
        }
        self.ask_company(now, ask.urgent)
    }

    /// Counts a request that goes out now. Whoever sends it says later that it has [`Budget::ended`].
    pub fn sent(&mut self, now: i64, ask: Ask<'_>) -> Ticket {
        let burst = ask.urgent && self.ask_company(now, false) != Decision::Go;
        let ticket = Ticket { number: self.next_ticket, burst, search: ask.search };
        self.next_ticket += 1;
        self.last_sent = Some(now);
        if burst {
            self.burst.begin();
        } else {
            self.minute.begin();
        }
        if ask.search {
            self.search.begin();
        }
        if let Some(resource) = ask.resource {
            self.resource(now, resource).window.begin();
        }
        ticket
    }

    /// The request of `ticket` has ended, answered or not.
    pub fn ended(&mut self, now: i64, ticket: Ticket, resource: Option<&Resource>) {
        if ticket.burst {
            self.burst.end(now);
        } else {
            self.minute.end(now);
        }
        if ticket.search {
            self.search.end(now);
        }
        if let Some(resource) = resource {
            self.resource(now, resource).window.end(now);
        }
    }

    /// Learns from the headers of the answer to `ticket`.
    pub fn learn(&mut self, now: i64, ticket: Ticket, taught: &Taught) {
        let most = self.limits.requests_per_minute.max(TAUGHT_LIMIT_MAX);
        if let Some(limit) = taught.limit.filter(|limit| *limit >= 1.0) {
            self.limit = limit.min(most);
        }
        if let Some(burst_limit) = taught.burst_limit.filter(|limit| *limit >= 0.0) {
            // Half the limit in Front's plans; more than the limit itself is no burst bucket.
            self.burst_limit = burst_limit.min(self.limit);
        }
        match taught.remaining {
            Some(remaining) => self.take_report(now, ticket, remaining, taught),
            None if self.report.is_none() => self.answers_without_limits = true,
            None => {}
        }
    }

    /// A 429: without anything left of the company's limit it closes everything; with something left, only
    /// the resource that the request was for.
    pub fn refused(&mut self, now: i64, taught: &Taught, resource: Option<&Resource>) {
        self.close(now, taught, resource);
    }

    /// Requests per minute that are ours.
    #[must_use]
    pub fn per_minute(&self) -> f64 {
        self.limit * self.limits.share
    }

    /// Requests that could go at once, the burst bucket left out.
    #[must_use]
    pub fn available(&self, now: i64) -> f64 {
        if self.closed_until > now {
            return 0.0;
        }
        let used = self.minute.used(now);
        let ours = whole(self.per_minute()).saturating_sub(used) as f64;
        self.remaining(now).map_or(ours, |remaining| ours.min(remaining.max(0.0)))
    }

    fn ask_resource(&self, now: i64, resource: Option<&Resource>) -> Option<Decision> {
        let known = self.resources.get(resource?)?;
        if known.closed_until > now {
            return Some(Decision::Wait { ms: known.closed_until - now, why: Why::RetryAfter });
        }
        let ms = known.window.wait_ms(now, self.limits.per_resource_per_s.max(1) as usize);
        (ms > 0).then_some(Decision::Wait { ms, why: Why::Resource })
    }

    fn ask_company(&self, now: i64, urgent: bool) -> Decision {
        if let Some(wait) = self.wait_for_a_teacher(now) {
            return wait;
        }
        let window_ms = self.minute.wait_ms(now, whole(self.per_minute()).max(1));
        let left = self.remaining(now).unwrap_or(f64::INFINITY);
        if window_ms == 0 && left >= 1.0 {
            return Decision::Go;
        }
        if urgent && self.burst_left(now) >= 1.0 {
            return Decision::Go;
        }
        let reset_ms = match self.report {
            Some(report) if left < 1.0 => (report.reset_ms - now).max(1),
            Some(_) | None => 0,
        };
        Decision::Wait { ms: window_ms.max(reset_ms).max(1), why: Why::Company }
    }

    /// Before the first answer, and after the reset that the last one named, one request at a time.
    fn wait_for_a_teacher(&self, now: i64) -> Option<Decision> {
        let Some(report) = self.report else {
            if self.answers_without_limits {
                return None;
            }
            let pace_ms = (60_000.0 / self.per_minute().max(0.1)) as i64;
            let due = self.last_sent.unwrap_or(self.started) + pace_ms;
            let why = Why::Learning;
            return (due > now).then_some(Decision::Wait { ms: due - now, why });
        };
        if now < report.reset_ms {
            return None;
        }
        match self.last_sent {
            Some(sent) if sent >= report.reset_ms && now < sent + TEACHER_PATIENCE_MS => {
                Some(Decision::Wait { ms: TEACHER_POLL_MS, why: Why::Learning })
            }
            Some(_) | None => None,
        }
    }

    /// What the last answer left, less what went out after its request; none when that is out of date.
    fn remaining(&self, now: i64) -> Option<f64> {
        let report = self.report.filter(|report| now < report.reset_ms)?;
        Some(report.remaining - self.sent_after(report.ticket))
    }

    fn burst_left(&self, now: i64) -> f64 {
        let ours = self.burst_limit * self.limits.share - self.burst.used(now) as f64;
        let reported = self
            .report
            .map_or(0.0, |report| report.burst_remaining - self.sent_after(report.ticket));
        ours.min(reported)
    }

    fn sent_after(&self, ticket: Ticket) -> f64 {
        (self.next_ticket - ticket.number - 1) as f64
    }

    fn take_report(&mut self, now: i64, ticket: Ticket, remaining: f64, taught: &Taught) {
        if self.report.is_some_and(|report| report.ticket.number > ticket.number) {
            return;
        }
        let reset_ms = taught.reset_ms.unwrap_or(now + MINUTE_MS).min(now + 2 * MINUTE_MS);
        let burst_remaining = taught.burst_remaining.unwrap_or(0.0);
        self.report = Some(Report { ticket, remaining, reset_ms, burst_remaining });
    }

    fn close(&mut self, now: i64, taught: &Taught, resource: Option<&Resource>) {
        let wait_ms = taught
            .retry_after_ms
            .unwrap_or(RETRY_AFTER_DEFAULT_MS)
            .clamp(RETRY_AFTER_DEFAULT_MS, RETRY_AFTER_MAX_MS);
        let until = now + wait_ms;
        match resource {
            Some(resource) if taught.remaining.is_some_and(|remaining| remaining > 0.0) => {
                let known = self.resource(now, resource);
                known.closed_until = known.closed_until.max(until);
            }
            Some(_) | None => self.closed_until = self.closed_until.max(until),
        }
    }

    /// The resource's entry; entries that no longer matter are dropped when there are many.
    fn resource(&mut self, now: i64, resource: &Resource) -> &mut PerResource {
        /// Far above what can be written to in one second, so that dropping is rare and cheap.
        const RESOURCES_BEFORE_SWEEP: usize = 4_096;
        if self.resources.len() >= RESOURCES_BEFORE_SWEEP {
            self.resources.retain(|_, it| it.closed_until > now || !it.window.is_idle(now));
        }
        self.resources
            .entry(resource.clone())
            .or_insert_with(|| PerResource { window: Window::of_ms(SECOND_MS), closed_until: 0 })
    }
}

fn whole(requests: f64) -> usize {
    requests.max(0.0).floor() as usize
}

#[cfg(test)]
mod tests;
