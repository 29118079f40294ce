//! A record: what a log keeps, with the partition always given by whoever writes it.

use bytes::Bytes;

use crate::Topic;

/// The number of a partition, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Partition(pub u32);

/// A place in one partition of one topic. Offsets grow, but may have gaps: a compacted record, a
/// transaction marker and an aborted write leave one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Offset(pub u64);

impl Offset {
    /// The first offset of every partition.
    pub const START: Offset = Offset(0);

    /// The offset after this one: where a reader that has seen this one goes on.
    #[must_use]
    pub const fn next(self) -> Offset {
        Offset(self.0 + 1)
    }
}

/// A named piece of side information, for example a trace context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Its name: ASCII, at most 64 bytes.
    pub name: String,
    /// Its value.
    pub value: Bytes,
}

/// A record to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The topic it goes to.
    pub topic: Topic,
    /// The partition it goes to, always given: [`crate::partitioner::partition_of`] computes it.
    pub partition: Partition,
    /// What compaction keeps one of.
    pub key: Bytes,
    /// The content; none is a tombstone: compaction may forget the key altogether.
    pub value: Option<Bytes>,
    /// Side information, in order.
    pub headers: Vec<Header>,
}

/// A record to be written with a time that it has already: it comes from another log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dated {
    /// The record.
    pub record: Record,
    /// When it was appended first, in milliseconds since the Unix epoch.
    pub time_ms: i64,
}

/// A record that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its place in the partition it was read from.
    pub offset: Offset,
    /// When it was appended, in milliseconds since the Unix epoch. Never when things happened:
    /// that is in the value.
    pub time_ms: i64,
    /// What compaction keeps one of.
    pub key: Bytes,
    /// The content; none is a tombstone.
    pub value: Option<Bytes>,
    /// Side information, in order.
    pub headers: Vec<Header>,
}

impl Stored {
    /// The value of the first header of this name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&Bytes> {
        self.headers.iter().find(|header| header.name == name).map(|header| &header.value)
    }
}
