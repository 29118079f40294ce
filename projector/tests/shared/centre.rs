//! A log in memory on simulated time, with a projector that can be started and stopped.

#![allow(dead_code, reason = "each test crate uses its part")]

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use eventlog::memory::MemoryLog;
use eventlog::partitioner::partition_of;
use eventlog::trace::TRACEPARENT;
use eventlog::{
    Cleanup, Clock, Header, Log, LogReader, Offset, Partition, Reader, Record, Stored, Topic,
    TopicSpec,
};
use projector::{Assign, Comments, Config, Layout, Lines, Templates};
use schemas::topics::key;
use schemas::{
    CallEvent, Command, Contact, FrontEvent, Message, Position, TimeMs, TopicKind, TopicNames,
    decode, encode,
};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::events::contact;

/// Wall-clock time that moves with tokio's, which a paused test moves.
pub struct SimulatedClock {
    start_ms: i64,
    start: tokio::time::Instant,
}

impl Clock for SimulatedClock {
    fn now_ms(&self) -> i64 {
        self.start_ms + i64::try_from(self.start.elapsed().as_millis()).unwrap()
    }
}

/// When simulated time starts: a whole second.
pub const START: TimeMs = TimeMs(1_790_000_000_000);
const PARTITIONS: u32 = 3;

/// The log, the stores and the clock.
pub struct Centre {
    pub log: Arc<MemoryLog>,
    pub clock: Arc<dyn Clock>,
    names: TopicNames,
    stores: TempDir,
    /// A projector failed: what a test waits for will never come.
    failed: CancellationToken,
}

/// A projector that runs.
pub struct Running {
    task: JoinHandle<Result<(), projector::Error>>,
    shutdown: CancellationToken,
}

impl Running {
    /// Ends it as a signal would.
    pub async fn stop(self) {
        self.shutdown.cancel();
        self.task.await.unwrap().unwrap();
    }
}

impl Running {
    /// Waits until it fails, and why.
    pub async fn failure(self) -> projector::Error {
        self.task.await.unwrap().unwrap_err()
    }
}

impl Centre {
    pub fn new() -> Centre {
        let start = tokio::time::Instant::now();
        let clock: Arc<dyn Clock> = Arc::new(SimulatedClock { start_ms: START.0, start });
        let names = TopicNames::with_prefix("test");
        let cleanup = Cleanup { compact: false, retention: None };
        let specs = TopicKind::ALL
            .iter()
            .map(|kind| TopicSpec {
                topic: Topic::new(&names.name(*kind)),
                partitions: PARTITIONS,
                cleanup,
            })
            .collect();
        let log = MemoryLog::new(specs, clock.clone());
        let failed = CancellationToken::new();
        Centre { log, clock, names, stores: tempfile::tempdir().unwrap(), failed }
    }

    pub fn config(&self) -> Config {
        Config {
            settle_ms: 45_000,
            comments: Comments::Answered,
            layout: Layout::Separate,
            lines: Lines::All,
            assign: Assign::Import,
            templates: Templates::default(),
            version: "test".into(),
            topics: self.names.clone(),
            partitions: PARTITIONS,
        }
    }

    /// The folder of the local stores.
    pub fn stores(&self) -> &std::path::Path {
        self.stores.path()
    }

    pub fn start(&self) -> Running {
        self.start_in(self.stores.path().to_owned())
    }

    pub fn start_in(&self, stores: PathBuf) -> Running {
        let shutdown = CancellationToken::new();
        let log: Arc<dyn Log> = self.log.clone();
        let (clock, config, stop) = (self.clock.clone(), self.config(), shutdown.clone());
        let (run, failed) = (projector::run(log, stores, clock, config, stop), self.failed.clone());
        let task = tokio::spawn(async move {
            run.await.inspect_err(|error| {
                eprintln!("the projector failed: {error}");
                failed.cancel();
            })
        });
        Running { task, shutdown }
    }

    pub fn now(&self) -> TimeMs {
        TimeMs(self.clock.now_ms())
    }

    pub async fn call(&self, event: &CallEvent) {
        self.traced_call(event, None).await;
    }

    /// The event of a call with the trace that ingest would write on its record.
    pub async fn traced_call(&self, event: &CallEvent, traceparent: Option<&'static str>) {
        let key = key::event(&event.contact, &event.event_id);
        let header = |value| Header { name: TRACEPARENT.to_owned(), value: Bytes::from(value) };
        let headers = traceparent.map(header).into_iter().collect();
        self.append(TopicKind::Calls, &event.contact, key, event, headers).await;
    }

    pub async fn front(&self, event: &FrontEvent) {
        let key = key::event(&event.contact, &event.event_id);
        self.append(TopicKind::Front, &event.contact, key, event, Vec::new()).await;
    }

    async fn append<T: Message>(
        &self,
        kind: TopicKind,
        contact: &Contact,
        key: Vec<u8>,
        value: &T,
        headers: Vec<Header>,
    ) {
        let record = Record {
            topic: self.topic(kind),
            partition: self.partition(contact),
            key: Bytes::from(key),
            value: Some(Bytes::from(encode(value))),
            headers,
        };
        self.log.appender().unwrap().append(vec![record]).await.unwrap();
    }

    /// What comes next on a topic; fails when no projector is there that could write it.
    async fn next(&self, reader: &mut Box<dyn Reader>) -> Vec<Stored> {
        tokio::select! {
            batch = reader.next(100) => batch.unwrap().records,
            () = self.failed.cancelled() => panic!("the projector failed"),
        }
    }

    pub fn topic(&self, kind: TopicKind) -> Topic {
        Topic::new(&self.names.name(kind))
    }

    pub fn partition(&self, contact: &Contact) -> Partition {
        partition_of(contact.as_str().as_bytes(), PARTITIONS)
    }

    /// Puts something on the log that is no event.
    pub async fn garbage(&self) {
        let record = Record {
            topic: self.topic(TopicKind::Calls),
            partition: self.partition(&contact()),
            key: Bytes::from_static(b"?"),
            value: Some(Bytes::from_static(b"?")),
            headers: Vec::new(),
        };
        self.log.appender().unwrap().append(vec![record]).await.unwrap();
    }

    /// Waits until all that is on the inputs now was folded and committed.
    pub async fn folded(&self) {
        let partition = self.partition(&contact());
        let calls = self.log.ends(&self.topic(TopicKind::Calls), partition).await.unwrap().end;
        let front = self.log.ends(&self.topic(TopicKind::Front), partition).await.unwrap().end;
        let conversations = self.topic(TopicKind::Conversations);
        let mut reader = self.log.reader(&conversations, partition, Offset::START).await.unwrap();
        loop {
            for stored in self.next(&mut reader).await {
                if !stored.key.starts_with(b"position|") {
                    continue;
                }
                let position: Position = decode(stored.value.as_ref().unwrap()).unwrap();
                let ends = [calls.0, front.0].map(|end| i64::try_from(end).unwrap());
                if position.inputs.iter().zip(ends).all(|(input, end)| input.next_offset >= end) {
                    return;
                }
            }
        }
    }

    /// The traces on the records of the first `count` commands.
    pub async fn traces_of_commands(&self, count: usize) -> Vec<String> {
        let partition = self.partition(&contact());
        let topic = self.topic(TopicKind::Commands);
        let mut reader = self.log.reader(&topic, partition, Offset::START).await.unwrap();
        let mut traces = Vec::new();
        while traces.len() < count {
            let records = self.next(&mut reader).await;
            let trace = |stored| eventlog::trace::traceparent(stored).unwrap().to_owned();
            traces.extend(records.iter().map(trace));
        }
        traces
    }

    /// Waits until there are `count` commands, and gives all that there are.
    pub async fn commands(&self, count: usize) -> Vec<Command> {
        let partition = self.partition(&contact());
        let topic = self.topic(TopicKind::Commands);
        let mut reader = self.log.reader(&topic, partition, Offset::START).await.unwrap();
        let mut commands = Vec::new();
        while commands.len() < count {
            commands.extend(read(&self.next(&mut reader).await));
        }
        commands.extend(read(&reader.next_if_any(100).await.unwrap().records));
        assert_eq!(commands.len(), count, "more than expected: {:?}", keys(&commands));
        commands
    }
}

fn read(records: &[Stored]) -> Vec<Command> {
    records.iter().map(|stored| decode(stored.value.as_ref().unwrap()).unwrap()).collect()
}

/// The keys of commands.
pub fn keys(commands: &[Command]) -> Vec<&str> {
    commands.iter().map(|command| command.effect_key.as_str()).collect()
}
