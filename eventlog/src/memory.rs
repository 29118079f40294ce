//! A log in memory, for tests: it keeps the whole contract but survives only as long as its handle.

mod partition;
mod reader;
mod write;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::admission::place_of;
use crate::membership::{Everything, Told};
use crate::{
    Appender, Clock, Ends, Identity, Log, LogError, LogReader, Membership, Offset, Partition,
    Reader, Topic, TopicSpec, Writer, WriterName,
};
use partition::Lane;
pub use write::Failure;

/// A log in memory.
pub struct MemoryLog {
    shared: Arc<Shared>,
    epoch: u64,
}

/// What all handles on one log share.
struct Shared {
    identity: Identity,
    topics: Vec<TopicSpec>,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    told: Told,
}

struct State {
    /// By the topic's place, then by partition.
    lanes: Vec<Vec<Lane>>,
    /// Who owns each writer's name now.
    generations: HashMap<WriterName, u64>,
    /// Grows with each reopening: handles of an older epoch are dead.
    epoch: u64,
    /// What the next commit shall meet.
    failure: Option<Failure>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl MemoryLog {
    /// An empty log of these topics.
    #[must_use]
    pub fn new(topics: Vec<TopicSpec>, clock: Arc<dyn Clock>) -> Arc<MemoryLog> {
        let lanes = topics
            .iter()
            .map(|spec| (0..spec.partitions).map(|_| Lane::default()).collect())
            .collect();
        let state = State { lanes, generations: HashMap::new(), epoch: 0, failure: None };
        let identity = Identity {
            log_id: "memory".to_owned(),
            id_space: "callfold".to_owned(),
            format_version: 0,
        };
        let (state, told) = (Mutex::new(state), Told::default());
        let shared = Shared { identity, topics, clock, state, told };
        Arc::new(MemoryLog { shared: Arc::new(shared), epoch: 0 })
    }

    /// The same records under a new handle, as after a restart: appenders and writers of older
    /// handles fail from now on.
    #[must_use]
    pub fn reopen(&self) -> Arc<MemoryLog> {
        let mut state = self.shared.state();
        state.epoch += 1;
        Arc::new(MemoryLog { shared: self.shared.clone(), epoch: state.epoch })
    }

    /// Makes the next commit or append that carries records end in `failure`.
    pub fn fail_next(&self, failure: Failure) {
        self.shared.state().failure = Some(failure);
    }

    /// Makes the records from `first` up to `next` unreadable, as damaged bytes would.
    ///
    /// # Panics
    /// When the log has no such partition.
    pub fn damage(&self, topic: &Topic, partition: Partition, first: Offset, next: Offset) {
        let place =
            place_of(&self.shared.topics, topic, partition).expect("a partition of this log");
        self.shared.state().lanes[place][partition.0 as usize].damage(first, next);
    }

    /// How far a role's owner of `slot` says that it has read; none before it has said anything.
    #[must_use]
    pub fn told_of(&self, role: &str, slot: u32) -> Option<Offset> {
        let told = self.shared.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.get(&(role.to_owned(), slot)).copied()
    }

    /// Drops what the topics' cleanup allows: compaction at once and whole, tombstones after
    /// [`crate::topic::TOMBSTONES_KEPT`].
    pub fn clean(&self) {
        let now_ms = self.shared.clock.now_ms();
        let mut state = self.shared.state();
        for (spec, lanes) in self.shared.topics.iter().zip(&mut state.lanes) {
            for lane in lanes {
                lane.clean(spec.cleanup, now_ms);
            }
        }
    }

    fn alive(&self) -> Result<(), LogError> {
        if self.shared.state().epoch == self.epoch {
            Ok(())
        } else {
            Err(LogError::Stopped("it was opened again under another handle".to_owned()))
        }
    }
}

#[async_trait]
impl LogReader for MemoryLog {
    fn identity(&self) -> &Identity {
        &self.shared.identity
    }

    fn topics(&self) -> &[TopicSpec] {
        &self.shared.topics
    }

    async fn ends(&self, topic: &Topic, partition: Partition) -> Result<Ends, LogError> {
        let place = place_of(&self.shared.topics, topic, partition)?;
        Ok(self.shared.state().lanes[place][partition.0 as usize].ends())
    }

    async fn reader(
        &self,
        topic: &Topic,
        partition: Partition,
        from: Offset,
    ) -> Result<Box<dyn Reader>, LogError> {
        let place = place_of(&self.shared.topics, topic, partition)?;
        Ok(Box::new(reader::MemoryReader::new(self.shared.clone(), place, partition, from)))
    }
}

#[async_trait]
impl Log for MemoryLog {
    async fn ready(&self) -> Result<(), LogError> {
        self.alive()?;
        match self.shared.state().failure {
            Some(failure @ Failure::Retry) => {
                Err(LogError::Full(format!("{failure:?}, as a test asked")))
            }
            Some(Failure::UnknownWritten | Failure::UnknownLost) | None => Ok(()),
        }
    }

    fn appender(&self) -> Result<Arc<dyn Appender>, LogError> {
        self.alive()?;
        Ok(Arc::new(write::MemoryAppender { shared: self.shared.clone(), epoch: self.epoch }))
    }

    async fn writer(&self, name: &WriterName) -> Result<Box<dyn Writer>, LogError> {
        self.alive()?;
        let mut state = self.shared.state();
        let generation = state.generations.entry(name.clone()).or_insert(0);
        *generation += 1;
        Ok(Box::new(write::MemoryWriter {
            shared: self.shared.clone(),
            epoch: self.epoch,
            name: name.clone(),
            generation: *generation,
        }))
    }

    async fn join(&self, role: &str, slots: u32) -> Result<Box<dyn Membership>, LogError> {
        self.alive()?;
        Ok(Box::new(Everything::of(role, slots, self.shared.told.clone())))
    }
}
