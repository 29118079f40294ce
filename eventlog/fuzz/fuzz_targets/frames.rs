//! Any bytes as a segment: `cargo fuzz run frames`, in `eventlog/`.
//!
//! The checksums keep a fuzzer from getting past the headers by chance. So the input is also read as
//! a block whose checksum is taken to be right, and as a segment that gets right headers and tables
//! of contents: then it is known which frames must be found.

#![no_main]

use bytes::Bytes;
use eventlog::embedded::BlockCursor;
use eventlog::embedded::format::{ENTRY_BYTES, Entry, FRAME_HEADER_BYTES, Place};
use eventlog::embedded::scan::{Scan, scan};
use eventlog::embedded::segment::SegmentHeader;
use libfuzzer_sys::fuzz_target;

const PLACE: Place = Place { log_id: 7, segment: 0 };

fuzz_target!(|bytes: &[u8]| {
    let from = SegmentHeader::read(PLACE, bytes).map_or(0, |(_, length)| length);
    checked_scan(bytes, from);
    read_block(Bytes::copy_from_slice(bytes), 5, 1_000);
    let (mended, frames) = mend(bytes);
    let found = checked_scan(&mended, 0);
    // Only the last frame may be torn: where a right one follows, bad bytes are damage.
    let last_is_torn = frames.last().is_some_and(|frame| !frame.is_whole);
    let kept = &frames[..frames.len() - usize::from(last_is_torn)];
    let expected: Vec<Offsets> = kept.iter().flat_map(|frame| frame.offsets.clone()).collect();
    assert_eq!(found.entries.iter().map(offsets).collect::<Vec<_>>(), expected);
    assert_eq!(found.last.map(|(at, _)| at), kept.last().map(|frame| frame.at as u64));
});

/// Scans, and asserts that what was found covers the file once and that its blocks can be walked.
fn checked_scan(file: &[u8], from: usize) -> Scan {
    let found = scan(PLACE, file, from, file.len());
    let length = file.len() as u64;
    match &found.torn {
        Some((at, to, _)) => assert_eq!((*at, *to), (found.end, length)),
        None => assert_eq!(found.end, length),
    }
    let mut end = from as u64;
    for (at, to) in &found.damaged {
        assert!(end <= *at && at < to && *to <= found.end);
        end = *to;
    }
    for entry in &found.entries {
        let at = usize::try_from(entry.place).expect("fits");
        let Some(block) = file.get(at..at + entry.bytes as usize) else { continue };
        if crc32c::crc32c(block) == entry.checksum {
            read_block(Bytes::copy_from_slice(block), entry.base, entry.end);
        }
    }
    found
}

/// Walks through a block from its start and from the middle of what it covers.
fn read_block(block: Bytes, base: u64, end: u64) {
    let mut offsets = Vec::new();
    let mut records = BlockCursor::new(block.clone(), base, end, 0);
    let whole = loop {
        match records.next() {
            Ok(Some(stored)) => offsets.push(stored.offset.0),
            Ok(None) => break true,
            Err(_) => break false,
        }
    };
    assert!(offsets.iter().all(|offset| (base..end).contains(offset)));
    assert!(offsets.is_sorted_by(|left, right| left < right));
    let middle = base + (end - base) / 2;
    let mut records = BlockCursor::new(block, base, end, 0);
    let skipped = records.skip_to(middle);
    if whole {
        assert!(skipped.is_ok());
        let next = records.next().expect("a whole block reads").map(|stored| stored.offset.0);
        assert_eq!(next, offsets.into_iter().find(|offset| *offset >= middle));
    }
}

type Offsets = (u64, u64);

fn offsets(entry: &Entry) -> Offsets {
    (entry.base, entry.end)
}

/// A frame that was given a right header and table of contents.
struct Mended {
    at: usize,
    offsets: Vec<Offsets>,
    is_whole: bool,
}

/// The input as frames, one behind the other, as far as it reaches. It keeps its say in the number
/// of entries, the frames' numbers but for a bit, the offsets, the lengths of blocks and what is in
/// them; an odd last byte of an entry leaves its block damaged.
fn mend(bytes: &[u8]) -> (Vec<u8>, Vec<Mended>) {
    let (mut file, mut frames, mut at) = (bytes.to_vec(), Vec::new(), 0);
    while let Some(room) = file.len().checked_sub(at + FRAME_HEADER_BYTES) {
        let entries = usize::from(file[at + 4] % 4).min(room / ENTRY_BYTES);
        let toc_at = at + FRAME_HEADER_BYTES;
        let mut block_at = toc_at + entries * ENTRY_BYTES;
        let mut mended = Mended { at, offsets: Vec::new(), is_whole: true };
        for entry_at in (toc_at..block_at).step_by(ENTRY_BYTES) {
            block_at += mend_entry(&mut file, entry_at, block_at, &mut mended);
        }
        mend_header(&mut file, at, entries, block_at);
        frames.push(mended);
        at = block_at;
    }
    (file, frames)
}

/// Makes one entry right for the block at `block_at`, and says how long that is.
fn mend_entry(file: &mut [u8], at: usize, block_at: usize, mended: &mut Mended) -> usize {
    let number = |file: &[u8], at: usize| {
        u64::from_le_bytes(file[at..at + 8].try_into().expect("eight bytes"))
    };
    let (one, other) = (number(file, at + 8), number(file, at + 16));
    let (base, end) = (one.min(other), one.max(other));
    let room = file.len() - block_at;
    let length = (number(file, at + 48) as u32 as usize).min(room);
    let damage = u32::from(file[at + 60] & 1);
    let checksum = crc32c::crc32c(&file[block_at..block_at + length]) ^ damage;
    file[at + 8..at + 16].copy_from_slice(&base.to_le_bytes());
    file[at + 16..at + 24].copy_from_slice(&end.to_le_bytes());
    file[at + 24..at + 32].copy_from_slice(&(block_at as u64).to_le_bytes());
    file[at + 48..at + 52].copy_from_slice(&(length as u32).to_le_bytes());
    file[at + 56..at + 60].copy_from_slice(&checksum.to_le_bytes());
    mended.offsets.push((base, end));
    mended.is_whole &= damage == 0;
    length
}

fn mend_header(file: &mut [u8], at: usize, entries: usize, end: usize) {
    let toc = at + FRAME_HEADER_BYTES..at + FRAME_HEADER_BYTES + entries * ENTRY_BYTES;
    let toc = crc32c::crc32c(&file[toc]);
    file[at..at + 4].copy_from_slice(b"FRAM");
    // The greatest number is none that a frame can have.
    file[at + 23] &= 0x7f;
    file[at + 4..at + 8].copy_from_slice(&(entries as u32).to_le_bytes());
    file[at + 8..at + 16].copy_from_slice(&((end - at) as u64).to_le_bytes());
    file[at + 24..at + 32].copy_from_slice(&(at as u64).to_le_bytes());
    file[at + 32..at + 36].copy_from_slice(&toc.to_le_bytes());
    let crc = crc32c::crc32c(&PLACE.log_id.to_le_bytes());
    let crc = crc32c::crc32c_append(crc, &PLACE.segment.to_le_bytes());
    let crc = crc32c::crc32c_append(crc, &file[at..at + 36]);
    file[at + 36..at + 40].copy_from_slice(&crc.to_le_bytes());
}
