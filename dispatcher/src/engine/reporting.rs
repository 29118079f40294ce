//! What the dispatcher tells about itself: to others in the process all the time, on the log every ten
//! seconds.

use std::sync::atomic::Ordering;

use schemas::{Status, TimeMs};

use super::Engine;
use crate::committer::Transfer;
use crate::report::{DirectoryView, Outage, Reporter};
use crate::telemetry;

/// How often the status on the log is renewed.
const STATUS_EVERY_MS: i64 = 10_000;
/// How often the status in memory is: counting 100,000 lanes takes a millisecond or two.
const TELL_EVERY_MS: i64 = 100;
/// How often a position is written when nothing else is: most of what `raw` has is none of ours, and
/// a commit for each record would cost a sync for each webhook.
const POSITION_EVERY_MS: i64 = 1_000;

/// Sums since the process became active.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) requests: i64,
    pub(super) rejected_429: i64,
    /// Calls whose main activity Front has come to show.
    pub(super) calls_logged: i64,
    pub(super) directory_changed: bool,
    /// An input was read further than the position on the log says.
    pub(super) position_stale: bool,
    position_due: i64,
    status_due: i64,
    tell_due: i64,
}

impl Engine {
    /// Tells what is due; says after how many milliseconds something else will be.
    pub(super) fn report(&mut self, now: i64, reporter: &Reporter) -> i64 {
        if self.counts.tell_due <= now {
            self.counts.tell_due = now + TELL_EVERY_MS;
            let status = self.status(now);
            telemetry::status(&status);
            let outage = self.gate.closed().map(|(since, next_probe)| Outage {
                since: TimeMs(since),
                next_probe: TimeMs(next_probe),
            });
            reporter.outage.send_replace(outage);
            telemetry::requests_per_call(self.counts.requests, self.counts.calls_logged);
            reporter.calls_logged.store(self.counts.calls_logged, Ordering::Relaxed);
            reporter.status.send_replace(status);
            if std::mem::take(&mut self.counts.directory_changed) {
                reporter.directory.send_replace(Some(self.directory_view()));
            }
        }
        if self.counts.position_stale && self.counts.position_due <= now {
            self.counts.position_due = now + POSITION_EVERY_MS;
            let mut transfer = Transfer::default();
            self.stage_stale_position(&mut transfer);
            self.commit(transfer);
        }
        if self.counts.status_due <= now {
            self.counts.status_due = now + STATUS_EVERY_MS;
            let mut transfer = Transfer::default();
            self.stage_status(&mut transfer, &self.status(now));
            self.commit(transfer);
            self.expire_kept(now);
            self.expire_traces(now);
        }
        self.counts.tell_due - now
    }

    /// The position, when what the log has of it is not the newest.
    pub(super) fn stage_stale_position(&mut self, transfer: &mut Transfer) {
        if std::mem::take(&mut self.counts.position_stale) {
            self.stage_position(transfer);
        }
    }

    fn status(&self, now: i64) -> Status {
        let [queued, intended, in_doubt, accepted, parked, unknown] = self.tally();
        let why = self.gate.why();
        let state = match why {
            Some(_) => "held",
            None if self.config.dry_run => "dry_run",
            None => "active",
        };
        Status {
            at: TimeMs(now),
            state: state.to_owned(),
            reason: why.map(crate::gate::Closed::sentence),
            queued,
            intended,
            in_doubt,
            accepted,
            parked,
            unknown,
            budget_per_minute: self.budget.per_minute(),
            budget_available: self.budget.available(now),
            requests: self.counts.requests,
            rejected_429: self.counts.rejected_429,
        }
    }

    fn directory_view(&self) -> DirectoryView {
        let mut teammates: Vec<String> = self.directory.emails().map(str::to_owned).collect();
        teammates.sort();
        DirectoryView {
            company: self.directory.company.clone().unwrap_or_default(),
            inbox: self.directory.inbox(&self.config.inbox).cloned(),
            teammates,
        }
    }
}
