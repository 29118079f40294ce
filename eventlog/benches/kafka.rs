//! Measures the Kafka log beside the bare client library, in the same run, against a broker that runs:
//! `cargo bench -p eventlog --features kafka --bench kafka -- HOST:PORT`. One is started, and its
//! address told, by `cargo run -p tests --features kafka --bin broker`. Ends with 1 when a bar is missed.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use eventlog::kafka::{KafkaLog, Options, open, topics};
use eventlog::{
    Cleanup, Header, Log, LogReader, Offset, Partition, Record, SystemClock, Topic, TopicSpec,
    WriterName,
};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::{Header as KafkaHeader, OwnedHeaders};
use rdkafka::producer::{
    BaseProducer, BaseRecord, DeliveryResult, Producer, ProducerContext, ThreadedProducer,
};
use rdkafka::{ClientConfig, ClientContext, TopicPartitionList};
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

fn percentile(took: &mut [Duration], percent: usize) -> f64 {
    took.sort_unstable();
    took[(took.len() * percent / 100).min(took.len() - 1)].as_secs_f64() * 1e3
}

/// Counts deliveries.
struct Counted(Arc<AtomicUsize>);

impl ClientContext for Counted {}

impl ProducerContext for Counted {
    type DeliveryOpaque = ();

    fn delivery(&self, delivered: &DeliveryResult<'_>, (): ()) {
        assert!(delivered.is_ok(), "a record of the bare client is not delivered");
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn bare_record<'a>(record: &'a Record) -> BaseRecord<'a, [u8], [u8], ()> {
    let header = &record.headers[0];
    let header = KafkaHeader { key: &header.name, value: Some(&header.value[..]) };
    BaseRecord::to(record.topic.as_str())
        .key(&record.key[..])
        .payload(record.value.as_deref().expect("has a value"))
        .partition(record.partition.0.cast_signed())
        .headers(OwnedHeaders::new().insert(header))
}

/// The bare client with the adapter's own settings.
fn bare_producer(
    brokers: &str,
    compression: &str,
) -> (ThreadedProducer<Counted>, Arc<AtomicUsize>) {
    let delivered = Arc::new(AtomicUsize::new(0));
    let producer = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("enable.idempotence", "true")
        .set("linger.ms", "5")
        .set("compression.type", compression)
        .set("queue.buffering.max.messages", "0")
        .set("queue.buffering.max.kbytes", "1048576")
        .create_with_context(Counted(delivered.clone()))
        .expect("a producer");
    (producer, delivered)
}

fn bare_append(brokers: &str, batch: &[Record], compression: &str) -> f64 {
    let (producer, delivered) = bare_producer(brokers, compression);
    let began = Instant::now();
    for sent in 0..RECORDS / BATCH {
        for record in batch {
            producer.send(bare_record(record)).map_err(|(error, _)| error).expect("is taken");
        }
        // As many on their way as the adapter allows.
        while (sent + 1) * BATCH - delivered.load(Ordering::SeqCst) > 350_000 {
            std::thread::park_timeout(Duration::from_millis(1));
        }
    }
    producer.flush(Duration::from_secs(60)).expect("flushes");
    assert_eq!(delivered.load(Ordering::SeqCst), RECORDS);
    rate(RECORDS, began.elapsed())
}

fn bare_read(brokers: &str, topic: &Topic, expected: usize) -> f64 {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("group.id", "bench")
        .set("enable.auto.commit", "false")
        .create()
        .expect("a consumer");
    let mut places = TopicPartitionList::new();
    for partition in 0..PARTITIONS.cast_signed() {
        let start = rdkafka::Offset::Beginning;
        places.add_partition_offset(topic.as_str(), partition, start).expect("a place");
    }
    consumer.assign(&places).expect("assigns");
    let began = Instant::now();
    let mut read = 0;
    while read < expected {
        if let Some(message) = consumer.poll(Duration::from_secs(10)) {
            std::hint::black_box(message.expect("reads"));
            read += 1;
        }
    }
    rate(read, began.elapsed())
}

fn bare_lonely(brokers: &str, record: &Record, times: usize) -> Vec<Duration> {
    let (producer, delivered) = bare_producer(brokers, "lz4");
    let mut took = Vec::with_capacity(times);
    for n in 0..=times {
        let began = Instant::now();
        producer.send(bare_record(record)).map_err(|(error, _)| error).expect("is taken");
        while delivered.load(Ordering::SeqCst) <= n {
            std::thread::park_timeout(Duration::from_micros(100));
        }
        took.push(began.elapsed());
    }
    // The first one connects.
    took.split_off(1)
}

fn bare_commits(brokers: &str, batch: &[Record], times: usize) -> Vec<Duration> {
    let producer: BaseProducer<Counted> = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("transactional.id", "bench-bare")
        .set("linger.ms", "0")
        .set("compression.type", "lz4")
        .create_with_context(Counted(Arc::new(AtomicUsize::new(0))))
        .expect("a producer");
    producer.init_transactions(Duration::from_secs(30)).expect("opens");
    let mut took = Vec::with_capacity(times);
    for _ in 0..=times {
        let began = Instant::now();
        producer.begin_transaction().expect("begins");
        for record in batch {
            producer.send(bare_record(record)).map_err(|(error, _)| error).expect("is taken");
        }
        while producer.in_flight_count() > 0 {
            producer.poll(Duration::from_millis(1));
        }
        producer.commit_transaction(Duration::from_secs(30)).expect("commits");
        took.push(began.elapsed());
    }
    took.split_off(1)
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

async fn lonely(log: &Arc<KafkaLog>, record: &Record, times: usize) -> Vec<Duration> {
    let appender = log.appender().expect("is open");
    let mut took = Vec::with_capacity(times);
    for _ in 0..=times {
        let began = Instant::now();
        appender.append(vec![record.clone()]).await.expect("becomes durable");
        took.push(began.elapsed());
    }
    took.split_off(1)
}

async fn commits(log: &Arc<KafkaLog>, batch: &[Record], times: usize) -> Vec<Duration> {
    let mut writer = log.writer(&WriterName("bench".to_owned())).await.expect("opens");
    let mut took = Vec::with_capacity(times);
    for _ in 0..=times {
        let began = Instant::now();
        writer.commit(batch.to_vec()).await.expect("commits");
        took.push(began.elapsed());
    }
    took.split_off(1)
}

/// Prints a figure beside its bar.
fn judge(missed: &mut u32, holds: bool, line: &str) {
    println!("{} {line}", if holds { "ok    " } else { "MISSED" });
    *missed += u32::from(!holds);
}

fn print_machine() {
    let cpus = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let models: Vec<&str> = cpus.lines().filter(|line| line.starts_with("model name")).collect();
    let model = models.first().and_then(|line| line.split(": ").nth(1)).unwrap_or("unknown");
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!("machine: {} x {model}; load before: {}", models.len(), load.trim());
}

async fn run(brokers: &str) -> u32 {
    let mut missed = 0;
    let prefix = format!("bench-{:016x}", rand::random::<u64>());
    let options = Options { replication: 1, ..Options::new(brokers, &prefix, "bench") };
    let cleanup = Cleanup { compact: false, retention: None };
    let spec = |name: &str| TopicSpec {
        topic: Topic::new(&format!("{prefix}.{name}")),
        partitions: PARTITIONS,
        cleanup,
    };
    let specs = vec![spec("bare"), spec("bare-zstd"), spec("log"), spec("commits")];
    assert_eq!(topics::create(&options, &specs).await.expect("creates"), []);
    let log = open(options, specs.clone(), Arc::new(SystemClock)).await.expect("opens");
    let [bare, zstd, own, committed] = [0, 1, 2, 3].map(|at: usize| records(&specs[at].topic));

    let mut bare_took = bare_lonely(brokers, &bare[0], 300);
    let mut took = lonely(&log, &own[0], 300).await;
    let (p50, p99) = (percentile(&mut bare_took, 50), percentile(&mut bare_took, 99));
    println!("       bare: one lonely record: p50 {p50:.1} ms, p99 {p99:.1} ms");
    let (p50, p99) = (percentile(&mut took, 50), percentile(&mut took, 99));
    let line = format!("one lonely record: p50 {p50:.1} ms, p99 {p99:.1} ms (p99 under 20)");
    judge(&mut missed, p99 < 20.0, &line);

    let bare_zstd = bare_append(brokers, &zstd, "zstd");
    println!("       bare, zstd: {bare_zstd:.0} records/s of 300 B acknowledged");
    let bare_rate = bare_append(brokers, &bare, "lz4");
    println!("       bare, lz4: {bare_rate:.0} records/s of 300 B acknowledged");
    let own_rate = append_all(&log, &own).await;
    let share = own_rate / bare_rate * 100.0;
    let line = format!("append: {own_rate:.0} records/s = {share:.0} % of bare (at least 40)");
    judge(&mut missed, share >= 40.0, &line);

    let bare_rate = bare_read(brokers, &specs[0].topic, RECORDS);
    println!("       bare: {bare_rate:.0} records/s read");
    let (read, own_rate) = read_all(&log, &specs[2].topic).await;
    assert!(read >= RECORDS / BATCH / APPENDERS * BATCH * APPENDERS, "all were read: {read}");
    let share = own_rate / bare_rate * 100.0;
    let line = format!("read: {own_rate:.0} records/s = {share:.0} % of bare (at least 30)");
    judge(&mut missed, share >= 30.0, &line);

    let mut bare_took = bare_commits(brokers, &committed, 200);
    let mut took = commits(&log, &committed, 200).await;
    let (p50, p99) = (percentile(&mut bare_took, 50), percentile(&mut bare_took, 99));
    println!("       bare: a commit of 1,000 records: p50 {p50:.1} ms, p99 {p99:.1} ms");
    let (p50, p99) = (percentile(&mut took, 50), percentile(&mut took, 99));
    let line =
        format!("a commit of 1,000 records: p50 {p50:.1} ms, p99 {p99:.1} ms (p50 under 15)");
    judge(&mut missed, p50 < 15.0, &line);
    missed
}

fn main() -> ExitCode {
    // cargo passes --bench.
    let Some(brokers) = std::env::args().skip(1).find(|argument| argument.contains(':')) else {
        println!(
            "SKIPPED: no broker; start one, then: \
             cargo bench -p eventlog --features kafka --bench kafka -- HOST:PORT"
        );
        return ExitCode::SUCCESS;
    };
    print_machine();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let missed = runtime.block_on(run(&brokers));
    if missed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
