//! Reading what a partition holds at this moment, from its first record to its end.

use eventlog::{LogReader, Offset, Partition, Stored, Topic};

use super::ViewError;

/// Records taken at once: large enough to amortise a read, small enough to stay in the cache.
pub const BATCH_RECORDS_MAX: usize = 1_000;

/// Calls `see` with every record of a partition up to the end that it has now. Damage ends it.
///
/// # Errors
/// [`ViewError::Log`] and [`ViewError::Damage`].
pub async fn each(
    log: &dyn LogReader,
    topic: &Topic,
    partition: Partition,
    see: impl FnMut(&Stored),
) -> Result<Offset, ViewError> {
    each_from(log, topic, partition, Offset::START, see).await
}

/// The same from an offset on; says where the next look goes on.
///
/// # Errors
/// [`ViewError::Log`] and [`ViewError::Damage`].
pub async fn each_from(
    log: &dyn LogReader,
    topic: &Topic,
    partition: Partition,
    from: Offset,
    see: impl FnMut(&Stored),
) -> Result<Offset, ViewError> {
    let end = log.ends(topic, partition).await?.end;
    if end <= from {
        return Ok(from);
    }
    each_between(log, topic, partition, from, end, see).await?;
    Ok(end)
}

/// The same up to an end that is known.
///
/// # Errors
/// [`ViewError::Log`] and [`ViewError::Damage`].
pub async fn each_between(
    log: &dyn LogReader,
    topic: &Topic,
    partition: Partition,
    from: Offset,
    end: Offset,
    mut see: impl FnMut(&Stored),
) -> Result<(), ViewError> {
    let mut reader = log.reader(topic, partition, from).await?;
    while reader.position() < end {
        let batch = reader.next_if_any(BATCH_RECORDS_MAX).await?;
        if batch.records.is_empty() {
            break;
        }
        batch.records.iter().filter(|record| record.offset < end).for_each(&mut see);
    }
    Ok(())
}
