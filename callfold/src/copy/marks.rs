//! What a copy writes of itself into the log that it fills: records on the first partition of
//! `outcomes`, in the form of positions, because that is what they are.
//!
//! | key | says | lives |
//! |---|---|---|
//! | `copy|begun` | whose copy this log is, and whether it is finished | the first record of all, until the copy is finished; then it comes once more, and says so |
//! | `copy|progress` | how far the source was read: in the same commit as what was read | as long as the copy |

use std::collections::BTreeMap;
use std::fmt::Write as _;

use bytes::Bytes;
use eventlog::{Header, Offset, Partition, Record, Stored, Topic};
use schemas::topics::key;
use schemas::{Input, Message, Position, TimeMs, TopicKind, TopicNames};

const BEGUN: &str = "begun";
const PROGRESS: &str = "progress";
/// Who writes them.
pub const WRITER: &str = "copy";

const SOURCE: &str = "copy-source";
const FROM: &str = "copy-from";
const PLAN: &str = "copy-plan";
const STATE: &str = "copy-state";
const CARRIED: &str = "copy-carried";
const FINISHED: &[u8] = b"finished";
const COPYING: &[u8] = b"copying";
/// The state of a progress whose positions are written.
const UNREAD: &[u8] = b"unread";
const READ: &[u8] = b"read";

/// Whose copy a log is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    /// The id of the source's log.
    pub source: String,
    /// Where that was, as it was written on the command line.
    pub from: String,
    /// The plan's fingerprint.
    pub plan: String,
    /// Whether everything is there.
    pub finished: bool,
    /// When this was written.
    pub at: TimeMs,
}

/// How far a copy is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// The offset that is carried next, of each partition of the source that was begun.
    pub next: BTreeMap<(TopicKind, u32), Offset>,
    /// Everything that was read is there, and the target's positions are written.
    pub positions_written: bool,
    /// Records carried so far, by topic.
    pub carried: BTreeMap<TopicKind, u64>,
}

impl Progress {
    /// Where a partition goes on that is to be carried from `from`.
    #[must_use]
    pub fn next(&self, kind: TopicKind, partition: Partition, from: Offset) -> Offset {
        self.next.get(&(kind, partition.0)).copied().unwrap_or(from).max(from)
    }

    /// Notes what was carried.
    pub fn reached(&mut self, kind: TopicKind, partition: Partition, next: Offset, records: u64) {
        self.next.insert((kind, partition.0), next);
        *self.carried.entry(kind).or_default() += records;
    }

    /// Records carried so far.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.carried.values().sum()
    }
}

/// The record that says whose copy the log is.
#[must_use]
pub fn begun(topic: &Topic, begun: &Begun) -> Record {
    let headers = [
        (SOURCE, begun.source.clone().into_bytes()),
        (FROM, begun.from.clone().into_bytes()),
        (PLAN, begun.plan.clone().into_bytes()),
        (STATE, if begun.finished { FINISHED } else { COPYING }.to_vec()),
    ];
    let position =
        Position { writer: WRITER.to_owned(), inputs: vec![], front_cursor: None, at: begun.at };
    record(topic, Partition(0), key::copy(BEGUN), &position, headers)
}

/// The record that says how far the copy is. `names` are those of the source's topics.
#[must_use]
pub fn progress(topic: &Topic, progress: &Progress, names: &TopicNames, at: TimeMs) -> Record {
    let inputs = progress.next.iter().map(|((kind, partition), next)| Input {
        topic: names.name(*kind),
        partition: number(*partition),
        next_offset: signed(next.0),
    });
    let mut carried = String::new();
    for (kind, records) in &progress.carried {
        // Writing to a text does not fail.
        let _ = write!(carried, "{}={records} ", kind.short_name());
    }
    let headers = [
        (STATE, if progress.positions_written { UNREAD } else { READ }.to_vec()),
        (CARRIED, carried.into_bytes()),
    ];
    let position =
        Position { writer: WRITER.to_owned(), inputs: inputs.collect(), front_cursor: None, at };
    record(topic, Partition(0), key::copy(PROGRESS), &position, headers)
}

/// Whether this is the record that says whose copy a log is.
#[must_use]
pub fn is_begun(stored: &Stored) -> bool {
    stored.key == key::copy(BEGUN)
}

/// Whether this is the record that says how far a copy is.
#[must_use]
pub fn is_progress(stored: &Stored) -> bool {
    stored.key == key::copy(PROGRESS)
}

/// What the record says of whose copy a log is; none when it is damaged or not one.
#[must_use]
pub fn read_begun(stored: &Stored) -> Option<Begun> {
    let position: Position = schemas::decode(stored.value.as_ref()?).ok()?;
    let text = |name| Some(std::str::from_utf8(stored.header(name)?).ok()?.to_owned());
    Some(Begun {
        source: text(SOURCE)?,
        from: text(FROM)?,
        plan: text(PLAN)?,
        finished: stored.header(STATE)? == FINISHED,
        at: position.at,
    })
}

/// What the record says of how far a copy is; none when it is damaged or not one.
#[must_use]
pub fn read_progress(stored: &Stored) -> Option<Progress> {
    let position: Position = schemas::decode(stored.value.as_ref()?).ok()?;
    let next = position.inputs.iter().map(|input| {
        let partition = u32::try_from(input.partition).ok()?;
        let offset = Offset(u64::try_from(input.next_offset).ok()?);
        Some(((TopicKind::by_name(&input.topic)?, partition), offset))
    });
    let carried = std::str::from_utf8(stored.header(CARRIED)?).ok()?.split_whitespace();
    let carried = carried.map(|pair| {
        let (name, records) = pair.split_once('=')?;
        Some((TopicKind::by_name(name)?, records.parse().ok()?))
    });
    Some(Progress {
        next: next.collect::<Option<_>>()?,
        positions_written: stored.header(STATE)? == UNREAD,
        carried: carried.collect::<Option<_>>()?,
    })
}

/// A record of a copy's own.
pub(super) fn record<const N: usize>(
    topic: &Topic,
    partition: Partition,
    key: Vec<u8>,
    position: &Position,
    headers: [(&str, Vec<u8>); N],
) -> Record {
    let schema = ("schema", Position::SCHEMA.as_bytes().to_vec());
    let headers = std::iter::once(schema).chain(headers);
    Record {
        topic: topic.clone(),
        partition,
        key: Bytes::from(key),
        value: Some(Bytes::from(schemas::encode(position))),
        headers: headers
            .map(|(name, value)| Header { name: name.to_owned(), value: Bytes::from(value) })
            .collect(),
    }
}

/// The number of a partition as records have it.
pub(super) fn number(partition: u32) -> i32 {
    i32::try_from(partition).unwrap_or(i32::MAX)
}

/// An offset as records have it.
pub(super) fn signed(offset: u64) -> i64 {
    i64::try_from(offset).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(record: Record) -> Stored {
        let Record { key, value, headers, .. } = record;
        Stored { offset: Offset(3), time_ms: 4, key, value, headers }
    }

    #[test]
    fn what_a_copy_says_of_itself_is_read_as_it_was_written() {
        let topic = Topic::new("callfold.outcomes");
        let names = TopicNames::with_prefix("other.prefix");
        for finished in [false, true] {
            let said = Begun {
                source: "0123".to_owned(),
                from: "embedded:data".to_owned(),
                plan: "abc".to_owned(),
                finished,
                at: TimeMs(5),
            };
            let stored = stored(begun(&topic, &said));
            assert!(is_begun(&stored) && !is_progress(&stored));
            assert_eq!(read_begun(&stored), Some(said));
        }
        let mut said = Progress { positions_written: true, ..Progress::default() };
        for (kind, partition, next, records) in
            [(TopicKind::Calls, 3, 10, 9), (TopicKind::Calls, 3, 20, 5), (TopicKind::Raw, 0, 1, 1)]
        {
            said.reached(kind, Partition(partition), Offset(next), records);
        }
        assert_eq!((said.total(), said.carried[&TopicKind::Calls]), (15, 14));
        for said in [said, Progress::default()] {
            let stored = stored(progress(&topic, &said, &names, TimeMs(6)));
            assert!(is_progress(&stored) && !is_begun(&stored));
            assert_eq!(read_progress(&stored), Some(said));
        }
    }

    #[test]
    fn a_partition_goes_on_where_it_was_and_never_before_what_is_left() {
        let mut progress = Progress::default();
        let next =
            |progress: &Progress, from| progress.next(TopicKind::Raw, Partition(1), Offset(from)).0;
        assert_eq!(next(&progress, 4), 4);
        progress.reached(TopicKind::Raw, Partition(1), Offset(9), 5);
        assert_eq!((next(&progress, 4), next(&progress, 12)), (9, 12));
    }
}
