//! Lanes: the partitions of all topics of a log, numbered without holes for tables in memory.

use std::collections::HashMap;

/// One partition of one topic as it is named on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LaneId {
    /// The topic's id in the manifest.
    pub topic: u32,
    /// The partition.
    pub partition: u32,
}

/// The place of a lane in tables in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Lane(pub usize);

/// All lanes of a log.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lanes {
    ids: Vec<LaneId>,
    by_id: HashMap<LaneId, Lane>,
}

impl Lanes {
    /// The lanes of topics given by id and number of partitions.
    pub(crate) fn of(topics: impl Iterator<Item = (u32, u32)>) -> Lanes {
        let mut lanes = Lanes::default();
        for (topic, partitions) in topics {
            for partition in 0..partitions {
                let id = LaneId { topic, partition };
                lanes.by_id.insert(id, Lane(lanes.ids.len()));
                lanes.ids.push(id);
            }
        }
        lanes
    }

    pub(crate) fn len(&self) -> usize {
        self.ids.len()
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = (Lane, LaneId)> + '_ {
        self.ids.iter().enumerate().map(|(at, id)| (Lane(at), *id))
    }

    pub(crate) fn id(&self, lane: Lane) -> LaneId {
        self.ids[lane.0]
    }

    pub(crate) fn find(&self, id: LaneId) -> Option<Lane> {
        self.by_id.get(&id).copied()
    }
}
