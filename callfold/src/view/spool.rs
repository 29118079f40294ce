//! What waits for the brokers on this machine, in ingest's spool.

use std::path::Path;

use eventlog::embedded::{self, ReadOnlyLog};
use eventlog::spool::{FOLDER, REFUSED_FOLDER, Spool};
use eventlog::{LogError, LogReader, Partition};
use serde::{Deserialize, Serialize};

use super::events::timestamp;
use crate::failure::Failure;

/// The spool of one `log.dir`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpoolView {
    /// `empty`, `waiting`, `old`, `full` or `left`, see [`SpoolView::sentence`].
    pub state: String,
    /// Records that wait.
    pub records: u64,
    /// Bytes of their keys and values; none when nobody has counted them.
    pub bytes: Option<u64>,
    /// Records that the brokers refuse for their size: they lie aside until a start finds them taken.
    #[serde(default)]
    pub refused: u64,
    /// Since when anything waits, RFC 3339; none when nothing does, or nobody knows.
    pub since: Option<String>,
}

impl SpoolView {
    /// Of a spool in use.
    #[must_use]
    pub fn of(spool: &Spool) -> SpoolView {
        let waiting = *spool.waiting().borrow();
        let state = match waiting.since_ms {
            None => "empty",
            Some(_) if !spool.has_room() => "full",
            Some(_) if spool.is_old(&waiting) => "old",
            Some(_) => "waiting",
        };
        SpoolView {
            state: state.to_owned(),
            records: waiting.records,
            bytes: Some(waiting.bytes),
            refused: waiting.refused,
            since: waiting.since_ms.map(timestamp),
        }
    }

    /// Of a spool that lies in `dir` and that no process has open; none when there is none.
    ///
    /// # Errors
    /// One that cannot be read.
    pub async fn left_in(dir: &Path) -> Result<Option<SpoolView>, Failure> {
        let folder = dir.join(FOLDER);
        if !folder.exists() {
            return Ok(None);
        }
        let unreadable = |error: &dyn std::fmt::Display| {
            Failure::because(&format!("reading the spool in {}", folder.display()), error)
        };
        let log = embedded::open_read_only(&folder).map_err(|error| unreadable(&error))?;
        let view = SpoolView {
            state: "left".to_owned(),
            records: records_in(&log).await.map_err(|error| unreadable(&error))?,
            bytes: None,
            refused: 0,
            since: None,
        };
        Ok(Some(view))
    }

    /// Whether all is as usual.
    #[must_use]
    pub fn is_usual(&self) -> bool {
        self.state == "empty" && self.refused == 0
    }

    /// What a person should know of it.
    #[must_use]
    pub fn sentence(&self) -> String {
        let waits = self.of_waiting();
        match self.refused {
            0 => waits,
            refused => format!(
                "{waits}; {refused} records are larger than the brokers take and lie in {REFUSED_FOLDER}: \
                 compare the topics by `callfold topics check`, and start ingest again"
            ),
        }
    }

    fn of_waiting(&self) -> String {
        let records = self.records;
        let bytes = self.bytes.map(|bytes| format!(", {bytes} bytes,")).unwrap_or_default();
        let since =
            self.since.as_deref().map(|since| format!(" since {since}")).unwrap_or_default();
        let wait = format!("{records} records{bytes} wait in the spool{since}");
        match self.state.as_str() {
            "empty" => "empty: the brokers take everything".to_owned(),
            "full" => format!("full: {wait}; webhooks are refused until the brokers are back"),
            "old" => format!("the brokers are away: {wait}, longer than brokers take to come back"),
            "left" => format!(
                "left by a process that has ended: {wait}; the next ingest on this log.dir brings them"
            ),
            _ => format!("the brokers are away: {wait}"),
        }
    }
}

/// A spool has appends only: its offsets follow each other.
async fn records_in(log: &ReadOnlyLog) -> Result<u64, LogError> {
    let mut records = 0;
    for spec in log.topics() {
        for partition in (0..spec.partitions).map(Partition) {
            let ends = log.ends(&spec.topic, partition).await?;
            records += ends.end.0.saturating_sub(ends.start.0);
        }
    }
    Ok(records)
}
