//! The growing end of the log on disk: writing frames, and closing a segment to begin the next.

use std::io;
use std::sync::Arc;

use super::core::Core;
use super::files::{FileHandle, is_no_space};
use super::format::Entry;
use super::frame::FrameBuilder;
use super::manifest::{ManifestSegment, segment_path};
use super::segment::{Footer, SegmentHeader};
use super::view::{Active, Index, Segment, SegmentParts};

/// Where the next frame goes.
pub(crate) struct Tip {
    pub(crate) number: u64,
    pub(crate) file: Arc<dyn FileHandle>,
    /// The end of the last frame.
    pub(crate) at: u64,
    pub(crate) frames: u64,
}

/// Why a frame was not written.
#[derive(Debug)]
pub(crate) enum TipError {
    /// No space: cut off again, and the log goes on.
    NoSpace(String),
    /// Another failure: cut off again; the log must be reopened.
    Cut(String),
    /// What is on the disk is not known; the log must be reopened.
    Unknown(String),
}

impl Tip {
    /// A new segment that begins at these offsets, synced with its name.
    pub(crate) fn create(core: &Core, number: u64, ends: &[u64]) -> io::Result<Tip> {
        let path = segment_path(&core.dir, number);
        let starts = core.lanes.all().map(|(lane, id)| (id, ends[lane.0])).collect();
        let header = SegmentHeader { level: 0, starts }.write(core.place(number));
        let file = core.files.create(&path)?;
        let made = file
            .write_at(&header, 0)
            .and_then(|()| file.sync_data())
            .and_then(|()| core.files.sync_dir(&core.dir));
        if let Err(error) = made {
            // Nothing names it: what cannot be removed now is removed at the next open.
            let _ = core.files.remove(&path);
            return Err(error);
        }
        Ok(Tip { number, file, at: header.len() as u64, frames: 0 })
    }

    pub(crate) fn at(&self) -> u64 {
        self.at
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.frames == 0
    }

    /// Writes the frame and syncs it. Gives its entries.
    pub(crate) fn write(
        &mut self,
        core: &Core,
        frame: &mut FrameBuilder,
        buffer: &mut Vec<u8>,
    ) -> Result<Vec<Entry>, TipError> {
        let entries = frame.finish(core.place(self.number), self.frames, self.at, buffer);
        if let Err(error) = self.file.write_at(buffer, self.at) {
            return Err(self.cut("write", core, &error));
        }
        if let Err(error) = self.file.sync_data() {
            // The system may have dropped what it could not write and call the next sync a success:
            // nothing after this proves anything. Cutting keeps the frame from being read again.
            let _ = self.file.set_len(self.at);
            return Err(TipError::Unknown(self.sentence("sync", core, &error)));
        }
        self.at += buffer.len() as u64;
        self.frames += 1;
        Ok(entries)
    }

    /// Writes so many bytes and cuts them off again, to see whether there is space for them.
    pub(crate) fn try_room(&self, core: &Core, bytes: usize) -> Result<(), String> {
        let written = self.file.write_at(&vec![0; bytes], self.at);
        let tried = self.file.set_len(self.at).and(written);
        tried.map_err(|error| self.sentence("write", core, &error))
    }

    fn cut(&self, what: &str, core: &Core, error: &io::Error) -> TipError {
        let why = self.sentence(what, core, error);
        match self.file.set_len(self.at) {
            Ok(()) if is_no_space(error) => TipError::NoSpace(why),
            Ok(()) => TipError::Cut(why),
            Err(_) => TipError::Unknown(why),
        }
    }

    fn sentence(&self, what: &str, core: &Core, error: &io::Error) -> String {
        format!("cannot {what} {}: {error}", segment_path(&core.dir, self.number).display())
    }

    /// Closes this segment and begins the next. When there is no space for it, nothing changes and
    /// this segment grows on.
    pub(crate) fn rotate(&mut self, core: &Core) -> Result<(), TipError> {
        let mut manifest = core.manifest.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let number = manifest.next_segment;
        let ends = core.view().ends.clone();
        let next = Tip::create(core, number, &ends)
            .map_err(|error| TipError::NoSpace(self.sentence("follow", core, &error)))?;
        let bytes = match self.write_footer(core) {
            Ok(bytes) => bytes,
            Err(error) => {
                let _ = core.files.remove(&segment_path(&core.dir, number));
                return Err(self.cut("close", core, &error));
            }
        };
        let mut changed = manifest.clone();
        changed.next_segment = number + 1;
        changed.segments.push(ManifestSegment { number, cleaned: false });
        if let Err(error) = changed.store(&*core.files, &core.dir) {
            // Whether the new manifest is there is not known, so neither segment may grow.
            return Err(TipError::Unknown(self.sentence("name what follows", core, &error)));
        }
        *manifest = changed;
        drop(manifest);
        let index = Index::new(&core.lanes);
        let file = next.file.clone();
        let begun = Active { number, file, starts: ends, index };
        let mut view = core.view_mut();
        let ended =
            view.active.replace(begun).expect("a log that is written has an active segment");
        view.segments.push(Arc::new(closed(core, ended, bytes)));
        drop(view);
        *self = next;
        Ok(())
    }

    /// Closes the segment for good. Not having a footer costs the next open a read of the segment.
    pub(crate) fn close(&mut self, core: &Core) {
        if self.frames > 0 && self.write_footer(core).is_err() {
            let _ = self.file.set_len(self.at);
        }
    }

    fn write_footer(&self, core: &Core) -> io::Result<u64> {
        let view = core.view();
        let active = view.active.as_ref().expect("a log that is written has an active segment");
        let mut entries: Vec<Entry> =
            active.index.entries().filter(|piece| !piece.lost).map(|piece| piece.entry).collect();
        drop(view);
        entries.sort_by_key(|entry| entry.place);
        let footer = Footer { at: self.at, frames: self.frames, entries };
        let footer = footer.write(core.place(self.number));
        self.file.write_at(&footer, self.at)?;
        self.file.sync_data()?;
        Ok(self.at + footer.len() as u64)
    }
}

fn closed(core: &Core, ended: Active, bytes: u64) -> Segment {
    let Active { number, starts, index, .. } = ended;
    let parts = SegmentParts {
        number,
        path: segment_path(&core.dir, number),
        bytes,
        level: 0,
        cleaned: false,
        damaged: index.entries().any(|piece| piece.lost),
        starts,
    };
    Segment::new(parts, index)
}
