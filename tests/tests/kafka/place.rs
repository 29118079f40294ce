//! A log with a prefix of its own, for a test that is not of the contract.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use eventlog::kafka::{KafkaLog, Options, open, topics};
use eventlog::{
    Cleanup, Log, LogReader, ManualClock, Offset, Partition, Reader, Record, Stored, SystemClock,
    Topic, TopicSpec,
};
use tests::kafka_cluster::{KafkaCluster, random_letters};

/// What must happen has happened by then, also on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A log's options and topics, before it is opened.
pub struct Place {
    pub options: Options,
    pub topics: Vec<TopicSpec>,
    pub clock: ManualClock,
}

impl Place {
    /// Topics `all` (everything is kept), `compacted`, and `hour`, three partitions each.
    pub fn new(cluster: &KafkaCluster) -> Place {
        let prefix = random_letters(12);
        let options = Options::new(&cluster.bootstrap(), &prefix, "callfold");
        let options = Options { replication: 1, ..options };
        let spec = |name: &str, compact, retention| TopicSpec {
            topic: Topic::new(&format!("{prefix}.{name}")),
            partitions: 3,
            cleanup: Cleanup { compact, retention },
        };
        let topics = vec![
            spec("all", false, None),
            spec("compacted", true, None),
            spec("hour", false, Some(Duration::from_hours(1))),
        ];
        let clock = ManualClock::at(eventlog::Clock::now_ms(&SystemClock));
        Place { options, topics, clock }
    }

    pub fn all(&self) -> Topic {
        self.topics[0].topic.clone()
    }

    pub fn compacted(&self) -> Topic {
        self.topics[1].topic.clone()
    }

    pub fn hour(&self) -> Topic {
        self.topics[2].topic.clone()
    }

    pub async fn create(&self) {
        assert_eq!(topics::create(&self.options, &self.topics).await.expect("creates"), []);
    }

    pub async fn open(&self) -> Arc<KafkaLog> {
        let clock = Arc::new(self.clock.clone());
        open(self.options.clone(), self.topics.clone(), clock).await.expect("the log opens")
    }
}

pub fn record(topic: &Topic, partition: u32, key: &str, value: &str) -> Record {
    Record {
        topic: topic.clone(),
        partition: Partition(partition),
        key: Bytes::copy_from_slice(key.as_bytes()),
        value: Some(Bytes::copy_from_slice(value.as_bytes())),
        headers: Vec::new(),
    }
}

pub async fn append(log: &KafkaLog, records: Vec<Record>) -> Vec<Offset> {
    let appender = log.appender().expect("an open log has an appender");
    appender.append(records).await.expect("becomes durable")
}

pub async fn read_all(log: &KafkaLog, topic: &Topic, partition: u32) -> Vec<Stored> {
    let reader = log.reader(topic, Partition(partition), Offset::START).await;
    read_on(&mut *reader.expect("a reader opens")).await
}

pub async fn read_on(reader: &mut dyn Reader) -> Vec<Stored> {
    let mut all = Vec::new();
    loop {
        let batch = reader.next_if_any(100).await.expect("reads");
        if batch.records.is_empty() {
            return all;
        }
        all.extend(batch.records);
    }
}

pub async fn values(log: &KafkaLog, topic: &Topic, partition: u32) -> Vec<String> {
    let text = |stored: &Stored| {
        let value = stored.value.as_deref().unwrap_or(b"-");
        String::from_utf8_lossy(value).into_owned()
    };
    read_all(log, topic, partition).await.iter().map(text).collect()
}

/// Waits for something that must happen.
pub async fn soon<T>(what: &str, happens: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, happens).await {
        Ok(happened) => happened,
        Err(_) => panic!("{what}: nothing happened in {PATIENCE:?}"),
    }
}
