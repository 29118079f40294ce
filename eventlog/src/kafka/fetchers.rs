//! The consumers that all readers of a log share.
//!
//! A consumer of librdkafka has threads and connections, and can stand at one place of a partition
//! only. So each partition is split off into a queue of its own, which one reader polls, and there
//! are as many consumers as readers of the same partition: mostly one. No consumer joins a group.

use std::collections::HashSet;
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rdkafka::consumer::base_consumer::PartitionQueue;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::{Offset as KafkaOffset, TopicPartitionList};
use tokio::sync::Notify;

use super::failure;
use super::options::Options;
use super::told::Told;
use crate::{LogError, Offset, Partition, Topic};

/// How often errors that are no partition's are taken from the consumers, and places that readers
/// left are given back.
const SERVE_EVERY: Duration = Duration::from_millis(200);

/// How often a question is asked at least within the time that it may take: the first one may go to a broker
/// that is dead.
const TRIES: u32 = 3;

type Place = (Topic, Partition);

/// A consumer, and the places where readers stand in it.
struct Fetcher {
    consumer: Arc<BaseConsumer<Told>>,
    taken: HashSet<Place>,
}

struct Shared {
    options: Options,
    fetchers: Mutex<Vec<Fetcher>>,
    /// Places that readers have left.
    left: Mutex<Vec<(usize, Place)>>,
    /// Knows of everything that was written, committed or not.
    uncommitted: BaseConsumer<Told>,
    /// Knows of what is committed.
    committed: Arc<BaseConsumer<Told>>,
}

/// All consumers of a log. Dropping it ends them, on their own thread.
pub(super) struct Fetchers {
    shared: Arc<Shared>,
    _ending: SyncSender<()>,
}

/// A reader's place: one partition, and where its records come.
pub(super) struct Lease {
    shared: Arc<Shared>,
    at: usize,
    place: Place,
    pub(super) queue: PartitionQueue<Told>,
    /// Told when the queue is not empty any more.
    pub(super) woken: Arc<Notify>,
    consumer: Arc<BaseConsumer<Told>>,
}

impl Fetchers {
    pub(super) fn start(options: &Options) -> Result<Fetchers, LogError> {
        let committed = Arc::new(consumer(options, "read_committed")?);
        let first = Fetcher { consumer: committed.clone(), taken: HashSet::new() };
        let shared = Arc::new(Shared {
            options: options.clone(),
            fetchers: Mutex::new(vec![first]),
            left: Mutex::new(Vec::new()),
            uncommitted: consumer(options, "read_uncommitted")?,
            committed,
        });
        let (ending, ended) = sync_channel(0);
        let served = shared.clone();
        let serve = move || {
            while ended.recv_timeout(SERVE_EVERY) == Err(RecvTimeoutError::Timeout) {
                served.serve();
            }
            // Consumers are closed here, where nobody waits for it.
            drop(served);
        };
        std::thread::Builder::new()
            .name("kafka-readers".to_owned())
            .spawn(serve)
            .map_err(|source| LogError::Io { attempted: "start a thread".to_owned(), source })?;
        Ok(Fetchers { shared, _ending: ending })
    }

    /// Where a partition starts, and where everything that was written ends. Blocks.
    pub(super) fn written(&self, topic: &str, partition: Partition) -> Result<u64, KafkaError> {
        let (_, end) = self.shared.watermarks(&self.shared.uncommitted, topic, partition)?;
        Ok(end.max(0).cast_unsigned())
    }

    /// Where a partition starts, and where what is settled ends: up to there no transaction is
    /// open. Blocks.
    pub(super) fn settled(
        &self,
        topic: &str,
        partition: Partition,
    ) -> Result<(u64, u64), KafkaError> {
        let (start, end) = self.shared.watermarks(&self.shared.committed, topic, partition)?;
        Ok((start.max(0).cast_unsigned(), end.max(0).cast_unsigned()))
    }

    /// A consumer to ask for metadata.
    pub(super) fn any(&self) -> &BaseConsumer<Told> {
        &self.shared.committed
    }

    /// Begins to read a partition. Blocks for a moment.
    pub(super) fn lease(
        &self,
        topic: &Topic,
        partition: Partition,
        from: Offset,
    ) -> Result<Lease, LogError> {
        let place = (topic.clone(), partition);
        let mut fetchers = self.shared.fetchers();
        self.shared.give_back(&mut fetchers);
        let at = match fetchers.iter().position(|fetcher| !fetcher.taken.contains(&place)) {
            Some(at) => at,
            None => {
                let consumer = Arc::new(consumer(&self.shared.options, "read_committed")?);
                fetchers.push(Fetcher { consumer, taken: HashSet::new() });
                fetchers.len() - 1
            }
        };
        let fetcher = &mut fetchers[at];
        let attempted = || format!("read {topic} partition {}", partition.0);
        let number = partition.0.cast_signed();
        let queue = fetcher.consumer.split_partition_queue(topic.as_str(), number);
        let mut queue = queue.ok_or_else(|| failure::io(attempted(), &KafkaError::Canceled))?;
        let woken = Arc::new(Notify::new());
        let wake = woken.clone();
        queue.set_nonempty_callback(move || wake.notify_one());
        let list = list(&place, Some(from));
        let assigned = fetcher.consumer.incremental_assign(&list);
        assigned.map_err(|error| failure::io(attempted(), &error))?;
        fetcher.taken.insert(place.clone());
        let (shared, consumer) = (self.shared.clone(), fetcher.consumer.clone());
        Ok(Lease { shared, at, place, queue, woken, consumer })
    }
}

impl Shared {
    fn fetchers(&self) -> std::sync::MutexGuard<'_, Vec<Fetcher>> {
        self.fetchers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks where a partition starts and ends. Blocks.
    ///
    /// The client asks whoever led the partition when it last heard of the topic, which may be five minutes
    /// ago; and when it heard that nobody did, as for a moment after the death of a broker, it asks nobody.
    /// So it is made to hear anew before the next try, and a try does not take as long as may be waited.
    fn watermarks(
        &self,
        consumer: &BaseConsumer<Told>,
        topic: &str,
        partition: Partition,
    ) -> Result<(i64, i64), KafkaError> {
        let timeout = self.options.request_timeout / TRIES;
        let asked = consumer.fetch_watermarks(topic, partition.0.cast_signed(), timeout);
        if asked.is_err() {
            // Whoever cannot be asked now can be asked with the next try.
            let _ = consumer.fetch_metadata(Some(topic), timeout);
        }
        asked
    }

    /// Ends the fetching of places that readers left.
    fn give_back(&self, fetchers: &mut [Fetcher]) {
        let left = std::mem::take(&mut *self.left.lock().unwrap_or_else(PoisonError::into_inner));
        for (at, place) in left {
            let fetcher = &mut fetchers[at];
            // It fails only for a place that is not assigned, and then there is nothing to end.
            let _ = fetcher.consumer.incremental_unassign(&list(&place, None));
            fetcher.taken.remove(&place);
        }
    }

    fn serve(&self) {
        let mut fetchers = self.fetchers();
        self.give_back(&mut fetchers);
        for fetcher in fetchers.iter() {
            // Partitions have queues of their own: what comes here is about brokers, and is told
            // to the log by the context.
            while fetcher.consumer.poll(Duration::ZERO).is_some() {}
        }
        while self.uncommitted.poll(Duration::ZERO).is_some() {}
    }
}

impl Lease {
    /// What is needed to read again from somewhere.
    pub(super) fn again(&self) -> Again {
        Again { shared: self.shared.clone(), at: self.at, place: self.place.clone() }
    }

    pub(super) fn consumer(&self) -> Arc<BaseConsumer<Told>> {
        self.consumer.clone()
    }

    /// Up to where everything was taken from the queue, markers of transactions included; none
    /// when nothing was.
    pub(super) fn passed(
        consumer: &BaseConsumer<Told>,
        topic: &Topic,
        partition: Partition,
    ) -> Option<Offset> {
        let positions = consumer.position().ok()?;
        let found = positions.find_partition(topic.as_str(), partition.0.cast_signed())?;
        match found.offset() {
            KafkaOffset::Offset(offset) => Some(Offset(offset.cast_unsigned())),
            _ => None,
        }
    }
}

/// Reads a place again.
pub(super) struct Again {
    shared: Arc<Shared>,
    at: usize,
    place: Place,
}

impl Again {
    /// Fetches from `offset` on; what is in the queue is dropped. A seek would not do: after an
    /// offset that is out of range nothing is fetched that it could move. Blocks for a moment.
    pub(super) fn from(&self, offset: Offset) -> Result<(), KafkaError> {
        let fetchers = self.shared.fetchers();
        let consumer = &fetchers[self.at].consumer;
        consumer.incremental_unassign(&list(&self.place, None))?;
        consumer.incremental_assign(&list(&self.place, Some(offset)))
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let mut left = self.shared.left.lock().unwrap_or_else(PoisonError::into_inner);
        left.push((self.at, self.place.clone()));
    }
}

fn consumer(options: &Options, isolation: &str) -> Result<BaseConsumer<Told>, LogError> {
    options
        .reading(isolation)
        .create_with_context(Told)
        .map_err(|error| failure::io("make a consumer", &error))
}

fn list((topic, partition): &Place, from: Option<Offset>) -> TopicPartitionList {
    let mut list = TopicPartitionList::new();
    let mut element = list.add_partition(topic.as_str(), partition.0.cast_signed());
    if let Some(from) = from {
        element
            .set_offset(KafkaOffset::Offset(from.0.cast_signed()))
            .expect("an offset from 0 on can be set");
    }
    list
}
