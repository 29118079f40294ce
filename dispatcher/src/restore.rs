//! After a start: the local store follows the `outcomes` topic to its end, or is rebuilt from its start,
//! and what is not finished goes back into its lane.

use eventlog::store::{Store, StoreBatch, StoreError};
use eventlog::{
    Clock, Log, LogError, Offset, Partition, Reached, ReadError, Reader, Stored, Topic,
};
use schemas::Thread;

use crate::attempt;
use crate::ledger::kept::Kept;
use crate::ledger::space;
use crate::telemetry;

/// Records read at once.
const READ_MAX: usize = 1_000;
/// Unfinished effects read from the store at once.
const PAGE: usize = 1_000;

/// Why nothing could be restored.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RestoreError {
    /// The log.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The local store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Brings the store to the end of the topic.
pub(crate) async fn catch_up(
    log: &dyn Log,
    store: &Store,
    clock: &dyn Clock,
    topic: &Topic,
    partitions: u32,
) -> Result<(), RestoreError> {
    let mut starts = Vec::new();
    for partition in (0..partitions).map(Partition) {
        let ends = log.ends(topic, partition).await?;
        let reached = store.position(topic, partition)?;
        if ends.end == ends.start && reached.is_none() {
            starts.push((partition, Offset::START));
            continue;
        }
        match Reached::catches_up(reached, ends, clock.now_ms()) {
            Ok(from) => starts.push((partition, from)),
            Err(eventlog::Rebuild::Empty) => starts.push((partition, Offset::START)),
            Err(why) => {
                telemetry::store_rebuilt(&why.to_string());
                store.clear(log.identity())?;
                starts = (0..partitions).map(|it| (Partition(it), Offset::START)).collect();
                break;
            }
        }
    }
    for (partition, from) in starts {
        let mut reader = log.reader(topic, partition, from).await?;
        loop {
            match read(&mut *reader).await? {
                Found::Records(records) => store.apply(changes(&records, topic, partition))?,
                Found::Damage => {
                    let (from, to) = reader.skip_damage().await?;
                    telemetry::ledger_damaged(topic.as_str(), partition.0, from.0, to.0);
                    let mut batch = StoreBatch::default();
                    let at = clock.now_ms().to_be_bytes();
                    batch.put(space::DAMAGED, &partition.0.to_be_bytes(), &at);
                    store.apply(batch)?;
                }
                Found::End => break,
            }
        }
    }
    Ok(())
}

/// What a reader meets.
enum Found {
    Records(Vec<Stored>),
    /// Entries of the ledger that nobody can read. From now on what is not in it may have been done all
    /// the same: whatever would happen twice is looked for before it is sent.
    Damage,
    End,
}

async fn read(reader: &mut dyn Reader) -> Result<Found, LogError> {
    match reader.next_if_any(READ_MAX).await {
        Ok(batch) if batch.records.is_empty() => Ok(Found::End),
        Ok(batch) => Ok(Found::Records(batch.records)),
        Err(ReadError::Log(error)) => Err(error),
        Err(ReadError::Damaged { .. }) => Ok(Found::Damage),
    }
}

fn changes(records: &[Stored], topic: &Topic, partition: Partition) -> StoreBatch {
    let mut batch = StoreBatch::default();
    for record in records {
        take(&mut batch, record);
    }
    if let Some(last) = records.last() {
        let reached = Reached { offset: last.offset.next(), time_ms: last.time_ms };
        batch.position(topic, partition, reached);
    }
    batch
}

fn take(batch: &mut StoreBatch, record: &Stored) {
    let key = &record.key[..];
    if key.starts_with(b"status|") || key.starts_with(b"copy|") {
        return;
    }
    if key.starts_with(b"order|") {
        if let Some(value) = &record.value {
            batch.put(space::POSITION, key, value);
        }
        return;
    }
    if let Some(writer) = key.strip_prefix(b"position|") {
        if let Some(value) = &record.value {
            batch.put(space::POSITION, writer, value);
        }
        return;
    }
    if let Some(contact) = key.strip_prefix(b"thread|") {
        let Some(value) = &record.value else { return batch.delete(space::THREADS, contact) };
        let Ok(thread) = schemas::decode::<Thread>(value) else { return };
        batch.put(space::THREADS, contact, value);
        for id in thread.conversation_id.iter().chain(&thread.former_conversation_ids) {
            batch.put(space::CONVERSATIONS, id.as_str().as_bytes(), contact);
        }
        return;
    }
    match Kept::from_record(record) {
        Some(kept) => {
            batch.put(space::EFFECTS, key, &kept.encode());
            if let Some(id) = kept.outcome.call_id.filter(|_| key.ends_with(b":main")) {
                let contact = kept.outcome.contact.as_str().as_bytes();
                batch.put(space::CALLS, &id.get().to_be_bytes(), contact);
            }
            if attempt::is_finished(kept.outcome.state) {
                batch.delete(space::UNFINISHED, key);
            } else {
                batch.put(space::UNFINISHED, key, &[]);
            }
        }
        None => {
            batch.delete(space::EFFECTS, key);
            batch.delete(space::UNFINISHED, key);
        }
    }
}

/// Every ledger entry that is not finished.
pub(crate) fn unfinished(store: &Store) -> Result<Vec<Kept>, StoreError> {
    let mut all = Vec::new();
    let mut after: Option<Vec<u8>> = None;
    loop {
        let from = after.as_deref().map_or(std::ops::Bound::Unbounded, std::ops::Bound::Excluded);
        let page = store.scan_range(space::UNFINISHED, (from, std::ops::Bound::Unbounded), PAGE)?;
        for (key, _) in &page {
            let value = store.get(space::EFFECTS, key)?;
            all.extend(value.and_then(|value| Kept::decode(&value)));
        }
        match page.last() {
            Some((last, _)) if page.len() == PAGE => after = Some(last.to_vec()),
            Some(_) | None => return Ok(all),
        }
    }
}
