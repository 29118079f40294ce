//! A segment's header, footer and trailer.

use super::format::{
    ENTRY_BYTES, Entry, FORMAT_VERSION, LANE_BYTES, Place, SEGMENT_HEADER_BYTES, TRAILER_BYTES,
    u32_at, u64_at,
};
use super::lanes::LaneId;

const MAGIC: &[u8; 8] = b"CFSEGMT1";
const END_MAGIC: &[u8; 8] = b"CFSEGEND";

/// What a segment's header says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentHeader {
    /// 0 as appended, 1 rewritten.
    pub level: u32,
    /// Per lane, the offset of its next record when the segment began.
    pub starts: Vec<(LaneId, u64)>,
}

impl SegmentHeader {
    pub(crate) fn write(&self, place: Place) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(SEGMENT_HEADER_BYTES + LANE_BYTES * self.starts.len());
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
        bytes.extend_from_slice(&self.level.to_le_bytes());
        bytes.extend_from_slice(&place.segment.to_le_bytes());
        bytes.extend_from_slice(&place.log_id.to_le_bytes());
        let lanes = u32::try_from(self.starts.len()).expect("far fewer than 4 G lanes");
        bytes.extend_from_slice(&lanes.to_le_bytes());
        bytes.extend_from_slice(&[0; 4]);
        for (lane, next) in &self.starts {
            bytes.extend_from_slice(&lane.topic.to_le_bytes());
            bytes.extend_from_slice(&lane.partition.to_le_bytes());
            bytes.extend_from_slice(&next.to_le_bytes());
        }
        let crc = header_checksum(&bytes);
        bytes[44..48].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    /// How long the header is that starts with these bytes, if they are right.
    pub(crate) fn announced_bytes(fixed: &[u8; SEGMENT_HEADER_BYTES]) -> u64 {
        u64::from(u32_at(fixed, 40)) * LANE_BYTES as u64 + SEGMENT_HEADER_BYTES as u64
    }

    /// Reads the header at the start of a file and says how long it is; none when it is not one of
    /// this log and segment, or is damaged.
    #[must_use]
    pub fn read(place: Place, file: &[u8]) -> Option<(SegmentHeader, usize)> {
        let fixed = file.get(..SEGMENT_HEADER_BYTES)?;
        let lanes = usize::try_from(u32_at(fixed, 40)).ok()?;
        let bytes = lanes.checked_mul(LANE_BYTES)?.checked_add(SEGMENT_HEADER_BYTES)?;
        let header = file.get(..bytes)?;
        if &header[..8] != MAGIC
            || u32_at(header, 8) != FORMAT_VERSION
            || u64_at(header, 16) != place.segment
            || header[24..40] != place.log_id.to_le_bytes()
            || header_checksum(header) != u32_at(header, 44)
        {
            return None;
        }
        let (lanes, _) = header[SEGMENT_HEADER_BYTES..].as_chunks::<LANE_BYTES>();
        let starts = lanes
            .iter()
            .map(|lane| {
                let id = LaneId { topic: u32_at(lane, 0), partition: u32_at(lane, 4) };
                (id, u64_at(lane, 8))
            })
            .collect();
        Some((SegmentHeader { level: u32_at(header, 12), starts }, bytes))
    }
}

fn header_checksum(header: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&header[..44]), &header[SEGMENT_HEADER_BYTES..])
}

/// What a closed segment ends with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Footer {
    /// Where it starts: the end of the last frame.
    pub at: u64,
    /// How many frames the segment has.
    pub frames: u64,
    /// The entries of all frames.
    pub entries: Vec<Entry>,
}

impl Footer {
    pub(crate) fn write(&self, place: Place) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.entries.len() * ENTRY_BYTES + TRAILER_BYTES);
        for entry in &self.entries {
            entry.write(&mut bytes);
        }
        let crc = crc32c::crc32c(&bytes);
        let trailer_at = bytes.len();
        bytes.extend_from_slice(&self.at.to_le_bytes());
        bytes.extend_from_slice(&(self.entries.len() as u64).to_le_bytes());
        bytes.extend_from_slice(&self.frames.to_le_bytes());
        bytes.extend_from_slice(&crc.to_le_bytes());
        let crc = place.checksum(&bytes[trailer_at..]);
        bytes.extend_from_slice(&crc.to_le_bytes());
        bytes.extend_from_slice(END_MAGIC);
        bytes
    }

    /// What a trailer says about its footer: where it starts, how long it is, its frames and its
    /// checksum.
    pub(crate) fn read_trailer(place: Place, trailer: &[u8], file_bytes: u64) -> Option<Trailer> {
        let trailer: &[u8; TRAILER_BYTES] = trailer.try_into().ok()?;
        if &trailer[32..] != END_MAGIC || place.checksum(&trailer[..28]) != u32_at(trailer, 28) {
            return None;
        }
        let at = u64_at(trailer, 0);
        let bytes = u64_at(trailer, 8).checked_mul(ENTRY_BYTES as u64)?;
        let whole = at.checked_add(bytes)?.checked_add(TRAILER_BYTES as u64)? == file_bytes;
        let bytes = usize::try_from(bytes).ok()?;
        let (frames, checksum) = (u64_at(trailer, 16), u32_at(trailer, 24));
        whole.then_some(Trailer { at, bytes, frames, checksum })
    }

    /// Reads the footer that a trailer announced.
    pub(crate) fn read(trailer: &Trailer, footer: &[u8]) -> Option<Footer> {
        if crc32c::crc32c(footer) != trailer.checksum {
            return None;
        }
        let entries = Entry::read_all(footer)?;
        Some(Footer { at: trailer.at, frames: trailer.frames, entries })
    }
}

/// What a trailer says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Trailer {
    pub(crate) at: u64,
    pub(crate) bytes: usize,
    pub(crate) frames: u64,
    checksum: u32,
}
