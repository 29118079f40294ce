//! What all handles on one open log share.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use tokio::sync::watch;

use super::files::Files;
use super::finding::Finding;
use super::format::Place;
use super::lanes::{Lane, LaneId, Lanes};
use super::manifest::Manifest;
use super::view::View;
use crate::admission::place_of;
use crate::{Ends, Identity, LogError, Offset, Partition, Topic, TopicSpec};

/// How far a lane got, for those who wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tail {
    pub(crate) end: u64,
    /// Nothing more will come through this handle.
    pub(crate) stopped: bool,
}

/// An open log.
pub(crate) struct Core {
    pub(crate) identity: Identity,
    pub(crate) log_id: u128,
    pub(crate) dir: PathBuf,
    pub(crate) files: Arc<dyn Files>,
    pub(crate) lanes: Lanes,
    /// The topics that it was opened with.
    pub(crate) topics: Vec<TopicSpec>,
    /// Their ids in the manifest.
    pub(crate) topic_ids: Vec<u32>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) manifest: Mutex<Manifest>,
    pub(crate) view: RwLock<View>,
    pub(crate) tails: Vec<watch::Sender<Tail>>,
    pub(crate) stopped: OnceLock<String>,
}

impl Core {
    pub(crate) fn view(&self) -> RwLockReadGuard<'_, View> {
        self.view.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn view_mut(&self) -> RwLockWriteGuard<'_, View> {
        self.view.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn place(&self, segment: u64) -> Place {
        Place { log_id: self.log_id, segment }
    }

    /// The lane of a partition of a topic that the log was opened with.
    pub(crate) fn lane(&self, topic: &Topic, partition: Partition) -> Result<Lane, LogError> {
        let place = place_of(&self.topics, topic, partition)?;
        Ok(self.lane_at(place, partition))
    }

    /// The lane of a partition of the topic at `place`; both were checked.
    pub(crate) fn lane_at(&self, place: usize, partition: Partition) -> Lane {
        let id = LaneId { topic: self.topic_ids[place], partition: partition.0 };
        self.lanes.find(id).expect("a topic's partitions are lanes since the open")
    }

    pub(crate) fn ends(&self, topic: &Topic, partition: Partition) -> Result<Ends, LogError> {
        let lane = self.lane(topic, partition)?;
        let view = self.view();
        Ok(Ends { start: Offset(view.start(lane)), end: Offset(view.ends[lane.0]) })
    }

    /// Says that the log has stopped, and wakes whoever waits. The first reason stays.
    pub(crate) fn stop(&self, why: String) {
        let _ = self.stopped.set(why);
        for tail in &self.tails {
            tail.send_modify(|tail| tail.stopped = true);
        }
    }

    pub(crate) fn stop_reason(&self) -> LogError {
        let why = self.stopped.get().map_or("its thread has ended", String::as_str);
        LogError::Stopped(why.to_owned())
    }
}
