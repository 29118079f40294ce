//! Measures the embedded log beside the raw sync of the same disk, in the same run:
//! `cargo bench -p eventlog --bench log`. Ends with 1 when a bar is missed.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use eventlog::bench::{Bars, RawSyncs, Times, print_machine};
use eventlog::embedded::{EmbeddedLog, Options, open};
use eventlog::{
    Appender, Cleanup, Header, Log, LogReader, Offset, Partition, Record, SystemClock, Topic,
    TopicSpec,
};
use tokio::time::Instant;

const PARTITIONS: u32 = 12;
const BATCH: usize = 1_000;
const LARGE_LOG_RECORDS: usize = 10_000_000;

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

async fn latency(dir: &Path, bars: &mut Bars) {
    let log = open_log(&dir.join("latency"));
    let appender = log.appender().expect("an open log has an appender");
    // As long as a frame of 64 of these records.
    let mut raw = RawSyncs::new(dir, 64 * 350);
    let mut took = Vec::new();
    // In turns, so that both meet the same disk.
    for _ in 0..40 {
        raw.run(100);
        took.extend(single_appends(&appender, 50).await);
    }
    raw.print();
    let (raw99, own) = (raw.times().p99_ms(), Times::of(took));
    let ratio = own.p99_ms() / raw99;
    let line = format!(
        "64 single appends at once: {own}; p99 = {ratio:.2} x that of a raw sync (at most 3)"
    );
    bars.judge(ratio <= 3.0, &line);
    log.close().await;
}

async fn throughput(dir: &Path, bars: &mut Bars) {
    let log = open_log(&dir.join("throughput"));
    for appenders in [1, 16] {
        let mut raw = RawSyncs::new(dir, 330_000);
        raw.run(100);
        let (records, cpu_before) = (250_000 * appenders.max(2), cpu());
        let took = append_all(&log, records, appenders).await;
        let (rate, own) = (per_second(records, took), per_second(records, cpu() - cpu_before));
        let raw50 = raw.times().p50_ms();
        let line = format!(
            "300 B records in batches of 1,000, {appenders} appenders: {rate:.0} records/s durable, \
             {own:.0} per second of processor time (raw write and sync of one batch: p50 {raw50:.2} ms)"
        );
        if appenders == 1 {
            println!("       {line}");
        } else {
            bars.judge(rate >= 300_000.0, &format!("{line} (at least 300,000)"));
        }
    }
    for how in ["as appended", "as rewritten"] {
        let (records, took, used) = scan_all(&*log).await;
        let (rate, own) = (per_second(records, took), per_second(records, used));
        let line = format!(
            "scan {how}: {rate:.0} records/s (at least 2 M), {own:.0} per second of processor time"
        );
        bars.judge(rate >= 2e6, &line);
        let began = Instant::now();
        log.clean_now().await.expect("cleans");
        println!("       cleaning {records} records took {:.1} s", began.elapsed().as_secs_f64());
    }
    log.close().await;
}

async fn large_log(dir: &Path, bars: &mut Bars) {
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
        bars.judge(took < 2.0, &line);
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
        return ExitCode::from(2);
    }
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut bars = Bars::default();
    runtime.block_on(async {
        latency(dir.path(), &mut bars).await;
        throughput(dir.path(), &mut bars).await;
        large_log(dir.path(), &mut bars).await;
    });
    bars.exit_code()
}
