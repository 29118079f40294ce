//! Bytes changed in the files: nothing wrong is ever read, and what is lost is named.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use eventlog::embedded::finding::{Finding, Span};
use eventlog::embedded::{EmbeddedLog, OpenError, Options, open, open_read_only};
use eventlog::{
    Cleanup, Log, LogReader, ManualClock, Offset, Partition, ReadError, Record, Topic, TopicSpec,
    WriterName,
};

const TOPICS: [&str; 2] = ["calls", "commands"];
const PARTITIONS: u32 = 2;

fn specs() -> Vec<TopicSpec> {
    let cleanup = Cleanup { compact: false, retention: None };
    let spec = |name| TopicSpec { topic: Topic::new(name), partitions: PARTITIONS, cleanup };
    TOPICS.map(spec).to_vec()
}

fn try_open(dir: &Path) -> Result<Arc<EmbeddedLog>, OpenError> {
    // No small blocks: the cleaner leaves the segments alone unless it is told.
    let options = Options { segment_bytes: 1_500, small_block_bytes: 0, ..Options::default() };
    open(dir, specs(), "test", Arc::new(ManualClock::at(0)), options)
}

fn record(topic: &str, partition: u32, value: &str) -> Record {
    Record {
        topic: Topic::new(topic),
        partition: Partition(partition),
        key: Bytes::from_static(b"key"),
        value: Some(Bytes::copy_from_slice(value.as_bytes())),
        headers: Vec::new(),
    }
}

/// The value that stands at an offset: whoever reads can tell whether it is the right one.
fn value(topic: &str, partition: u32, offset: u64) -> String {
    format!("{topic} {partition} {offset} {}", "x".repeat(40))
}

/// Commits of one record to each partition of each topic, over several segments; the last is not
/// closed.
async fn fill(dir: &Path, commits: u64) {
    let log = try_open(dir).expect("opens");
    let mut writer = log.writer(&WriterName("w".to_owned())).await.expect("opens");
    for offset in 0..commits {
        let places = TOPICS.iter().flat_map(|topic| (0..PARTITIONS).map(move |p| (*topic, p)));
        let records = places.map(|(topic, p)| record(topic, p, &value(topic, p, offset))).collect();
        writer.commit(records).await.expect("commits");
    }
    log.abandon();
}

fn segments(dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).expect("reads").map(|entry| entry.expect("reads").path());
    let mut found: Vec<_> =
        entries.filter(|path| path.extension().is_some_and(|e| e == "seg")).collect();
    found.sort();
    found
}

/// Reads a partition past its damage. Panics on a record that is not right; gives the offsets that
/// were read and the ranges that were told as damaged.
async fn read_past(log: &dyn LogReader, topic: &str, p: u32) -> (Vec<u64>, Vec<(u64, u64)>) {
    let (name, partition) = (Topic::new(topic), Partition(p));
    let mut reader = log.reader(&name, partition, Offset(0)).await.expect("opens");
    let (mut read, mut skipped) = (Vec::new(), Vec::new());
    loop {
        match reader.next_if_any(3).await {
            Ok(batch) if batch.records.is_empty() => return (read, skipped),
            Ok(batch) => {
                for stored in batch.records {
                    let expected = value(topic, p, stored.offset.0);
                    assert_eq!(stored.value.as_deref(), Some(expected.as_bytes()));
                    read.push(stored.offset.0);
                }
            }
            Err(ReadError::Damaged { topic: t, partition: at, offset, .. }) => {
                assert_eq!(
                    (t, at, offset),
                    (name.clone(), partition, reader.position().max(offset))
                );
                let again = reader.next_if_any(3).await;
                assert!(matches!(again, Err(ReadError::Damaged { .. })), "it stays where it is");
                let (from, to) = reader.skip_damage().await.expect("skips");
                assert!(from <= offset && offset < to, "{from:?} {offset:?} {to:?}");
                skipped.push((offset.0, to.0));
            }
            Err(ReadError::Log(error)) => panic!("{error}"),
        }
    }
}

/// Asserts that every record is read or named as damaged or, at the very end of a segment that was
/// not closed, moved aside as a torn frame. Gives how many are not read.
async fn assert_honest(
    log: &dyn LogReader,
    findings: &[Finding],
    commits: u64,
    what: &str,
) -> usize {
    let mut missing = 0;
    let torn = findings.iter().any(|finding| matches!(finding, Finding::Torn { .. }));
    for topic in TOPICS {
        for p in 0..PARTITIONS {
            let (read, skipped) = read_past(log, topic, p).await;
            assert!(read.is_sorted_by(|a, b| a < b), "{what}");
            for offset in (0..commits).filter(|offset| !read.contains(offset)) {
                missing += 1;
                let told = skipped.iter().any(|(from, to)| (*from..*to).contains(&offset));
                assert!(told || torn, "{what}: {topic} {p} {offset} is lost without a word");
            }
        }
    }
    missing
}

#[tokio::test]
async fn a_changed_byte_anywhere_is_told_and_costs_little() {
    let dir = tempfile::tempdir().expect("a directory");
    fill(dir.path(), 16).await;
    let all = segments(dir.path());
    assert!(all.len() >= 3, "several segments: {}", all.len());
    let (mut damaged, mut harmless) = (0, 0);
    for (at, path) in all.iter().enumerate() {
        let whole = std::fs::read(path).expect("reads");
        let is_last = at + 1 == all.len();
        for place in (0..whole.len()).step_by(11) {
            let mut changed = whole.clone();
            changed[place] ^= 1 << (place % 8);
            std::fs::write(path, &changed).expect("writes");
            let log = open_read_only(dir.path()).expect("opens");
            let what = format!("{} byte {place}", path.display());
            let missing = assert_honest(&*log, log.findings(), 16, &what).await;
            // A frame has one record of each of the four partitions.
            assert!(missing <= 4, "{what}: one byte costs {missing} records");
            if !is_last {
                let torn = |finding: &Finding| matches!(finding, Finding::Torn { .. });
                assert!(!log.findings().iter().any(torn), "{what}: a closed segment is not torn");
            }
            if missing > 0 { damaged += 1 } else { harmless += 1 }
        }
        std::fs::write(path, &whole).expect("writes");
    }
    // Headers and footers can be done without; blocks and tables of contents cannot.
    assert!(damaged > 100 && harmless > 100, "{damaged} {harmless}");
    let log = open_read_only(dir.path()).expect("opens");
    assert_eq!((log.findings(), assert_honest(&*log, &[], 16, "whole").await), (&[][..], 0));
}

#[tokio::test]
async fn a_log_with_damage_goes_on_and_keeps_the_bytes() {
    let dir = tempfile::tempdir().expect("a directory");
    fill(dir.path(), 16).await;
    let path = segments(dir.path()).swap_remove(0);
    let mut bytes = std::fs::read(&path).expect("reads");
    // In the blocks of the second frame; its table of contents is also in the footer.
    let middle = bytes.len() * 2 / 5;
    bytes[middle..middle + 30].fill(0xaa);
    std::fs::write(&path, &bytes).expect("writes");
    let log = try_open(dir.path()).expect("opens");
    let lost = assert_honest(&*log, log.findings(), 16, "damaged").await;
    assert!((1..=8).contains(&lost), "{lost}");
    let appender = log.appender().expect("an open log has an appender");
    let told = appender.append(vec![record("calls", 0, &value("calls", 0, 16))]).await;
    assert_eq!(told.expect("becomes durable"), [Offset(16)]);
    // The cleaner may refuse or leave it, but it keeps what is damaged.
    let _ = log.clean_now().await;
    assert_eq!(std::fs::read(&path).expect("is kept"), bytes);
    assert_eq!(assert_honest(&*log, log.findings(), 16, "cleaned").await, lost);
    log.close().await;
    let log = open_read_only(dir.path()).expect("opens");
    assert_eq!(assert_honest(&*log, log.findings(), 16, "reopened").await, lost);
}

/// Takes a whole segment away.
fn lose(path: &Path, how: &str) {
    match how {
        "is missing" => std::fs::remove_file(path).expect("removes"),
        "is empty" => std::fs::write(path, b"").expect("empties"),
        _ => {
            let bytes = std::fs::metadata(path).expect("is there").len();
            std::fs::write(path, vec![0; usize::try_from(bytes).expect("few")]).expect("zeroes");
        }
    }
}

#[tokio::test]
async fn a_lost_segment_is_refused_with_names_and_read_up_to_it() {
    for how in ["is missing", "is empty", "has nothing readable in it"] {
        for (which, orderly) in [(0, false), (1, false), (usize::MAX, false), (usize::MAX, true)] {
            let dir = tempfile::tempdir().expect("a directory");
            fill(dir.path(), 16).await;
            if orderly {
                try_open(dir.path()).expect("opens").close().await;
            }
            let all = segments(dir.path());
            let which = which.min(all.len() - 1);
            let whole = std::fs::read(&all[which]).expect("reads");
            lose(&all[which], how);
            let what = format!("segment {which} of {} {how}, closed: {orderly}", all.len());

            let refused = try_open(dir.path()).err().expect("a log with a hole is refused");
            let sentence = refused.to_string();
            let file = format!("{} {how}, it held ", all[which].display());
            assert!(sentence.contains(&file), "{what}: {sentence}");
            let OpenError::Lost { lost } = refused else { panic!("{what}: {sentence}") };
            let [lost] = &lost[..] else { panic!("{what}: {lost:?}") };
            let named = |topic: &str, p| {
                let of = |span: &&Span| span.topic.as_str() == topic && span.partition.0 == p;
                lost.spans.iter().find(of).cloned().unwrap_or_else(|| panic!("{what}: {topic} {p}"))
            };

            let log = open_read_only(dir.path()).expect("can be looked at");
            assert_eq!(log.lost().map(|lost| lost.to_string()), Some(sentence), "{what}");
            for (topic, p) in TOPICS.iter().flat_map(|topic| [(*topic, 0), (*topic, 1)]) {
                let span = named(topic, p);
                let (read, skipped) = read_past(&*log, topic, p).await;
                let at_end = which + 1 == all.len();
                assert_eq!(span.to == Span::NOBODY_KNOWS, at_end, "{what}");
                assert_eq!(skipped.first().map(|(from, _)| *from), Some(span.from.0), "{what}");
                let left = (0..16).filter(|at| !(span.from.0..span.to.0).contains(at));
                assert_eq!(read, left.collect::<Vec<_>>(), "{what}: {topic} {p}");
            }
            drop(log);

            std::fs::write(&all[which], whole).expect("puts the backup back");
            let log = try_open(dir.path()).expect("opens again");
            assert_eq!((log.findings(), read_past(&*log, "calls", 1).await.0.len()), (&[][..], 16));
        }
    }
}

#[tokio::test]
async fn a_torn_tail_is_moved_aside_once_and_told() {
    let dir = tempfile::tempdir().expect("a directory");
    fill(dir.path(), 16).await;
    let path = segments(dir.path()).pop().expect("a segment");
    let bytes = std::fs::read(&path).expect("reads");
    std::fs::write(&path, &bytes[..bytes.len() - 5]).expect("writes");
    let log = open_read_only(dir.path()).expect("opens");
    assert!(
        matches!(log.findings(), [Finding::Torn { moved_to: None, .. }]),
        "{:?}",
        log.findings()
    );
    drop(log);
    assert_eq!(std::fs::read(&path).expect("reads").len(), bytes.len() - 5, "reading cuts nothing");
    let log = try_open(dir.path()).expect("opens");
    let [Finding::Torn { moved_to: Some(aside), spans, .. }] = log.findings() else {
        panic!("{:?}", log.findings())
    };
    assert_eq!(spans.len(), 4);
    let kept = std::fs::read(aside).expect("is kept");
    assert!(bytes.windows(kept.len()).any(|window| window == kept));
    for topic in TOPICS {
        let appender = log.appender().expect("an open log has an appender");
        let again = record(topic, 1, &value(topic, 1, 15));
        assert_eq!(appender.append(vec![again]).await.expect("becomes durable"), [Offset(15)]);
    }
    log.abandon();
    let log = try_open(dir.path()).expect("opens");
    assert_eq!(log.findings(), []);
    for (topic, p, end) in [("calls", 0, 15), ("calls", 1, 16), ("commands", 1, 16)] {
        assert_eq!(read_past(&*log, topic, p).await, ((0..end).collect(), vec![]));
    }
}

#[tokio::test]
async fn records_that_look_like_frames_are_not_taken_for_frames() {
    let dir = tempfile::tempdir().expect("a directory");
    fill(dir.path(), 2).await;
    let path = segments(dir.path()).pop().expect("a segment");
    // The bytes of the log itself as the content of a record.
    let bytes = std::fs::read(&path).expect("reads");
    let clock = Arc::new(ManualClock::at(0));
    let log = open(dir.path(), specs(), "test", clock, Options::default()).expect("opens");
    let appender = log.appender().expect("an open log has an appender");
    let nested = Record { value: Some(bytes.clone().into()), ..record("calls", 0, "") };
    appender.append(vec![nested]).await.expect("becomes durable");
    log.abandon();
    let path = segments(dir.path()).pop().expect("a segment");
    let mut changed = std::fs::read(&path).expect("reads");
    // The header of the frame around it is gone: only the frames inside are left to be found.
    changed[bytes.len()..bytes.len() + 60].fill(0);
    std::fs::write(&path, &changed).expect("writes");
    let log = open_read_only(dir.path()).expect("opens");
    let (read, _) = read_past(&*log, "calls", 1).await;
    assert!(read.len() <= 3, "{read:?}");
    assert!(
        log.findings().iter().any(|f| matches!(f, Finding::Torn { .. })),
        "{:?}",
        log.findings()
    );
}

#[tokio::test]
async fn wrong_directories_are_refused_with_a_sentence() {
    let dir = tempfile::tempdir().expect("a directory");
    assert!(matches!(open_read_only(dir.path()).err(), Some(OpenError::Absent { .. })));
    fill(dir.path(), 1).await;
    let clock = Arc::new(ManualClock::at(0));
    let other = open(dir.path(), specs(), "registry", clock.clone(), Options::default());
    let sentence = other.err().expect("another id space").to_string();
    assert!(sentence.contains("id space \"test\", not in \"registry\""), "{sentence}");
    let mut more = specs();
    more[0].partitions = 3;
    let other = open(dir.path(), more, "test", clock, Options::default());
    let sentence = other.err().expect("other partitions").to_string();
    assert!(sentence.contains("topic calls has 2 partitions, not 3"), "{sentence}");
    for (file, from, to, expected) in [
        ("IDENTITY", "\"format_version\":1", "\"format_version\":2", "has format version 2"),
        ("IDENTITY", "{", "<", "is damaged"),
        ("MANIFEST", "calls", "cells", "is damaged"),
    ] {
        let path = dir.path().join(file);
        let whole = std::fs::read_to_string(&path).expect("reads");
        std::fs::write(&path, whole.replacen(from, to, 1)).expect("writes");
        for error in [try_open(dir.path()).err(), open_read_only(dir.path()).err()] {
            let sentence = error.expect("is refused").to_string();
            assert!(sentence.contains(expected), "{sentence}");
        }
        std::fs::write(&path, whole).expect("writes");
    }
    assert!(try_open(dir.path()).is_ok());
}

#[tokio::test]
async fn one_process_writes_or_several_read() {
    let dir = tempfile::tempdir().expect("a directory");
    let log = try_open(dir.path()).expect("opens");
    let pid = std::process::id().to_string();
    for error in [try_open(dir.path()).err(), open_read_only(dir.path()).err()] {
        let sentence = error.expect("is held").to_string();
        assert!(sentence.contains(&format!("is held by process {pid}:")), "{sentence}");
    }
    log.close().await;
    let one = open_read_only(dir.path()).expect("opens");
    let two = open_read_only(dir.path()).expect("opens beside another reader");
    assert!(matches!(try_open(dir.path()).err(), Some(OpenError::BeingRead { .. })));
    drop((one, two));
    try_open(dir.path()).expect("opens when the readers are gone");
}

#[tokio::test]
async fn topics_may_be_added_and_left_out() {
    let dir = tempfile::tempdir().expect("a directory");
    fill(dir.path(), 4).await;
    let clock = Arc::new(ManualClock::at(0));
    let mut more = specs();
    more[0].topic = Topic::new("new");
    let log = open(dir.path(), more, "test", clock, Options::default()).expect("opens");
    let appender = log.appender().expect("an open log has an appender");
    let told = appender.append(vec![record("new", 1, "v")]).await.expect("becomes durable");
    assert_eq!(told, [Offset(0)]);
    log.clean_now().await.expect("cleans");
    log.close().await;
    let log = try_open(dir.path()).expect("opens");
    assert_eq!(assert_honest(&*log, log.findings(), 4, "topics").await, 0);
}
