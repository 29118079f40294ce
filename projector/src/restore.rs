//! Bringing a partition's part of the local store up to the log.

use eventlog::{Partition, Reached, Stored, Topic};

use crate::batch::DUE_AT;
use crate::partition::{PartitionError, Surroundings};
use crate::states::{StateRecord, States};
use crate::telemetry;

/// Records per read while the store is brought up: nothing else runs on the partition then.
const RESTORE_MAX: usize = 4_096;

/// Brings the store up to the end of the partition's states. The writer is open already, so that
/// nobody appends to them any more.
pub(crate) async fn restore(
    around: &Surroundings,
    states: &States,
    topic: &Topic,
    partition: Partition,
) -> Result<(), PartitionError> {
    let ends = around.log.ends(topic, partition).await?;
    let from = match Reached::catches_up(states.reached()?, ends, around.clock.now_ms()) {
        Ok(from) => from,
        Err(why) => {
            if ends.start < ends.end {
                telemetry::rebuilding(partition, &why.to_string());
            }
            states.clear()?;
            ends.start
        }
    };
    let mut reader = around.log.reader(topic, partition, from).await?;
    let mut count = 0;
    while reader.position() < ends.end {
        let batch = reader.next_if_any(RESTORE_MAX).await?;
        let Some(last) = batch.records.last() else { break };
        let reached = Reached { offset: last.offset.next(), time_ms: last.time_ms };
        let records: Vec<_> = batch.records.iter().map(restored).collect();
        states.apply(&records, reached)?;
        count += u64::try_from(records.len()).unwrap_or_default();
    }
    if count > 0 {
        telemetry::restored(partition, count);
    }
    Ok(())
}

fn restored(stored: &Stored) -> StateRecord {
    let due_at = stored
        .header(DUE_AT)
        .and_then(|value| std::str::from_utf8(value).ok())
        .and_then(|text| text.parse().ok());
    StateRecord { key: stored.key.clone(), value: stored.value.clone(), due_at }
}
