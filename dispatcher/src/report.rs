//! What others in the process may see of the dispatcher at any moment.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use schemas::{InboxId, Status, TimeMs};
use tokio::sync::watch;

/// The company's Front as the dispatcher found it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DirectoryView {
    /// The company's name.
    pub company: String,
    /// `(id, name)` of the configured inbox; none when it was not found.
    pub inbox: Option<(InboxId, String)>,
    /// E-mails of the teammates, lower case, sorted.
    pub teammates: Vec<String>,
}

/// A time in which nothing but probes is sent: Front is down, or the token, a scope or the inbox is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outage {
    /// Since when.
    pub since: TimeMs,
    /// When something is tried next.
    pub next_probe: TimeMs,
}

/// The dispatcher's side.
#[derive(Debug)]
pub struct Reporter {
    pub(crate) status: watch::Sender<Status>,
    pub(crate) outage: watch::Sender<Option<Outage>>,
    pub(crate) directory: watch::Sender<Option<DirectoryView>>,
    pub(crate) calls_logged: Arc<AtomicI64>,
}

/// The others' side. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Handle {
    status: watch::Receiver<Status>,
    outage: watch::Receiver<Option<Outage>>,
    directory: watch::Receiver<Option<DirectoryView>>,
    calls_logged: Arc<AtomicI64>,
}

/// A reporter and its handle.
#[must_use]
pub fn reporter() -> (Reporter, Handle) {
    let (status, status_seen) = watch::channel(standing_by());
    let (outage, outage_seen) = watch::channel(None);
    let (directory, directory_seen) = watch::channel(None);
    let calls_logged = Arc::new(AtomicI64::new(0));
    let handle = Handle {
        status: status_seen,
        outage: outage_seen,
        directory: directory_seen,
        calls_logged: calls_logged.clone(),
    };
    (Reporter { status, outage, directory, calls_logged }, handle)
}

/// The status of a process that is not active: nothing waits, nothing was asked.
#[must_use]
pub fn standing_by() -> Status {
    Status {
        at: TimeMs(0),
        state: "standing_by".to_owned(),
        reason: None,
        queued: 0,
        intended: 0,
        in_doubt: 0,
        accepted: 0,
        parked: 0,
        unknown: 0,
        budget_per_minute: 0.0,
        budget_available: 0.0,
        requests: 0,
        rejected_429: 0,
    }
}

impl Handle {
    /// The newest status, at most a fraction of a second old.
    #[must_use]
    pub fn status(&self) -> Status {
        self.status.borrow().clone()
    }

    /// The time since which nothing but probes is sent; none when the way to Front is open.
    #[must_use]
    pub fn outage(&self) -> Option<Outage> {
        *self.outage.borrow()
    }

    /// Calls whose main activity Front has come to show, in the time in which the status counts
    /// requests.
    #[must_use]
    pub fn calls_logged(&self) -> i64 {
        self.calls_logged.load(Ordering::Relaxed)
    }

    /// The company's Front; none before it was read.
    #[must_use]
    pub fn directory(&self) -> Option<DirectoryView> {
        self.directory.borrow().clone()
    }

    /// Waits until the status is as `wanted` says, and returns it; none when the dispatcher has ended.
    pub async fn until(&mut self, wanted: impl FnMut(&Status) -> bool) -> Option<Status> {
        self.status.wait_for(wanted).await.ok().map(|status| status.clone())
    }
}
