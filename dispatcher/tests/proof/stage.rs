//! A log, a Front and a dispatcher, and what a test says to them.

mod commands;
mod past;
mod refusing;
mod seen;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use dispatcher::{Config, Handle};
use eventlog::memory::MemoryLog;
use eventlog::partitioner::partition_of;
use eventlog::{Cleanup, Clock, Header, Log, Offset, Record, Topic, TopicSpec};
use schemas::topics::key;
use schemas::{Command, Contact, Status, TopicKind, TopicNames};
use secrecy::SecretString;
use simulators::front::{self, Limits, Simulator, Span};
use simulators::spec;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub use commands::{Call, attribute, contact, effect_key};
pub use past::{of_teammate, tried};
pub use refusing::Refusing;
pub use seen::bodies;

/// Far above anything that is waited for here; a test that needs it has failed.
pub const PATIENCE: Duration = Duration::from_secs(180);
/// For tests in which a request is never answered, or in which somebody must be sure that none is under way:
/// how long an answer is waited for. Others wait so long that a busy machine answers in time.
pub const IMPATIENT: Duration = Duration::from_millis(600);
pub const PARTITIONS: u32 = 3;
pub const AGENT: &str = "agent.one@example.com";
pub const LINE: &str = "+33187654321";

/// A Front that is quick, so that tests are.
pub fn quick_front() -> front::Config {
    front::Config {
        limits: Limits {
            requests_per_minute: 6_000,
            burst: 0,
            per_resource_per_s: 1_000,
            search_share: 0.4,
        },
        visible_delay_ms: Span { min: 5, max: 40 },
        ..front::Config::default()
    }
}

pub struct Stage {
    pub front: Simulator,
    pub log: Arc<MemoryLog>,
    clock: Arc<FrontsClock>,
    pub config: Config,
    stores: tempfile::TempDir,
    running: Option<Running>,
    commands: u32,
}

/// Front, the log and the dispatcher go by one clock, so that their times can be compared.
struct FrontsClock(Box<dyn Fn() -> i64 + Send + Sync>);

impl Clock for FrontsClock {
    fn now_ms(&self) -> i64 {
        (self.0)()
    }
}

struct Running {
    task: JoinHandle<Result<(), dispatcher::Error>>,
    stop: CancellationToken,
    handle: Handle,
}

impl Stage {
    /// A log, a Front, and a dispatcher that has not been started.
    pub async fn set(config: front::Config) -> Stage {
        let front = Simulator::start_for_tests(config).await.unwrap();
        let names = TopicNames::with_prefix("callfold");
        let topics = TopicKind::ALL.map(|kind| TopicSpec {
            topic: Topic::new(&names.name(kind)),
            partitions: PARTITIONS,
            cleanup: Cleanup { compact: kind.keeps().compact, retention: None },
        });
        let clock = Arc::new(FrontsClock(Box::new(front.clock())));
        let log = MemoryLog::new(topics.to_vec(), clock.clone());
        let config = Config {
            requests_per_minute: 6_000.0,
            requests_per_resource_s: 1_000,
            timeout: Duration::from_secs(10),
            confirm_after: Duration::from_millis(40),
            poll_every: Duration::from_millis(50),
            poll_events: false,
            partitions: PARTITIONS,
            ..Config::new(front.url(), SecretString::from(front.token()))
        };
        let stores = tempfile::tempdir().unwrap();
        Stage { front, log, clock, config, stores, running: None, commands: 0 }
    }

    /// The same, running.
    pub async fn running(config: front::Config) -> Stage {
        let mut stage = Stage::set(config).await;
        stage.start();
        stage
    }

    pub fn start(&mut self) {
        let stores = self.stores.path().to_owned();
        self.start_with_stores(stores);
    }

    /// Starts a dispatcher that has to read everything from the log.
    pub fn start_without_store(&mut self) {
        self.stores = tempfile::tempdir().unwrap();
        self.start();
    }

    fn start_with_stores(&mut self, stores: std::path::PathBuf) {
        let (reporter, handle) = dispatcher::reporter();
        let stop = CancellationToken::new();
        let log: Arc<dyn Log> = self.log.clone();
        let clock = self.clock.clone();
        let task = tokio::spawn(dispatcher::run(
            log,
            stores,
            clock,
            self.config.clone(),
            reporter,
            stop.clone(),
        ));
        self.running = Some(Running { task, stop, handle });
    }

    /// Stops in order.
    pub async fn stop(&mut self) {
        let running = self.running.take().unwrap();
        running.stop.cancel();
        tokio::time::timeout(PATIENCE, running.task).await.unwrap().unwrap().unwrap();
    }

    /// Ends the dispatcher where it stands.
    pub async fn kill(&mut self) {
        let running = self.running.take().unwrap();
        running.task.abort();
        let _ = running.task.await;
    }

    pub fn handle(&self) -> Handle {
        self.running.as_ref().unwrap().handle.clone()
    }

    /// The folder of the local stores.
    pub fn stores(&self) -> &std::path::Path {
        self.stores.path()
    }

    pub async fn status(&self, wanted: impl FnMut(&Status) -> bool) -> Status {
        let mut handle = self.handle();
        tokio::time::timeout(PATIENCE, handle.until(wanted)).await.unwrap().unwrap()
    }

    pub async fn send(&mut self, command: Command) {
        let key = key::effect(&command.contact, &command.effect_key);
        self.commands += 1;
        self.append(TopicKind::Commands, &command.contact, key, schemas::encode(&command)).await;
    }

    pub async fn append(&self, kind: TopicKind, contact: &Contact, key: Vec<u8>, value: Vec<u8>) {
        self.append_with(kind, contact, key, value, vec![]).await;
    }

    async fn append_with(
        &self,
        kind: TopicKind,
        contact: &Contact,
        key: Vec<u8>,
        value: Vec<u8>,
        headers: Vec<Header>,
    ) -> Offset {
        let record = Record {
            topic: self.topic(kind),
            partition: partition_of(contact.as_str().as_bytes(), PARTITIONS),
            key: Bytes::from(key),
            value: Some(Bytes::from(value)),
            headers,
        };
        self.log.appender().unwrap().append(vec![record]).await.unwrap()[0]
    }

    pub fn topic(&self, kind: TopicKind) -> Topic {
        Topic::new(&self.config.topics.name(kind))
    }

    /// Ends the test: everything that was sent was as Front's specification has it. (What the simulator
    /// answers is the simulator's own test.)
    pub async fn curtain(mut self) {
        if self.running.is_some() {
            self.stop().await;
        }
        let mut violations = self.front.violations();
        violations.retain(|violation| violation.side == spec::Side::Request);
        assert!(violations.is_empty(), "{violations:#?}");
        self.front.stop().await;
    }
}
