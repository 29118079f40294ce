//! The log in memory keeps the contract.

use std::sync::Arc;

use async_trait::async_trait;
use eventlog::contract::Subject;
use eventlog::memory::MemoryLog;
use eventlog::{Log, ManualClock, TopicSpec};

struct Memory {
    log: Arc<MemoryLog>,
    clock: ManualClock,
}

async fn make(topics: Vec<TopicSpec>) -> Box<dyn Subject> {
    let clock = ManualClock::at(1_700_000_000_000);
    let log = MemoryLog::new(topics, Arc::new(clock.clone()));
    Box::new(Memory { log, clock })
}

#[async_trait]
impl Subject for Memory {
    fn log(&self) -> Arc<dyn Log> {
        self.log.clone()
    }

    fn clock(&self) -> ManualClock {
        self.clock.clone()
    }

    async fn reopen(&mut self) {
        self.log = self.log.reopen();
    }

    async fn crash(&mut self) {
        self.log = self.log.reopen();
    }

    async fn clean(&self) -> Result<(), String> {
        self.log.clean();
        Ok(())
    }
}

eventlog::contract_tests!(make);
