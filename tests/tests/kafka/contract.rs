//! The log on Kafka keeps the whole contract.

use std::sync::Arc;

use async_trait::async_trait;
use eventlog::contract::Subject;
use eventlog::kafka::{KafkaLog, Options, open, topics};
use eventlog::{Clock, Log, ManualClock, SystemClock, TopicSpec};

use crate::shared_cluster;

struct Kafka {
    options: Options,
    topics: Vec<TopicSpec>,
    log: Option<Arc<KafkaLog>>,
    clock: ManualClock,
}

impl Kafka {
    async fn open(&mut self) {
        let (options, topics) = (self.options.clone(), self.topics.clone());
        let log = open(options, topics, Arc::new(self.clock.clone())).await;
        self.log = Some(log.expect("the log opens"));
    }

    fn opened(&self) -> &Arc<KafkaLog> {
        self.log.as_ref().expect("is open between two calls")
    }
}

async fn make(specs: Vec<TopicSpec>) -> Option<Box<dyn Subject>> {
    let cluster = shared_cluster().await?;
    let prefix = specs[0].topic.as_str().split('.').next().expect("a world's prefix");
    let options =
        Options { replication: 1, ..Options::new(&cluster.bootstrap(), prefix, "callfold") };
    assert_eq!(topics::create(&options, &specs).await.expect("creates"), []);
    // The broker's own clock decides what is too old to be kept.
    let clock = ManualClock::at(SystemClock.now_ms());
    let mut subject = Kafka { options, topics: specs, log: None, clock };
    subject.open().await;
    Some(Box::new(subject))
}

#[async_trait]
impl Subject for Kafka {
    fn log(&self) -> Arc<dyn Log> {
        self.opened().clone()
    }

    fn clock(&self) -> ManualClock {
        self.clock.clone()
    }

    async fn reopen(&mut self) {
        self.opened().close();
        self.log = None;
        self.open().await;
    }

    async fn crash(&mut self) {
        self.reopen().await;
    }

    async fn clean(&self) -> Result<(), String> {
        Err("a broker compacts when it sees fit".to_owned())
    }
}

/// How many tests there are here.
pub const CHECKS: usize = CONTRACT_RULES;

eventlog::contract_tests!(make);
