//! The cleaner works in the background when its thresholds say so, and a crash at any moment of its
//! work loses nothing.

#[path = "support/injected_files.rs"]
#[allow(dead_code, reason = "each test program uses a part of it")]
mod injected_files;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use eventlog::embedded::finding::Finding;
use eventlog::embedded::{EmbeddedLog, Options, open_with};
use eventlog::{
    Cleanup, Log, LogReader, ManualClock, Offset, Partition, Record, Stored, Topic, TopicSpec,
};
use injected_files::{Call, Fault, InjectedFiles};

const TOPICS: [&str; 2] = ["plain", "compacted"];

fn record(topic: &str, key: &str, value: &str) -> Record {
    Record {
        topic: Topic::new(topic),
        partition: Partition(0),
        key: Bytes::copy_from_slice(key.as_bytes()),
        value: Some(Bytes::copy_from_slice(value.as_bytes())),
        headers: Vec::new(),
    }
}

fn options() -> Options {
    Options {
        segment_bytes: 2_000,
        compact_dirty_bytes: 1_000,
        small_block_bytes: 0,
        ..Options::default()
    }
}

fn open(
    files: &InjectedFiles,
    dir: &Path,
    clock: &ManualClock,
    options: Options,
) -> Arc<EmbeddedLog> {
    let spec = |name: &str| {
        let cleanup = Cleanup { compact: name == "compacted", retention: None };
        TopicSpec { topic: Topic::new(name), partitions: 1, cleanup }
    };
    let (files, clock) = (Arc::new(files.clone()), Arc::new(clock.clone()));
    open_with(files, dir, TOPICS.map(spec).to_vec(), "test", clock, options).expect("opens")
}

async fn append(log: &EmbeddedLog, records: Vec<Record>) {
    let appender = log.appender().expect("an open log has an appender");
    appender.append(records).await.expect("becomes durable");
}

async fn read(log: &EmbeddedLog, topic: &str) -> Vec<Stored> {
    let topic = Topic::new(topic);
    let mut reader = log.reader(&topic, Partition(0), Offset(0)).await.expect("opens");
    let mut all = Vec::new();
    loop {
        let batch = reader.next_if_any(100).await.expect("reads");
        if batch.records.is_empty() {
            return all;
        }
        all.extend(batch.records);
    }
}

fn newest(records: &[Stored]) -> HashMap<Bytes, Stored> {
    records.iter().map(|stored| (stored.key.clone(), stored.clone())).collect()
}

/// Several segments with versions of a few keys.
async fn fill(log: &EmbeddedLog) {
    for n in 0..30 {
        let value = format!("{n} {}", "x".repeat(100));
        let key = format!("key {}", n % 4);
        append(log, vec![record("compacted", &key, &value), record("plain", &key, &value)]).await;
    }
}

fn copy_dir(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).expect("reads").map(|entry| entry.expect("an entry")) {
        if entry.path().is_file() {
            std::fs::copy(entry.path(), to.join(entry.file_name())).expect("copies");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_at_every_moment_of_a_cleaning_loses_nothing() {
    let made = tempfile::tempdir().expect("a directory");
    let clock = ManualClock::at(0);
    // The first cleaning is the one that is killed.
    let quiet = Options { compact_dirty_bytes: u64::MAX, ..options() };
    let log = open(&InjectedFiles::new(), made.path(), &clock, quiet.clone());
    fill(&log).await;
    let (plain, compacted) = (read(&log, "plain").await, read(&log, "compacted").await);
    log.abandon();
    let (mut killed, mut orphans) = (0, 0);
    for changes in 0.. {
        let dir = tempfile::tempdir().expect("a directory");
        copy_dir(made.path(), dir.path());
        let files = InjectedFiles::new();
        let log = open(&files, dir.path(), &clock, quiet.clone());
        files.set_fault(Some(Fault::DeadAfter(changes)));
        let cleaned = log.clean_now().await;
        log.abandon();
        let log = open(&InjectedFiles::new(), dir.path(), &clock, quiet.clone());
        for finding in log.findings() {
            assert!(matches!(finding, Finding::Orphan { .. }), "after {changes}: {finding}");
            orphans += 1;
        }
        assert_eq!(read(&log, "plain").await, plain, "after {changes} changes");
        let left = read(&log, "compacted").await;
        assert_eq!(newest(&left), newest(&compacted), "after {changes} changes");
        assert!(left.iter().all(|stored| compacted.contains(stored)), "after {changes} changes");
        append(&log, vec![record("plain", "k", "after")]).await;
        assert_eq!(read(&log, "plain").await.len(), plain.len() + 1);
        log.abandon();
        if cleaned.is_ok()
            && left.len() == 4
            && files.take_calls().iter().any(|call| matches!(call, Call::Remove(_)))
        {
            break;
        }
        killed += 1;
    }
    assert!(killed > 20 && orphans > 5, "{killed} kills, {orphans} orphans");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn compaction_starts_by_itself() {
    let dir = tempfile::tempdir().expect("a directory");
    let log = open(&InjectedFiles::new(), dir.path(), &ManualClock::at(0), options());
    let waits = async {
        let mut offered = 0;
        loop {
            fill(&log).await;
            offered += 30;
            if read(&log, "compacted").await.len() < offered {
                return offered;
            }
        }
    };
    let offered = tokio::time::timeout(Duration::from_secs(180), waits).await.expect("compacts");
    assert_eq!(read(&log, "plain").await.len(), offered);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn few_keys_at_a_time_reach_the_same_end() {
    let dir = tempfile::tempdir().expect("a directory");
    let one_key = Options { compact_keys: 1, ..options() };
    let log = open(&InjectedFiles::new(), dir.path(), &ManualClock::at(0), one_key);
    fill(&log).await;
    let before = read(&log, "compacted").await;
    for _ in 0..12 {
        log.clean_now().await.expect("cleans");
    }
    let left = read(&log, "compacted").await;
    assert_eq!((left.len(), newest(&left)), (4, newest(&before)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quiet_log_drops_what_is_old_by_itself() {
    let (dir, clock) = (tempfile::tempdir().expect("a directory"), ManualClock::at(0));
    let often = Options { clean_every: Duration::from_millis(20), ..options() };
    let cleanup = Cleanup { compact: false, retention: Some(Duration::from_hours(1)) };
    let topics = vec![TopicSpec { topic: Topic::new("hour"), partitions: 1, cleanup }];
    let (files, moved) = (Arc::new(InjectedFiles::new()), Arc::new(clock.clone()));
    let log = open_with(files, dir.path(), topics, "test", moved, often).expect("opens");
    append(&log, vec![record("hour", "k", "old")]).await;
    clock.advance_ms(2 * 3_600_000);
    let waits = async {
        while !read(&log, "hour").await.is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(180), waits).await.expect("drops what is old");
    let ends = log.ends(&Topic::new("hour"), Partition(0)).await.expect("ends");
    assert_eq!((ends.start, ends.end), (Offset(1), Offset(1)));
}
