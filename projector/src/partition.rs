//! One partition: its writer, its two inputs, its part of the store, and the loop that follows
//! them. See `run.rs` for the durable order.

mod error;

use std::sync::Arc;
use std::time::Duration;

use eventlog::store::Shelf;
use eventlog::{
    Clock, CommitError, Log, Offset, Partition, Patience, Progress, Reached, Reader, Record,
    Stored, Topic, Writer, WriterName, trace,
};
use schemas::topics::key;
use schemas::{CallEvent, FrontEvent, Input, Message, Position, TimeMs, TopicKind, decode};
use tokio::time::{Interval, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::batch::{Fold, Outputs, record, state_record};
use crate::config::Config;
use crate::emit::Context;
use crate::restore::restore;
use crate::rules::Rules;
use crate::states::States;
use crate::telemetry;

pub use error::PartitionError;

/// Records of an input per batch: some milliseconds of folding, so that a batch does not keep a
/// thread from the other roles of the process, and enough that a commit's cost does not count.
const BATCH_MAX: usize = 512;

/// The longest sleep before the clock is looked at again: a machine that was suspended, or whose
/// clock was set, is late by no more than this.
const SLEEP_MAX: Duration = Duration::from_secs(30);

/// How often it is measured what was not read yet: as often as metrics are usually collected.
const MEASURE_EVERY: Duration = Duration::from_secs(5);

/// What a partition works with, the same for all of them.
#[derive(Clone)]
pub(crate) struct Surroundings {
    pub(crate) log: Arc<dyn Log>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) config: Arc<Config>,
    pub(crate) rules: Arc<Rules>,
    pub(crate) shelf: Arc<Shelf>,
    pub(crate) progress: Progress,
}

/// How the work on a partition went on.
enum Next {
    /// It goes on.
    Continue,
    /// It must be taken up from the log again.
    Reopen,
    /// It ended.
    Ended(Ended),
}

/// Why the work on a partition ended without a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// It was told to.
    Told,
    /// Somebody else has opened the partition's writer.
    Fenced,
}

/// Works on a partition until it is told to stop or somebody else takes it over.
pub(crate) async fn work(
    surroundings: Surroundings,
    partition: Partition,
    stop: CancellationToken,
) -> Result<Ended, PartitionError> {
    let ended = until_ended(&surroundings, partition, &stop).await;
    // Now it is somebody else's, who measures it.
    telemetry::lag(partition, 0);
    ended
}

async fn until_ended(
    surroundings: &Surroundings,
    partition: Partition,
    stop: &CancellationToken,
) -> Result<Ended, PartitionError> {
    let mut patience = Patience::default();
    // Who was told to stop opens nothing any more: that would fence the partition's next owner.
    while !stop.is_cancelled() {
        match session(surroundings, partition, stop).await {
            Ok(Next::Continue | Next::Reopen) => patience.renew(),
            Ok(Next::Ended(ended)) => return Ok(ended),
            Err(error) if error.may_pass() => {
                telemetry::interrupted(partition, &error.to_string());
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = tokio::time::sleep(patience.wait()) => {}
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(Ended::Told)
}

/// Takes the partition up from the log, and works on it as long as that goes.
async fn session(
    surroundings: &Surroundings,
    partition: Partition,
    stop: &CancellationToken,
) -> Result<Next, PartitionError> {
    Session::open(surroundings, partition).await?.follow(stop).await
}

struct Session<'a> {
    around: &'a Surroundings,
    states: States,
    outputs: Outputs,
    writer: Box<dyn Writer>,
    calls: Followed,
    front: Followed,
    partition: Partition,
    /// When it is measured how much was not read yet.
    measuring: Interval,
}

/// An input.
struct Followed {
    topic: Topic,
    reader: Box<dyn Reader>,
}

enum Woken {
    Calls(Vec<Stored>),
    Front(Vec<Stored>),
    Due,
    /// A timer ended: whether something is due is decided by the clock alone.
    Timer,
    Measure,
    Stopped,
}

impl<'a> Session<'a> {
    async fn open(
        around: &'a Surroundings,
        partition: Partition,
    ) -> Result<Session<'a>, PartitionError> {
        let topic = |kind| Topic::new(&around.config.topics.name(kind));
        let conversations = topic(TopicKind::Conversations);
        let name = writer_name(partition);
        let writer = around.log.writer(&name).await?;
        let states = States::new(around.shelf.store()?, conversations.clone(), partition);
        restore(around, &states, &conversations, partition).await?;
        let position = match states.get(&key::position(&name.0))? {
            Some(value) => Some(decode::<Position>(&value)?),
            None => None,
        };
        let follow = async |kind| -> Result<Followed, PartitionError> {
            let topic = topic(kind);
            let from = position.as_ref().map_or(Offset::START, |known| next_offset(known, &topic));
            let reader = around.log.reader(&topic, partition, from).await?;
            Ok(Followed { topic, reader })
        };
        let (calls, front) = (follow(TopicKind::Calls).await?, follow(TopicKind::Front).await?);
        let outputs = Outputs { commands: topic(TopicKind::Commands), conversations, partition };
        let mut measuring = interval(MEASURE_EVERY);
        measuring.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Ok(Session { around, states, outputs, writer, calls, front, partition, measuring })
    }

    async fn follow(&mut self, stop: &CancellationToken) -> Result<Next, PartitionError> {
        loop {
            let next = match self.wait(stop).await? {
                Woken::Calls(records) => self.fold_calls(&records, stop).await?,
                Woken::Front(records) => self.fold_front(&records, stop).await?,
                Woken::Due => self.fold_due(stop).await?,
                Woken::Timer => Next::Continue,
                Woken::Measure => {
                    self.measure().await;
                    Next::Continue
                }
                Woken::Stopped => return Ok(Next::Ended(Ended::Told)),
            };
            match next {
                Next::Continue => {}
                Next::Reopen | Next::Ended(_) => return Ok(next),
            }
        }
    }

    async fn wait(&mut self, stop: &CancellationToken) -> Result<Woken, PartitionError> {
        let now_ms = self.around.clock.now_ms();
        let left_ms = self.states.first_due()?.map(|at| at.saturating_sub(now_ms));
        if left_ms.is_some_and(|left_ms| left_ms <= 0) && !stop.is_cancelled() {
            return Ok(Woken::Due);
        }
        let left = left_ms.map_or(SLEEP_MAX, |ms| {
            Duration::from_millis(u64::try_from(ms).unwrap_or_default()).min(SLEEP_MAX)
        });
        // In this order, so that a stop ends the work however much there is, and so that what people
        // did in Front, which is little, does not wait behind a backlog of calls.
        Ok(tokio::select! {
            biased;
            () = stop.cancelled() => Woken::Stopped,
            _ = self.measuring.tick() => Woken::Measure,
            batch = self.front.reader.next(BATCH_MAX) => Woken::Front(batch?.records),
            batch = self.calls.reader.next(BATCH_MAX) => Woken::Calls(batch?.records),
            () = tokio::time::sleep(left), if left_ms.is_some() => Woken::Timer,
        })
    }

    /// How many records were not read yet; on brokers the ends of commits count as well. Where the
    /// ends cannot be had, the last answer stands: whoever reads finds out soon enough.
    async fn measure(&mut self) {
        let (calls, front) = (&self.calls, &self.front);
        let read = [calls, front].map(|input| (input.topic.clone(), input.reader.position()));
        let mut lag = 0;
        for (topic, position) in read {
            let Ok(ends) = self.around.log.ends(&topic, self.partition).await else { return };
            lag += ends.end.0.saturating_sub(position.0);
        }
        telemetry::lag(self.partition, lag);
    }

    async fn fold_calls(
        &mut self,
        records: &[Stored],
        stop: &CancellationToken,
    ) -> Result<Next, PartitionError> {
        fail::fail_point!("projector.read", |_| std::process::abort());
        let states = self.states.clone();
        let mut fold = Fold::new(&states, self.context());
        for stored in records {
            let Some(event) = self.event::<CallEvent>(&self.calls.topic, stored) else { continue };
            let span =
                tracing::info_span!("fold", event_id = %event.event_id, call_id = %event.call_id);
            trace::follow(&span, stored);
            span.in_scope(|| fold.call(&event, trace::traceparent(stored)))?;
        }
        self.commit(fold, records.len(), stop).await
    }

    async fn fold_front(
        &mut self,
        records: &[Stored],
        stop: &CancellationToken,
    ) -> Result<Next, PartitionError> {
        fail::fail_point!("projector.read", |_| std::process::abort());
        let states = self.states.clone();
        let mut fold = Fold::new(&states, self.context());
        for stored in records {
            let Some(event) = self.event::<FrontEvent>(&self.front.topic, stored) else { continue };
            let span = tracing::info_span!("fold", event_id = %event.event_id);
            trace::follow(&span, stored);
            span.in_scope(|| fold.front(&event))?;
        }
        self.commit(fold, records.len(), stop).await
    }

    /// Nothing is decided on half the story: first both inputs are read to where they end now, so
    /// that everything that came while the projector was down, or is only just on the log, has a
    /// say. A stop ends that however much there is.
    async fn fold_due(&mut self, stop: &CancellationToken) -> Result<Next, PartitionError> {
        let now = TimeMs(self.around.clock.now_ms());
        let calls_end = self.around.log.ends(&self.calls.topic, self.partition).await?.end;
        let front_end = self.around.log.ends(&self.front.topic, self.partition).await?.end;
        while self.calls.reader.position() < calls_end && !stop.is_cancelled() {
            let records = self.calls.reader.next_if_any(BATCH_MAX).await?.records;
            if records.is_empty() {
                break;
            }
            match self.fold_calls(&records, stop).await? {
                Next::Continue => {}
                next @ (Next::Reopen | Next::Ended(_)) => return Ok(next),
            }
        }
        while self.front.reader.position() < front_end && !stop.is_cancelled() {
            let records = self.front.reader.next_if_any(BATCH_MAX).await?.records;
            if records.is_empty() {
                break;
            }
            match self.fold_front(&records, stop).await? {
                Next::Continue => {}
                next @ (Next::Reopen | Next::Ended(_)) => return Ok(next),
            }
        }
        if stop.is_cancelled() {
            return Ok(Next::Ended(Ended::Told));
        }
        let due = self.states.due(now.0, BATCH_MAX)?;
        let states = self.states.clone();
        let mut fold = Fold::new(&states, self.context());
        for record_key in &due {
            fold.due(record_key, now)?;
        }
        self.commit(fold, due.len(), stop).await
    }

    fn context(&self) -> Context<'a> {
        let now = TimeMs(self.around.clock.now_ms());
        Context { config: &self.around.config, rules: &self.around.rules, now }
    }

    fn event<T: Message>(&self, topic: &Topic, stored: &Stored) -> Option<T> {
        let value = stored.value.as_ref()?;
        decode(value)
            .inspect_err(|error| {
                telemetry::undecodable(topic, self.partition, stored.offset, &error.to_string());
            })
            .ok()
    }

    async fn commit(
        &mut self,
        fold: Fold<'_>,
        events: usize,
        stop: &CancellationToken,
    ) -> Result<Next, PartitionError> {
        let started = tokio::time::Instant::now();
        let commands = fold.commands();
        let (mut records, mut states) = fold.finish(&self.outputs);
        let position = self.position();
        let key = key::position(&writer_name(self.partition).0);
        let position = record(&self.outputs.conversations, self.partition, key, &position);
        states.push(state_record(&position, None));
        records.push(position);
        fail::fail_point!("projector.folded", |_| std::process::abort());
        let late = match position_goes_first() {
            true => records.extract_if(.., |it| it.topic == self.outputs.commands).collect(),
            false => Vec::new(),
        };
        let offsets = match self.commit_records(records, stop).await? {
            Ok(offsets) => offsets,
            Err(next) => return Ok(next),
        };
        if !late.is_empty() {
            fail::fail_point!("projector.between", |_| std::process::abort());
            if let Err(next) = self.commit_records(late, stop).await? {
                return Ok(next);
            }
        }
        fail::fail_point!("projector.committed", |_| std::process::abort());
        self.around.progress.reached(self.partition.0, self.calls.reader.position());
        let last = offsets.last().expect("a commit has at least its position");
        let reached = Reached { offset: last.next(), time_ms: self.around.clock.now_ms() };
        self.states.apply(&states, reached)?;
        fail::fail_point!("projector.stored", |_| std::process::abort());
        telemetry::committed(self.partition, events, commands, started.elapsed().as_secs_f64());
        Ok(Next::Continue)
    }

    async fn commit_records(
        &mut self,
        records: Vec<Record>,
        stop: &CancellationToken,
    ) -> Result<Result<Vec<Offset>, Next>, PartitionError> {
        let mut patience = Patience::default();
        loop {
            match self.writer.commit(records.clone()).await {
                Ok(offsets) => return Ok(Ok(offsets)),
                Err(CommitError::Fenced(_)) => {
                    telemetry::fenced(self.partition);
                    return Ok(Err(Next::Ended(Ended::Fenced)));
                }
                Err(CommitError::Unknown(why)) => {
                    telemetry::commit_unknown(self.partition, &why);
                    return Ok(Err(Next::Reopen));
                }
                Err(CommitError::Retry(why)) => {
                    let wait = patience.wait();
                    let again_in_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
                    telemetry::commit_refused(self.partition, &why, again_in_ms);
                    tokio::select! {
                        () = stop.cancelled() => return Ok(Err(Next::Ended(Ended::Told))),
                        () = tokio::time::sleep(wait) => {}
                    }
                }
                Err(error @ (CommitError::TooLarge { .. } | CommitError::Log(_))) => {
                    return Err(PartitionError::Commit(error));
                }
            }
        }
    }

    fn position(&self) -> Position {
        let input = |followed: &Followed| Input {
            topic: followed.topic.as_str().to_owned(),
            partition: i32::try_from(self.partition.0).unwrap_or(i32::MAX),
            next_offset: i64::try_from(followed.reader.position().0).unwrap_or(i64::MAX),
        };
        Position {
            writer: writer_name(self.partition).0,
            inputs: vec![input(&self.calls), input(&self.front)],
            front_cursor: None,
            at: TimeMs(self.around.clock.now_ms()),
        }
    }
}

/// Broken on purpose where a test arms it: states and position are committed first, and the commands behind
/// them, so that whoever dies in between has forgotten them.
fn position_goes_first() -> bool {
    fail::fail_point!("projector.position_first", |_| true);
    false
}

/// The writer of a partition's commands and states.
fn writer_name(partition: Partition) -> WriterName {
    WriterName(format!("projector/{}", partition.0))
}

fn next_offset(position: &Position, topic: &Topic) -> Offset {
    let known = position.inputs.iter().find(|input| input.topic == topic.as_str());
    known
        .map_or(Offset::START, |input| Offset(u64::try_from(input.next_offset).unwrap_or_default()))
}
