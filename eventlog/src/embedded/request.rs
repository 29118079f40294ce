//! What goes to the committer: records already in the form of the disk, sorted by lane.

use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::block::push_record;
use super::format::BLOCK_BYTES;
use super::lanes::Lane;
use crate::{LogError, Offset, Record, WriterName};

/// Records of one lane that follow each other.
pub(crate) struct Part {
    pub(crate) lane: Lane,
    pub(crate) records: u32,
    pub(crate) bytes: Vec<u8>,
    /// The times of its first and its newest record, where they have them already; then it is a block
    /// of its own. None: the time of the frame.
    pub(crate) times_ms: Option<(i64, i64)>,
}

/// Something for the committer.
pub(crate) enum Request {
    /// Write these parts; for a writer only while it owns its name.
    Write(Write),
    /// From now on this name has another owner.
    Fence { name: WriterName, done: oneshot::Sender<Result<u64, LogError>> },
    /// Say whether a write would be taken now.
    Ready { done: oneshot::Sender<Result<(), LogError>> },
    /// Close the segment and begin the next, so that the cleaner can have it.
    Rotate { done: oneshot::Sender<Result<(), LogError>> },
    /// Finish, close the segment and end.
    Close { done: oneshot::Sender<()> },
    /// Look whether the log was dropped.
    Wake,
}

/// Parts to write in one frame.
pub(crate) struct Write {
    pub(crate) parts: Vec<Part>,
    pub(crate) owner: Option<(WriterName, u64)>,
    /// The base offset of each part, once they are durable.
    pub(crate) done: oneshot::Sender<Result<Vec<u64>, NotWritten>>,
    /// Its share of the queue.
    pub(crate) _room: OwnedSemaphorePermit,
}

/// Why parts are not written.
#[derive(Debug, Clone)]
pub(crate) enum NotWritten {
    /// The name has another owner.
    Fenced,
    /// Nothing was written; there is no space.
    NoSpace(String),
    /// Nobody knows.
    Unknown(String),
    /// The log had stopped before; nothing was written.
    Stopped(String),
}

/// Which part a record is in, and its place there.
#[derive(Clone, Copy)]
struct InPart {
    part: usize,
    place: u32,
}

/// Records in the form of the disk, and how to tell their offsets.
pub(crate) struct Encoded {
    pub(crate) parts: Vec<Part>,
    records: Vec<InPart>,
}

impl Encoded {
    /// Encodes `records`, whose lanes were found by `lane_of`, and which may have their times already.
    pub(crate) fn new(
        records: &[Record],
        times_ms: Option<&[i64]>,
        lane_of: impl Fn(usize, &Record) -> Lane,
    ) -> Encoded {
        let mut encoded = Encoded { parts: Vec::new(), records: Vec::with_capacity(records.len()) };
        let mut open: Vec<(Lane, usize)> = Vec::new();
        for (at, record) in records.iter().enumerate() {
            let lane = lane_of(at, record);
            let part = encoded.part_for(lane, &mut open);
            let Part { records, bytes, times_ms: times, .. } = &mut encoded.parts[part];
            let mut delta_ms = 0;
            if let Some(time_ms) = times_ms.map(|all| all[at]) {
                let (first_ms, newest_ms) = times.get_or_insert((time_ms, time_ms));
                *newest_ms = time_ms.max(*newest_ms);
                delta_ms = time_ms.wrapping_sub(*first_ms);
            }
            push_record(record, delta_ms, bytes);
            encoded.records.push(InPart { part, place: *records });
            *records += 1;
        }
        encoded
    }

    /// The part that the lane's next record goes to; `open` has the last one of each lane.
    fn part_for(&mut self, lane: Lane, open: &mut Vec<(Lane, usize)>) -> usize {
        let known = open.iter_mut().find(|(open, _)| *open == lane);
        if let Some((_, part)) = &known
            && self.parts[*part].bytes.len() < BLOCK_BYTES
        {
            return *part;
        }
        let part = self.parts.len();
        self.parts.push(Part { lane, records: 0, bytes: Vec::new(), times_ms: None });
        match known {
            Some((_, last)) => *last = part,
            None => open.push((lane, part)),
        }
        part
    }

    /// The offsets of the records in the order given, from the base offsets of their parts.
    pub(crate) fn offsets(records: &EncodedOrder, bases: &[u64]) -> Vec<Offset> {
        records.0.iter().map(|r| Offset(bases[r.part] + u64::from(r.place))).collect()
    }

    /// Takes the parts out, to be sent, and leaves what is needed to tell offsets.
    pub(crate) fn split(self) -> (Vec<Part>, EncodedOrder) {
        (self.parts, EncodedOrder(self.records))
    }
}

/// In which part each record went.
pub(crate) struct EncodedOrder(Vec<InPart>);
