//! A frame: what one group commit wrote, whole or not there.

use super::format::{ENTRY_BYTES, Entry, FRAME_HEADER_BYTES, Place, u32_at, u64_at};

const MAGIC: &[u8; 4] = b"FRAM";

/// A frame being filled. Blocks are added in the order of its table of contents.
#[derive(Debug, Default)]
pub(crate) struct FrameBuilder {
    entries: Vec<Entry>,
    blocks: Vec<u8>,
}

impl FrameBuilder {
    /// Adds a block; `entry.place` counts from the first block until the frame is finished.
    pub(crate) fn push(&mut self, mut entry: Entry, block: &[u8]) {
        entry.place = self.blocks.len() as u64;
        entry.bytes = u32::try_from(block.len()).expect("a block is far below 4 GiB");
        entry.checksum = crc32c::crc32c(block);
        self.blocks.extend_from_slice(block);
        self.entries.push(entry);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(crate) fn bytes(&self) -> usize {
        FRAME_HEADER_BYTES + self.entries.len() * ENTRY_BYTES + self.blocks.len()
    }

    /// Writes the frame into `to` for its place in the file and gives its entries, with the places
    /// of their blocks in the file. The builder is empty afterwards.
    pub(crate) fn finish(
        &mut self,
        place: Place,
        number: u64,
        at: u64,
        to: &mut Vec<u8>,
    ) -> Vec<Entry> {
        let bytes = self.bytes() as u64;
        let blocks_at = at + bytes - self.blocks.len() as u64;
        let mut entries = std::mem::take(&mut self.entries);
        to.clear();
        to.resize(FRAME_HEADER_BYTES, 0);
        for entry in &mut entries {
            entry.place += blocks_at;
            entry.write(to);
        }
        let toc = crc32c::crc32c(&to[FRAME_HEADER_BYTES..]);
        to[0..4].copy_from_slice(MAGIC);
        let count = u32::try_from(entries.len()).expect("a frame has far fewer than 4 G blocks");
        to[4..8].copy_from_slice(&count.to_le_bytes());
        to[8..16].copy_from_slice(&bytes.to_le_bytes());
        to[16..24].copy_from_slice(&number.to_le_bytes());
        to[24..32].copy_from_slice(&at.to_le_bytes());
        to[32..36].copy_from_slice(&toc.to_le_bytes());
        let checksum = place.checksum(&to[..36]);
        to[36..40].copy_from_slice(&checksum.to_le_bytes());
        to.extend_from_slice(&self.blocks);
        self.blocks.clear();
        entries
    }
}

/// A frame whose header and table of contents are right. Its blocks are not checked yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Where it starts in its file.
    pub at: u64,
    /// Its length.
    pub bytes: u64,
    /// Its number in its segment.
    pub number: u64,
    /// Its table of contents.
    pub entries: Vec<Entry>,
}

impl Frame {
    /// Reads the frame that starts at `at`; `file` is the whole file. None when there is no frame,
    /// or its header or its table of contents is not whole.
    #[must_use]
    pub fn read(place: Place, file: &[u8], at: usize) -> Option<Frame> {
        let rest = file.get(at..)?;
        let header = rest.get(..FRAME_HEADER_BYTES)?;
        if &header[..4] != MAGIC
            || u64_at(header, 24) != at as u64
            || place.checksum(&header[..36]) != u32_at(header, 36)
        {
            return None;
        }
        let toc_bytes = usize::try_from(u32_at(header, 4)).ok()?.checked_mul(ENTRY_BYTES)?;
        let toc = rest.get(FRAME_HEADER_BYTES..FRAME_HEADER_BYTES.checked_add(toc_bytes)?)?;
        if crc32c::crc32c(toc) != u32_at(header, 32) {
            return None;
        }
        let entries = Entry::read_all(toc)?;
        let frame =
            Frame { at: at as u64, bytes: u64_at(header, 8), number: u64_at(header, 16), entries };
        frame.is_sound(toc_bytes).then_some(frame)
    }

    /// Whether its blocks lie inside it, its entries make sense, and another frame can follow it.
    fn is_sound(&self, toc_bytes: usize) -> bool {
        let Some(end) = self.at.checked_add(self.bytes) else { return false };
        if self.number == u64::MAX {
            return false;
        }
        let mut next = self.at + (FRAME_HEADER_BYTES + toc_bytes) as u64;
        for entry in &self.entries {
            if entry.place != next || entry.base > entry.end {
                return false;
            }
            next += u64::from(entry.bytes);
        }
        next == end
    }

    /// Whether all of its blocks are there and right.
    #[must_use]
    pub fn blocks_are_whole(&self, file: &[u8]) -> bool {
        self.entries.iter().all(|entry| {
            usize::try_from(entry.place)
                .ok()
                .and_then(|from| file.get(from..from.checked_add(entry.bytes as usize)?))
                .is_some_and(|block| crc32c::crc32c(block) == entry.checksum)
        })
    }
}
