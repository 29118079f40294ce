//! Whether a log is a copy, and how far it is.

use eventlog::{LogReader, Offset, Partition, ReadError, Stored};
use schemas::TopicKind;

use super::marks::{self, Begun, Progress};
use crate::view::{Names, ViewError, scan};

/// What a log is to a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Nothing is in it.
    Empty,
    /// A copy that was begun in it, and how far it is.
    Copy(Begun, Progress),
    /// Something else is in it.
    Other,
}

/// Looks.
///
/// # Errors
/// A log that cannot be read.
pub async fn look(log: &dyn LogReader, names: &Names) -> Result<State, ViewError> {
    if let Some((begun, progress)) = copy_in(log, names).await? {
        return Ok(State::Copy(begun, progress));
    }
    for kind in TopicKind::ALL {
        let topic = names.topic(kind);
        for partition in (0..names.partitions).map(Partition) {
            let ends = log.ends(&topic, partition).await?;
            if ends.start == ends.end {
                continue;
            }
            let mut reader = log.reader(&topic, partition, Offset::START).await?;
            if !reader.next_if_any(1).await?.records.is_empty() {
                return Ok(State::Other);
            }
        }
    }
    Ok(State::Empty)
}

/// The copy that was begun in a log. Its first record stays the first of its partition until the copy is
/// finished, so of every other log one record is read. Damage is passed over: whoever works on the log
/// tells of it.
///
/// # Errors
/// A log that cannot be read.
pub async fn copy_in(
    log: &dyn LogReader,
    names: &Names,
) -> Result<Option<(Begun, Progress)>, ViewError> {
    let outcomes = names.topic(TopicKind::Outcomes);
    let mut reader = log.reader(&outcomes, Partition(0), Offset::START).await?;
    let first = match reader.next_if_any(1).await {
        Ok(batch) => batch.records.into_iter().next().filter(marks::is_begun),
        Err(ReadError::Damaged { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    let Some(first) = first else { return Ok(None) };
    let (mut begun, mut progress) = (marks::read_begun(&first), Progress::default());
    let mut see = |stored: &Stored| {
        if marks::is_begun(stored) {
            begun = marks::read_begun(stored);
        } else if marks::is_progress(stored) {
            progress = marks::read_progress(stored).unwrap_or_default();
        }
    };
    loop {
        match reader.next_if_any(scan::BATCH_RECORDS_MAX).await {
            Ok(batch) if batch.records.is_empty() => break,
            Ok(batch) => batch.records.iter().for_each(&mut see),
            Err(ReadError::Damaged { .. }) => {
                reader.skip_damage().await?;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(begun.map(|begun| (begun, progress)))
}
