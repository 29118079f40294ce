//! Carrying: what is read of the source is written to the target, with how far that is in the same
//! commit. So a copy that ended anywhere goes on there, and nothing is there twice.
//!
//! The durable order:
//! 1. **Begin**: the target says whose copy it is before it holds anything else. Services do not work on
//!    it from now on.
//! 2. **What was read**, each commit with its progress.
//! 3. **The positions**: the target's ends at this moment, in one commit with the progress that says so.
//! 4. **What was not read yet.**
//! 5. **End**: once the source is seen to be what it was, the target says that it is whole.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use eventlog::admission::record_bytes;
use eventlog::{
    Clock, CommitError, Dated, Header, Log, LogReader, Partition, Record, Stored, Writer,
    WriterName,
};
use schemas::{TimeMs, TopicKind};

use super::error::CopyError;
use super::look::{State, look};
use super::marks::{self, Begun, Progress};
use super::plan::{Found, INPUTS, Part, Plan, Stretch};
use super::positions::Reached;
use super::{found, home};
use crate::view::Names;

/// Records read at once: of the largest that there are 256 MiB.
const READ_MAX: usize = 64;
/// Records of a commit: on brokers it costs some milliseconds, however many there are.
const COMMIT_RECORDS: usize = 5_000;
/// Bytes of a commit, and one record more: an eighth of what a log takes at once.
const COMMIT_BYTES: usize = 8 << 20;
/// How often a commit that was not made is tried again before the copy ends: with the waits between
/// about two minutes, longer than brokers take for a new leader.
const TRIES: u32 = 30;
/// Between two tries.
const TRY_AFTER: Duration = Duration::from_secs(4);
/// The header of a command with its place in the order of its contact, as the dispatcher reads it.
const ORDER: &str = "order";

/// What is carried, from where to where.
pub struct Carry<'a> {
    /// The source.
    pub source: &'a dyn LogReader,
    /// Its topics.
    pub source_names: &'a Names,
    /// Where it is, as a person wrote it.
    pub from: String,
    /// The target.
    pub target: &'a dyn Log,
    /// Its topics.
    pub target_names: &'a Names,
    /// What was found of the source.
    pub found: &'a Found,
    /// What is carried over.
    pub plan: &'a Plan,
    /// The time.
    pub clock: &'a dyn Clock,
    /// Hears after each commit how many records are there.
    pub told: &'a (dyn Fn(u64) + Sync),
}

/// A copy that is whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// Records carried, by topic.
    pub carried: BTreeMap<TopicKind, u64>,
    /// Whether an earlier run had begun it.
    pub resumed: bool,
    /// When an earlier run had finished it already.
    pub finished_before: Option<TimeMs>,
}

/// Why a run over the plan ended.
enum Broken {
    /// Nobody knows whether the last commit was made: the target is looked at again.
    Unknown(String),
    /// It cannot go on.
    Ended(CopyError),
}

impl<T: Into<CopyError>> From<T> for Broken {
    fn from(error: T) -> Broken {
        Broken::Ended(error.into())
    }
}

/// The writer, and how far it is.
struct Pen {
    writer: Box<dyn Writer>,
    progress: Progress,
}

/// What the next commit has.
#[derive(Default)]
struct Load {
    records: Vec<Dated>,
    bytes: usize,
}

impl Carry<'_> {
    /// Carries everything over, or what is left of it.
    ///
    /// # Errors
    /// [`CopyError`]: what is there stays, and the next run goes on behind it.
    pub async fn run(&self) -> Result<Done, CopyError> {
        if self.source.identity() == self.target.identity() {
            return Err(CopyError::SameLog);
        }
        for _ in 1..TRIES {
            match self.session().await {
                Ok(done) => return Ok(done),
                Err(Broken::Ended(error)) => return Err(error),
                Err(Broken::Unknown(why)) => {
                    tracing::warn!(%why, "a commit's fate is not known: looking at the target again");
                    tokio::time::sleep(TRY_AFTER).await;
                }
            }
        }
        Err(CopyError::Commit("it is never known whether a commit was made".to_owned()))
    }

    async fn session(&self) -> Result<Done, Broken> {
        // Opening it ends any other copy into this target.
        let writer = self.target.writer(&WriterName(marks::WRITER.to_owned())).await?;
        let mut pen = Pen { writer, progress: Progress::default() };
        let resumed = match look(self.target, self.target_names).await? {
            State::Empty => {
                self.commit(&mut pen, vec![self.begun(false)]).await?;
                false
            }
            State::Copy(begun, progress) => {
                self.check(&begun)?;
                if begun.finished {
                    let (carried, finished_before) = (progress.carried, Some(begun.at));
                    return Ok(Done { carried, resumed: true, finished_before });
                }
                pen.progress = progress;
                true
            }
            State::Other => return Err(CopyError::NotEmpty.into()),
        };
        for part in [Part::Read, Part::Unread] {
            for stretch in self.plan.stretches.iter().filter(|it| it.part == part) {
                self.carry(&mut pen, stretch).await?;
            }
            if !pen.progress.positions_written {
                self.write_positions(&mut pen).await?;
            }
        }
        self.is_unchanged().await?;
        self.commit(&mut pen, vec![self.begun(true)]).await?;
        Ok(Done { carried: pen.progress.carried, resumed, finished_before: None })
    }

    fn begun(&self, finished: bool) -> Record {
        let begun = Begun {
            source: self.found.log_id.clone(),
            from: self.from.clone(),
            plan: self.plan.fingerprint.clone(),
            finished,
            at: self.now(),
        };
        marks::begun(&self.target_names.topic(TopicKind::Outcomes), &begun)
    }

    fn check(&self, begun: &Begun) -> Result<(), CopyError> {
        if begun.source != self.found.log_id {
            return Err(match begun.finished {
                true => CopyError::NotEmpty,
                false => CopyError::OfAnother { from: begun.from.clone() },
            });
        }
        if begun.plan == self.plan.fingerprint { Ok(()) } else { Err(CopyError::OtherPlan) }
    }

    async fn carry(&self, pen: &mut Pen, stretch: &Stretch) -> Result<(), Broken> {
        let (kind, partition) = (stretch.kind, stretch.partition);
        let from = pen.progress.next(kind, partition, stretch.from);
        if from >= stretch.to {
            return Ok(());
        }
        let topic = self.source_names.topic(kind);
        let mut reader = self.source.reader(&topic, partition, from).await?;
        let mut load = Load::default();
        while reader.position() < stretch.to {
            let records = reader.next_if_any(READ_MAX).await?.records;
            if records.is_empty() {
                break;
            }
            for stored in records.into_iter().filter(|it| it.offset < stretch.to) {
                let next = stored.offset.next();
                if let Some(dated) = self.carried(stretch, stored) {
                    load.bytes += record_bytes(&dated.record);
                    load.records.push(dated);
                }
                if load.bytes >= COMMIT_BYTES || load.records.len() >= COMMIT_RECORDS {
                    let records = std::mem::take(&mut load).records;
                    pen.progress.reached(kind, partition, next, records.len() as u64);
                    self.commit_with_progress(pen, records).await?;
                }
            }
        }
        // Where nothing is left to write, the next commit says that this is done.
        let records = load.records;
        pen.progress.reached(kind, partition, stretch.to, records.len() as u64);
        if !records.is_empty() {
            self.commit_with_progress(pen, records).await?;
        }
        Ok(())
    }

    /// A record as it stands in the target; none when it stays behind.
    fn carried(&self, stretch: &Stretch, stored: Stored) -> Option<Dated> {
        let home = home::of(&stored.key).partition(self.target_names.partitions)?;
        let same = self.source_names.partitions == self.target_names.partitions;
        let mut headers = stored.headers;
        let is_new_command = stretch.kind == TopicKind::Commands && stretch.part == Part::Unread;
        if is_new_command && headers.iter().all(|header| header.name != ORDER) {
            // Its place is among those of the source's unfinished effects.
            let order = self.found.order(stretch.partition.0, stored.offset);
            let value = Bytes::from(order.to_string());
            headers.push(Header { name: ORDER.to_owned(), value });
        }
        let record = Record {
            topic: self.target_names.topic(stretch.kind),
            partition: if same { stretch.partition } else { home },
            key: stored.key,
            value: stored.value,
            headers,
        };
        Some(Dated { record, time_ms: stored.time_ms })
    }

    async fn write_positions(&self, pen: &mut Pen) -> Result<(), Broken> {
        let mut ends = BTreeMap::new();
        for kind in INPUTS {
            let topic = self.target_names.topic(kind);
            for partition in 0..self.target_names.partitions {
                let end = self.target.ends(&topic, Partition(partition)).await?.end;
                ends.insert((kind, partition), end);
            }
        }
        let reached = Reached {
            names: self.target_names,
            ends: &ends,
            front_cursor: self.found.front_cursor,
            order_first: self.plan.order_first,
            at: self.now(),
        };
        pen.progress.positions_written = true;
        let now_ms = self.clock.now_ms();
        let dated = |record| Dated { record, time_ms: now_ms };
        self.commit_with_progress(pen, reached.records().into_iter().map(dated).collect()).await
    }

    async fn commit_with_progress(
        &self,
        pen: &mut Pen,
        mut records: Vec<Dated>,
    ) -> Result<(), Broken> {
        let outcomes = self.target_names.topic(TopicKind::Outcomes);
        let names = &self.source_names.topics;
        let record = marks::progress(&outcomes, &pen.progress, names, self.now());
        records.push(Dated { record, time_ms: self.clock.now_ms() });
        self.commit_dated(pen, records).await?;
        (self.told)(pen.progress.total());
        Ok(())
    }

    async fn commit(&self, pen: &mut Pen, records: Vec<Record>) -> Result<(), Broken> {
        let time_ms = self.clock.now_ms();
        let dated = records.into_iter().map(|record| Dated { record, time_ms });
        self.commit_dated(pen, dated.collect()).await
    }

    async fn commit_dated(&self, pen: &mut Pen, records: Vec<Dated>) -> Result<(), Broken> {
        let mut tries = 1;
        loop {
            match pen.writer.commit_dated(records.clone()).await {
                Ok(_) => return Ok(()),
                Err(CommitError::Retry(why)) if tries < TRIES => {
                    tries += 1;
                    tracing::warn!(%why, "the target does not take records, trying again");
                    tokio::time::sleep(TRY_AFTER).await;
                }
                Err(CommitError::Unknown(why)) => return Err(Broken::Unknown(why)),
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Nothing came to the source meanwhile.
    async fn is_unchanged(&self) -> Result<(), CopyError> {
        let ends = found::ends(self.source, self.source_names).await?;
        for ((kind, partition), ends) in ends {
            let before = self.found.ends.get(&(kind, partition)).map(|it| it.end);
            if before != Some(ends.end) {
                return Err(CopyError::Written {
                    topic: self.source_names.topics.name(kind),
                    partition,
                });
            }
        }
        Ok(())
    }

    fn now(&self) -> TimeMs {
        TimeMs(self.clock.now_ms())
    }
}
