//! Why a directory cannot be opened as a log.

use std::io;
use std::path::{Path, PathBuf};

use crate::Topic;

/// Why a log could not be opened. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it open to write.
    #[error("the log in {} is held by process {holder}: stop that process, or use another log.dir", .dir.display())]
    Held {
        /// The log's directory.
        dir: PathBuf,
        /// The other process's id, as it wrote it.
        holder: String,
    },
    /// Somebody reads it.
    #[error("the log in {} is being read by another process (a command that looks at the stopped log): wait until it has ended", .dir.display())]
    BeingRead {
        /// The log's directory.
        dir: PathBuf,
    },
    /// There is no log.
    #[error("there is no log in {}: check log.dir", .dir.display())]
    Absent {
        /// The directory.
        dir: PathBuf,
    },
    /// Written by a newer version.
    #[error("the log in {} has format version {found}, this version reads up to {known}: use a newer callfold", .dir.display())]
    NewerFormat {
        /// The log's directory.
        dir: PathBuf,
        /// Its format version.
        found: u32,
        /// What this binary knows.
        known: u32,
    },
    /// The log's schema ids have another numbering.
    #[error("the log in {} numbers its schemas in the id space {found:?}, not in {wanted:?}: it belongs to another registry; use another log.dir, or copy the log", .dir.display())]
    OtherIdSpace {
        /// The log's directory.
        dir: PathBuf,
        /// Its id space.
        found: String,
        /// The one that was asked for.
        wanted: String,
    },
    /// The number of partitions of a topic never changes.
    #[error(
        "topic {topic} has {stored} partitions, not {wanted}: the number is fixed when a log is made; set log.partitions to {stored}"
    )]
    Partitions {
        /// The topic.
        topic: Topic,
        /// What it has.
        stored: u32,
        /// What was asked for.
        wanted: u32,
    },
    /// One of the two small files that name the rest is damaged.
    #[error("{} is damaged: restore it from a backup; the segments beside it are untouched", .file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
    },
    /// The system refused.
    #[error("cannot {attempted}: {source}")]
    Io {
        /// What was attempted, and on what.
        attempted: String,
        /// What the system said.
        source: io::Error,
    },
}

impl OpenError {
    pub(crate) fn io(what: &str, path: &Path, source: io::Error) -> OpenError {
        OpenError::Io { attempted: format!("{what} {}", path.display()), source }
    }
}
