//! Whatever a crash leaves of the last frame, the reopened log is a prefix in whole commits.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use eventlog::embedded::{EmbeddedLog, Options, open};
use eventlog::{
    Cleanup, Log, LogReader, ManualClock, Offset, Partition, Record, Topic, TopicSpec, WriterName,
};
use proptest::prelude::*;

const PARTITIONS: u32 = 3;

fn topic() -> Topic {
    Topic::new("t")
}

fn open_log(dir: &Path) -> Arc<EmbeddedLog> {
    let cleanup = Cleanup { compact: false, retention: None };
    let topics = vec![TopicSpec { topic: topic(), partitions: PARTITIONS, cleanup }];
    // No small blocks: the cleaner leaves the segments alone.
    let options = Options { segment_bytes: 2_000, small_block_bytes: 0, ..Options::default() };
    open(dir, topics, "test", Arc::new(ManualClock::at(0)), options).expect("opens")
}

fn record(partition: u32, commit: usize, bytes: usize) -> Record {
    let value = format!("{commit} {}", "x".repeat(bytes));
    let (key, headers) = (Bytes::from_static(b"k"), Vec::new());
    Record {
        topic: topic(),
        partition: Partition(partition),
        key,
        value: Some(value.into()),
        headers,
    }
}

/// What a crash does to the bytes of the last frame that were not synced.
#[derive(Debug, Clone, Copy)]
enum Crash {
    /// Only the first part is there.
    Cut,
    /// The file has its length, but from some place on it holds zeros.
    Zeros,
    /// A piece in the middle was not written.
    Hole,
}

fn tear(path: &Path, last_frame: usize, place: usize, crash: Crash) {
    let mut bytes = std::fs::read(path).expect("reads");
    let at = last_frame + place % (bytes.len() - last_frame);
    match crash {
        Crash::Cut => bytes.truncate(at),
        Crash::Zeros => bytes[at..].fill(0),
        Crash::Hole => {
            let to = (at + 30).min(bytes.len());
            bytes[at..to].fill(0);
        }
    }
    std::fs::write(path, bytes).expect("writes");
}

async fn lanes(log: &EmbeddedLog) -> Vec<Vec<String>> {
    let mut lanes = Vec::new();
    for partition in 0..PARTITIONS {
        let mut reader =
            log.reader(&topic(), Partition(partition), Offset(0)).await.expect("opens");
        let batch = reader.next_if_any(100_000).await.expect("no damage, only a torn tail");
        let text =
            |value: Option<Bytes>| String::from_utf8_lossy(&value.unwrap_or_default()).into_owned();
        lanes.push(batch.records.into_iter().map(|stored| text(stored.value)).collect());
    }
    lanes
}

/// What the lanes hold after the first commits.
fn model(commits: &[Vec<(u32, usize)>]) -> Vec<Vec<String>> {
    let mut lanes = vec![Vec::new(); PARTITIONS as usize];
    for (number, commit) in commits.iter().enumerate() {
        for (partition, bytes) in commit {
            lanes[*partition as usize].push(format!("{number} {}", "x".repeat(*bytes)));
        }
    }
    lanes
}

type Commits = Vec<Vec<(u32, usize)>>;

fn commits() -> impl Strategy<Value = Commits> {
    let record = (0..PARTITIONS, 0..200_usize);
    proptest::collection::vec(proptest::collection::vec(record, 1..6), 1..12)
}

fn crash() -> impl Strategy<Value = Crash> {
    prop_oneof![Just(Crash::Cut), Just(Crash::Zeros), Just(Crash::Hole)]
}

fn newest_segment(dir: &Path) -> std::path::PathBuf {
    let entries = std::fs::read_dir(dir).expect("reads").map(|entry| entry.expect("reads").path());
    let segments = entries.filter(|path| path.extension().is_some_and(|e| e == "seg"));
    segments.max().expect("a log has a segment")
}

async fn check(commits: Commits, place: usize, crash: Crash) {
    let dir = tempfile::tempdir().expect("a directory");
    let log = open_log(dir.path());
    let mut writer = log.writer(&WriterName("w".to_owned())).await.expect("opens");
    let last = commits.len() - 1;
    let mut before_last = (newest_segment(dir.path()), 0);
    for (number, commit) in commits.iter().enumerate() {
        if number == last {
            // A segment is closed after the answer: this comes after that.
            log.writer(&WriterName("barrier".to_owned())).await.expect("opens");
            let path = newest_segment(dir.path());
            let bytes = std::fs::metadata(&path).expect("exists").len();
            before_last = (path, usize::try_from(bytes).expect("fits"));
        }
        let records = commit.iter().map(|(p, bytes)| record(*p, number, *bytes)).collect();
        writer.commit(records).await.expect("commits");
    }
    log.abandon();
    let (path, last_frame) = before_last;
    // When the last commit closed its segment, it was synced before what followed: no crash tears it.
    let torn = path == newest_segment(dir.path());
    if torn {
        tear(&path, last_frame, place, crash);
    }
    let log = open_log(dir.path());
    let found = lanes(&log).await;
    let (without, with) = (model(&commits[..last]), model(&commits));
    assert!(found == with || torn && found == without, "not a prefix in whole commits");
    // It goes on from there, and the next crash finds it as it is.
    let mut writer = log.writer(&WriterName("w".to_owned())).await.expect("opens");
    writer.commit(vec![record(0, 999, 3)]).await.expect("commits");
    log.abandon();
    let mut expected = found;
    expected[0].push("999 xxx".to_owned());
    let log = open_log(dir.path());
    assert_eq!((lanes(&log).await, log.findings()), (expected, &[][..]));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    #[test]
    fn a_reopened_log_is_a_prefix_in_whole_commits(
        commits in commits(),
        place in any::<prop::sample::Index>(),
        crash in crash(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(check(commits, place.index(1 << 20), crash));
    }
}

/// Every place at which the last frame of one log can be cut.
#[tokio::test]
async fn a_cut_at_every_byte_of_the_last_frame() {
    let dir = tempfile::tempdir().expect("a directory");
    let log = open_log(dir.path());
    let mut writer = log.writer(&WriterName("w".to_owned())).await.expect("opens");
    writer.commit(vec![record(0, 0, 50), record(1, 0, 50)]).await.expect("commits");
    let path = newest_segment(dir.path());
    let whole = usize::try_from(std::fs::metadata(&path).expect("exists").len()).expect("fits");
    writer
        .commit(vec![record(0, 1, 50), record(1, 1, 50), record(2, 1, 50)])
        .await
        .expect("commits");
    log.abandon();
    let bytes = std::fs::read(&path).expect("reads");
    for cut in whole..bytes.len() {
        std::fs::write(&path, &bytes[..cut]).expect("writes");
        let log = eventlog::embedded::open_read_only(dir.path()).expect("opens");
        for (partition, end) in [(0, 1), (1, 1), (2, 0)] {
            let ends = log.ends(&topic(), Partition(partition)).await.expect("ends");
            assert_eq!(ends.end, Offset(end), "cut at {cut}");
        }
        assert_eq!(log.findings().len(), usize::from(cut > whole), "cut at {cut}");
    }
}
