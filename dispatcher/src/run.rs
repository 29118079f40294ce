//! The dispatcher: at least once on the wire, once in effect.
//!
//! The durable order, and why:
//!
//! 1. **Own the slot.** Who owns slot 0 of the role `dispatcher` is active; the others stand by. Opening the
//!    writer `dispatcher` fences whoever had it: from then on none of the old owner's commits succeeds,
//!    so it can announce nothing more.
//! 2. **Read the ledger** to its end: it says what was announced, sent and noted.
//! 3. **Take a command in**: its ledger entry, the command whole in it, is durable before the position
//!    passes it, in one commit. So nothing is lost.
//! 4. **Announce**: the intent, with a deadline, is durable before a write starts. So whoever comes after
//!    us knows that something may have happened.
//! 5. **Call**, unless the deadline has passed by the clock that counts suspension, or another is active: this
//!    is looked at when the body is written to the socket. So a process that slept does not write.
//! 6. **Note** what came of it. A crash before that leaves an intent without a result: the successor
//!    waits out its deadline and the request's time, then looks or repeats. So nothing happens twice.
//! 7. **Then the store and the position** follow; both can be made again from the log.
//!
//! Crash points: `dispatcher.taken` (3 durable, before 4), `dispatcher.intended` (4 durable, before 5),
//! `dispatcher.sent` (5 answered, before 6 is durable), `dispatcher.noted` (6 durable, before 7),
//! `dispatcher.stored` (7 done).

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use eventlog::store::{Shelf, StoreError};
use eventlog::{
    Clock, FENCED_MAX, Log, LogError, Membership, MembershipChange, Partition, Patience, Progress,
    ReadError, Reader, Topic, WriterName,
};
use schemas::TopicKind;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::committer::{Committer, Ended};
use crate::config::Config;
use crate::engine::{Engine, Fed, Over, Parts};
use crate::front::client::{Client, ClientError};
use crate::inputs::Inputs;
use crate::ledger::Ledger;
use crate::report::{Reporter, standing_by};
use crate::restore::{self, RestoreError};
use crate::telemetry;

/// Batches that were read and wait: enough to read while a commit is under way.
const FED_MAX: usize = 32;
/// Records of one batch: their ledger entries go into one commit.
const READ_MAX: usize = 250;

/// Why the dispatcher ended.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The log.
    #[error("the dispatcher cannot use the log: {0}")]
    Log(#[from] LogError),
    /// The log does not take what is written, or cannot be read.
    #[error("{0}")]
    Stopped(String),
    /// Another process has opened the writer, and the role's slot is still ours: nobody would send. A new
    /// start takes part in sharing the slot out again.
    #[error("another process has taken over, and the slot is still this one's: start again")]
    TakenOver,
    /// The local store is another process's.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The way to Front.
    #[error(transparent)]
    Client(#[from] ClientError),
}

impl From<RestoreError> for Error {
    fn from(error: RestoreError) -> Error {
        match error {
            RestoreError::Log(error) => Error::Log(error),
            RestoreError::Store(error) => Error::Store(error),
        }
    }
}

/// Runs until `shutdown`; then finishes what is begun, commits, and returns.
///
/// # Errors
/// [`Error`]: the configuration cannot work, or the log or the store has failed for good.
pub async fn run(
    log: Arc<dyn Log>,
    stores: PathBuf,
    clock: Arc<dyn Clock>,
    config: Config,
    reporter: Reporter,
    shutdown: CancellationToken,
) -> Result<(), Error> {
    let client = Client::new(&config.api_url, &config.token, config.timeout)?;
    let shelf = Shelf::new(stores, "dispatcher", log.identity());
    let (config, progress) = (Arc::new(config), Progress::default());
    let here = Here { log, shelf, clock, config, client, reporter, progress };
    let mut membership = here.log.join("dispatcher", 1).await?;
    loop {
        let change = tokio::select! {
            () = shutdown.cancelled() => break,
            change = membership.change() => change?,
        };
        match change {
            MembershipChange::Granted(_) => {
                if here.work_while_member(&mut *membership, &shutdown).await? {
                    break;
                }
            }
            MembershipChange::Revoked(slots) => membership.released(&slots).await?,
            MembershipChange::Lost(_) => {}
        }
    }
    membership.leave().await?;
    Ok(())
}

/// Waits for the slot to become another's, as the writer has; says whether it was told to stop.
async fn until_lost(
    membership: &mut dyn Membership,
    shutdown: &CancellationToken,
) -> Result<bool, Error> {
    let patience = tokio::time::sleep(FENCED_MAX);
    tokio::pin!(patience);
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return Ok(true),
            () = &mut patience => return Err(Error::TakenOver),
            change = membership.change() => match change? {
                MembershipChange::Granted(_) => {}
                MembershipChange::Revoked(slots) => {
                    membership.released(&slots).await?;
                    return Ok(false);
                }
                MembershipChange::Lost(_) => return Ok(false),
            },
        }
    }
}

/// Waits for an input that cannot be read any more; those that end in order are no reason to stop.
async fn unreadable(reading: &mut JoinSet<Result<(), LogError>>) -> LogError {
    loop {
        match reading.join_next().await {
            Some(Ok(Ok(()))) => {}
            Some(Ok(Err(error))) => return error,
            Some(Err(error)) => std::panic::resume_unwind(error.into_panic()),
            None => std::future::pending().await,
        }
    }
}

/// Why the work ended without a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Work {
    /// It was told to.
    Told,
    /// Another process has opened the writer.
    Fenced,
}

struct Here {
    log: Arc<dyn Log>,
    shelf: Shelf,
    clock: Arc<dyn Clock>,
    config: Arc<Config>,
    client: Client,
    reporter: Reporter,
    progress: Progress,
}

impl Here {
    /// Is active until the slot goes, or until shutdown: then it says true.
    async fn work_while_member(
        &self,
        membership: &mut dyn Membership,
        shutdown: &CancellationToken,
    ) -> Result<bool, Error> {
        let stop = shutdown.child_token();
        let active = Arc::new(AtomicBool::new(true));
        let mut revoked = None;
        let mut heard = self.progress.heard();
        let mut work = std::pin::pin!(self.work(&active, &stop));
        let ended = loop {
            tokio::select! {
                ended = &mut work => break ended,
                () = heard.changed() => heard.pass_on(membership),
                change = membership.change() => match change? {
                    MembershipChange::Granted(_) => {}
                    MembershipChange::Revoked(slots) => {
                        revoked = Some(slots);
                        stop.cancel();
                    }
                    MembershipChange::Lost(_) => {
                        self.stands_by(&active);
                        telemetry::inactive("the slot is another's");
                        return Ok(false);
                    }
                },
            }
        };
        self.stands_by(&active);
        let ended = ended?;
        if let Some(slots) = revoked {
            telemetry::inactive("the slot was handed over");
            membership.released(&slots).await?;
        } else if ended == Work::Fenced && !shutdown.is_cancelled() {
            return until_lost(membership, shutdown).await;
        }
        Ok(shutdown.is_cancelled())
    }

    fn stands_by(&self, active: &AtomicBool) {
        active.store(false, Ordering::SeqCst);
        self.reporter.outage.send_replace(None);
        self.reporter.status.send_replace(standing_by());
    }

    /// Works, and starts again from the log where that is the remedy.
    async fn work(
        &self,
        active: &Arc<AtomicBool>,
        stop: &CancellationToken,
    ) -> Result<Work, Error> {
        let mut patience = Patience::default();
        // Who was told to stop opens nothing any more: that would fence whoever comes next.
        while !stop.is_cancelled() {
            match self.work_once(active, stop).await {
                Ok(Over::Stopped) => return Ok(Work::Told),
                Ok(Over::Ended(Ended::Fenced)) => {
                    active.store(false, Ordering::SeqCst);
                    telemetry::inactive("another process has opened the writer");
                    return Ok(Work::Fenced);
                }
                Ok(Over::Ended(Ended::Reopen(why))) => {
                    patience.renew();
                    telemetry::restarting(&why);
                }
                Ok(Over::Ended(Ended::Log(why))) => return Err(Error::Stopped(why)),
                Ok(Over::Ended(Ended::Store(error))) => {
                    self.wait_after(Error::Store(error), &mut patience, stop).await?;
                }
                Err(error) => self.wait_after(error, &mut patience, stop).await?,
            }
        }
        Ok(Work::Told)
    }

    /// Waits for what may pass: brokers come back, so does space, and a local store is made anew. A log
    /// on this machine that has failed says that it has stopped.
    async fn wait_after(
        &self,
        error: Error,
        patience: &mut Patience,
        stop: &CancellationToken,
    ) -> Result<(), Error> {
        match &error {
            Error::Log(LogError::Io { .. }) => {}
            Error::Store(store) if store.may_pass() => {}
            Error::Log(_)
            | Error::Store(_)
            | Error::Stopped(_)
            | Error::TakenOver
            | Error::Client(_) => return Err(error),
        }
        let why = error.to_string();
        telemetry::restarting(&why);
        self.reporter.status.send_modify(|status| {
            (status.state, status.reason) = ("held".to_owned(), Some(why));
        });
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(patience.wait()) => {}
        }
        Ok(())
    }

    async fn work_once(
        &self,
        active: &Arc<AtomicBool>,
        stop: &CancellationToken,
    ) -> Result<Over, Error> {
        let name = WriterName("dispatcher".to_owned());
        let writer = self.log.writer(&name).await?;
        let (log, config) = (&*self.log, &self.config);
        let store = self.shelf.store()?;
        if let Some(why) = store.rebuilt() {
            telemetry::store_rebuilt(why);
        }
        let outcomes = Topic::new(&config.topics.name(TopicKind::Outcomes));
        restore::catch_up(log, &store, &*self.clock, &outcomes, config.partitions).await?;
        let unfinished = restore::unfinished(&store)?;
        telemetry::active(unfinished.len());
        let ledger = Ledger::new(store);
        let position = ledger.position()?;
        let inputs = Inputs::of(position.as_ref()).ordered_after(ledger.orders()?.as_ref());
        let (committer, work) = Committer::start(
            writer,
            ledger.clone(),
            self.clock.clone(),
            outcomes,
            self.progress.clone(),
        );
        let mut committing = JoinSet::new();
        committing.spawn(work);
        let (feed, feeds) = mpsc::channel(FED_MAX);
        let mut reading = self.read_inputs(&inputs, &feed).await?;
        drop(feed);
        let mut engine = Engine::new(Parts {
            config: config.clone(),
            clock: self.clock.clone(),
            client: self.client.clone(),
            ledger,
            committer,
            inputs,
            front_cursor: position.and_then(|position| position.front_cursor),
            active: active.clone(),
        });
        let over = match engine.adopt(unfinished) {
            Err(error) => Err(Error::Store(error)),
            Ok(()) => tokio::select! {
                over = engine.run(feeds, &mut committing, &self.reporter, stop) => Ok(over),
                error = unreadable(&mut reading) => Err(Error::Log(error)),
            },
        };
        reading.shutdown().await;
        committing.shutdown().await;
        over
    }

    /// One task per partition of each input.
    async fn read_inputs(
        &self,
        inputs: &Inputs,
        feed: &mpsc::Sender<Fed>,
    ) -> Result<JoinSet<Result<(), LogError>>, LogError> {
        let mut reading = JoinSet::new();
        for kind in [TopicKind::Commands, TopicKind::Raw] {
            let topic = Topic::new(&self.config.topics.name(kind));
            for partition in (0..self.config.partitions).map(Partition) {
                let from = inputs.next(&(topic.clone(), partition));
                let reader = self.log.reader(&topic, partition, from).await?;
                reading.spawn(follow(reader, topic.clone(), partition, feed.clone()));
            }
        }
        Ok(reading)
    }
}

/// Reads one partition for ever; ends when nobody listens.
async fn follow(
    mut reader: Box<dyn Reader>,
    topic: Topic,
    partition: Partition,
    feed: mpsc::Sender<Fed>,
) -> Result<(), LogError> {
    loop {
        match reader.next(READ_MAX).await {
            Ok(batch) => {
                let fed = Fed { topic: topic.clone(), partition, records: batch.records };
                if feed.send(fed).await.is_err() {
                    return Ok(());
                }
            }
            Err(ReadError::Log(error)) => return Err(error),
            Err(ReadError::Damaged { .. }) => {
                let (from, to) = reader.skip_damage().await?;
                telemetry::damage_skipped(topic.as_str(), partition.0, from.0, to.0);
            }
        }
    }
}
