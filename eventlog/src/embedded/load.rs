//! Reads what a directory holds: indexes of closed segments from their footers, the unclosed one
//! frame by frame, and what is wrong with them.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::files::{FileHandle, Files, read_all};
use super::finding::{Finding, Span};
use super::format::{Entry, Place, SEGMENT_HEADER_BYTES, TRAILER_BYTES};
use super::lanes::Lanes;
use super::manifest::{Manifest, ManifestSegment, segment_path};
use super::open_error::OpenError;
use super::scan::{Scan, scan};
use super::segment::{Footer, SegmentHeader};
use super::view::{Index, Piece, Segment, SegmentParts};
use crate::{Offset, Partition, Topic};

/// What a directory holds.
pub(crate) struct Loaded {
    pub(crate) segments: Vec<Arc<Segment>>,
    /// The last segment, when it was not closed and can be continued.
    pub(crate) unclosed: Option<Unclosed>,
    pub(crate) ends: Vec<u64>,
    pub(crate) findings: Vec<Finding>,
}

/// A segment without a footer.
pub(crate) struct Unclosed {
    pub(crate) number: u64,
    pub(crate) index: Index,
    pub(crate) starts: Vec<u64>,
    pub(crate) frames: u64,
    /// The end of its last whole frame.
    pub(crate) end: u64,
    /// Its last whole frame, to be written again: that it can be read does not prove that it is
    /// on the disk.
    pub(crate) last_frame: Option<(u64, Vec<u8>)>,
    /// What follows, to be moved aside.
    pub(crate) torn: Option<Torn>,
}

/// A last frame that is not whole.
pub(crate) struct Torn {
    pub(crate) at: u64,
    pub(crate) bytes: Vec<u8>,
    /// What it would have held, where that can be said.
    pub(crate) spans: Vec<Span>,
}

/// Reads all segments of `manifest`.
pub(crate) fn load(
    files: &dyn Files,
    dir: &Path,
    log_id: u128,
    manifest: &Manifest,
    lanes: &Lanes,
) -> Result<Loaded, OpenError> {
    let mut loader =
        Loader { manifest, lanes, expected: vec![None; lanes.len()], gone: None, findings: vec![] };
    let mut segments = Vec::with_capacity(manifest.segments.len());
    let mut unclosed = None;
    for (at, named) in manifest.segments.iter().enumerate() {
        let is_last = at + 1 == manifest.segments.len();
        let path = segment_path(dir, named.number);
        let place = Place { log_id, segment: named.number };
        let read = match read_segment(files, &path, place) {
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                loader.lose(named.number, path, "is missing");
                continue;
            }
            Err(source) => return Err(OpenError::io("read", &path, source)),
        };
        if read.holds_nothing(is_last) {
            let what = if read.bytes == 0 { "is empty" } else { "has nothing readable in it" };
            loader.lose(named.number, path, what);
            continue;
        }
        match read.scanned {
            Some(scanned) if is_last && read.header.is_some() => {
                let starts = loader.starts(&path, read.header.as_ref());
                let index = loader.index(&path, &scanned.0.entries, &starts);
                unclosed = Some(loader.unclosed(named.number, index, starts, scanned));
            }
            _ => segments.push(loader.closed(*named, path, read)),
        }
    }
    segments.extend(loader.lost_end().map(Arc::new));
    let ends = loader.expected.iter().map(|end| end.unwrap_or(0)).collect();
    Ok(Loaded { segments, unclosed, ends, findings: loader.findings })
}

/// A segment as it was read.
struct Read {
    bytes: u64,
    header: Option<SegmentHeader>,
    entries: Vec<Entry>,
    /// When there is no right footer: what the frames said, and the file.
    scanned: Option<(Scan, Vec<u8>)>,
}

impl Read {
    /// Whether nothing is left of it. A closed segment has frames, and the last one, which may not
    /// have any yet, has a header that was synced before the manifest named it.
    fn holds_nothing(&self, is_last: bool) -> bool {
        let no_frames = self.scanned.as_ref().is_some_and(|(found, _)| found.entries.is_empty());
        no_frames && !(is_last && self.header.is_some())
    }
}

fn read_segment(files: &dyn Files, path: &Path, place: Place) -> io::Result<Read> {
    let file = files.open(path, false)?;
    let bytes = file.len()?;
    if let Some(footer) = read_footer(&*file, place, bytes)? {
        let header = read_header(&*file, place, footer.at)?;
        return Ok(Read { bytes, header, entries: footer.entries, scanned: None });
    }
    let content = read_all(&*file)?;
    let header = SegmentHeader::read(place, &content);
    let from = header.as_ref().map_or(0, |(_, bytes)| *bytes);
    let found = scan(place, &content, from, content.len());
    let header = header.map(|(header, _)| header);
    Ok(Read { bytes, header, entries: found.entries.clone(), scanned: Some((found, content)) })
}

fn read_footer(file: &dyn FileHandle, place: Place, bytes: u64) -> io::Result<Option<Footer>> {
    let Some(trailer_at) = bytes.checked_sub(TRAILER_BYTES as u64) else { return Ok(None) };
    let mut trailer = [0; TRAILER_BYTES];
    file.read_at(&mut trailer, trailer_at)?;
    let Some(trailer) = Footer::read_trailer(place, &trailer, bytes) else { return Ok(None) };
    let mut footer = vec![0; trailer.bytes];
    file.read_at(&mut footer, trailer.at)?;
    Ok(Footer::read(&trailer, &footer))
}

fn read_header(
    file: &dyn FileHandle,
    place: Place,
    frames_end: u64,
) -> io::Result<Option<SegmentHeader>> {
    let mut fixed = [0; SEGMENT_HEADER_BYTES];
    if frames_end < fixed.len() as u64 {
        return Ok(None);
    }
    file.read_at(&mut fixed, 0)?;
    let bytes = SegmentHeader::announced_bytes(&fixed).min(frames_end);
    let mut header = vec![0; usize::try_from(bytes).map_err(io::Error::other)?];
    file.read_at(&mut header, 0)?;
    Ok(SegmentHeader::read(place, &header).map(|(header, _)| header))
}

struct Loader<'a> {
    manifest: &'a Manifest,
    lanes: &'a Lanes,
    /// Per lane, the offset that must come next; none before anything of it was seen.
    expected: Vec<Option<u64>>,
    /// The last segment that is gone, until the next one's header has said what it held.
    gone: Option<(u64, PathBuf)>,
    findings: Vec<Finding>,
}

impl Loader<'_> {
    /// Nothing is left of a segment.
    fn lose(&mut self, number: u64, file: PathBuf, what: &'static str) {
        // Of the first one nobody knows where its lanes began.
        self.expected.iter_mut().for_each(|expected| *expected = Some(expected.unwrap_or(0)));
        self.findings.push(Finding::LostFile { file: file.clone(), what });
        self.gone = Some((number, file));
    }

    /// What stands for a last segment that is gone: how far its lanes went nobody can say, so each
    /// of them has one lost offset, at which readers stop.
    fn lost_end(&mut self) -> Option<Segment> {
        let (number, path) = self.gone.take()?;
        let starts: Vec<u64> = self.expected.iter().map(|expected| expected.unwrap_or(0)).collect();
        let mut index = Index::new(self.lanes);
        for (lane, id) in self.lanes.all() {
            let from = starts[lane.0];
            let span = self.span(id, from, Span::NOBODY_KNOWS.0);
            self.findings.push(Finding::Lost { file: path.clone(), span });
            let entry = Entry::of_block(id, from..from + 1, (0, 0), 0);
            index.push(lane, Piece { entry, lost: true });
            self.expected[lane.0] = Some(from + 1);
        }
        let parts = SegmentParts {
            number,
            path,
            bytes: 0,
            level: 0,
            cleaned: false,
            damaged: true,
            starts,
        };
        Some(Segment::new(parts, index))
    }

    /// The offsets that the lanes had when a segment began; what comes before and was not seen is
    /// lost.
    fn starts(&mut self, path: &Path, header: Option<&SegmentHeader>) -> Vec<u64> {
        if header.is_none() {
            let what = "its header is damaged";
            self.findings.push(Finding::Damaged { file: path.to_owned(), what });
        }
        let mut starts: Vec<u64> =
            self.expected.iter().map(|expected| expected.unwrap_or(0)).collect();
        for (id, start) in header.iter().flat_map(|header| &header.starts) {
            if let Some(lane) = self.lanes.find(*id) {
                starts[lane.0] = *start;
            }
        }
        starts
    }

    /// Orders the entries of a segment by lane and puts in what is lost.
    fn index(&mut self, path: &Path, entries: &[Entry], starts: &[u64]) -> Index {
        let mut index = Index::new(self.lanes);
        let gone = self.gone.take();
        for (lane, id) in self.lanes.all() {
            let from = *self.expected[lane.0].get_or_insert(starts[lane.0]);
            if from < starts[lane.0] {
                let file = gone.as_ref().map_or(path, |(_, file)| file);
                index.push(lane, self.lost(file, id, from, starts[lane.0]));
                self.expected[lane.0] = Some(starts[lane.0]);
            }
        }
        for entry in entries {
            let Some(lane) = self.lanes.find(entry.lane) else { continue };
            let from = *self.expected[lane.0].get_or_insert(entry.base);
            if entry.base < from {
                continue;
            }
            if from < entry.base {
                index.push(lane, self.lost(path, entry.lane, from, entry.base));
            }
            index.push(lane, Piece { entry: *entry, lost: false });
            self.expected[lane.0] = Some(entry.end);
        }
        index
    }

    fn lost(&mut self, path: &Path, lane: super::lanes::LaneId, from: u64, to: u64) -> Piece {
        let span = self.span(lane, from, to);
        self.findings.push(Finding::Lost { file: path.to_owned(), span });
        let entry = Entry::of_block(lane, from..to, (0, 0), 0);
        Piece { entry, lost: true }
    }

    fn span(&self, lane: super::lanes::LaneId, from: u64, to: u64) -> Span {
        let name = self.manifest.topics.iter().find(|topic| topic.id == lane.topic);
        let topic = Topic::new(name.map_or("(unknown topic)", |topic| &topic.name));
        let partition = Partition(lane.partition);
        Span { topic, partition, from: Offset(from), to: Offset(to) }
    }

    fn closed(&mut self, named: ManifestSegment, path: PathBuf, read: Read) -> Arc<Segment> {
        let told = self.findings.len();
        let starts = self.starts(&path, read.header.as_ref());
        let index = self.index(&path, &read.entries, &starts);
        if read.scanned.is_some() {
            let what = "its footer is damaged: its frames were read instead";
            self.findings.push(Finding::Damaged { file: path.clone(), what });
        }
        let parts = SegmentParts {
            number: named.number,
            path,
            bytes: read.bytes,
            level: read.header.map_or(0, |header| header.level),
            cleaned: named.cleaned,
            damaged: self.findings.len() > told,
            starts,
        };
        Arc::new(Segment::new(parts, index))
    }

    fn unclosed(
        &self,
        number: u64,
        index: Index,
        starts: Vec<u64>,
        (found, content): (Scan, Vec<u8>),
    ) -> Unclosed {
        let cut = |from: u64, to: u64| {
            let at = |place| usize::try_from(place).expect("a place in a file that was read");
            (from, content[at(from)..at(to)].to_vec())
        };
        let last_frame = found.last.map(|(from, to)| cut(from, to));
        let torn = found.torn.as_ref().map(|(from, to, entries)| {
            let (at, bytes) = cut(*from, *to);
            Torn { at, bytes, spans: self.spans(entries) }
        });
        Unclosed { number, index, starts, frames: found.frames, end: found.end, last_frame, torn }
    }

    /// What a torn frame would have held.
    fn spans(&self, entries: &[Entry]) -> Vec<Span> {
        entries.iter().map(|entry| self.span(entry.lane, entry.base, entry.end)).collect()
    }
}
