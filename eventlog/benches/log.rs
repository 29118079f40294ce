//! Measures the embedded log beside the raw sync of the same disk, in the same run:
//! `cargo bench -p eventlog --bench log`. Ends with 1 when a bar is missed.

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use eventlog::embedded::{EmbeddedLog, Options, open};
use eventlog::{
    Appender, Cleanup, Header, Log, LogReader, Offset, Partition, Record, SystemClock, Topic,
    TopicSpec,
};
use tokio::time::Instant;

const PARTITIONS: u32 = 12;
const BATCH: usize = 1_000;
const LARGE_LOG_RECORDS: usize = 10_000_000;
const TMPFS: u64 = 0x0102_1994;

fn topic() -> Topic {
    Topic::new("bench")
}

/// 300 bytes of key, header and value.
fn record(n: usize) -> Record {
    let partition = Partition(u32::try_from(n).unwrap_or(0) % PARTITIONS);
    let header = Header { name: "event-id".to_owned(), value: Bytes::from_static(&[7; 16]) };
    Record {
        topic: topic(),
        partition,
        key: Bytes::from(format!("{n:020}")),
        value: Some(Bytes::from(vec![b'x'; 256])),
        headers: vec![header],
    }
}

fn open_log(dir: &Path) -> Arc<EmbeddedLog> {
    let cleanup = Cleanup { compact: false, retention: None };
    let topics = vec![TopicSpec { topic: topic(), partitions: PARTITIONS, cleanup }];
    open(dir, topics, "bench", Arc::new(SystemClock), Options::default()).expect("opens")
}

/// Writes like the log does, by hand: `bytes` at the end of a file, and a sync.
fn raw_syncs(dir: &Path, bytes: usize, times: usize) -> Vec<Duration> {
    let path = dir.join("raw");
    let mut options = OpenOptions::new();
    let file = options.write(true).create(true).truncate(true).open(&path).expect("a file");
    let content = vec![7; bytes];
    let took = (0..times)
        .map(|n| {
            let began = Instant::now();
            file.write_all_at(&content, (n * bytes) as u64).expect("writes");
            file.sync_data().expect("syncs");
            began.elapsed()
        })
        .collect();
    std::fs::remove_file(&path).expect("removes");
    took
}

fn percentile(took: &mut [Duration], percent: usize) -> f64 {
    took.sort_unstable();
    took[(took.len() * percent / 100).min(took.len() - 1)].as_secs_f64() * 1e3
}

/// The processor time that this process has used.
fn cpu() -> Duration {
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::try_from(used).expect("time that was used is not negative")
}

fn per_second(records: usize, took: Duration) -> f64 {
    f64::from(u32::try_from(records).expect("fits")) / took.as_secs_f64()
}

/// Appends `records` in batches by `appenders` tasks at once.
async fn append_all(log: &Arc<EmbeddedLog>, records: usize, appenders: usize) -> Duration {
    // Keys that are never repeated would need a record to be made in the measured time; these are
    // repeated, so this topic is not compacted.
    let batch: Vec<Record> = (0..BATCH).map(record).collect();
    let began = Instant::now();
    let each = records / BATCH / appenders;
    let tasks: Vec<_> = (0..appenders)
        .map(|_| {
            let appender = log.appender().expect("an open log has an appender");
            let batch = batch.clone();
            tokio::spawn(async move {
                for _ in 0..each {
                    appender.append(batch.clone()).await.expect("becomes durable");
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("an appender ends");
    }
    began.elapsed()
}

/// One record per append, 64 at once: how long each waits.
async fn single_appends(appender: &Arc<dyn Appender>, each: usize) -> Vec<Duration> {
    let tasks: Vec<_> = (0..64)
        .map(|task| {
            let appender = appender.clone();
            tokio::spawn(async move {
                let mut took = Vec::with_capacity(each);
                for n in 0..each {
                    let began = Instant::now();
                    appender.append(vec![record(task + n * 64)]).await.expect("becomes durable");
                    took.push(began.elapsed());
                }
                took
            })
        })
        .collect();
    let mut all = Vec::new();
    for task in tasks {
        all.extend(task.await.expect("an appender ends"));
    }
    all
}

async fn scan_all(log: &dyn LogReader) -> (usize, Duration, Duration) {
    let (began, cpu_before) = (Instant::now(), cpu());
    let mut records = 0;
    for partition in 0..PARTITIONS {
        let mut reader =
            log.reader(&topic(), Partition(partition), Offset::START).await.expect("a reader");
        loop {
            let batch = reader.next_if_any(BATCH).await.expect("reads");
            if batch.records.is_empty() {
                break;
            }
            records += std::hint::black_box(batch.records).len();
        }
    }
    (records, began.elapsed(), cpu() - cpu_before)
}

fn print_machine(dir: &Path) -> bool {
    let stat = rustix::fs::statfs(dir).expect("a file system");
    let kind = u64::try_from(stat.f_type).unwrap_or(0);
    let cpus = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let models: Vec<&str> = cpus.lines().filter(|line| line.starts_with("model name")).collect();
    let model = models.first().and_then(|line| line.split(": ").nth(1)).unwrap_or("unknown");
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    println!("machine: {} x {model}, Linux {}", models.len(), kernel.trim());
    let name = match kind {
        0xef53 => "ext4",
        0x5846_5342 => "xfs",
        0x9123_683e => "btrfs",
        TMPFS => "tmpfs",
        _ => "another",
    };
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!("file system: {name} ({kind:#x}); load before: {}", load.trim());
    kind != TMPFS
}

/// Prints a figure beside its bar.
fn judge(missed: &mut u32, holds: bool, line: &str) {
    println!("{} {line}", if holds { "ok    " } else { "MISSED" });
    *missed += u32::from(!holds);
}

async fn latency(dir: &Path, missed: &mut u32) {
    let log = open_log(&dir.join("latency"));
    let appender = log.appender().expect("an open log has an appender");
    let mut raw = Vec::new();
    let mut took = Vec::new();
    // In turns, so that both meet the same disk.
    for _ in 0..10 {
        raw.extend(raw_syncs(dir, 64 * 350, 100));
        took.extend(single_appends(&appender, 50).await);
    }
    let (raw50, raw99) = (percentile(&mut raw, 50), percentile(&mut raw, 99));
    let (own50, own99) = (percentile(&mut took, 50), percentile(&mut took, 99));
    println!("raw write of 22 kB and fdatasync: p50 {raw50:.2} ms, p99 {raw99:.2} ms");
    let ratio = own99 / raw99;
    let line = format!(
        "64 single appends at once: p50 {own50:.2} ms, p99 {own99:.2} ms = {ratio:.2} x raw (at most 3)"
    );
    judge(missed, ratio <= 3.0, &line);
    log.close().await;
}

async fn throughput(dir: &Path, missed: &mut u32) {
    let log = open_log(&dir.join("throughput"));
    for appenders in [1, 16] {
        let mut raw = raw_syncs(dir, 330_000, 100);
        let (records, cpu_before) = (250_000 * appenders.max(2), cpu());
        let took = append_all(&log, records, appenders).await;
        let (rate, own) = (per_second(records, took), per_second(records, cpu() - cpu_before));
        let raw50 = percentile(&mut raw, 50);
        let line = format!(
            "300 B records in batches of 1,000, {appenders} appenders: {rate:.0} records/s durable, \
             {own:.0} per second of processor time (raw write and sync of one batch: p50 {raw50:.2} ms)"
        );
        if appenders == 1 {
            println!("       {line}");
        } else {
            judge(missed, rate >= 300_000.0, &format!("{line} (at least 300,000)"));
        }
    }
    for how in ["as appended", "as rewritten"] {
        let (records, took, used) = scan_all(&*log).await;
        let (rate, own) = (per_second(records, took), per_second(records, used));
        let line = format!(
            "scan {how}: {rate:.0} records/s (at least 2 M), {own:.0} per second of processor time"
        );
        judge(missed, rate >= 2e6, &line);
        let began = Instant::now();
        log.clean_now().await.expect("cleans");
        println!("       cleaning {records} records took {:.1} s", began.elapsed().as_secs_f64());
    }
    log.close().await;
}

async fn large_log(dir: &Path, missed: &mut u32) {
    let at = dir.join("large");
    let log = open_log(&at);
    append_all(&log, LARGE_LOG_RECORDS, 8).await;
    log.close().await;
    drop(log);
    let mut records = LARGE_LOG_RECORDS as u64;
    for (how, orderly) in [("closed", true), ("closed", false), ("crashed", true)] {
        let began = Instant::now();
        let log = open_log(&at);
        let took = began.elapsed().as_secs_f64();
        let line = format!("opening a 10 M record log that was {how}: {took:.3} s (under 2)");
        judge(missed, took < 2.0, &line);
        let mut found = 0;
        for partition in 0..PARTITIONS {
            found += log.ends(&topic(), Partition(partition)).await.expect("ends").end.0;
        }
        assert_eq!(found, records, "the opened log has all records");
        if orderly {
            log.close().await;
        } else {
            append_all(&log, 200_000, 8).await;
            records += 200_000;
            log.abandon();
        }
    }
}

fn main() -> ExitCode {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory");
    if !print_machine(dir.path()) {
        println!("refused: on tmpfs a sync costs nothing; set CARGO_TARGET_DIR to a disk");
        return ExitCode::from(2);
    }
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let missed = runtime.block_on(async {
        let mut missed = 0;
        latency(dir.path(), &mut missed).await;
        throughput(dir.path(), &mut missed).await;
        large_log(dir.path(), &mut missed).await;
        missed
    });
    if missed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
