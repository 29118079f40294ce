//! What can be checked of the Kafka log without a broker: the wire-level part of the contract, on the
//! client library's mock cluster. The whole contract on a real broker is in
//! `tests/tests/kafka_contract.rs`.

use std::sync::Arc;

use async_trait::async_trait;
use eventlog::contract::Subject;
use eventlog::kafka::mock::Mock;
use eventlog::kafka::{KafkaLog, Options, open};
use eventlog::{Clock, Log, ManualClock, SystemClock, TopicSpec};

struct Mocked {
    // Lives as long as the log that talks to it.
    _mock: Mock,
    options: Options,
    topics: Vec<TopicSpec>,
    log: Option<Arc<KafkaLog>>,
    clock: ManualClock,
}

impl Mocked {
    async fn open(&mut self) {
        let (options, topics) = (self.options.clone(), self.topics.clone());
        let log = open(options, topics, Arc::new(self.clock.clone())).await;
        self.log = Some(log.expect("the log opens"));
    }
}

async fn make(topics: Vec<TopicSpec>) -> Box<dyn Subject> {
    let mock = Mock::start();
    let options = Options::new(&mock.brokers(), "mocked", "callfold");
    mock.create(&options, &topics);
    let clock = ManualClock::at(SystemClock.now_ms());
    let mut subject = Mocked { _mock: mock, options, topics, log: None, clock };
    subject.open().await;
    Box::new(subject)
}

#[async_trait]
impl Subject for Mocked {
    fn log(&self) -> Arc<dyn Log> {
        self.log.as_ref().expect("is open between two calls").clone()
    }

    fn clock(&self) -> ManualClock {
        self.clock.clone()
    }

    async fn reopen(&mut self) {
        self.log.take().expect("is open between two calls").close();
        self.open().await;
    }

    async fn crash(&mut self) {
        self.reopen().await;
    }

    async fn clean(&self) -> Result<(), String> {
        Err("a mock cluster compacts nothing".to_owned())
    }
}

eventlog::contract_tests!(make);
