//! A real size limit, in a child process: this program starts itself, once under a limit on file
//! sizes and, where the system lets an ordinary user make one, once on a file system of 2 MiB.
//!
//! It has its own `main`, so that the child is the same program with arguments and needs no
//! environment.

use std::path::Path;
use std::process::{Command, ExitCode};
use std::sync::Arc;

use bytes::Bytes;
use eventlog::embedded::{EmbeddedLog, Options, open};
use eventlog::{
    AppendFailure, Cleanup, CommitError, Log, LogReader, ManualClock, Offset, Partition, Record,
    Topic, TopicSpec, WriterName,
};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// How large a file may become under the limit.
const FILE_BYTES_MAX: u64 = 300_000;

/// What the child's last line says when everything held.
const HELD: &str = "the full disk was survived";

fn topic() -> Topic {
    Topic::new("t")
}

fn record(partition: u32, value: &str) -> Record {
    let value = Some(Bytes::copy_from_slice(value.as_bytes()));
    let (key, headers) = (Bytes::from_static(b"k"), Vec::new());
    Record { topic: topic(), partition: Partition(partition), key, value, headers }
}

fn open_log(dir: &Path) -> Arc<EmbeddedLog> {
    let cleanup = Cleanup { compact: false, retention: None };
    let topics = vec![TopicSpec { topic: topic(), partitions: 2, cleanup }];
    open(dir, topics, "test", Arc::new(ManualClock::at(0)), Options::default()).expect("opens")
}

async fn count(log: &EmbeddedLog, partition: u32) -> usize {
    let mut reader = log.reader(&topic(), Partition(partition), Offset(0)).await.expect("opens");
    let (mut records, mut batch) = (0, 1);
    while batch > 0 {
        batch = reader.next_if_any(1_000).await.expect("reads").records.len();
        records += batch;
    }
    records
}

/// Commits until the disk is full, makes room, and goes on.
async fn fill_and_go_on(dir: &Path, make_room: impl FnOnce()) {
    let log = open_log(dir);
    log.ready().await.expect("an open log is ready");
    let mut writer = log.writer(&WriterName("w".to_owned())).await.expect("opens");
    let commit = || vec![record(0, &"x".repeat(7_000)), record(1, "y")];
    let mut committed = 0;
    let refused = loop {
        match writer.commit(commit()).await {
            Ok(_) => committed += 1,
            Err(error) => break error,
        }
        assert!(committed < 10_000, "the limit is never met");
    };
    assert!(matches!(refused, CommitError::Retry(_)), "{refused:?}");
    println!("full after {committed} commits: {refused}");
    let appender = log.appender().expect("an open log has an appender");
    let refused = appender.append(commit()).await.expect_err("is full");
    assert!(matches!(refused.cause, AppendFailure::Retry(_)), "{refused}");
    assert_eq!((count(&log, 0).await, count(&log, 1).await), (committed, committed));
    for _ in 0..2 {
        let told = log.ready().await.expect_err("a full log is not ready").to_string();
        assert!(told.contains("until there is space") && told.contains(".seg"), "{told}");
    }
    make_room();
    log.ready().await.expect("is ready as soon as there is space, before anything is appended");
    for _ in 0..5 {
        writer.commit(commit()).await.expect("there is space again");
    }
    log.abandon();
    let log = open_log(dir);
    assert_eq!(log.findings(), []);
    assert_eq!((count(&log, 0).await, count(&log, 1).await), (committed + 5, committed + 5));
    println!("{HELD}");
}

fn child(how: &str, dir: &Path) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    if how == "limit" {
        let own = getrlimit(Resource::Fsize);
        let limited = Rlimit { current: Some(FILE_BYTES_MAX), maximum: own.maximum };
        setrlimit(Resource::Fsize, limited).expect("an own limit can be lowered");
        let lift = || setrlimit(Resource::Fsize, own).expect("and lifted again");
        runtime.block_on(fill_and_go_on(dir, lift));
    } else {
        let ballast = dir.join("ballast");
        std::fs::write(&ballast, vec![1; 1 << 20]).expect("writes");
        let remove = || std::fs::remove_file(&ballast).expect("removes");
        runtime.block_on(fill_and_go_on(&dir.join("log"), remove));
    }
}

/// Runs a child under `script`, which gets this program and the directory as `$0` and `$1`.
fn run(script: &str) -> Result<String, String> {
    let dir = tempfile::tempdir().expect("a directory");
    let program = std::env::current_exe().expect("this program has a file");
    let output = Command::new("sh").arg("-c").arg(script).arg(program).arg(dir.path()).output();
    let output = output.map_err(|error| error.to_string())?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    if output.status.success() && out.contains(HELD) { Ok(out) } else { Err(format!("{out}{err}")) }
}

/// Where nothing may be skipped.
#[allow(clippy::disallowed_methods, reason = "a test that must know whether it may skip")]
fn is_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| value == "true")
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, child_of, how, dir] = &arguments[..]
        && child_of == "child"
    {
        child(how, Path::new(dir));
        return ExitCode::SUCCESS;
    }
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    // The signal that the system sends at the limit is ignored, so that the write fails instead.
    match run(r#"trap "" XFSZ; exec "$0" child limit "$1""#) {
        Ok(said) => {
            print!("a_size_limit_is_a_full_disk: ok\n{said}");
            passed += 1;
        }
        Err(said) => {
            print!("a_size_limit_is_a_full_disk: FAILED\n{said}");
            failed += 1;
        }
    }
    let mount = r#"mount -t tmpfs -o size=2m tmpfs "$1" && exec "$0" child disk "$1""#;
    let possible = run(&format!("unshare -Urm true && echo {HELD}")).is_ok();
    let inside = format!(r#"exec unshare -Urm sh -c '{mount}' "$0" "$1""#);
    match if possible { run(&inside) } else { Err(String::new()) } {
        Ok(said) => {
            print!("a_small_file_system_is_a_full_disk: ok\n{said}");
            passed += 1;
        }
        Err(_) if !possible => {
            eprintln!(
                "SKIPPED: a_small_file_system_is_a_full_disk: this system does not let a user make \
                 a mount namespace; allow unprivileged user namespaces to run it"
            );
            skipped += 1;
            failed += u32::from(is_ci());
        }
        Err(said) => {
            print!("a_small_file_system_is_a_full_disk: FAILED\n{said}");
            failed += 1;
        }
    }
    println!("{passed} passed, {failed} failed, {skipped} skipped");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
