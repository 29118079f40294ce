//! The newest offset of each key, for compaction.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use super::lanes::Lane;

/// The newest offsets of keys. A key is remembered as 128 bits of two hashes that are seeded anew
/// each time, so that nobody can choose keys that are taken for one another, and a collision by
/// chance is as likely as one of random ids.
pub(crate) struct NewestKeys {
    seeds: (RandomState, RandomState),
    offsets: HashMap<u128, u64>,
}

impl NewestKeys {
    pub(crate) fn new() -> NewestKeys {
        NewestKeys { seeds: (RandomState::new(), RandomState::new()), offsets: HashMap::new() }
    }

    pub(crate) fn len(&self) -> usize {
        self.offsets.len()
    }

    /// Notes a record; offsets of a lane come in their order.
    pub(crate) fn note(&mut self, lane: Lane, key: &[u8], offset: u64) {
        let hash = self.hash(lane, key);
        self.offsets.insert(hash, offset);
    }

    /// Whether a newer record with this key was noted.
    pub(crate) fn has_newer(&self, lane: Lane, key: &[u8], offset: u64) -> bool {
        self.offsets.get(&self.hash(lane, key)).is_some_and(|newest| *newest > offset)
    }

    fn hash(&self, lane: Lane, key: &[u8]) -> u128 {
        let one = self.seeds.0.hash_one((lane, key));
        let two = self.seeds.1.hash_one((lane, key));
        u128::from(one) << 64 | u128::from(two)
    }
}
