//! Finds the frames of a segment that has no footer, or whose footer is damaged.

use super::format::{Entry, FRAME_HEADER_BYTES, Place};
use super::frame::Frame;

/// What a walk through a segment found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scan {
    /// The entries of all frames whose table of contents is right, in their order.
    pub entries: Vec<Entry>,
    /// How many frames the segment has, those that are damaged included.
    pub frames: u64,
    /// The end of the last whole frame.
    pub end: u64,
    /// The last whole frame: `(from, to)`.
    pub last: Option<(u64, u64)>,
    /// Bytes between frames that are no frame: `(from, to)`.
    pub damaged: Vec<(u64, u64)>,
    /// A last frame that is not whole, or bytes after the last frame: `(from, to)`. What it would
    /// have held, where its table of contents can be read.
    pub torn: Option<(u64, u64, Vec<Entry>)>,
}

/// Walks through `file` from `from`, the end of its header, to `to`.
///
/// A frame is written only after the one before it was synced, so only the last can be torn: when a
/// right frame follows, bad bytes are damage. A frame with a right table of contents and bad blocks
/// in the middle is kept: whoever reads the block is told.
#[must_use]
pub fn scan(place: Place, file: &[u8], from: usize, to: usize) -> Scan {
    let file = &file[..to.min(file.len())];
    let mut found = Scan { end: from as u64, ..Scan::default() };
    let mut at = from;
    while at < file.len() {
        let frame = Frame::read(place, file, at);
        let next = match &frame {
            Some(frame) if frame.blocks_are_whole(file) => at + frame_bytes(frame),
            Some(frame) => match next_frame(place, file, at + frame_bytes(frame)) {
                Some(next) => next,
                None => {
                    found.torn = Some((at as u64, file.len() as u64, frame.entries.clone()));
                    return found;
                }
            },
            None => match next_frame(place, file, at + 1) {
                Some(next) => next,
                None => {
                    found.torn = Some((at as u64, file.len() as u64, Vec::new()));
                    return found;
                }
            },
        };
        let readable_to = frame.as_ref().map_or(at, |frame| at + frame_bytes(frame));
        if readable_to < next {
            found.damaged.push((readable_to as u64, next as u64));
        }
        if let Some(frame) = frame {
            found.last = Some((frame.at, frame.at + frame.bytes));
            found.frames = frame.number + 1;
            found.entries.extend(frame.entries);
        }
        at = next;
        found.end = at as u64;
    }
    found
}

fn frame_bytes(frame: &Frame) -> usize {
    usize::try_from(frame.bytes).unwrap_or(usize::MAX / 2)
}

/// The next place from `from` on where a right frame header starts.
fn next_frame(place: Place, file: &[u8], from: usize) -> Option<usize> {
    let last = file.len().checked_sub(FRAME_HEADER_BYTES)?;
    (from..=last).find(|at| Frame::read(place, file, *at).is_some())
}
