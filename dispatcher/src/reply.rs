//! What came back from Front, as plain values: the client reports it, the rest decides.

use serde_json::Value;

use crate::budget::Taught;

/// What happened to one request.
#[derive(Debug, Clone)]
pub enum Reply {
    /// Nothing of it reached Front.
    NotSent(Trouble),
    /// It was sent, wholly or in part, and no answer came.
    Unanswered(Trouble),
    /// Front, or something before it, answered.
    Answered(Answer),
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// No connection: name, route, TLS or refused.
    Connect,
    /// The attempt's deadline had passed, or another process is active by now.
    Late,
    /// The time for an answer was over.
    Timeout,
    /// The connection broke, or what came was not HTTP.
    Broken,
}

impl Trouble {
    /// A word for counters and reasons.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Trouble::Connect => "no connection",
            Trouble::Late => "deadline passed",
            Trouble::Timeout => "no answer in time",
            Trouble::Broken => "connection broken",
        }
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// What its headers say about limits.
    pub taught: Taught,
    /// Where it leads, of a redirect.
    pub location: Option<String>,
    /// Its body where it is JSON, else null.
    pub body: Value,
}

impl Reply {
    /// The status of the answer, if there was one.
    #[must_use]
    pub const fn status(&self) -> Option<u16> {
        match self {
            Reply::Answered(answer) => Some(answer.status),
            Reply::NotSent(_) | Reply::Unanswered(_) => None,
        }
    }

    /// The body of the answer, null when there is none.
    #[must_use]
    pub const fn body(&self) -> &Value {
        match self {
            Reply::Answered(answer) => &answer.body,
            Reply::NotSent(_) | Reply::Unanswered(_) => &Value::Null,
        }
    }
}
