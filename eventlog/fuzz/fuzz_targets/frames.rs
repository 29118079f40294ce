//! Any bytes as a segment: `cargo fuzz run frames`, in `eventlog/`.
//!
//! The checksums keep a fuzzer from getting past the headers by chance, so the input is also read as
//! a block, whose checksum is taken to be right.

#![no_main]

use bytes::Bytes;
use eventlog::embedded::BlockCursor;
use eventlog::embedded::format::Place;
use eventlog::embedded::scan::scan;
use eventlog::embedded::segment::SegmentHeader;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let place = Place { log_id: 7, segment: 0 };
    let from = SegmentHeader::read(place, bytes).map_or(0, |(_, length)| length);
    let found = scan(place, bytes, from, bytes.len());
    assert!(found.end <= bytes.len() as u64);
    let mut records = BlockCursor::new(Bytes::copy_from_slice(bytes), 5, 1_000, 0);
    while let Ok(Some(stored)) = records.next() {
        assert!((5..1_000).contains(&stored.offset.0));
    }
    let mut records = BlockCursor::new(Bytes::copy_from_slice(bytes), 5, 1_000, 0);
    if records.skip_to(50).is_ok() {
        if let Ok(Some(stored)) = records.next() {
            assert!(stored.offset.0 >= 50);
        }
    }
});
