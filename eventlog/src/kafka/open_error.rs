//! Why a log on Kafka could not be opened.

use super::settings::Mismatch;
use crate::{LogError, Topic};

/// Why the log could not be opened, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Settings of the client library that the log's promises do not allow.
    #[error("{}", .0.join("; "))]
    Refused(Vec<String>),
    /// Topics that are not there or do not fit.
    #[error("the topics do not fit the log: {}; create those that are missing", lines(.0))]
    Topics(Vec<Mismatch>),
    /// Its records use another numbering of schema ids.
    #[error(
        "this log numbers its schemas as {found:?}, and {wanted:?} was expected: it belongs to another installation, or another registry"
    )]
    IdSpace {
        /// What the log says.
        found: String,
        /// What was expected.
        wanted: String,
    },
    /// It was written by a newer program.
    #[error("this log has format {found}, and this program knows up to {known}: use a newer one")]
    NewerFormat {
        /// The log's format.
        found: u32,
        /// The newest that is known.
        known: u32,
    },
    /// The topic that says who the log is holds something else.
    #[error(
        "topic {0} does not hold a log's identity: it belongs to something else; choose another prefix"
    )]
    Foreign(Topic),
    /// Nobody has opened it to write yet.
    #[error("this log is new and says nothing of itself yet: start a service on it first")]
    New,
    /// The brokers, or the log itself.
    #[error(transparent)]
    Log(#[from] LogError),
}

fn lines(mismatches: &[Mismatch]) -> String {
    let lines: Vec<String> = mismatches.iter().map(ToString::to_string).collect();
    lines.join("; ")
}
