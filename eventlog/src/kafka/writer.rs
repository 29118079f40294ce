//! Writers: one transactional producer each, on a thread of its own.
//!
//! A commit begins a transaction, sends everything, waits until nothing is under way any more, and
//! only then commits: librdkafka's commit would otherwise wait in steps of 100 ms. Every call that
//! blocks has a limit, and what does not return all the same is given up: then nobody knows, and
//! the owner reopens. Positions are records in the commit, so no group offset is part of it:
//! sending offsets to a transaction can hang (confluentinc/librdkafka #5456, #5511).

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::Message;
use rdkafka::producer::{BaseProducer, DeliveryResult, Producer, ProducerContext};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout};

use super::core::{Core, stopped};
use super::parcel::Fate;
use super::{failure, message, telemetry};
use crate::admission::{Refusal, admit, record_bytes};
use crate::{CommitError, Dated, LogError, Offset, Partition, Record, Topic, Writer, WriterName};

/// How long a poll waits for deliveries. It does not end before, so this is what a commit may lose.
const POLL: Duration = Duration::from_millis(1);
/// What a call may take beyond its own timeout before it is given up.
const GRACE: Duration = Duration::from_secs(5);

type Committed = Result<Vec<Offset>, CommitError>;

struct Commit {
    records: Vec<Record>,
    /// The times that they have already; none: now.
    times_ms: Option<Vec<i64>>,
    done: oneshot::Sender<Committed>,
}

/// A writer that owns its name until somebody else opens it.
pub(super) struct KafkaWriter {
    core: Arc<Core>,
    name: WriterName,
    commits: mpsc::Sender<Commit>,
    /// A commit was begun, and its result was not seen.
    unknown: bool,
}

impl KafkaWriter {
    /// Fences whoever had the name before.
    pub(super) async fn open(core: Arc<Core>, name: &WriterName) -> Result<KafkaWriter, LogError> {
        core.alive()?;
        // One at a time: a writer has one owner, who waits for each commit.
        let (commits, queue) = mpsc::channel(1);
        let (opened, open) = oneshot::channel();
        let (inside, named) = (core.clone(), name.clone());
        std::thread::Builder::new()
            .name(format!("kafka-writer {name}"))
            .spawn(move || run(&inside, named, queue, opened))
            .map_err(|source| LogError::Io { attempted: "start a thread".to_owned(), source })?;
        let at_most = core.options.commit_timeout + GRACE;
        match timeout(at_most, open).await {
            Ok(Ok(Ok(()))) => Ok(KafkaWriter { core, name: name.clone(), commits, unknown: false }),
            Ok(Ok(Err(error))) => Err(error),
            Ok(Err(_)) => Err(LogError::Stopped(format!("the thread of writer {name} ended"))),
            Err(_) => {
                let source = std::io::Error::from(std::io::ErrorKind::TimedOut);
                Err(LogError::Io { attempted: format!("open writer {name}"), source })
            }
        }
    }
}

#[async_trait]
impl Writer for KafkaWriter {
    fn name(&self) -> &WriterName {
        &self.name
    }

    async fn commit(&mut self, records: Vec<Record>) -> Committed {
        self.commit_at(records, None).await
    }

    async fn commit_dated(&mut self, records: Vec<Dated>) -> Committed {
        let (records, times_ms) = records.into_iter().map(|it| (it.record, it.time_ms)).unzip();
        self.commit_at(records, Some(times_ms)).await
    }
}

impl KafkaWriter {
    async fn commit_at(&mut self, records: Vec<Record>, times_ms: Option<Vec<i64>>) -> Committed {
        admit(&self.core.topics, &records).map_err(|refusal| match refusal {
            Refusal::TooLarge { bytes, bytes_max } => CommitError::TooLarge { bytes, bytes_max },
            Refusal::Log(error) => CommitError::Log(error),
        })?;
        message::names_are_sound(&records)?;
        self.core.alive()?;
        if self.unknown {
            return Err(given_up());
        }
        self.unknown = true;
        let answer = self.ask(records, times_ms, given_up).await;
        self.unknown = matches!(answer, Err(CommitError::Unknown(_)));
        answer
    }

    /// Has the thread commit; `lost` says what it is when that is gone.
    async fn ask(
        &self,
        records: Vec<Record>,
        times_ms: Option<Vec<i64>>,
        lost: fn() -> CommitError,
    ) -> Committed {
        let (done, committed) = oneshot::channel();
        self.commits.send(Commit { records, times_ms, done }).await.map_err(|_| lost())?;
        // Sending, committing and taking back have this limit each.
        let at_most = 3 * self.core.options.commit_timeout + GRACE;
        let Ok(answer) = timeout(at_most, committed).await else {
            telemetry::writer_hangs(&self.name.0);
            return Err(CommitError::Unknown("librdkafka does not answer".to_owned()));
        };
        answer.map_err(|_| lost())?
    }
}

/// Collects what becomes of the records of the commit that is under way.
#[derive(Default)]
struct Fates(Mutex<Vec<Option<Fate>>>);

impl ClientContext for Fates {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        telemetry::librdkafka_says(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        telemetry::librdkafka_says(RDKafkaLogLevel::Warning, &error.to_string(), reason);
    }
}

impl ProducerContext for Fates {
    type DeliveryOpaque = usize;

    fn delivery(&self, delivered: &DeliveryResult<'_>, place: usize) {
        let fate = match delivered {
            Ok(message) => Ok(Offset(message.offset().cast_unsigned())),
            Err((error, _)) => Err(error.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Unknown)),
        };
        self.set(place, fate);
    }
}

impl Fates {
    fn set(&self, place: usize, fate: Fate) {
        let mut fates = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = fates.get_mut(place) {
            *slot = Some(fate);
        }
    }

    fn begin(&self, records: usize) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = vec![None; records];
    }

    fn take(&self) -> Vec<Option<Fate>> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The writer's thread: opens, then commits until its owner lets go of it.
fn run(
    core: &Core,
    name: WriterName,
    mut queue: mpsc::Receiver<Commit>,
    opened: oneshot::Sender<Result<(), LogError>>,
) {
    let mut session = match Session::open(core, name) {
        Ok(session) => session,
        Err(error) => {
            // Who does not wait any more cannot be told.
            let _ = opened.send(Err(error));
            return;
        }
    };
    if opened.send(Ok(())).is_err() {
        return;
    }
    while let Some(Commit { records, times_ms, done }) = queue.blocking_recv() {
        let committed = session.commit(core, &records, times_ms.as_deref());
        let _ = done.send(committed);
    }
}

/// A producer that owns the name.
struct Session {
    producer: BaseProducer<Fates>,
    name: WriterName,
    limit: Duration,
    /// Where a commit without records goes: a transaction without any never meets the broker, and
    /// would not learn of a fence.
    heartbeat: Record,
}

/// Why a transaction did not come about, before it was to be committed.
enum Broken {
    /// It can be taken back.
    Abort(String, Option<usize>),
    /// The producer is of no use any more.
    Dead(CommitError),
}

impl Session {
    fn open(core: &Core, name: WriterName) -> Result<Session, LogError> {
        let id = transactional_id(core, &name);
        let attempted = || format!("open writer {name}");
        let producer: BaseProducer<Fates> = core
            .options
            .writing(&id)
            .create_with_context(Fates::default())
            .map_err(|error| failure::io(attempted(), &error))?;
        let limit = core.options.commit_timeout;
        let deadline = Instant::now() + limit;
        loop {
            match producer.init_transactions(left(deadline)) {
                Ok(()) => break,
                Err(KafkaError::Transaction(error))
                    if error.is_retriable() && Instant::now() < deadline => {}
                Err(error) => return Err(failure::io(attempted(), &error)),
            }
        }
        let heartbeat = Record {
            topic: core.options.identity_topic(),
            partition: Partition(0),
            key: Bytes::from(format!("writer {name}")),
            value: None,
            headers: Vec::new(),
        };
        Ok(Session { producer, name, limit, heartbeat })
    }

    fn commit(&mut self, core: &Core, records: &[Record], times_ms: Option<&[i64]>) -> Committed {
        let wanted = records.len();
        let heartbeat = [self.heartbeat.clone()];
        let sent = if records.is_empty() { &heartbeat[..] } else { records };
        let mut offsets = match self.write(core, sent, times_ms) {
            Ok(offsets) => offsets,
            Err(Broken::Abort(why, too_large)) => {
                self.abort()?;
                telemetry::commit_aborted(&self.name.0, &why);
                return Err(match too_large.map(|place| record_bytes(&sent[place])) {
                    // The broker's own limit is not told; it is less than this.
                    Some(bytes) => CommitError::TooLarge { bytes, bytes_max: bytes - 1 },
                    None => CommitError::Retry(why),
                });
            }
            Err(Broken::Dead(error)) => return Err(error),
        };
        self.finish()?;
        offsets.truncate(wanted);
        Ok(offsets)
    }

    /// Begins, sends, and waits until the brokers have everything.
    fn write(
        &self,
        core: &Core,
        records: &[Record],
        times_ms: Option<&[i64]>,
    ) -> Result<Vec<Offset>, Broken> {
        let deadline = Instant::now() + self.limit;
        self.producer.begin_transaction().map_err(|error| self.broken(&error))?;
        self.producer.context().begin(records.len());
        let now_ms = core.clock.now_ms();
        for (place, record) in records.iter().enumerate() {
            let time_ms = times_ms.and_then(|all| all.get(place)).copied().unwrap_or(now_ms);
            if let Err((error, _)) = message::send(&self.producer, record, time_ms, place) {
                self.producer.context().take();
                return Err(self.broken(&error));
            }
        }
        while self.producer.in_flight_count() > 0 {
            self.producer.poll(POLL);
            if Instant::now() > deadline {
                self.producer.context().take();
                return Err(Broken::Abort("the brokers did not take the records".to_owned(), None));
            }
        }
        let mut offsets = Vec::with_capacity(records.len());
        for (place, fate) in self.producer.context().take().into_iter().enumerate() {
            match fate {
                Some(Ok(offset)) => offsets.push(offset),
                Some(Err(code)) => {
                    let large = code == RDKafkaErrorCode::MessageSizeTooLarge;
                    let error = KafkaError::MessageProduction(code);
                    return Err(match self.broken(&error) {
                        Broken::Abort(why, _) => Broken::Abort(why, large.then_some(place)),
                        dead @ Broken::Dead(_) => dead,
                    });
                }
                None => return Err(Broken::Abort("a record was not told of".to_owned(), None)),
            }
        }
        Ok(offsets)
    }

    /// Makes everything that was written visible, or says that nobody knows.
    fn finish(&self) -> Result<(), CommitError> {
        let deadline = Instant::now() + self.limit;
        loop {
            match self.producer.commit_transaction(left(deadline)) {
                Ok(()) => return Ok(()),
                // The same call goes on where it was.
                Err(KafkaError::Transaction(error))
                    if error.is_retriable() && Instant::now() < deadline => {}
                Err(KafkaError::Transaction(error)) if error.txn_requires_abort() => {
                    self.abort()?;
                    return Err(CommitError::Retry(error.to_string()));
                }
                Err(error) => return Err(self.dead(&error)),
            }
        }
    }

    /// Takes back what was written. Nothing of it was or will be visible, whatever comes of this.
    fn abort(&self) -> Result<(), CommitError> {
        let deadline = Instant::now() + self.limit;
        let ending = AtomicBool::new(false);
        let aborted = std::thread::scope(|scope| {
            // An abort purges, and waits until what it purged was told.
            scope.spawn(|| {
                while !ending.load(Ordering::SeqCst) || self.producer.in_flight_count() > 0 {
                    self.producer.poll(POLL);
                    if Instant::now() > deadline + GRACE {
                        return;
                    }
                }
            });
            let aborted = loop {
                match self.producer.abort_transaction(left(deadline)) {
                    Err(KafkaError::Transaction(error))
                        if error.is_retriable() && Instant::now() < deadline => {}
                    ended => break ended,
                }
            };
            ending.store(true, Ordering::SeqCst);
            aborted
        });
        aborted.map_err(|error| self.dead(&error))
    }

    /// What follows from an error before the commit.
    fn broken(&self, error: &KafkaError) -> Broken {
        if self.producer.client().fatal_error().is_some() {
            return Broken::Dead(self.dead(error));
        }
        Broken::Abort(failure::sentence(error), None)
    }

    /// What follows when this producer is of no use any more.
    fn dead(&self, error: &KafkaError) -> CommitError {
        let fatal = self.producer.client().fatal_error();
        let code = fatal.as_ref().map(|(code, _)| *code).or(error.rdkafka_error_code());
        if code.is_some_and(failure::is_fence) {
            return CommitError::Fenced(self.name.clone());
        }
        let why = fatal.map_or_else(|| failure::sentence(error), |(_, why)| why);
        CommitError::Unknown(why)
    }
}

fn given_up() -> CommitError {
    CommitError::Unknown("an earlier commit was given up".to_owned())
}

/// What fences whoever has the writer's name. Broken on purpose where a test arms it: then each process has
/// a name of its own, and nobody is fenced.
fn transactional_id(core: &Core, name: &WriterName) -> String {
    let id = core.options.named(&name.0);
    fail::fail_point!("kafka.unfenced", |_| format!("{id}.{}", std::process::id()));
    id
}

fn left(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now())
}

/// A writer of the log itself, and a record for its own topic.
pub(super) async fn own_writer(
    core: &Arc<Core>,
    name: &str,
    topic: &Topic,
    key: &str,
    value: Vec<u8>,
) -> Result<(KafkaWriter, Record), LogError> {
    let writer = KafkaWriter::open(core.clone(), &WriterName(name.to_owned())).await?;
    let record = Record {
        topic: topic.clone(),
        partition: Partition(0),
        key: Bytes::from(key.to_owned()),
        value: Some(Bytes::from(value)),
        headers: Vec::new(),
    };
    Ok((writer, record))
}

impl KafkaWriter {
    /// Commits a record of the log's own, which is of none of its topics.
    pub(super) async fn commit_own(&mut self, record: Record) -> Result<(), CommitError> {
        self.ask(vec![record], None, || CommitError::Log(stopped())).await.map(drop)
    }
}
