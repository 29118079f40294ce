//! Measures the Kafka log beside the bare client library, in the same run, against a broker that runs:
//! `cargo bench -p eventlog --features kafka --bench kafka -- HOST:PORT`. `cargo run --release -p tests
//! --features kafka --example broker -- COMMAND` starts one and then the command with its address as the last
//! word. Ends with 1 when a bar is missed.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use eventlog::bench::{Bars, Times, print_machine};
use eventlog::kafka::{KafkaLog, Options, bare, open, topics};
use eventlog::{
    Cleanup, Header, Log, LogReader, Offset, Partition, Record, SystemClock, Topic, TopicSpec,
    WriterName,
};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::time::Instant;

const PARTITIONS: u32 = 12;
const BATCH: usize = 1_000;
const RECORDS: usize = 1_000_000;
const APPENDERS: usize = 16;

/// 300 bytes of key, header and value; the value is text that halves when it is compressed, as
/// records of calls do.
fn records(topic: &Topic) -> Vec<Record> {
    let mut chance = StdRng::seed_from_u64(7);
    (0..BATCH)
        .map(|n| {
            let digits: String = (0..256)
                .map(|_| char::from(b"0123456789abcdef"[chance.random_range(0..16)]))
                .collect();
            let header =
                Header { name: "event-id".to_owned(), value: Bytes::from_static(&[7; 16]) };
            Record {
                topic: topic.clone(),
                partition: Partition(u32::try_from(n).expect("small") % PARTITIONS),
                key: Bytes::from(format!("{n:020}")),
                value: Some(Bytes::from(digits)),
                headers: vec![header],
            }
        })
        .collect()
}

fn rate(records: usize, took: Duration) -> f64 {
    f64::from(u32::try_from(records).expect("fits")) / took.as_secs_f64()
}

async fn append_all(log: &Arc<KafkaLog>, batch: &[Record]) -> f64 {
    let began = Instant::now();
    let tasks: Vec<_> = (0..APPENDERS)
        .map(|_| {
            let (appender, batch) = (log.appender().expect("is open"), batch.to_vec());
            tokio::spawn(async move {
                for _ in 0..RECORDS / BATCH / APPENDERS {
                    appender.append(batch.clone()).await.expect("becomes durable");
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("an appender ends");
    }
    rate(RECORDS / BATCH / APPENDERS * BATCH * APPENDERS, began.elapsed())
}

async fn read_all(log: &Arc<KafkaLog>, topic: &Topic) -> (usize, f64) {
    let began = Instant::now();
    let tasks: Vec<_> = (0..PARTITIONS)
        .map(|partition| {
            let (log, topic) = (log.clone(), topic.clone());
            tokio::spawn(async move {
                let reader = log.reader(&topic, Partition(partition), Offset::START).await;
                let mut reader = reader.expect("a reader opens");
                let mut read = 0;
                loop {
                    let batch = reader.next_if_any(BATCH).await.expect("reads");
                    if batch.records.is_empty() {
                        return read;
                    }
                    read += std::hint::black_box(batch.records).len();
                }
            })
        })
        .collect();
    let mut read = 0;
    for task in tasks {
        read += task.await.expect("a reader ends");
    }
    (read, rate(read, began.elapsed()))
}

async fn lonely(log: &Arc<KafkaLog>, record: &Record, times: usize) -> Times {
    let appender = log.appender().expect("is open");
    let mut took = Vec::with_capacity(times);
    for _ in 0..=times {
        let began = Instant::now();
        appender.append(vec![record.clone()]).await.expect("becomes durable");
        took.push(began.elapsed());
    }
    Times::of(took.split_off(1))
}

async fn commits(log: &Arc<KafkaLog>, batch: &[Record], times: usize) -> Times {
    let mut writer = log.writer(&WriterName("bench".to_owned())).await.expect("opens");
    let mut took = Vec::with_capacity(times);
    for _ in 0..=times {
        let began = Instant::now();
        writer.commit(batch.to_vec()).await.expect("commits");
        took.push(began.elapsed());
    }
    Times::of(took.split_off(1))
}

async fn run(brokers: &str) -> ExitCode {
    let mut bars = Bars::default();
    let prefix = format!("bench-{:016x}", rand::random::<u64>());
    let options = Options { replication: 1, ..Options::new(brokers, &prefix, "bench") };
    let cleanup = Cleanup { compact: false, retention: None };
    let spec = |name: &str| TopicSpec {
        topic: Topic::new(&format!("{prefix}.{name}")),
        partitions: PARTITIONS,
        cleanup,
    };
    let specs = vec![spec("bare"), spec("bare-zstd"), spec("log"), spec("commits"), spec("warm")];
    assert_eq!(topics::create(&options, &specs).await.expect("creates"), []);
    let log = open(options, specs.clone(), Arc::new(SystemClock)).await.expect("opens");
    let [plain, zstd, own, committed, warm] =
        [0, 1, 2, 3, 4].map(|at: usize| records(&specs[at].topic));

    // A broker that has just started is several times as slow, and who comes first would pay for it.
    for _ in 0..2 {
        bare::append(brokers, &warm, RECORDS, "lz4");
        bare::read(brokers, &specs[4].topic, PARTITIONS, RECORDS);
    }
    bare::commits(brokers, &warm, 300);
    println!("       bare: one lonely record: {}", bare::lonely(brokers, &plain[0], 300));
    let took = lonely(&log, &own[0], 300).await;
    bars.judge(took.p99_ms() < 20.0, &format!("one lonely record: {took} (p99 under 20)"));

    let bare_zstd = bare::append(brokers, &zstd, RECORDS, "zstd");
    println!("       bare, zstd: {bare_zstd:.0} records/s of 300 B acknowledged");
    let bare_rate = bare::append(brokers, &plain, RECORDS, "lz4");
    println!("       bare, lz4: {bare_rate:.0} records/s of 300 B acknowledged");
    let own_rate = append_all(&log, &own).await;
    let share = own_rate / bare_rate * 100.0;
    let line = format!("append: {own_rate:.0} records/s = {share:.0} % of bare (at least 40)");
    bars.judge(share >= 40.0, &line);

    let bare_rate = bare::read(brokers, &specs[0].topic, PARTITIONS, RECORDS);
    println!("       bare: {bare_rate:.0} records/s read");
    let (read, own_rate) = read_all(&log, &specs[2].topic).await;
    assert!(read >= RECORDS / BATCH / APPENDERS * BATCH * APPENDERS, "all were read: {read}");
    let share = own_rate / bare_rate * 100.0;
    let line = format!("read: {own_rate:.0} records/s = {share:.0} % of bare (at least 30)");
    bars.judge(share >= 30.0, &line);

    // A projector's writer commits to its own partition, a dispatcher's to all.
    let one: Vec<Record> =
        committed.iter().map(|it| Record { partition: Partition(3), ..it.clone() }).collect();
    for (batch, what) in [(one, "one partition"), (committed, "12 partitions")] {
        let bare = bare::commits(brokers, &batch, 200);
        println!("       bare: a commit of 1,000 records to {what}: {bare}");
        let took = commits(&log, &batch, 200).await;
        let line = format!("a commit of 1,000 records to {what}: {took} (p50 under 15)");
        bars.judge(took.p50_ms() < 15.0, &line);
    }
    bars.exit_code()
}

fn main() -> ExitCode {
    // cargo passes --bench.
    let Some(brokers) = std::env::args().skip(1).find(|argument| argument.contains(':')) else {
        println!(
            "SKIPPED: no broker; start one and this: cargo run --release -p tests --features kafka \
             --example broker -- cargo bench -p eventlog --features kafka --bench kafka --"
        );
        return ExitCode::SUCCESS;
    };
    // Where the broker that the tests start has its data.
    if !print_machine(&std::env::temp_dir()) {
        return ExitCode::from(2);
    }
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(run(&brokers))
}
