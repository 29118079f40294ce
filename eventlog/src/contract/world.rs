//! What the rules need again and again: topics, records, and reading to the end.

use std::io::Write;
use std::time::Duration;

use bytes::Bytes;

use super::{Made, Subject};
use crate::{Cleanup, Header, Offset, Partition, Reader, Record, Stored, Topic, TopicSpec};

/// How long something that must happen may take before the check fails. Only a hang takes this long.
pub const PATIENCE: Duration = Duration::from_secs(180);

/// The topics of the suite: one that keeps everything, one that is compacted, one that drops after
/// an hour, and one that does both.
pub struct World {
    /// The log under test.
    pub subject: Box<dyn Subject>,
    /// Keeps everything.
    pub all: Topic,
    /// Compacted.
    pub compacted: Topic,
    /// One hour.
    pub hour: Topic,
}

impl World {
    /// Makes the log, if it can be had. Its topics have names that no other world has: some logs
    /// share their brokers.
    pub async fn new<F, B, M>(make: F) -> Option<World>
    where
        F: FnOnce(Vec<TopicSpec>) -> B,
        B: Future<Output = M>,
        M: Made,
    {
        let unique: u64 = rand::random();
        let topic = |name: &str, compact, retention| {
            let cleanup = Cleanup { compact, retention };
            let topic = Topic::new(&format!("contract-{unique:016x}.{name}"));
            TopicSpec { topic, partitions: 3, cleanup }
        };
        let topics = vec![
            topic("all", false, None),
            topic("compacted", true, None),
            topic("hour", false, Some(Duration::from_hours(1))),
        ];
        let [all, compacted, hour] = [0, 1, 2].map(|at: usize| topics[at].topic.clone());
        let subject = make(topics).await.made()?;
        Some(World { subject, all, compacted, hour })
    }

    /// Appends and gives the offsets.
    ///
    /// # Panics
    /// When the log refuses.
    pub async fn append(&self, records: Vec<Record>) -> Vec<Offset> {
        let appender = self.subject.log().appender().expect("an open log has an appender");
        appender.append(records).await.expect("the append becomes durable")
    }

    /// A reader.
    ///
    /// # Panics
    /// When the log refuses.
    pub async fn reader(&self, topic: &Topic, partition: u32, from: u64) -> Box<dyn Reader> {
        let log = self.subject.log();
        log.reader(topic, Partition(partition), Offset(from)).await.expect("a reader opens")
    }

    /// All records of a partition.
    ///
    /// # Panics
    /// When the log cannot be read.
    pub async fn read_all(&self, topic: &Topic, partition: u32) -> Vec<Stored> {
        read_to_end(&mut *self.reader(topic, partition, 0).await).await
    }

    /// The values of a partition as text.
    ///
    /// # Panics
    /// When the log cannot be read.
    pub async fn values(&self, topic: &Topic, partition: u32) -> Vec<String> {
        self.read_all(topic, partition).await.iter().map(value_of).collect()
    }

    /// Where a partition starts and ends.
    ///
    /// # Panics
    /// When the log refuses.
    pub async fn ends(&self, topic: &Topic, partition: u32) -> (u64, u64) {
        let ends = self.subject.log().ends(topic, Partition(partition)).await.expect("ends");
        (ends.start.0, ends.end.0)
    }

    /// Cleans; false, and a line that says so, when the adapter cannot do it on command.
    pub async fn clean(&self, rule: &str) -> bool {
        match self.subject.clean().await {
            Ok(()) => true,
            Err(why) => {
                // Straight to the stream: what a test that passes prints is kept from people.
                let told = writeln!(std::io::stderr(), "SKIPPED: {rule}: {why}");
                told.expect("standard error can be written to");
                false
            }
        }
    }
}

/// A record without headers.
#[must_use]
pub fn record(topic: &Topic, partition: u32, key: &str, value: &str) -> Record {
    Record {
        topic: topic.clone(),
        partition: Partition(partition),
        key: Bytes::copy_from_slice(key.as_bytes()),
        value: Some(Bytes::copy_from_slice(value.as_bytes())),
        headers: Vec::<Header>::new(),
    }
}

/// A tombstone.
#[must_use]
pub fn tombstone(topic: &Topic, partition: u32, key: &str) -> Record {
    Record { value: None, ..record(topic, partition, key, "") }
}

/// Reads until nothing is left, in small batches.
///
/// # Panics
/// When the log cannot be read.
pub async fn read_to_end(reader: &mut dyn Reader) -> Vec<Stored> {
    let mut all = Vec::new();
    loop {
        let batch = reader.next_if_any(7).await.expect("a read succeeds");
        if batch.records.is_empty() {
            return all;
        }
        all.extend(batch.records);
    }
}

/// A value as text; a tombstone as `-`.
#[must_use]
pub fn value_of(stored: &Stored) -> String {
    stored
        .value
        .as_ref()
        .map_or_else(|| "-".to_owned(), |value| String::from_utf8_lossy(value).into_owned())
}

/// Waits for something that must happen.
///
/// # Panics
/// When it does not.
pub async fn soon<T>(what: &str, happens: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, happens).await {
        Ok(happened) => happened,
        Err(_) => panic!("{what}: nothing happened in {PATIENCE:?}"),
    }
}
