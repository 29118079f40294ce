//! Why a directory cannot be opened as a log.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::finding::{Finding, Span};
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
    /// Nothing is left of segments that the manifest names: whoever wrote on would give out lost
    /// offsets again, and positions behind them would pass over new records in silence.
    #[error(
        "records of the log are lost: {}: put the file back from a backup (all of log.dir when the backup has no whole copy of it); until then the log can only be read, `callfold events --skip-damage` shows what is left",
        .lost.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    )]
    Lost {
        /// The files, and what each of them held.
        lost: Vec<LostFile>,
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

/// A segment of which nothing is left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostFile {
    /// Its file.
    pub file: PathBuf,
    /// How it is: missing, empty, without anything readable.
    pub what: &'static str,
    /// What it held, where that can be said.
    pub spans: Vec<Span>,
}

impl LostFile {
    /// The lost files among what an open found.
    pub(crate) fn all_of(findings: &[Finding]) -> Vec<LostFile> {
        let spans_of = |of: &Path| {
            let lost = findings.iter().filter_map(|finding| match finding {
                Finding::Lost { file, span } if file == of => Some(span.clone()),
                _ => None,
            });
            lost.collect()
        };
        let lost = findings.iter().filter_map(|finding| match finding {
            Finding::LostFile { file, what } => {
                Some(LostFile { file: file.clone(), what, spans: spans_of(file) })
            }
            _ => None,
        });
        lost.collect()
    }
}

impl fmt::Display for LostFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.file.display(), self.what)?;
        let mut before = ", it held ";
        for span in &self.spans {
            write!(f, "{before}{span}")?;
            before = ", ";
        }
        Ok(())
    }
}
