//! The log that the configuration names: opened to work with, or only to look.

use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use eventlog::{Cleanup, Clock, Log, LogReader, Topic, TopicSpec};
use schemas::{TopicKind, TopicNames};

use crate::config::Settings;
use crate::failure::Failure;

/// An open log.
pub struct Open {
    log: Arc<eventlog::memory::MemoryLog>,
}

impl Open {
    /// To work with.
    #[must_use]
    pub fn log(&self) -> Arc<dyn Log> {
        self.log.clone()
    }

    /// To look at.
    #[must_use]
    pub fn reader(&self) -> Arc<dyn LogReader> {
        self.log.clone()
    }

    /// Closes it: everything durable already is.
    pub async fn close(self) {}
}

/// Opens the log and makes its folder, for its owner only, when it is not there.
///
/// # Errors
/// Held by another process, of another version, damaged, or no folder.
pub fn open(settings: &Settings, clock: Arc<dyn Clock>) -> Result<Open, Failure> {
    let dir = &settings.log.dir;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(|error| Failure::because(&format!("making log.dir {}", dir.display()), &error))?;
    Ok(Open { log: eventlog::memory::MemoryLog::new(topics(settings), clock) })
}

/// Opens a stopped log.
///
/// # Errors
/// As [`open`].
pub fn open_read_only(dir: &Path) -> Result<Arc<dyn LogReader>, Failure> {
    Err(Failure::Failed(format!("no process holds {}", dir.display())))
}

/// Every topic with what it keeps.
#[must_use]
pub fn topics(settings: &Settings) -> Vec<TopicSpec> {
    let names = TopicNames::with_prefix(&settings.log.topic_prefix);
    TopicKind::ALL
        .into_iter()
        .map(|kind| {
            let keeps = kind.keeps();
            let retention = keeps
                .retention_days
                .map(|days| Duration::from_secs(u64::from(days) * 24 * 60 * 60));
            TopicSpec {
                topic: Topic::new(&names.name(kind)),
                partitions: settings.log.partitions,
                cleanup: Cleanup { compact: keeps.compact, retention },
            }
        })
        .collect()
}
