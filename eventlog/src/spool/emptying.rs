//! Emptying the spool: everything is moved to the brokers in order, and then the spool ends.

use std::sync::Arc;
use std::time::Duration;

use super::{EMPTIED, FOLDER, Spool, Waiting, io, remove, size};
use crate::embedded::EmbeddedLog;
use crate::{
    AppendError, AppendFailure, LogError, LogReader, Offset, Partition, ReadError, Reader, Record,
    Stored, Topic,
};

/// Records that are moved at once: some hundred kilobytes.
pub(super) const MOVED_AT_ONCE: usize = 256;
/// Between two tries while the brokers are away: soon enough that nobody waits for it.
const TRY_EVERY: Duration = Duration::from_millis(500);

/// A partition of the spool that is read.
pub(super) struct Followed {
    topic: Topic,
    partition: Partition,
    pub(super) reader: Box<dyn Reader>,
}

impl Spool {
    /// Everything that lies in the spool, from its beginning.
    pub(super) async fn followed(&self, log: &Arc<EmbeddedLog>) -> Result<Vec<Followed>, LogError> {
        let mut all = Vec::new();
        for spec in &self.topics {
            for partition in (0..spec.partitions).map(Partition) {
                let reader = log.reader(&spec.topic, partition, Offset::START).await?;
                all.push(Followed { topic: spec.topic.clone(), partition, reader });
            }
        }
        Ok(all)
    }

    /// Connects, and empties the spool whenever there is something in it.
    pub(super) async fn empty(&self) {
        loop {
            if let Err(error) = self.brokers().await {
                tracing::warn!(%error, "the brokers cannot be reached yet");
                tokio::time::sleep(TRY_EVERY).await;
                continue;
            }
            let spool = self.spooling.read().await.clone();
            let Some(spool) = spool else {
                self.wake.notified().await;
                continue;
            };
            if let Err(error) = self.move_all(&spool).await {
                tracing::error!(%error, "the spool cannot be emptied");
                tokio::time::sleep(TRY_EVERY).await;
            }
        }
    }

    /// Moves everything to the brokers, then ends the spool while nobody appends.
    async fn move_all(&self, spool: &Arc<EmbeddedLog>) -> Result<(), LogError> {
        let mut followed = self.followed(spool).await?;
        let mut moved = 0;
        loop {
            let more = self.move_some(&mut followed).await?;
            moved += more;
            if more > 0 {
                continue;
            }
            let mut spooling = self.spooling.write().await;
            // Appends wait now, so nothing here may wait for the brokers: what came since the last look
            // is moved after they have gone on.
            if !all_read(spool, &mut followed).await? {
                continue;
            }
            drop(followed);
            spool.close().await;
            *spooling = None;
            let emptied = self.dir.join(EMPTIED);
            remove(&emptied)?;
            std::fs::rename(self.dir.join(FOLDER), &emptied)
                .map_err(|error| io(&emptied, error))?;
            remove(&emptied)?;
            self.waiting.send_replace(Waiting::default());
            tracing::info!(records = moved, "the brokers have taken everything from the spool");
            return Ok(());
        }
    }

    /// Moves a batch of each partition; how many records that were.
    async fn move_some(&self, followed: &mut [Followed]) -> Result<u64, LogError> {
        let mut moved = 0;
        for Followed { topic, partition, reader } in followed {
            let batch = reader.next_if_any(MOVED_AT_ONCE).await.map_err(unreadable)?;
            if batch.records.is_empty() {
                continue;
            }
            let count = batch.records.len() as u64;
            let bytes: u64 = batch.records.iter().map(|it| size(&it.key, it.value.as_ref())).sum();
            let records = batch.records.into_iter().map(|it| record(topic, *partition, it));
            self.hand_over(records.collect()).await?;
            moved += count;
            self.waiting.send_modify(|waiting| {
                waiting.records = waiting.records.saturating_sub(count);
                waiting.bytes = waiting.bytes.saturating_sub(bytes);
            });
        }
        Ok(moved)
    }

    /// Appends until the brokers have all of `left`, however long that takes. It waits for what they say
    /// of each try: to give one up early would only bring its records twice.
    async fn hand_over(&self, mut left: Vec<Record>) -> Result<(), LogError> {
        let brokers = self.brokers().await?;
        loop {
            match brokers.append(left).await {
                Ok(_) => return Ok(()),
                Err(AppendError { not_durable, cause: AppendFailure::Retry(_) }) => {
                    left = not_durable;
                }
                Err(AppendError { cause, .. }) => {
                    let what = format!("move records to the brokers: {cause}");
                    return Err(LogError::Stopped(what));
                }
            }
            tokio::time::sleep(TRY_EVERY).await;
        }
    }
}

/// Whether nothing lies behind what was read.
async fn all_read(spool: &EmbeddedLog, followed: &mut [Followed]) -> Result<bool, LogError> {
    for Followed { topic, partition, reader } in followed {
        if reader.position() < spool.ends(topic, *partition).await?.end {
            return Ok(false);
        }
    }
    Ok(true)
}

fn record(topic: &Topic, partition: Partition, stored: Stored) -> Record {
    Record {
        topic: topic.clone(),
        partition,
        key: stored.key,
        value: stored.value,
        headers: stored.headers,
    }
}

/// Damage in the spool stops it: a person decides.
pub(super) fn unreadable(error: ReadError) -> LogError {
    match error {
        ReadError::Log(error) => error,
        damage @ ReadError::Damaged { .. } => LogError::Stopped(damage.to_string()),
    }
}
