//! Writes a run of closed segments again as one: lane by lane, in full blocks, without what may go.

use std::io;
use std::sync::Arc;

use bytes::Bytes;

use super::block::{BlockCursor, push_stored};
use super::core::Core;
use super::files::FileHandle;
use super::format::{BLOCK_BYTES, Entry};
use super::frame::FrameBuilder;
use super::lanes::{Lane, LaneId};
use super::manifest::segment_path;
use super::newest::NewestKeys;
use super::rest::Rest;
use super::segment::{Footer, SegmentHeader};
use super::view::{Index, Piece, Segment, SegmentParts};
use crate::{Cleanup, Stored};

/// A rewritten segment is written and synced in frames of this size: a commit's sync waits for what
/// of it is under way, because a file system's journal syncs all that is new together.
const FRAME_BYTES: usize = 1 << 20;

/// What may go.
pub(crate) struct Rules<'a> {
    /// By lane.
    pub(crate) cleanups: &'a [Cleanup],
    /// Keys that have newer records, when this is a compaction.
    pub(crate) newest: Option<&'a NewestKeys>,
    /// Tombstones older than this may go; none while an older record of their key may be left.
    pub(crate) tombstones_from_ms: Option<i64>,
    /// Now.
    pub(crate) now_ms: i64,
}

impl Rules<'_> {
    /// The time before which records of a lane are dropped.
    pub(crate) fn oldest_ms(&self, lane: Lane) -> i64 {
        let retention = self.cleanups[lane.0].retention;
        let millis = retention.map(|kept| u64::try_from(kept.as_millis()).unwrap_or(u64::MAX));
        millis.map_or(i64::MIN, |kept| self.now_ms.saturating_sub_unsigned(kept))
    }

    fn keeps(&self, lane: Lane, stored: &Stored) -> bool {
        if stored.time_ms < self.oldest_ms(lane) {
            return false;
        }
        let Some(newest) = self.newest else { return true };
        if !self.cleanups[lane.0].compact {
            return true;
        }
        let is_forgotten = stored.value.is_none()
            && self.tombstones_from_ms.is_some_and(|from_ms| stored.time_ms < from_ms);
        !is_forgotten && !newest.has_newer(lane, &stored.key, stored.offset.0)
    }

    /// Whether all of a block stays, seen from outside.
    fn keeps_all(&self, lane: Lane, entry: &Entry) -> bool {
        let compacts = self.newest.is_some() && self.cleanups[lane.0].compact;
        !compacts && entry.time_ms.min(entry.time_max_ms) >= self.oldest_ms(lane)
    }
}

/// Why a run was not rewritten.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RewriteError {
    /// This segment cannot be read: it must be left as it is.
    #[error("segment {0} is damaged and is kept as it is")]
    Damaged(u64),
    /// The system refused.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The log was closed meanwhile.
    #[error("the log was closed")]
    Stopped,
}

/// The new segment, and how many records it has. Nothing names it yet.
pub(crate) fn rewrite(
    core: &Core,
    run: &[Arc<Segment>],
    number: u64,
    rules: &Rules<'_>,
    rest: &Rest<'_>,
) -> Result<(Segment, u64), RewriteError> {
    let path = segment_path(&core.dir, number);
    let file = core.files.create(&path)?;
    let starts = run[0].starts.clone();
    let lanes = core.lanes.all().map(|(lane, id)| (id, starts[lane.0])).collect();
    let header = SegmentHeader { level: 1, starts: lanes }.write(core.place(number));
    file.write_at(&header, 0)?;
    let at = header.len() as u64;
    let mut output = Output {
        core,
        rest,
        number,
        file: &*file,
        at,
        frames: 0,
        frame: FrameBuilder::default(),
        buffer: Vec::new(),
        entries: Vec::new(),
    };
    for (lane, id) in core.lanes.all() {
        rewrite_lane(&mut output, lane, id, run, rules)?;
    }
    output.end_frame()?;
    let Output { at, frames, entries, .. } = output;
    let mut index = Index::new(&core.lanes);
    let records = entries.iter().map(|entry| u64::from(entry.records)).sum();
    for entry in &entries {
        let lane = core.lanes.find(entry.lane).expect("it was written from a lane");
        index.push(lane, Piece { entry: *entry, lost: false });
    }
    let footer = Footer { at, frames, entries }.write(core.place(number));
    file.write_at(&footer, at)?;
    file.sync_data()?;
    core.files.sync_dir(&core.dir)?;
    let parts = SegmentParts {
        number,
        path,
        bytes: at + footer.len() as u64,
        level: 1,
        cleaned: rules.newest.is_some() || run.iter().all(|segment| segment.cleaned),
        damaged: false,
        starts,
    };
    Ok((Segment::new(parts, index), records))
}

fn rewrite_lane(
    output: &mut Output<'_>,
    lane: Lane,
    id: LaneId,
    run: &[Arc<Segment>],
    rules: &Rules<'_>,
) -> Result<(), RewriteError> {
    let mut to = LaneOutput { id, covered: run[0].starts[lane.0], open: None };
    let mut end = to.covered;
    for segment in run {
        let damaged = || RewriteError::Damaged(segment.number);
        for Piece { entry, .. } in segment.index.lane(lane) {
            end = entry.end;
            if entry.records == 0 || entry.time_max_ms < rules.oldest_ms(lane) {
                continue;
            }
            let block = read_block(output.core, segment, entry)?;
            if rules.keeps_all(lane, entry) && block.len() >= BLOCK_BYTES / 2 {
                to.take_whole(output, entry, &block)?;
                continue;
            }
            let mut records = BlockCursor::new(block, entry.base, entry.end, entry.time_ms);
            while let Some(stored) = records.next().map_err(|_| damaged())? {
                if rules.keeps(lane, &stored) {
                    to.push(output, &stored)?;
                }
            }
        }
    }
    to.finish(output, end)
}

/// Reads a block and checks it.
pub(crate) fn read_block(
    core: &Core,
    segment: &Segment,
    entry: &Entry,
) -> Result<Bytes, RewriteError> {
    let mut block = vec![0; entry.bytes as usize];
    segment.file(&*core.files)?.read_at(&mut block, entry.place)?;
    if crc32c::crc32c(&block) != entry.checksum {
        return Err(RewriteError::Damaged(segment.number));
    }
    Ok(block.into())
}

/// The new segment's file.
struct Output<'a> {
    core: &'a Core,
    rest: &'a Rest<'a>,
    number: u64,
    file: &'a dyn FileHandle,
    at: u64,
    frames: u64,
    frame: FrameBuilder,
    buffer: Vec<u8>,
    entries: Vec<Entry>,
}

impl Output<'_> {
    fn push(&mut self, entry: Entry, block: &[u8]) -> Result<(), RewriteError> {
        self.frame.push(entry, block);
        if self.frame.bytes() >= FRAME_BYTES { self.end_frame() } else { Ok(()) }
    }

    fn end_frame(&mut self) -> Result<(), RewriteError> {
        if self.frame.is_empty() {
            return Ok(());
        }
        let place = self.core.place(self.number);
        let entries = self.frame.finish(place, self.frames, self.at, &mut self.buffer);
        self.file.write_at(&self.buffer, self.at)?;
        self.file.sync_data()?;
        self.at += self.buffer.len() as u64;
        self.frames += 1;
        self.entries.extend(entries);
        if self.rest.between() { Ok(()) } else { Err(RewriteError::Stopped) }
    }
}

/// A lane's blocks while they are written. They cover the lane's offsets without a hole.
struct LaneOutput {
    id: LaneId,
    /// Blocks written so far cover the offsets before this.
    covered: u64,
    open: Option<OpenBlock>,
}

struct OpenBlock {
    base: u64,
    /// The offset after its last record.
    next: u64,
    time_ms: i64,
    time_max_ms: i64,
    records: u32,
    bytes: Vec<u8>,
}

impl LaneOutput {
    fn push(&mut self, output: &mut Output<'_>, stored: &Stored) -> Result<(), RewriteError> {
        let offset = stored.offset.0;
        if self.open.as_ref().is_some_and(|open| open.bytes.len() >= BLOCK_BYTES) {
            self.cover(output, offset)?;
        }
        if self.open.is_none() {
            self.cover(output, offset)?;
        }
        let open = self.open.get_or_insert_with(|| OpenBlock {
            base: offset,
            next: offset,
            time_ms: stored.time_ms,
            time_max_ms: stored.time_ms,
            records: 0,
            bytes: Vec::with_capacity(BLOCK_BYTES + (BLOCK_BYTES >> 2)),
        });
        let time_delta_ms = stored.time_ms.wrapping_sub(open.time_ms);
        push_stored(stored, offset - open.next, time_delta_ms, &mut open.bytes);
        open.next = offset + 1;
        open.records += 1;
        open.time_max_ms = open.time_max_ms.max(stored.time_ms);
        Ok(())
    }

    /// Takes over a block as it is.
    fn take_whole(
        &mut self,
        output: &mut Output<'_>,
        entry: &Entry,
        block: &[u8],
    ) -> Result<(), RewriteError> {
        self.cover(output, entry.base)?;
        self.covered = entry.end;
        output.push(*entry, block)
    }

    /// Ends the open block so that everything before `end` is covered.
    fn cover(&mut self, output: &mut Output<'_>, end: u64) -> Result<(), RewriteError> {
        let covered = std::mem::replace(&mut self.covered, end);
        if let Some(open) = self.open.take() {
            let times = (open.time_ms, open.time_max_ms);
            let entry = Entry::of_block(self.id, open.base..end, times, open.records);
            return output.push(entry, &open.bytes);
        }
        if covered < end {
            return output.push(Entry::of_block(self.id, covered..end, (0, 0), 0), &[]);
        }
        Ok(())
    }

    fn finish(mut self, output: &mut Output<'_>, end: u64) -> Result<(), RewriteError> {
        self.cover(output, end)
    }
}
