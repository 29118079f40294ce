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
/// Between two tries to read what is damaged: a person has to do something first.
const READ_AGAIN_EVERY: Duration = Duration::from_secs(30);

/// A partition of the spool that is read.
pub(super) struct Followed {
    pub(super) topic: Topic,
    pub(super) partition: Partition,
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
            self.offer_again().await;
            let spool = self.spooling.read().await.clone();
            let Some(spool) = spool else {
                self.wake.notified().await;
                continue;
            };
            match self.followed(&spool).await {
                Ok(mut followed) => self.move_all(&spool, &mut followed).await,
                Err(error) => told(&error, TRY_EVERY).await,
            }
        }
    }

    /// Moves everything to the brokers, then ends the spool while nobody appends. What was moved is not
    /// moved again, whatever stands in the way of the rest.
    async fn move_all(&self, spool: &Arc<EmbeddedLog>, followed: &mut [Followed]) {
        let mut moved = 0;
        loop {
            match self.move_some(followed).await {
                Ok(0) => match self.end_if_all_read(spool, followed).await {
                    Ok(false) => {}
                    Ok(true) => {
                        tracing::info!(
                            records = moved,
                            "the brokers have taken everything from the spool"
                        );
                        return;
                    }
                    Err(error) => told(&error, TRY_EVERY).await,
                },
                Ok(more) => moved += more,
                Err(error) => told(&error, READ_AGAIN_EVERY).await,
            }
        }
    }

    /// Ends the spool, unless something has come that was not moved yet.
    async fn end_if_all_read(
        &self,
        spool: &Arc<EmbeddedLog>,
        followed: &mut [Followed],
    ) -> Result<bool, LogError> {
        let mut spooling = self.spooling.write().await;
        // Appends wait now, so nothing here may wait for the brokers: what came since the last look
        // is moved after they have gone on.
        if !all_read(spool, followed).await? {
            return Ok(false);
        }
        spool.close().await;
        *spooling = None;
        if let Err(error) = self.put_away() {
            // Whoever spools next opens it again, and moves all of it again.
            tracing::error!(%error, "the emptied spool is still there");
        }
        self.waiting.send_modify(|waiting| {
            *waiting = Waiting { refused: waiting.refused, ..Waiting::default() };
        });
        Ok(true)
    }

    fn put_away(&self) -> Result<(), LogError> {
        let emptied = self.dir.join(EMPTIED);
        remove(&emptied)?;
        std::fs::rename(self.dir.join(FOLDER), &emptied).map_err(|error| io(&emptied, error))?;
        remove(&emptied)
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
            self.hand_over(records.collect()).await;
            moved += count;
            self.waiting.send_modify(|waiting| {
                waiting.records = waiting.records.saturating_sub(count);
                waiting.bytes = waiting.bytes.saturating_sub(bytes);
            });
        }
        Ok(moved)
    }

    /// Appends until the brokers have all of `left`, however long that takes, but for those that they
    /// never will: these are set aside. It waits for what the brokers say of each try: to give one up
    /// early would only bring its records twice.
    async fn hand_over(&self, mut left: Vec<Record>) {
        while !left.is_empty() {
            let refused = match self.brokers().await {
                Ok(brokers) => match brokers.append(left).await {
                    Ok(_) => return,
                    Err(refused) => refused,
                },
                Err(error) => AppendError { not_durable: left, cause: error.into() },
            };
            left = refused.not_durable;
            match refused.cause {
                AppendFailure::TooLarge { .. } => {
                    left = self.without_too_large(left).await;
                    if !left.is_empty() {
                        tokio::time::sleep(TRY_EVERY).await;
                    }
                }
                AppendFailure::Retry(_) => tokio::time::sleep(TRY_EVERY).await,
                AppendFailure::Log(error) => told(&error, TRY_EVERY).await,
            }
        }
    }
}

/// Tells what stands in the way, and waits before the next try.
async fn told(error: &LogError, pause: Duration) {
    tracing::error!(%error, "the spool cannot be emptied");
    tokio::time::sleep(pause).await;
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

pub(super) fn record(topic: &Topic, partition: Partition, stored: Stored) -> Record {
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
