//! An appender that always has somewhere to put records: the log of the brokers, or, while that cannot
//! be had, a log of this machine that is emptied into it.
//!
//! | state | an append | ends |
//! |---|---|---|
//! | direct | goes to the brokers; what they do not take in [`Options::patience`] goes to the spool | with the first that they do not take |
//! | spooling | goes to the spool, behind what lies there | when all of it has been taken by the brokers |
//!
//! So a record never overtakes an earlier one of its partition that lies in the spool, whatever process
//! left it there. One that the brokers refuse for its size goes into a log of its own and holds nothing up
//! (`aside.rs`). Every record is on a disk of this machine or with the brokers before its append
//! returns. A record may come twice, when the brokers were slow to answer or this process dies while the
//! spool is being emptied: its key makes a repeat collapse, as everywhere.

mod aside;
mod emptying;

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{Mutex as AsyncMutex, Notify, RwLock, watch};
use tokio_util::sync::CancellationToken;

use crate::embedded::{self, EmbeddedLog};
use crate::{
    AppendError, AppendFailure, Appender, Clock, Log, LogError, Offset, Record, TopicSpec,
};
pub use aside::REFUSED_FOLDER;
use emptying::{MOVED_AT_ONCE, unreadable};

/// The folder of what waits, in the folder that a spool is started on: a log like any other.
pub const FOLDER: &str = "spool";
/// What is left of one that was emptied.
const EMPTIED: &str = "spool.emptied";

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
    /// Records that lie aside, because the brokers refuse them for their size.
    pub refused: u64,
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
    /// What the brokers refuse for its size, once there was any.
    aside: AsyncMutex<Option<Arc<EmbeddedLog>>>,
    offered_again: AtomicBool,
    waiting: watch::Sender<Waiting>,
    /// There is something to move.
    wake: Notify,
    stop: CancellationToken,
}

impl Spool {
    /// An appender for `topics` whose spool lies in `dir`; what an earlier process left there comes
    /// first. Emptying ends with `stop` or [`Spool::stop`].
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
            aside: AsyncMutex::new(None),
            offered_again: AtomicBool::new(false),
            waiting: watch::Sender::new(Waiting::default()),
            wake: Notify::new(),
            stop,
        });
        remove(&spool.dir.join(EMPTIED))?;
        if spool.dir.join(FOLDER).exists() {
            let left = spool.open(FOLDER)?;
            spool.waiting.send_replace(spool.lying_in(&left).await?);
            *spool.spooling.write().await = Some(left);
        }
        spool.count_aside().await?;
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

    /// Ends emptying: what lies in the spool stays there for the next one that starts on this folder.
    pub fn stop(&self) {
        self.stop.cancel();
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

    fn open(&self, folder: &str) -> Result<Arc<EmbeddedLog>, LogError> {
        let dir = self.dir.join(folder);
        let options = embedded::Options::default();
        embedded::open(&dir, self.topics.clone(), folder, self.clock.clone(), options).map_err(
            |error| LogError::Io {
                attempted: format!("open the spool in {}", dir.display()),
                source: std::io::Error::other(error.to_string()),
            },
        )
    }

    /// What an earlier process left in a log of this machine.
    async fn lying_in(&self, log: &Arc<EmbeddedLog>) -> Result<Waiting, LogError> {
        let mut waiting = Waiting::default();
        for mut followed in self.followed(log).await? {
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
        Ok(waiting)
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
            Ok(Err(AppendError { cause: AppendFailure::TooLarge { .. }, not_durable })) => {
                Err(Refused::TooLarge(not_durable))
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
            *spooling = Some(self.open(FOLDER)?);
            tracing::warn!(
                "the brokers take nothing: webhooks are kept in the spool of this machine"
            );
        }
        Ok(())
    }
}

enum Refused {
    /// These were not taken in time.
    Later(Vec<Record>),
    /// These were not taken, and one of them never will be.
    TooLarge(Vec<Record>),
}

#[async_trait]
impl Appender for Spool {
    /// The offsets are those of the log that took the records: the brokers', or one of this machine,
    /// which say nothing of the brokers'. Records that were taken apart have offset 0.
    async fn append(&self, records: Vec<Record>) -> Result<Vec<Offset>, AppendError> {
        // Not held while the brokers are asked: the spool may begin meanwhile, and that does no harm.
        if self.spooling.read().await.is_some() {
            return self.keep(records).await;
        }
        match self.offer(records).await {
            Ok(offsets) => Ok(offsets),
            Err(Refused::TooLarge(records)) => {
                let count = records.len();
                let left = self.without_too_large(records).await;
                if !left.is_empty() {
                    self.keep(left).await?;
                }
                Ok(vec![Offset::START; count])
            }
            Err(Refused::Later(records)) => self.keep(records).await,
        }
    }
}

fn size(key: &bytes::Bytes, value: Option<&bytes::Bytes>) -> u64 {
    (key.len() + value.map_or(0, bytes::Bytes::len)) as u64
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
