//! The bytes on disk, format version 1.
//!
//! ```text
//! log.dir/
//!   IDENTITY       JSON: format_version, log_id (32 hex digits), id_space; never changes
//!   LOCK           locked by whoever has the log open; holds the writer's process id
//!   MANIFEST       JSON: topics with their ids, and the segments in the order of their records;
//!                  replaced as a whole by rename; its last line is the CRC32C of the rest
//!   0000000001.seg the segments, for all topics together; the last one grows
//!   aside/         torn tails that an open moved out of a segment
//!
//! segment          +--------+-------+-------+- - - -+-------+--------+---------+
//!                  | header | frame | frame |       | frame | footer | trailer |
//!                  +--------+-------+-------+- - - -+-------+--------+---------+
//!                                                            \__ only when closed __/
//! header            0  8  "CFSEGMT1"
//!                   8  4  format version
//!                  12  4  level: 0 as appended, 1 rewritten by the cleaner
//!                  16  8  the segment's number
//!                  24 16  the log's id
//!                  40  4  n, how many lanes (partitions of topics) follow
//!                  44  4  CRC32C of bytes 0..44 and of the lanes
//!                  48 16n per lane: topic id (4), partition (4), the offset that the lane's next
//!                         record had when the segment began (8)
//!
//! frame             0  4  "FRAM"
//!                   4  4  n, how many entries the table of contents has
//!                   8  8  the frame's length with this header
//!                  16  8  the frame's number in its segment, from 0
//!                  24  8  where the frame starts in its file
//!                  32  4  CRC32C of the table of contents
//!                  36  4  CRC32C of the log's id, the segment's number and bytes 0..36
//!                  40 64n table of contents
//!                   .     the blocks, in the table's order, without gaps
//!
//! entry             0  4  topic id
//!                   4  4  partition
//!                   8  8  base: the first offset that the block covers
//!                  16  8  end: the offset after the last that it covers
//!                  24  8  where the block starts in its file
//!                  32  8  time of its first record, ms since 1970
//!                  40  8  time of its newest record, ms since 1970
//!                  48  4  the block's length, 0 when it only covers offsets that were cleaned
//!                  52  4  how many records it has
//!                  56  4  CRC32C of the block
//!                  60  4  0
//!
//! block            records, one after another:
//!                     v  length of what follows of this record
//!                     v  gap: offset - (offset of the record before + 1); of the first: - base
//!                     z  time - time of the block's first record
//!                     1  1 when it has a value, 0 for a tombstone
//!                     v  length of the key, then the key
//!                     v  how many headers; per header: v, name, v, value
//!                     .  the value: the rest
//!
//! footer           64n the entries of all frames of the segment
//! trailer           0  8  where the footer starts
//!                   8  8  n
//!                  16  8  how many frames
//!                  24  4  CRC32C of the footer
//!                  28  4  CRC32C of the log's id, the segment's number and bytes 0..28
//!                  32  8  "CFSEGEND"
//! ```
//! Numbers are little endian; `v` is a LEB128 varint, `z` one of a zigzag number. In each lane the
//! blocks of all segments follow each other without a hole (`base` is the `end` before it), so a
//! hole is damage, also when the bytes that would say so are gone. Only the first blocks of a lane
//! may be missing: retention drops whole segments.

use super::lanes::LaneId;

/// The format that this binary writes. It refuses a newer one.
pub const FORMAT_VERSION: u32 = 1;

/// Length of a segment's header without its lanes.
pub const SEGMENT_HEADER_BYTES: usize = 48;
/// Length of one lane in a segment's header.
pub const LANE_BYTES: usize = 16;
/// Length of a frame's header.
pub const FRAME_HEADER_BYTES: usize = 40;
/// Length of one entry of a table of contents.
pub const ENTRY_BYTES: usize = 64;
/// Length of a closed segment's trailer.
pub const TRAILER_BYTES: usize = 40;

/// A block is closed when it has this many bytes: large enough that a scan reads the disk in big
/// pieces, small enough that a record that somebody keeps does not hold on to much.
pub const BLOCK_BYTES: usize = 256 << 10;

/// Which log and which file a frame or trailer belongs to. It is part of their checksums, so that
/// bytes inside a record, which others may choose, are never taken for a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The log's id.
    pub log_id: u128,
    /// The segment's number.
    pub segment: u64,
}

impl Place {
    pub(crate) fn checksum(self, bytes: &[u8]) -> u32 {
        let crc = crc32c::crc32c(&self.log_id.to_le_bytes());
        let crc = crc32c::crc32c_append(crc, &self.segment.to_le_bytes());
        crc32c::crc32c_append(crc, bytes)
    }
}

/// An entry of a table of contents: which offsets of which lane a block covers, and where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The lane.
    pub lane: LaneId,
    /// The first offset that it covers; when it has records, the first record's.
    pub base: u64,
    /// The offset after the last that it covers.
    pub end: u64,
    /// Where the block starts in its file.
    pub place: u64,
    /// Time of its first record.
    pub time_ms: i64,
    /// Time of its newest record.
    pub time_max_ms: i64,
    /// Its length.
    pub bytes: u32,
    /// How many records it has.
    pub records: u32,
    /// Its CRC32C.
    pub checksum: u32,
}

impl Entry {
    /// An entry whose block is not written yet: `times` are those of its first and its newest
    /// record.
    pub(crate) fn of_block(
        lane: LaneId,
        covers: std::ops::Range<u64>,
        times: (i64, i64),
        records: u32,
    ) -> Entry {
        Entry {
            lane,
            base: covers.start,
            end: covers.end,
            place: 0,
            time_ms: times.0,
            time_max_ms: times.1,
            bytes: 0,
            records,
            checksum: 0,
        }
    }

    pub(crate) fn write(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(&self.lane.topic.to_le_bytes());
        to.extend_from_slice(&self.lane.partition.to_le_bytes());
        to.extend_from_slice(&self.base.to_le_bytes());
        to.extend_from_slice(&self.end.to_le_bytes());
        to.extend_from_slice(&self.place.to_le_bytes());
        to.extend_from_slice(&self.time_ms.to_le_bytes());
        to.extend_from_slice(&self.time_max_ms.to_le_bytes());
        to.extend_from_slice(&self.bytes.to_le_bytes());
        to.extend_from_slice(&self.records.to_le_bytes());
        to.extend_from_slice(&self.checksum.to_le_bytes());
        to.extend_from_slice(&[0; 4]);
    }

    pub(crate) fn read(from: &[u8; ENTRY_BYTES]) -> Entry {
        Entry {
            lane: LaneId { topic: u32_at(from, 0), partition: u32_at(from, 4) },
            base: u64_at(from, 8),
            end: u64_at(from, 16),
            place: u64_at(from, 24),
            time_ms: i64::from_le_bytes(array_at(from, 32)),
            time_max_ms: i64::from_le_bytes(array_at(from, 40)),
            bytes: u32_at(from, 48),
            records: u32_at(from, 52),
            checksum: u32_at(from, 56),
        }
    }

    /// Reads entries; `None` when the length is not that of whole entries.
    pub(crate) fn read_all(from: &[u8]) -> Option<Vec<Entry>> {
        let (entries, rest) = from.as_chunks::<ENTRY_BYTES>();
        rest.is_empty().then(|| entries.iter().map(Entry::read).collect())
    }
}

pub(crate) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(array_at(bytes, at))
}

pub(crate) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(array_at(bytes, at))
}

fn array_at<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    bytes[at..at + N].try_into().expect("the slice has the array's length")
}
