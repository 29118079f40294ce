//! The bare client library, for benches: what it does by itself, with the adapter's own settings, on the
//! same brokers and in the same run.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{Header as KafkaHeader, OwnedHeaders};
use rdkafka::producer::{
    BaseProducer, BaseRecord, DeliveryResult, Producer, ProducerContext, ThreadedProducer,
};
use rdkafka::{ClientContext, TopicPartitionList};
use tokio::time::Instant;

use super::appender::{BYTES_MAX, OVERHEAD_BYTES};
use super::options::Options;
use crate::admission::record_bytes;
use crate::bench::Times;
use crate::{Record, Topic};

/// How many records like these the adapter lets be on their way.
fn on_their_way_max(batch: &[Record]) -> usize {
    let bytes: usize = batch.iter().map(|record| record_bytes(record) + OVERHEAD_BYTES).sum();
    BYTES_MAX * batch.len() / bytes
}

fn rate(records: usize, took: Duration) -> f64 {
    f64::from(u32::try_from(records).expect("fits")) / took.as_secs_f64()
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

fn message<'a>(record: &'a Record) -> BaseRecord<'a, [u8], [u8], ()> {
    let mut headers = OwnedHeaders::new_with_capacity(record.headers.len());
    for header in &record.headers {
        headers = headers.insert(KafkaHeader { key: &header.name, value: Some(&header.value[..]) });
    }
    BaseRecord::to(record.topic.as_str())
        .key(&record.key[..])
        .payload(record.value.as_deref().expect("has a value"))
        .partition(record.partition.0.cast_signed())
        .headers(headers)
}

fn options(brokers: &str) -> Options {
    Options::new(brokers, "bench-bare", "bench")
}

/// The bare client with the adapter's own settings.
fn producer(brokers: &str, compression: &str) -> (ThreadedProducer<Counted>, Arc<AtomicUsize>) {
    let delivered = Arc::new(AtomicUsize::new(0));
    let mut options = options(brokers);
    options.librdkafka.insert("compression.type".to_owned(), compression.into());
    let context = Counted(delivered.clone());
    let producer = options.appending().create_with_context(context).expect("a producer");
    (producer, delivered)
}

/// Appends `records` by repeating `batch`, as many on their way as the adapter allows; records/s until all
/// are acknowledged.
///
/// # Panics
/// When the brokers fail.
pub fn append(brokers: &str, batch: &[Record], records: usize, compression: &str) -> f64 {
    let (producer, delivered) = producer(brokers, compression);
    let on_their_way_max = on_their_way_max(batch);
    let began = Instant::now();
    for sent in 0..records / batch.len() {
        for record in batch {
            producer.send(message(record)).map_err(|(error, _)| error).expect("is taken");
        }
        while (sent + 1) * batch.len() - delivered.load(Ordering::SeqCst) > on_their_way_max {
            std::thread::park_timeout(Duration::from_millis(1));
        }
    }
    producer.flush(Duration::from_secs(60)).expect("flushes");
    let sent = records / batch.len() * batch.len();
    assert_eq!(delivered.load(Ordering::SeqCst), sent);
    rate(sent, began.elapsed())
}

/// Reads `expected` records of a topic from its start with one consumer; records/s.
///
/// # Panics
/// When the brokers fail, or there are fewer.
pub fn read(brokers: &str, topic: &Topic, partitions: u32, expected: usize) -> f64 {
    let reading = options(brokers).reading("read_committed");
    let consumer: BaseConsumer = reading.create().expect("a consumer");
    let mut places = TopicPartitionList::new();
    for partition in 0..partitions.cast_signed() {
        let start = rdkafka::Offset::Beginning;
        places.add_partition_offset(topic.as_str(), partition, start).expect("a place");
    }
    consumer.assign(&places).expect("assigns");
    let began = Instant::now();
    let mut read = 0;
    while read < expected {
        match consumer.poll(Duration::from_secs(10)).expect("there are that many") {
            Err(KafkaError::PartitionEOF(_)) => {}
            message => {
                std::hint::black_box(message.expect("reads"));
                read += 1;
            }
        }
    }
    rate(read, began.elapsed())
}

/// How long one record takes that nothing else goes with.
///
/// # Panics
/// When the brokers fail.
pub fn lonely(brokers: &str, record: &Record, times: usize) -> Times {
    let (producer, delivered) = producer(brokers, "lz4");
    let mut took = Vec::with_capacity(times);
    for n in 0..=times {
        let began = Instant::now();
        producer.send(message(record)).map_err(|(error, _)| error).expect("is taken");
        while delivered.load(Ordering::SeqCst) <= n {
            std::thread::park_timeout(Duration::from_micros(100));
        }
        took.push(began.elapsed());
    }
    // The first one connects.
    Times::of(took.split_off(1))
}

/// How long a transaction of these records takes, from its begin to the end of its commit.
///
/// # Panics
/// When the brokers fail.
pub fn commits(brokers: &str, batch: &[Record], times: usize) -> Times {
    let writing = options(brokers).writing("bench-bare");
    let context = Counted(Arc::new(AtomicUsize::new(0)));
    let producer: BaseProducer<Counted> = writing.create_with_context(context).expect("a producer");
    producer.init_transactions(Duration::from_secs(30)).expect("opens");
    let mut took = Vec::with_capacity(times);
    for _ in 0..=times {
        let began = Instant::now();
        producer.begin_transaction().expect("begins");
        for record in batch {
            producer.send(message(record)).map_err(|(error, _)| error).expect("is taken");
        }
        while producer.in_flight_count() > 0 {
            producer.poll(Duration::from_millis(1));
        }
        producer.commit_transaction(Duration::from_secs(30)).expect("commits");
        took.push(began.elapsed());
    }
    Times::of(took.split_off(1))
}
