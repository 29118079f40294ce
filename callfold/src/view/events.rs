//! A topic as a stream of documents: what is there, in the order of appending, and, when
//! followed, what comes.

use std::collections::BTreeMap;
use std::sync::Arc;

use eventlog::{LogReader, Offset, Partition, ReadError, Reader, Stored};
use schemas::{Contact, TopicKind};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use tokio::sync::mpsc;

use super::scan::BATCH_RECORDS_MAX;
use super::{Names, ViewError, decode};

/// Where reading begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum From {
    /// At this offset of every partition that is read.
    Offset(u64),
    /// At the first record appended at or after this time, in milliseconds.
    TimeMs(i64),
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Query {
    /// Short or full name.
    pub topic: String,
    /// Where to begin.
    pub from: From,
    /// Only what was appended before this time, in milliseconds.
    #[serde(default)]
    pub to_ms: Option<i64>,
    /// Go on when the end is reached.
    pub follow: bool,
    /// At most so many records.
    pub limit: Option<u64>,
    /// Only this contact's.
    pub contact: Option<String>,
    /// Only this partition.
    pub partition: Option<u32>,
    /// Read past damaged bytes, and say so.
    pub skip_damage: bool,
    /// Where to go on, by partition, when a part was read already: the offset that is next.
    #[serde(default)]
    pub reached: BTreeMap<u32, u64>,
}

/// Documents on their way to a reader that may be slower: enough to keep both busy.
const LINES_WAITING_MAX: usize = 256;

/// Starts reading; the documents, or the one error that ends them, come through the channel.
/// Reading stops when the receiver is dropped.
///
/// # Errors
/// A request that makes no sense.
pub fn spawn(
    log: Arc<dyn LogReader>,
    names: &Names,
    query: Query,
) -> Result<mpsc::Receiver<Result<Json, ViewError>>, ViewError> {
    let kind = kind_of(&query.topic)?;
    let contact = query.contact.as_deref().map(contact_of).transpose()?;
    let partitions = partitions(names, &query, contact.as_ref())?;
    let (sender, receiver) = mpsc::channel(LINES_WAITING_MAX);
    let reading = Reading { log, names: names.clone(), kind, contact, query, sender };
    tokio::spawn(reading.run(partitions));
    Ok(receiver)
}

/// The topic that a person means, by its short or full name.
///
/// # Errors
/// A sentence with the topics that there are.
pub fn kind_of(typed: &str) -> Result<TopicKind, ViewError> {
    TopicKind::by_name(typed).ok_or_else(|| {
        let known: Vec<&str> = TopicKind::ALL.iter().map(|kind| kind.short_name()).collect();
        let near = crate::config::nearest::nearest(typed, known.iter().copied());
        let hint = near.map(|near| format!(" (did you mean {near}?)")).unwrap_or_default();
        ViewError::Request(format!(
            "there is no topic {typed}{hint}: write one of {}",
            known.join(", ")
        ))
    })
}

/// The contact that a person means by a number as typed, or by `anonymous:<line id>`.
///
/// # Errors
/// A sentence that says how to write it.
pub fn contact_of(typed: &str) -> Result<Contact, ViewError> {
    let bare: String = typed.chars().filter(|c| !" -.()/".contains(*c)).collect();
    let international = bare.strip_prefix("00").map_or(bare.clone(), |rest| format!("+{rest}"));
    Contact::try_from(international).map_err(|_| {
        ViewError::Request(
            "write the number with its country, as +33 6 12 34 56 78, \
             or anonymous:<line id> for callers without one"
                .to_owned(),
        )
    })
}

fn partitions(
    names: &Names,
    query: &Query,
    contact: Option<&Contact>,
) -> Result<Vec<Partition>, ViewError> {
    let of_contact = contact.map(|contact| {
        eventlog::partitioner::partition_of(contact.as_str().as_bytes(), names.partitions)
    });
    match (of_contact, query.partition.map(Partition)) {
        (Some(of), Some(one)) if of != one => Err(ViewError::Request(format!(
            "everything about this contact lies in partition {}: leave out the other one",
            of.0
        ))),
        (Some(one), _) => Ok(vec![one]),
        (None, Some(one)) if one.0 < names.partitions => Ok(vec![one]),
        (None, Some(one)) => Err(ViewError::Request(format!(
            "there is no partition {}: they are numbered from 0 to {}",
            one.0,
            names.partitions - 1
        ))),
        (None, None) => Ok((0..names.partitions).map(Partition).collect()),
    }
}

struct Reading {
    log: Arc<dyn LogReader>,
    names: Names,
    kind: TopicKind,
    contact: Option<Contact>,
    query: Query,
    sender: mpsc::Sender<Result<Json, ViewError>>,
}

/// Something that came while a partition was followed.
enum Arrived {
    Record(Partition, Stored),
    Damage(Passed),
}

/// Damage that was passed over.
struct Passed {
    partition: Partition,
    what: String,
    from: Offset,
    to: Offset,
}

/// One partition with what was read ahead of it.
struct Source {
    partition: Partition,
    reader: Box<dyn Reader>,
    end: Offset,
    ahead: std::collections::VecDeque<Stored>,
}

/// The reader of the output went away, or has enough.
struct Enough;

impl Reading {
    async fn run(self, partitions: Vec<Partition>) {
        if let Err(error) = self.read(partitions).await {
            // Nobody is there to be told when this fails.
            let _ = self.sender.send(Err(error)).await;
        }
    }

    async fn read(&self, partitions: Vec<Partition>) -> Result<(), ViewError> {
        let mut left = self.query.limit.unwrap_or(u64::MAX);
        let mut sources = self.open(&partitions).await?;
        while let Some((partition, record)) = self.oldest(&mut sources).await? {
            if self.tell(partition, &record, &mut left).await.is_err() {
                return Ok(());
            }
        }
        if self.query.follow && left > 0 { self.follow(sources, left).await } else { Ok(()) }
    }

    async fn open(&self, partitions: &[Partition]) -> Result<Vec<Source>, ViewError> {
        let topic = self.names.topic(self.kind);
        let from = match self.query.from {
            From::Offset(offset) => Offset(offset),
            From::TimeMs(_) => Offset::START,
        };
        let mut sources = Vec::with_capacity(partitions.len());
        for partition in partitions {
            let end = self.log.ends(&topic, *partition).await?.end;
            let from = self.query.reached.get(&partition.0).map_or(from, |next| Offset(*next));
            let reader = self.log.reader(&topic, *partition, from).await?;
            sources.push(Source { partition: *partition, reader, end, ahead: Default::default() });
        }
        Ok(sources)
    }

    /// The record with the lowest time among all partitions, up to the ends of the beginning.
    async fn oldest(
        &self,
        sources: &mut [Source],
    ) -> Result<Option<(Partition, Stored)>, ViewError> {
        for source in sources.iter_mut() {
            while source.ahead.is_empty() && source.reader.position() < source.end {
                let records = self.some(source).await?;
                if records.is_empty() {
                    break;
                }
                source.ahead.extend(records);
            }
        }
        let next = sources
            .iter_mut()
            .filter_map(|source| source.ahead.front().map(|it| it.time_ms).map(|at| (at, source)))
            .min_by_key(|(at, source)| (*at, source.partition));
        Ok(next.and_then(|(_, source)| Some((source.partition, source.ahead.pop_front()?))))
    }

    async fn some(&self, source: &mut Source) -> Result<Vec<Stored>, ViewError> {
        loop {
            match source.reader.next_if_any(BATCH_RECORDS_MAX).await {
                Ok(batch) => return Ok(batch.records),
                Err(damage @ ReadError::Damaged { .. }) if self.query.skip_damage => {
                    let passed = past(&damage, source).await?;
                    self.tell_damage(&passed).await;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Tells what was passed over. When nobody is there to be told, the next record finds that out.
    async fn tell_damage(&self, passed: &Passed) {
        let line = json!({
            "topic": self.names.topics.name(self.kind),
            "partition": passed.partition.0,
            "damage": { "what": passed.what, "from": passed.from.0, "to": passed.to.0 },
        });
        let _ = self.sender.send(Ok(line)).await;
    }

    async fn tell(
        &self,
        partition: Partition,
        record: &Stored,
        left: &mut u64,
    ) -> Result<(), Enough> {
        if !self.wants(record) {
            return Ok(());
        }
        if *left == 0 {
            return Err(Enough);
        }
        *left -= 1;
        let line = self.line(partition, record);
        self.sender.send(Ok(line)).await.map_err(|_| Enough)?;
        if *left == 0 { Err(Enough) } else { Ok(()) }
    }

    fn wants(&self, record: &Stored) -> bool {
        let in_time = match self.query.from {
            From::TimeMs(from) => record.time_ms >= from,
            From::Offset(_) => true,
        };
        let in_time = in_time && self.query.to_ms.is_none_or(|to| record.time_ms < to);
        in_time && self.contact.as_ref().is_none_or(|contact| is_of(contact, &record.key))
    }

    fn line(&self, partition: Partition, record: &Stored) -> Json {
        let mut line = json!({
            "topic": self.names.topics.name(self.kind),
            "partition": partition.0,
            "offset": record.offset.0,
            "time": timestamp(record.time_ms),
            "key": String::from_utf8_lossy(&record.key),
        });
        match decode::value(self.kind, record) {
            Ok(value) => line["value"] = json!(value),
            Err(error) => line["undecodable"] = json!(error.to_string()),
        }
        line
    }

    /// Follows every partition in a task of its own; all end when the receiver is gone.
    async fn follow(&self, sources: Vec<Source>, mut left: u64) -> Result<(), ViewError> {
        let (records, mut arriving) = mpsc::channel(LINES_WAITING_MAX);
        let mut tasks = tokio::task::JoinSet::new();
        for source in sources {
            tasks.spawn(follow_one(source, self.query.skip_damage, records.clone()));
        }
        drop(records);
        loop {
            let arrived = tokio::select! {
                arrived = arriving.recv() => arrived,
                () = self.sender.closed() => return Ok(()),
            };
            let Some(arrived) = arrived else { return Ok(()) };
            match arrived? {
                Arrived::Damage(passed) => self.tell_damage(&passed).await,
                Arrived::Record(partition, record) => {
                    if self.tell(partition, &record, &mut left).await.is_err() {
                        return Ok(());
                    }
                }
            }
        }
    }
}

async fn follow_one(
    mut source: Source,
    skip_damage: bool,
    arrivals: mpsc::Sender<Result<Arrived, ViewError>>,
) {
    loop {
        let arrived = match arrived(&mut source, skip_damage).await {
            Ok(arrived) => arrived,
            Err(error) => {
                // Nobody is there to be told when this fails.
                let _ = arrivals.send(Err(error)).await;
                return;
            }
        };
        for arrived in arrived {
            if arrivals.send(Ok(arrived)).await.is_err() {
                return;
            }
        }
    }
}

async fn arrived(source: &mut Source, skip_damage: bool) -> Result<Vec<Arrived>, ViewError> {
    let partition = source.partition;
    match source.reader.next(BATCH_RECORDS_MAX).await {
        Ok(batch) => {
            let records = batch.records.into_iter();
            Ok(records.map(|record| Arrived::Record(partition, record)).collect())
        }
        Err(damage @ ReadError::Damaged { .. }) if skip_damage => {
            Ok(vec![Arrived::Damage(past(&damage, source).await?)])
        }
        Err(error) => Err(error.into()),
    }
}

/// Goes past damage.
async fn past(damage: &ReadError, source: &mut Source) -> Result<Passed, ViewError> {
    let (from, to) = source.reader.skip_damage().await?;
    Ok(Passed { partition: source.partition, what: damage.to_string(), from, to })
}

/// Whether a record with this key is about this contact, whatever the topic.
#[must_use]
pub fn is_of(contact: &Contact, key: &[u8]) -> bool {
    let key = key.strip_prefix(b"thread|").unwrap_or(key);
    let rest = key.strip_prefix(contact.as_str().as_bytes());
    rest.is_some_and(|rest| rest.is_empty() || rest[0] == b'|')
}

/// A time as RFC 3339 in UTC with milliseconds.
#[must_use]
pub fn timestamp(time_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(time_ms)
        .map_or_else(|_| time_ms.to_string(), |time| format!("{time:.3}"))
}
