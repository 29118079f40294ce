//! The dispatcher's own view of itself, written every ten seconds, so that `status` works from any
//! machine.

use serde::{Deserialize, Serialize};

use crate::TimeMs;

/// What the dispatcher is doing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// When this was written.
    pub at: TimeMs,
    /// `active`, `held` or `dry_run`.
    pub state: String,
    /// Why it is held: a sentence.
    pub reason: Option<String>,
    /// Effects not tried yet.
    pub queued: i64,
    /// Effects announced or sent, without an answer.
    pub intended: i64,
    /// Effects that must be looked up.
    pub in_doubt: i64,
    /// Effects that Front has taken but does not show yet.
    pub accepted: i64,
    /// Effects that Front refused.
    pub parked: i64,
    /// Effects of which it cannot be known whether Front has them.
    pub unknown: i64,
    /// Requests per minute that the budget allows us now.
    pub budget_per_minute: f64,
    /// Requests that the budget would allow at once.
    pub budget_available: f64,
    /// Requests sent since the process started.
    pub requests: i64,
    /// Answers 429 since the process started.
    pub rejected_429: i64,
}
