//! Durable means synced, and a disk that fails never makes the log lie.

#[path = "support/injected_files.rs"]
#[allow(dead_code, reason = "each test program uses a part of it")]
mod injected_files;

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use eventlog::embedded::{EmbeddedLog, Options, open_with};
use eventlog::{
    AppendFailure, Cleanup, CommitError, Log, LogError, LogReader, ManualClock, Offset, Partition,
    ReadError, Record, Topic, TopicSpec, WriterName,
};
use futures::FutureExt;
use injected_files::{Call, Fault, InjectedFiles};

fn topic() -> Topic {
    Topic::new("t")
}

fn record(partition: u32, value: &str) -> Record {
    let value = Some(Bytes::copy_from_slice(value.as_bytes()));
    let (key, headers) = (Bytes::from_static(b"k"), Vec::new());
    Record { topic: topic(), partition: Partition(partition), key, value, headers }
}

fn open_sized(files: &InjectedFiles, dir: &Path, segment_bytes: u64) -> Arc<EmbeddedLog> {
    let cleanup = Cleanup { compact: false, retention: None };
    let topics = vec![TopicSpec { topic: topic(), partitions: 2, cleanup }];
    let (files, clock) = (Arc::new(files.clone()), Arc::new(ManualClock::at(0)));
    let options = Options { segment_bytes, ..Options::default() };
    open_with(files, dir, topics, "test", clock, options).expect("opens")
}

fn open(files: &InjectedFiles, dir: &Path) -> Arc<EmbeddedLog> {
    open_sized(files, dir, 1 << 20)
}

async fn values(log: &EmbeddedLog, partition: u32) -> Vec<String> {
    let mut reader = log.reader(&topic(), Partition(partition), Offset(0)).await.expect("opens");
    let batch = reader.next_if_any(10_000).await.expect("reads");
    let text = |value: Option<Bytes>| String::from_utf8(value.expect("a value").to_vec());
    batch.records.into_iter().map(|stored| text(stored.value).expect("is text")).collect()
}

async fn append(log: &EmbeddedLog, records: Vec<Record>) -> Vec<Offset> {
    let appender = log.appender().expect("an open log has an appender");
    appender.append(records).await.expect("becomes durable")
}

async fn end(log: &EmbeddedLog, partition: u32) -> u64 {
    log.ends(&topic(), Partition(partition)).await.expect("ends").end.0
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_acknowledged_or_visible_before_its_sync() {
    let (dir, files) = (tempfile::tempdir().expect("a directory"), InjectedFiles::new());
    let log = open(&files, dir.path());
    files.take_calls();
    files.hold_syncs();
    let appender = log.appender().expect("an open log has an appender");
    let mut append =
        tokio::spawn(async move { appender.append(vec![record(0, "a"), record(1, "b")]).await });
    files.wait_for_a_held_sync();
    let calls = files.take_calls();
    assert!(matches!(&calls[..], [Call::Write(name, _)] if name == "0000000000.seg"), "{calls:?}");
    assert!((&mut append).now_or_never().is_none(), "acknowledged before the sync");
    assert_eq!((end(&log, 0).await, end(&log, 1).await), (0, 0), "visible before the sync");
    assert!(values(&log, 0).await.is_empty(), "readable before the sync");
    files.release_syncs();
    append.await.expect("the append ends").expect("becomes durable");
    assert_eq!(files.take_calls(), [Call::Sync("0000000000.seg".to_owned())]);
    assert_eq!((end(&log, 0).await, end(&log, 1).await), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_appends_share_one_sync() {
    let (dir, files) = (tempfile::tempdir().expect("a directory"), InjectedFiles::new());
    let log = open(&files, dir.path());
    files.hold_syncs();
    let appender = log.appender().expect("an open log has an appender");
    let first = appender.append(vec![record(0, "first")]);
    let (mut first, mut others) = (std::pin::pin!(first), Vec::new());
    assert!(first.as_mut().now_or_never().is_none());
    files.wait_for_a_held_sync();
    files.take_calls();
    for n in 0..20 {
        let mut other = Box::pin(appender.append(vec![record(n % 2, "other")]));
        assert!(other.as_mut().now_or_never().is_none(), "it waits for its sync");
        others.push(other);
    }
    files.release_syncs();
    first.await.expect("becomes durable");
    for other in others {
        other.await.expect("becomes durable");
    }
    let syncs = files.take_calls().iter().filter(|call| matches!(call, Call::Sync(_))).count();
    assert_eq!(syncs, 2, "one for the first, one for the twenty that came meanwhile");
}

/// The calls of one rotation, without lengths.
fn outline(calls: &[Call]) -> Vec<String> {
    let each = |call: &Call| match call {
        Call::Create(name) => format!("create {name}"),
        Call::Write(name, _) => format!("write {name}"),
        Call::Sync(name) => format!("sync {name}"),
        Call::SyncDir => "sync the directory".to_owned(),
        Call::Rename(from, to) => format!("rename {from} {to}"),
        Call::Remove(name) => format!("remove {name}"),
        Call::SetLen(name, _) => format!("cut {name}"),
    };
    calls.iter().map(each).collect()
}

#[tokio::test]
async fn a_new_segment_is_synced_with_its_name_before_it_is_used() {
    let (dir, files) = (tempfile::tempdir().expect("a directory"), InjectedFiles::new());
    let log = open_sized(&files, dir.path(), 400);
    let manifest = [
        "create MANIFEST.new",
        "write MANIFEST.new",
        "sync MANIFEST.new",
        "rename MANIFEST.new MANIFEST",
        "sync the directory",
    ];
    let identity = manifest.map(|line| line.replace("MANIFEST", "IDENTITY"));
    let begun =
        |n: u32| ["create", "write", "sync"].map(|what| format!("{what} {n:010}.seg")).to_vec();
    let dir_synced = vec!["sync the directory".to_owned()];
    let manifest = manifest.map(str::to_owned);
    let expected = [&identity[..], &begun(0), &dir_synced, &manifest].concat();
    assert_eq!(outline(&files.take_calls()), expected);
    append(&log, vec![record(0, &"x".repeat(400))]).await;
    append(&log, vec![record(0, "y")]).await;
    let frame = |n: u32| ["write", "sync"].map(|what| format!("{what} {n:010}.seg"));
    let expected =
        [&frame(0)[..], &begun(1), &dir_synced, &frame(0), &manifest, &frame(1)].concat();
    let calls = outline(&files.take_calls());
    assert_eq!(calls[..expected.len().min(calls.len())], expected);
}

#[tokio::test]
async fn a_new_directory_is_synced_in_the_one_above_it() {
    let (dir, files) = (tempfile::tempdir().expect("a directory"), InjectedFiles::new());
    let _log = open(&files, &dir.path().join("new/log"));
    let calls = files.take_calls();
    assert_eq!(calls[..2], [Call::SyncDir, Call::SyncDir], "one for each new directory");
}

#[tokio::test]
async fn a_full_disk_cuts_the_frame_and_the_log_goes_on() {
    let (dir, files) = (tempfile::tempdir().expect("a directory"), InjectedFiles::new());
    let log = open(&files, dir.path());
    let mut writer = log.writer(&WriterName("w".to_owned())).await.expect("opens");
    writer.commit(vec![record(0, "before")]).await.expect("commits");
    for room in [0, 1, 39, 40, 104, 150] {
        files.set_fault(Some(Fault::Room(room)));
        let full = writer.commit(vec![record(0, &"x".repeat(100)), record(1, "y")]).await;
        assert!(matches!(full, Err(CommitError::Retry(_))), "{full:?}");
        let appender = log.appender().expect("an open log has an appender");
        let full = appender.append(vec![record(1, "z")]).await.expect_err("the disk is full");
        assert!(matches!(full.cause, AppendFailure::Retry(_)), "{full}");
        assert_eq!(full.not_durable, [record(1, "z")]);
        assert_eq!((end(&log, 0).await, end(&log, 1).await), (1, 0));
    }
    assert_eq!(values(&log, 0).await, ["before"]);
    files.set_fault(None);
    let told = writer.commit(vec![record(0, "after"), record(1, "y")]).await.expect("has space");
    assert_eq!(told, [Offset(1), Offset(0)]);
    log.abandon();
    let log = open(&files, dir.path());
    assert_eq!(log.findings(), []);
    assert_eq!(
        (values(&log, 0).await, values(&log, 1).await.len()),
        (vec!["before".into(), "after".into()], 1)
    );
}

#[tokio::test]
async fn without_space_for_the_next_segment_this_one_grows_on() {
    let (dir, files) = (tempfile::tempdir().expect("a directory"), InjectedFiles::new());
    let log = open_sized(&files, dir.path(), 400);
    files.set_fault(Some(Fault::NoNewFiles));
    for n in 0..10 {
        append(&log, vec![record(0, &format!("{n} {}", "x".repeat(300)))]).await;
    }
    assert!(!dir.path().join("0000000001.seg").exists());
    files.set_fault(None);
    append(&log, vec![record(0, "last")]).await;
    append(&log, vec![record(0, "in the next")]).await;
    log.close().await;
    assert!(dir.path().join("0000000001.seg").exists());
    let log = open(&files, dir.path());
    assert_eq!((log.findings(), values(&log, 0).await.len()), (&[][..], 12));
}

#[tokio::test]
async fn without_space_for_the_footer_this_segment_grows_on() {
    let (dir, files) = (tempfile::tempdir().expect("a directory"), InjectedFiles::new());
    let log = open_sized(&files, dir.path(), 800);
    let long = "x".repeat(300);
    append(&log, vec![record(0, &long)]).await;
    // Room for the frame and the next segment's header, not for the footer.
    files.set_fault(Some(Fault::Room(412 + 80 + 20)));
    append(&log, vec![record(0, &long)]).await;
    append_fails(&log).await;
    files.set_fault(None);
    append(&log, vec![record(0, "after")]).await;
    log.abandon();
    let log = open(&files, dir.path());
    assert_eq!((log.findings(), values(&log, 0).await.len()), (&[][..], 3));
}

async fn append_fails(log: &EmbeddedLog) {
    let appender = log.appender().expect("an open log has an appender");
    let full = appender.append(vec![record(0, "x")]).await.expect_err("the disk is full");
    assert!(matches!(full.cause, AppendFailure::Retry(_)), "{full}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_sync_stops_the_log_until_it_is_reopened() {
    let (dir, files) = (tempfile::tempdir().expect("a directory"), InjectedFiles::new());
    let log = open(&files, dir.path());
    append(&log, vec![record(0, "before")]).await;
    let mut writer = log.writer(&WriterName("w".to_owned())).await.expect("opens");
    let mut follower = log.reader(&topic(), Partition(0), Offset(1)).await.expect("opens");
    let following = tokio::spawn(async move { follower.next(1).await });
    files.set_fault(Some(Fault::SyncBroken));
    let unknown = writer.commit(vec![record(0, "lost"), record(1, "lost")]).await;
    assert!(matches!(unknown, Err(CommitError::Unknown(_))), "{unknown:?}");
    files.set_fault(None);
    let stopped = writer.commit(vec![record(0, "later")]).await;
    assert!(matches!(stopped, Err(CommitError::Log(LogError::Stopped(_)))), "{stopped:?}");
    assert!(matches!(log.appender().err(), Some(LogError::Stopped(_))));
    assert!(log.writer(&WriterName("w".to_owned())).await.is_err());
    let told = following.await.expect("the follower ends");
    assert!(matches!(told, Err(ReadError::Log(LogError::Stopped(_)))), "{told:?}");
    assert_eq!(values(&log, 0).await, ["before"], "what was durable stays readable");
    log.abandon();
    let log = open(&files, dir.path());
    assert_eq!(values(&log, 0).await, ["before"]);
    assert_eq!(append(&log, vec![record(0, "after")]).await, [Offset(1)]);
}

#[tokio::test]
async fn a_broken_write_stops_the_log_and_writes_nothing() {
    let (dir, files) = (tempfile::tempdir().expect("a directory"), InjectedFiles::new());
    let log = open(&files, dir.path());
    let mut writer = log.writer(&WriterName("w".to_owned())).await.expect("opens");
    files.set_fault(Some(Fault::WriteBroken));
    let broken = writer.commit(vec![record(0, "x")]).await;
    assert!(matches!(broken, Err(CommitError::Log(LogError::Stopped(_)))), "{broken:?}");
    files.set_fault(None);
    log.abandon();
    assert!(values(&open(&files, dir.path()), 0).await.is_empty());
}

#[tokio::test]
async fn after_a_crash_the_last_frame_is_written_and_synced_again_before_it_is_shown() {
    let (dir, files) = (tempfile::tempdir().expect("a directory"), InjectedFiles::new());
    let log = open(&files, dir.path());
    append(&log, vec![record(0, "a")]).await;
    append(&log, vec![record(0, "b")]).await;
    files.take_calls();
    log.abandon();
    let log = open(&files, dir.path());
    let expected = ["write 0000000000.seg", "sync 0000000000.seg"];
    assert_eq!(outline(&files.take_calls()), expected);
    assert_eq!(values(&log, 0).await, ["a", "b"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cleaning_syncs_the_new_segment_before_the_old_ones_go() {
    let (dir, files) = (tempfile::tempdir().expect("a directory"), InjectedFiles::new());
    let log = open(&files, dir.path());
    append(&log, vec![record(0, "a")]).await;
    append(&log, vec![record(0, "b")]).await;
    log.clean_now().await.expect("cleans");
    let calls = outline(&files.take_calls());
    let at = |line: &str| {
        calls.iter().position(|call| call == line).unwrap_or_else(|| panic!("{line}: {calls:?}"))
    };
    let last_sync =
        calls.iter().rposition(|call| call == "sync 0000000002.seg").expect("is synced");
    let renamed =
        calls.iter().rposition(|call| call.starts_with("rename MANIFEST")).expect("is named");
    assert!(last_sync < renamed && renamed + 1 < at("remove 0000000000.seg"), "{calls:?}");
    assert_eq!(calls[renamed + 1], "sync the directory");
    assert_eq!(values(&log, 0).await, ["a", "b"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cleaning_without_space_changes_nothing() {
    let (dir, files) = (tempfile::tempdir().expect("a directory"), InjectedFiles::new());
    let log = open(&files, dir.path());
    for n in 0..3 {
        append(&log, vec![record(0, &n.to_string())]).await;
    }
    log.clean_now().await.expect("cleans");
    append(&log, vec![record(0, "3")]).await;
    // The growing segment is closed first: room for that, not for the rewriting.
    files.set_fault(Some(Fault::Room(700)));
    assert!(log.clean_now().await.is_err());
    files.set_fault(None);
    assert_eq!(values(&log, 0).await, ["0", "1", "2", "3"]);
    log.clean_now().await.expect("cleans when there is space");
    log.abandon();
    let log = open(&files, dir.path());
    assert_eq!(values(&log, 0).await, ["0", "1", "2", "3"]);
}
