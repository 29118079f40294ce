//! Whether anything may be sent at all. Front in trouble: one probe at a time. A missing scope or inbox,
//! a revoked token: everything is held with a sentence, and gently tried again.

use crate::schedule::backoff_ms;
use crate::verdict::{Nature, Stop};

/// Failures in a row after which Front counts as unreachable.
const FAILURES_MAX: u32 = 5;
/// When somebody looks again while a probe is under way.
const PROBING_MS: i64 = 1_000;

/// Why everything waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Closed {
    /// Failures in a row: 5xx, no connection, no answer.
    Unreachable,
    /// The token is wrong or revoked.
    Unauthorised,
    /// The token lacks what requests of this nature need.
    Forbidden(Nature, &'static str),
    /// The configured inbox is not there, or the token does not see it.
    NoInbox,
}

impl Closed {
    /// The sentence that a person reads.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Closed::Unreachable => {
                "Front does not answer, or answers with errors: one request at a time is tried until it does"
                    .to_owned()
            }
            Closed::Unauthorised => {
                "Front refused the token (401): give a valid one in front.token".to_owned()
            }
            Closed::Forbidden(_, "") => {
                "Front refused the token (403): it may not even ask whose it is; give a valid one in front.token"
                    .to_owned()
            }
            Closed::Forbidden(_, scope) => format!(
                "Front refused a request (403): the token lacks the scope {scope}, or access to the inbox's workspace"
            ),
            Closed::NoInbox => {
                "the inbox that front.inbox names is not among those that the token sees: create it, name another, or give the token access"
                    .to_owned()
            }
        }
    }
}

/// What may be sent now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pass {
    /// Anything.
    Open,
    /// One `GET /me`.
    AskMe,
    /// One `GET /inboxes`.
    AskInboxes,
    /// One request of whatever waits.
    One,
    /// Nothing for so many milliseconds.
    Wait(i64),
}

/// The gate.
#[derive(Debug, Clone, Default)]
pub struct Gate {
    failures: u32,
    closed: Option<Shut>,
}

#[derive(Debug, Clone)]
struct Shut {
    why: Closed,
    since: i64,
    probe_at: i64,
    probes: u32,
    probing: bool,
}

impl Gate {
    /// What may be sent at `now`.
    #[must_use]
    pub fn ask(&self, now: i64) -> Pass {
        let Some(shut) = &self.closed else { return Pass::Open };
        if shut.probing {
            return Pass::Wait(PROBING_MS);
        }
        if shut.probe_at > now {
            return Pass::Wait(shut.probe_at - now);
        }
        match shut.why {
            Closed::Unreachable | Closed::Unauthorised => Pass::AskMe,
            Closed::NoInbox => Pass::AskInboxes,
            Closed::Forbidden(..) => Pass::One,
        }
    }

    /// The probe is on its way.
    pub fn probing(&mut self) {
        if let Some(shut) = &mut self.closed {
            shut.probing = true;
        }
    }

    /// The probe was not sent after all: nobody had anything to send.
    pub fn not_probing(&mut self) {
        if let Some(shut) = &mut self.closed {
            shut.probing = false;
        }
    }

    /// A request of this nature was answered as one that works.
    pub fn worked(&mut self, nature: Nature, now: i64) {
        self.failures = 0;
        let Some(shut) = &mut self.closed else { return };
        match shut.why {
            Closed::Unreachable | Closed::Unauthorised => self.closed = None,
            Closed::Forbidden(refused, _) if refused == nature => self.closed = None,
            Closed::Forbidden(..) => (shut.probing, shut.probe_at) = (false, now),
            // Only the list of inboxes ends this, and the list that was asked for may lack it again;
            // the first wait was the second of the row.
            Closed::NoInbox if shut.probing => shut.again_after(now, backoff_ms(shut.probes + 2)),
            Closed::NoInbox => {}
        }
    }

    /// Front, or the way to it, failed.
    pub fn failed(&mut self, now: i64) {
        self.failures += 1;
        match &mut self.closed {
            // Requests that were under way when the gate closed say nothing about the probe.
            Some(shut) if !shut.probing => {}
            Some(shut) => shut.again_after(now, backoff_ms(shut.probes + 1)),
            None if self.failures >= FAILURES_MAX => {
                self.close(Closed::Unreachable, now, backoff_ms(1))
            }
            None => {}
        }
    }

    /// The token may not do it.
    pub fn stopped(&mut self, stop: Stop, nature: Nature, scope: &'static str, now: i64) {
        let why = match stop {
            Stop::Unauthorised => Closed::Unauthorised,
            Stop::Forbidden => Closed::Forbidden(nature, scope),
        };
        self.hold(why, now);
    }

    /// The list of inboxes was read: is ours among them?
    pub fn inbox(&mut self, found: bool, now: i64) {
        let held = self.closed.as_ref().is_some_and(|shut| shut.why == Closed::NoInbox);
        if found && held {
            self.closed = None;
        } else if !found {
            self.hold(Closed::NoInbox, now);
        }
    }

    /// A probe ended without saying anything (429, or it was never sent).
    pub fn undecided(&mut self, now: i64) {
        if let Some(shut) = &mut self.closed {
            shut.again_after(now, backoff_ms(1));
        }
    }

    /// Why everything waits, if it does.
    #[must_use]
    pub fn why(&self) -> Option<&Closed> {
        self.closed.as_ref().map(|shut| &shut.why)
    }

    /// Since when it is closed without a break, and when something is tried next (Unix milliseconds); none
    /// when it is open.
    #[must_use]
    pub fn closed(&self) -> Option<(i64, i64)> {
        self.closed.as_ref().map(|shut| (shut.since, shut.probe_at))
    }

    /// A hold that a person must end is tried after a second, then ever more seldom, up to half a minute.
    fn hold(&mut self, why: Closed, now: i64) {
        if self.closed.as_ref().is_some_and(|shut| shut.why == why && !shut.probing) {
            return;
        }
        let probes = self.closed.as_ref().map_or(0, |shut| shut.probes) + 1;
        self.close(why, now, backoff_ms(probes + 1));
    }

    fn close(&mut self, why: Closed, now: i64, after_ms: i64) {
        let (probes, since) =
            self.closed.as_ref().map_or((0, now), |shut| (shut.probes + 1, shut.since));
        self.closed = Some(Shut { why, since, probe_at: now + after_ms, probes, probing: false });
    }
}

impl Shut {
    fn again_after(&mut self, now: i64, after_ms: i64) {
        self.probes += 1;
        (self.probing, self.probe_at) = (false, now + after_ms);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_failures_in_a_row_leave_one_probe_at_a_time() {
        let mut gate = Gate::default();
        for _ in 0..4 {
            gate.failed(0);
        }
        gate.worked(Nature::Read, 0);
        for _ in 0..4 {
            gate.failed(0);
        }
        assert_eq!(gate.ask(0), Pass::Open);
        gate.failed(0);
        assert_eq!(gate.ask(0), Pass::Wait(500));
        assert_eq!(gate.closed(), Some((0, 500)));
        assert_eq!(gate.ask(500), Pass::AskMe);
        gate.probing();
        assert!(matches!(gate.ask(500), Pass::Wait(_)));
        gate.failed(600);
        assert_eq!(gate.ask(600), Pass::Wait(500));
        gate.failed(700);
        assert_eq!(gate.ask(1_100), Pass::AskMe, "a straggler is no probe");
        gate.probing();
        gate.failed(1_100);
        assert_eq!(gate.ask(1_100), Pass::Wait(1_000), "probes grow apart");
        gate.worked(Nature::Read, 2_100);
        assert_eq!(gate.ask(2_100), Pass::Open);
    }

    #[test]
    fn a_missing_scope_is_named_and_holds_until_its_own_kind_works() {
        let mut gate = Gate::default();
        gate.stopped(Stop::Forbidden, Nature::Import, "messages:write", 0);
        assert!(gate.why().unwrap().sentence().contains("messages:write"));
        assert_eq!(gate.ask(1_000), Pass::One);
        gate.probing();
        gate.worked(Nature::Read, 1_000);
        assert_eq!(gate.ask(1_000), Pass::One, "a read proves nothing about imports");
        gate.worked(Nature::Import, 1_000);
        assert_eq!(gate.ask(1_000), Pass::Open);
    }

    #[test]
    fn b34_a_missing_inbox_is_asked_for_ever_more_seldom() {
        let mut gate = Gate::default();
        gate.inbox(false, 0);
        let (mut now, mut waits) = (0, Vec::new());
        for _ in 0..8 {
            let Pass::Wait(ms) = gate.ask(now) else { panic!("asked again at once") };
            waits.push(ms);
            now += ms;
            assert_eq!(gate.ask(now), Pass::AskInboxes);
            gate.probing();
            gate.worked(Nature::Read, now);
            gate.inbox(false, now);
        }
        assert_eq!(waits, [1_000, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    }

    #[test]
    fn b34_an_answer_that_is_no_list_of_inboxes_leaves_the_gate_asking() {
        let mut gate = Gate::default();
        gate.inbox(false, 0);
        gate.probing();
        gate.worked(Nature::Read, 1_000);
        assert!(matches!(gate.ask(1_000), Pass::Wait(_)), "later");
        assert_eq!(gate.ask(60_000), Pass::AskInboxes, "but not never");
    }

    #[test]
    fn a_403_for_the_token_itself_is_a_whole_sentence() {
        let mut gate = Gate::default();
        gate.stopped(Stop::Forbidden, Nature::Read, "", 0);
        assert!(gate.why().unwrap().sentence().contains("front.token"));
    }

    #[test]
    fn a_missing_inbox_is_asked_for_until_it_is_there() {
        let mut gate = Gate::default();
        gate.inbox(false, 0);
        assert_eq!(gate.ask(0), Pass::Wait(1_000));
        assert_eq!(gate.ask(1_000), Pass::AskInboxes);
        gate.probing();
        gate.worked(Nature::Read, 1_000);
        gate.inbox(true, 1_000);
        assert_eq!(gate.ask(1_000), Pass::Open);
    }
}
