//! What readers see: the segments and where in them each lane's blocks are.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::files::{FileHandle, Files};
use super::format::Entry;
use super::lanes::{Lane, Lanes};

/// A piece of a lane: a block, offsets without records, or offsets that are lost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Piece {
    pub(crate) entry: Entry,
    /// No block is left of it.
    pub(crate) lost: bool,
}

/// The pieces of a segment, by lane, in the order of their offsets.
#[derive(Debug, Clone)]
pub(crate) struct Index {
    lanes: Vec<Vec<Piece>>,
}

impl Index {
    pub(crate) fn new(lanes: &Lanes) -> Index {
        Index { lanes: vec![Vec::new(); lanes.len()] }
    }

    pub(crate) fn push(&mut self, lane: Lane, piece: Piece) {
        self.lanes[lane.0].push(piece);
    }

    pub(crate) fn lane(&self, lane: Lane) -> &[Piece] {
        &self.lanes[lane.0]
    }

    /// The first piece with something to read, or to tell, at `position` or behind it.
    pub(crate) fn find(&self, lane: Lane, position: u64) -> Option<Piece> {
        let pieces = &self.lanes[lane.0];
        let from = pieces.partition_point(|piece| piece.entry.end <= position);
        pieces[from..].iter().find(|piece| piece.lost || piece.entry.records > 0).copied()
    }

    /// All entries of blocks, by lane.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &Piece> {
        self.lanes.iter().flatten()
    }
}

/// A closed segment. It never changes; the cleaner puts another in its place.
pub(crate) struct Segment {
    pub(crate) number: u64,
    pub(crate) path: PathBuf,
    pub(crate) bytes: u64,
    pub(crate) level: u32,
    pub(crate) cleaned: bool,
    /// The cleaner leaves it alone: something in it cannot be read.
    pub(crate) damaged: bool,
    /// The offset that each lane had when it began.
    pub(crate) starts: Vec<u64>,
    pub(crate) index: Index,
    file: Mutex<Option<Weak<dyn FileHandle>>>,
}

/// All of a segment but what it holds.
pub(crate) struct SegmentParts {
    pub(crate) number: u64,
    pub(crate) path: PathBuf,
    pub(crate) bytes: u64,
    pub(crate) level: u32,
    pub(crate) cleaned: bool,
    pub(crate) damaged: bool,
    pub(crate) starts: Vec<u64>,
}

impl Segment {
    pub(crate) fn new(parts: SegmentParts, index: Index) -> Segment {
        let SegmentParts { number, path, bytes, level, cleaned, damaged, starts } = parts;
        Segment {
            number,
            path,
            bytes,
            level,
            cleaned,
            damaged,
            starts,
            index,
            file: Mutex::new(None),
        }
    }

    /// Its open file, shared by all who read it now. A log has more segments than a process may
    /// have open files, so nobody keeps one for longer than it reads.
    pub(crate) fn file(&self, files: &dyn Files) -> io::Result<Arc<dyn FileHandle>> {
        let mut shared = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = shared.as_ref().and_then(Weak::upgrade) {
            return Ok(file);
        }
        let file = files.open(&self.path, false)?;
        *shared = Some(Arc::downgrade(&file));
        Ok(file)
    }
}

/// The segment that grows.
pub(crate) struct Active {
    pub(crate) number: u64,
    pub(crate) file: Arc<dyn FileHandle>,
    pub(crate) starts: Vec<u64>,
    pub(crate) index: Index,
}

/// Everything that can be read. It changes under one lock, so that all of a frame appears at once.
pub(crate) struct View {
    pub(crate) segments: Vec<Arc<Segment>>,
    pub(crate) active: Option<Active>,
    /// The offset that each lane's next record gets.
    pub(crate) ends: Vec<u64>,
}

/// Where a reader goes on.
pub(crate) enum Found {
    Closed(Arc<Segment>, Piece),
    Active(u64, Arc<dyn FileHandle>, Piece),
    /// Nothing up to this end.
    End(u64),
}

impl View {
    pub(crate) fn find(&self, lane: Lane, position: u64) -> Found {
        let in_active = || {
            let active = self.active.as_ref()?;
            let piece = active.index.find(lane, position)?;
            Some(Found::Active(active.number, active.file.clone(), piece))
        };
        let at_tail = self.active.as_ref().is_some_and(|active| position >= active.starts[lane.0]);
        let in_closed = || {
            self.segments.iter().find_map(|segment| {
                Some(Found::Closed(segment.clone(), segment.index.find(lane, position)?))
            })
        };
        let found = if at_tail { in_active() } else { in_closed().or_else(in_active) };
        found.unwrap_or(Found::End(self.ends[lane.0]))
    }

    /// The first offset that can be read.
    pub(crate) fn start(&self, lane: Lane) -> u64 {
        match self.find(lane, 0) {
            Found::Closed(_, piece) | Found::Active(_, _, piece) => piece.entry.base,
            Found::End(end) => end,
        }
    }
}
