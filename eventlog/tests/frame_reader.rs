//! The frame reader takes any bytes: what is not right is refused, never a panic, never a frame
//! that was not written.

use eventlog::embedded::format::Place;
use eventlog::embedded::frame::Frame;
use eventlog::embedded::scan::scan;
use eventlog::embedded::segment::SegmentHeader;
use eventlog::embedded::{BlockCursor, Options, open};
use eventlog::{Cleanup, Log, ManualClock, Partition, Record, Topic, TopicSpec};
use proptest::prelude::*;
use std::sync::Arc;

/// A segment as the log writes it, and its place.
fn segment() -> (Place, Vec<u8>) {
    let dir = tempfile::tempdir().expect("a directory");
    let cleanup = Cleanup { compact: false, retention: None };
    let topics = vec![TopicSpec { topic: Topic::new("t"), partitions: 2, cleanup }];
    let clock = Arc::new(ManualClock::at(0));
    let log = open(dir.path(), topics, "test", clock, Options::default()).expect("opens");
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    for n in 0..6_u32 {
        let value = Some(vec![7; 20].into());
        let (key, headers, partition) = ("k".into(), Vec::new(), Partition(n % 2));
        let record = Record { topic: Topic::new("t"), partition, key, value, headers };
        let appender = log.appender().expect("an open log has an appender");
        runtime.block_on(appender.append(vec![record])).expect("becomes durable");
    }
    log.abandon();
    let id = eventlog::LogReader::identity(&*log).log_id.clone();
    let log_id = u128::from_str_radix(&id, 16).expect("an id is hexadecimal");
    let bytes = std::fs::read(dir.path().join("0000000000.seg")).expect("reads");
    (Place { log_id, segment: 0 }, bytes)
}

/// Reads everything that can be read, and asserts what a reader relies on.
fn read(place: Place, bytes: &[u8]) {
    let from = SegmentHeader::read(place, bytes).map_or(0, |(_, length)| length);
    assert!(from <= bytes.len());
    let found = scan(place, bytes, from, bytes.len());
    assert!(found.end <= bytes.len() as u64);
    for entry in &found.entries {
        let at = usize::try_from(entry.place).expect("fits");
        let Some(block) = bytes.get(at..at + entry.bytes as usize) else { continue };
        if crc32c::crc32c(block) == entry.checksum {
            let block = bytes::Bytes::copy_from_slice(block);
            let mut records = BlockCursor::new(block, entry.base, entry.end, entry.time_ms);
            while let Ok(Some(stored)) = records.next() {
                assert!((entry.base..entry.end).contains(&stored.offset.0));
            }
        }
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_no_frames(bytes in proptest::collection::vec(any::<u8>(), 0..400), at in 0..400_usize) {
        let place = Place { log_id: 7, segment: 0 };
        prop_assert_eq!(Frame::read(place, &bytes, at), None);
        read(place, &bytes);
    }

    #[test]
    fn bytes_after_a_frames_magic_are_no_frame(rest in proptest::collection::vec(any::<u8>(), 0..400)) {
        let bytes = [b"FRAM".to_vec(), rest].concat();
        prop_assert_eq!(Frame::read(Place { log_id: 7, segment: 0 }, &bytes, 0), None);
    }
}

#[test]
fn a_changed_segment_is_read_without_a_panic_and_gives_no_new_entries() {
    let (place, bytes) = segment();
    let from = SegmentHeader::read(place, &bytes).expect("a header").1;
    let whole = scan(place, &bytes, from, bytes.len());
    assert_eq!((whole.entries.len(), whole.frames, &whole.torn), (6, 6, &None));
    for at in 0..bytes.len() {
        for change in [0x01, 0x80, 0xff] {
            let mut changed = bytes.clone();
            changed[at] ^= change;
            read(place, &changed);
            let found = scan(place, &changed, from, changed.len());
            assert!(found.entries.iter().all(|entry| whole.entries.contains(entry)), "byte {at}");
        }
        read(place, &bytes[at..]);
        read(place, &bytes[..at]);
    }
}

#[test]
fn a_frame_of_another_log_segment_or_place_is_no_frame() {
    let (place, bytes) = segment();
    let from = SegmentHeader::read(place, &bytes).expect("a header").1;
    assert!(Frame::read(place, &bytes, from).is_some());
    let other_log = Place { log_id: place.log_id + 1, ..place };
    let other_segment = Place { segment: 1, ..place };
    assert_eq!(Frame::read(other_log, &bytes, from), None);
    assert_eq!(Frame::read(other_segment, &bytes, from), None);
    assert_eq!(Frame::read(place, &bytes[1..], from - 1), None);
}

/// A frame without blocks whose checksums are right.
fn empty_frame(place: Place, number: u64) -> Vec<u8> {
    let mut file = b"FRAM".to_vec();
    file.extend_from_slice(&0_u32.to_le_bytes());
    file.extend_from_slice(&40_u64.to_le_bytes());
    file.extend_from_slice(&number.to_le_bytes());
    file.extend_from_slice(&0_u64.to_le_bytes());
    file.extend_from_slice(&crc32c::crc32c(&[]).to_le_bytes());
    let crc = crc32c::crc32c(&place.log_id.to_le_bytes());
    let crc = crc32c::crc32c_append(crc, &place.segment.to_le_bytes());
    file.extend_from_slice(&crc32c::crc32c_append(crc, &file).to_le_bytes());
    file
}

#[test]
fn a_frame_after_which_none_can_be_counted_is_no_frame() {
    let place = Place { log_id: 7, segment: 0 };
    for (number, frames) in [(0, 1), (u64::MAX - 1, u64::MAX), (u64::MAX, 0)] {
        let file = empty_frame(place, number);
        assert_eq!(scan(place, &file, 0, file.len()).frames, frames, "number {number}");
    }
}
