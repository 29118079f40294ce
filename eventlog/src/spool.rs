//! An appender that always has somewhere to put records: the log of the brokers, or, while that cannot
//! be had, a log of this machine that is emptied into it.
//!
//! | state | an append | ends |
//! |---|---|---|
//! | direct | goes to the brokers; what they do not take in [`Options::patience`] goes to the spool | with the first that they do not take |
//! | spooling | goes to the spool, behind what lies there | when all of it has been taken by the brokers |
//!
//! So a record never overtakes an earlier one of its partition that lies in the spool, whatever process
//! left it there. Every record is on a disk of this machine or with the brokers before its append
//! returns. A record may come twice, when the brokers were slow to answer or this process dies while the
//! spool is being emptied: its key makes a repeat collapse, as everywhere.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{Notify, RwLock, watch};
use tokio_util::sync::CancellationToken;

use crate::embedded::{self, EmbeddedLog};
use crate::{
    AppendError, AppendFailure, Appender, Clock, Log, LogError, LogReader, Offset, Partition,
    Reader, Record, Stored, Topic, TopicSpec,
};

/// The spool's folder, and what is left of one that was emptied.
const FOLDER: &str = "spool";
const EMPTIED: &str = "spool.emptied";
/// Records that are moved at once: some hundred kilobytes.
const MOVED_AT_ONCE: usize = 256;
/// Between two tries while the brokers are away: soon enough that nobody waits for it.
const TRY_EVERY: Duration = Duration::from_millis(500);

/// Limits of a spool.
#[derive(Debug, Clone)]
pub struct Options {
    /// How long the brokers may take with an append before it goes to the spool. 2 s: many times what
    /// they take, and well within what a sender of webhooks waits.
    pub patience: Duration,
    /// Bytes of keys and values that may lie in the spool; beyond that appends are refused. 4 GiB: a
    /// busy day of a large centre.
    pub bytes_max: u64,
    /// What lies in the spool for longer than this needs a person. 1 hour: brokers that are only
    /// restarted are back long before.
    pub age_warning: Duration,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            patience: Duration::from_secs(2),
            bytes_max: 4 << 30,
            age_warning: Duration::from_hours(1),
        }
    }
}

/// What lies in the spool.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Records; 0 when appends go to the brokers.
    pub records: u64,
    /// Bytes of their keys and values.
    pub bytes: u64,
    /// Since when anything waits, in milliseconds since 1970.
    pub since_ms: Option<i64>,
}

/// Opens the brokers' appender; tried again and again as long as it fails.
pub type Connect = Arc<
    dyn Fn() -> futures::future::BoxFuture<'static, Result<Arc<dyn Appender>, LogError>>
        + Send
        + Sync,
>;

/// The appender.
pub struct Spool {
    dir: PathBuf,
    topics: Vec<TopicSpec>,
    clock: Arc<dyn Clock>,
    options: Options,
    connect: Connect,
    brokers: Mutex<Option<Arc<dyn Appender>>>,
    /// The spool while there is one. Appends hold it to read, its end holds it to write.
    spooling: RwLock<Option<Arc<EmbeddedLog>>>,
    waiting: watch::Sender<Waiting>,
    /// There is something to move.
    wake: Notify,
    stop: CancellationToken,
}

/// A partition of the spool that is read.
struct Followed {
    topic: Topic,
    partition: Partition,
    reader: Box<dyn Reader>,
}

impl Spool {
    /// An appender for `topics` whose spool lies in `dir`; what an earlier process left there comes
    /// first. Ends emptying with `stop`.
    ///
    /// # Errors
    /// A spool that is there and cannot be opened.
    pub async fn start(
        dir: &Path,
        topics: Vec<TopicSpec>,
        clock: Arc<dyn Clock>,
        options: Options,
        connect: Connect,
        stop: CancellationToken,
    ) -> Result<Arc<Spool>, LogError> {
        let spool = Arc::new(Spool {
            dir: dir.to_owned(),
            topics,
            clock,
            options,
            connect,
            brokers: Mutex::new(None),
            spooling: RwLock::new(None),
            waiting: watch::Sender::new(Waiting::default()),
            wake: Notify::new(),
            stop,
        });
        remove(&spool.dir.join(EMPTIED))?;
        if spool.dir.join(FOLDER).exists() {
            let left = spool.open()?;
            spool.count(&left).await?;
            *spool.spooling.write().await = Some(left);
        }
        let emptying = spool.clone();
        tokio::spawn(
            async move { emptying.clone().stop.run_until_cancelled(emptying.empty()).await },
        );
        Ok(spool)
    }

    /// What lies in the spool now, and whenever that changes.
    #[must_use]
    pub fn waiting(&self) -> watch::Receiver<Waiting> {
        self.waiting.subscribe()
    }

    /// Whether an append would be taken though the brokers are away.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.waiting.borrow().bytes < self.options.bytes_max
    }

    /// Whether what waits has waited for too long.
    #[must_use]
    pub fn is_old(&self, waiting: &Waiting) -> bool {
        let age_ms = waiting.since_ms.map_or(0, |since| self.clock.now_ms().saturating_sub(since));
        u128::try_from(age_ms).unwrap_or(0) > self.options.age_warning.as_millis()
    }

    fn open(&self) -> Result<Arc<EmbeddedLog>, LogError> {
        let dir = self.dir.join(FOLDER);
        let options = embedded::Options::default();
        embedded::open(&dir, self.topics.clone(), FOLDER, self.clock.clone(), options).map_err(
            |error| LogError::Io {
                attempted: format!("open the spool in {}", dir.display()),
                source: std::io::Error::other(error.to_string()),
            },
        )
    }

    /// Counts what an earlier process left.
    async fn count(&self, left: &Arc<EmbeddedLog>) -> Result<(), LogError> {
        let mut waiting = Waiting::default();
        for mut followed in self.followed(left).await? {
            loop {
                let batch = followed.reader.next_if_any(MOVED_AT_ONCE).await.map_err(unreadable)?;
                if batch.records.is_empty() {
                    break;
                }
                for stored in &batch.records {
                    waiting.records += 1;
                    waiting.bytes += size(&stored.key, stored.value.as_ref());
                    let earlier = waiting.since_ms.unwrap_or(stored.time_ms);
                    waiting.since_ms = Some(earlier.min(stored.time_ms));
                }
            }
        }
        self.waiting.send_replace(waiting);
        Ok(())
    }

    async fn followed(&self, log: &Arc<EmbeddedLog>) -> Result<Vec<Followed>, LogError> {
        let mut all = Vec::new();
        for spec in &self.topics {
            for partition in (0..spec.partitions).map(Partition) {
                let reader = log.reader(&spec.topic, partition, Offset::START).await?;
                all.push(Followed { topic: spec.topic.clone(), partition, reader });
            }
        }
        Ok(all)
    }

    async fn brokers(&self) -> Result<Arc<dyn Appender>, LogError> {
        let known = self.brokers.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(known) = known {
            return Ok(known);
        }
        let made = (self.connect)().await?;
        *self.brokers.lock().unwrap_or_else(PoisonError::into_inner) = Some(made.clone());
        Ok(made)
    }

    /// Offers records to the brokers; gives back those that they have not taken in time.
    async fn offer(&self, records: Vec<Record>) -> Result<Vec<Offset>, Refused> {
        let known = self.brokers.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(brokers) = known else { return Err(Refused::Later(records)) };
        let offered = tokio::time::timeout(self.options.patience, brokers.append(records.clone()));
        match offered.await {
            Ok(Ok(offsets)) => Ok(offsets),
            Ok(Err(error @ AppendError { cause: AppendFailure::TooLarge { .. }, .. })) => {
                Err(Refused::Never(error))
            }
            Ok(Err(error)) => Err(Refused::Later(error.not_durable)),
            Err(_) => Err(Refused::Later(records)),
        }
    }

    /// Appends to the spool; opens one when there is none.
    async fn keep(&self, records: Vec<Record>) -> Result<Vec<Offset>, AppendError> {
        let bytes: u64 = records.iter().map(|it| size(&it.key, it.value.as_ref())).sum();
        if self.waiting.borrow().bytes + bytes > self.options.bytes_max {
            let why =
                format!("the spool is full: {} bytes wait for the brokers", self.options.bytes_max);
            return Err(AppendError { not_durable: records, cause: AppendFailure::Retry(why) });
        }
        let failed = |records, error| AppendError { not_durable: records, cause: error };
        loop {
            let spooling = self.spooling.read().await;
            let Some(spool) = spooling.as_ref() else {
                drop(spooling);
                if let Err(error) = self.begin().await {
                    return Err(failed(records, AppendFailure::Log(error)));
                }
                continue;
            };
            let appender = match spool.appender() {
                Ok(appender) => appender,
                Err(error) => return Err(failed(records, AppendFailure::Log(error))),
            };
            let count = records.len() as u64;
            let offsets = appender.append(records).await?;
            self.waiting.send_modify(|waiting| {
                waiting.records += count;
                waiting.bytes += bytes;
                waiting.since_ms.get_or_insert(self.clock.now_ms());
            });
            self.wake.notify_one();
            return Ok(offsets);
        }
    }

    async fn begin(&self) -> Result<(), LogError> {
        let mut spooling = self.spooling.write().await;
        if spooling.is_none() {
            *spooling = Some(self.open()?);
            tracing::warn!(
                "the brokers take nothing: webhooks are kept in the spool of this machine"
            );
        }
        Ok(())
    }

    /// Connects, and empties the spool whenever there is something in it.
    async fn empty(&self) {
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

enum Refused {
    /// These were not taken in time.
    Later(Vec<Record>),
    /// One of them can never be taken.
    Never(AppendError),
}

#[async_trait]
impl Appender for Spool {
    /// The offsets are those of the log that took the records: the brokers', or the spool's, which say
    /// nothing of the brokers'.
    async fn append(&self, records: Vec<Record>) -> Result<Vec<Offset>, AppendError> {
        // Not held while the brokers are asked: the spool may begin meanwhile, and that does no harm.
        if self.spooling.read().await.is_some() {
            return self.keep(records).await;
        }
        match self.offer(records).await {
            Ok(offsets) => Ok(offsets),
            Err(Refused::Never(error)) => Err(error),
            Err(Refused::Later(records)) => self.keep(records).await,
        }
    }
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

fn size(key: &bytes::Bytes, value: Option<&bytes::Bytes>) -> u64 {
    (key.len() + value.map_or(0, bytes::Bytes::len)) as u64
}

fn unreadable(error: crate::ReadError) -> LogError {
    match error {
        crate::ReadError::Log(error) => error,
        damage @ crate::ReadError::Damaged { .. } => LogError::Stopped(damage.to_string()),
    }
}

fn remove(dir: &Path) -> Result<(), LogError> {
    match std::fs::remove_dir_all(dir) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        done => done.map_err(|error| io(dir, error)),
    }
}

fn io(path: &Path, source: std::io::Error) -> LogError {
    LogError::Io { attempted: format!("put {} away", path.display()), source }
}
