//! The embedded log keeps the contract.

use std::sync::Arc;

use async_trait::async_trait;
use eventlog::contract::Subject;
use eventlog::embedded::{EmbeddedLog, Options, open};
use eventlog::{Log, ManualClock, TopicSpec};
use tempfile::TempDir;

struct Embedded {
    dir: TempDir,
    topics: Vec<TopicSpec>,
    log: Option<Arc<EmbeddedLog>>,
    clock: ManualClock,
}

impl Embedded {
    fn open(&mut self) {
        let (topics, clock) = (self.topics.clone(), Arc::new(self.clock.clone()));
        // Small segments, so that every rule meets several of them.
        let options = Options { segment_bytes: 16 << 10, ..Options::default() };
        let log = open(self.dir.path(), topics, "callfold", clock, options).expect("opens");
        assert_eq!(log.findings(), []);
        self.log = Some(log);
    }

    fn opened(&self) -> &Arc<EmbeddedLog> {
        self.log.as_ref().expect("is open between two calls")
    }
}

async fn make(topics: Vec<TopicSpec>) -> Box<dyn Subject> {
    let clock = ManualClock::at(1_700_000_000_000);
    let dir = tempfile::tempdir().expect("a directory");
    let mut subject = Embedded { dir, topics, log: None, clock };
    subject.open();
    Box::new(subject)
}

#[async_trait]
impl Subject for Embedded {
    fn log(&self) -> Arc<dyn Log> {
        self.opened().clone()
    }

    fn clock(&self) -> ManualClock {
        self.clock.clone()
    }

    async fn reopen(&mut self) {
        self.opened().close().await;
        self.log = None;
        self.open();
    }

    async fn crash(&mut self) {
        self.opened().abandon();
        self.open();
    }

    async fn clean(&self) -> Result<(), String> {
        self.opened().clean_now().await.map_err(|error| error.to_string())
    }
}

eventlog::contract_tests!(make);
