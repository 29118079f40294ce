//! Records that the brokers never take, because they are larger than their topic allows: kept on this
//! machine, beside the spool, and offered again by every process that starts on its folder.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::emptying::{Followed, MOVED_AT_ONCE, record, unreadable};
use super::{Spool, io};
use crate::embedded::EmbeddedLog;
use crate::{AppendFailure, Log, LogError, Record};

/// Their folder, in the folder that a spool is started on: a log like any other.
pub const REFUSED_FOLDER: &str = "spool.refused";

impl Spool {
    /// Offers `records` one by one, and sets aside those that are too large. Returns those that were
    /// not taken for another reason.
    pub(super) async fn without_too_large(&self, records: Vec<Record>) -> Vec<Record> {
        let mut left = Vec::new();
        for record in records {
            let Ok(brokers) = self.brokers().await else {
                left.push(record);
                continue;
            };
            let Err(refused) = brokers.append(vec![record]).await else { continue };
            let AppendFailure::TooLarge { bytes, .. } = refused.cause else {
                left.extend(refused.not_durable);
                continue;
            };
            if let Err(error) = self.set_aside(refused.not_durable.clone()).await {
                tracing::error!(%error, bytes, "a record that is too large cannot be set aside");
                left.extend(refused.not_durable);
            }
        }
        left
    }

    async fn set_aside(&self, records: Vec<Record>) -> Result<(), AppendFailure> {
        let mut aside = self.aside.lock().await;
        let log = match aside.take() {
            Some(log) => log,
            None => self.open(REFUSED_FOLDER)?,
        };
        let count = records.len() as u64;
        let appender = aside.insert(log).appender()?;
        appender.append(records).await.map_err(|error| error.cause)?;
        self.waiting.send_modify(|waiting| waiting.refused += count);
        tracing::error!(
            "the brokers refuse a record for its size: it is kept in {REFUSED_FOLDER} of this machine; \
             compare the topics' max.message.bytes, and start again"
        );
        Ok(())
    }

    /// Once in the life of this process: what was set aside before goes to the brokers, if they take
    /// it by now. Where some of it is still refused all of it stays, and those that were taken come
    /// again at the next start: their keys make repeats collapse.
    pub(super) async fn offer_again(&self) {
        if self.offered_again.swap(true, Ordering::SeqCst) {
            return;
        }
        let mut aside = self.aside.lock().await;
        let Some(log) = aside.clone() else { return };
        match self.still_refused(&log).await {
            Ok(0) => {
                log.close().await;
                *aside = None;
                self.all_taken();
            }
            Ok(refused) => self.waiting.send_modify(|waiting| waiting.refused = refused),
            Err(error) => tracing::error!(%error, "what was set aside cannot be read"),
        }
    }

    fn all_taken(&self) {
        let folder = self.dir.join(REFUSED_FOLDER);
        if let Err(error) = std::fs::remove_dir_all(&folder) {
            let error = io(&folder, error);
            tracing::error!(%error, "what the brokers have taken is still there");
        }
        self.waiting.send_modify(|waiting| waiting.refused = 0);
        tracing::info!("the brokers have taken what they had refused for its size");
    }

    async fn still_refused(&self, log: &Arc<EmbeddedLog>) -> Result<u64, LogError> {
        let mut refused = 0;
        for Followed { topic, partition, mut reader } in self.followed(log).await? {
            loop {
                let batch = reader.next_if_any(MOVED_AT_ONCE).await.map_err(unreadable)?;
                if batch.records.is_empty() {
                    break;
                }
                for stored in batch.records {
                    let brokers = self.brokers().await?;
                    let offered = brokers.append(vec![record(&topic, partition, stored)]).await;
                    refused += u64::from(offered.is_err());
                }
            }
        }
        Ok(refused)
    }

    /// Counts what earlier processes have set aside.
    pub(super) async fn count_aside(&self) -> Result<(), LogError> {
        if !self.dir.join(REFUSED_FOLDER).exists() {
            return Ok(());
        }
        let log = self.open(REFUSED_FOLDER)?;
        let refused = self.lying_in(&log).await?.records;
        self.waiting.send_modify(|waiting| waiting.refused = refused);
        *self.aside.lock().await = Some(log);
        Ok(())
    }
}
