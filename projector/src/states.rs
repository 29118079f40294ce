//! One partition's part of the local store: the records of `conversations` by their key, and which
//! call is due when. It can be deleted at any time and is rebuilt from the log.

use std::sync::Arc;

use bytes::Bytes;
use eventlog::store::{Store, StoreBatch, StoreError};
use eventlog::{Partition, Reached, Topic};

/// The space of states. Key: partition, record key. Value: due time, record value.
const STATES: u8 = 1;
/// The space of due times. Key: partition, due time, record key. No value.
const DUE: u8 = 2;

/// How many keys are removed in one batch when a partition is cleared: some hundred kilobytes.
const CLEAR_BATCH: usize = 4_096;

/// A due time in the form in which it stands in keys and values: big end first, so that the order
/// of bytes is the order of times, which are never negative.
const NOT_DUE: [u8; 8] = [0xff; 8];

/// One partition's part of the store.
#[derive(Clone)]
pub(crate) struct States {
    store: Arc<Store>,
    topic: Topic,
    partition: Partition,
}

/// A record of `conversations` as it was written.
pub(crate) struct StateRecord {
    pub(crate) key: Bytes,
    /// None for a tombstone.
    pub(crate) value: Option<Bytes>,
    pub(crate) due_at: Option<i64>,
}

impl States {
    /// The part of `store` that is about `partition` of the topic of conversations.
    pub(crate) fn new(store: Arc<Store>, topic: Topic, partition: Partition) -> States {
        States { store, topic, partition }
    }

    /// The newest value of a record.
    pub(crate) fn get(&self, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        let found = self.store.get(STATES, &self.key(key))?;
        Ok(found.map(|value| value.slice(NOT_DUE.len().min(value.len())..)))
    }

    /// Takes records in, all or none, and how far that is.
    pub(crate) fn apply(
        &self,
        records: &[StateRecord],
        reached: Reached,
    ) -> Result<(), StoreError> {
        let mut batch = StoreBatch::default();
        for record in records {
            let key = self.key(&record.key);
            if let Some(known) = self.store.get(STATES, &key)? {
                let due = &known[..NOT_DUE.len().min(known.len())];
                if due != NOT_DUE {
                    batch.delete(DUE, &self.due_key(due, &record.key));
                }
            }
            match &record.value {
                Some(value) => {
                    let due = due_bytes(record.due_at);
                    batch.put(STATES, &key, &[due.as_slice(), value].concat());
                    if due != NOT_DUE {
                        batch.put(DUE, &self.due_key(&due, &record.key), &[]);
                    }
                }
                None => batch.delete(STATES, &key),
            }
        }
        batch.position(&self.topic, self.partition, reached);
        self.store.apply(batch)
    }

    /// Up to `limit` record keys that are due at `now_ms`, those that wait longest first.
    pub(crate) fn due(&self, now_ms: i64, limit: usize) -> Result<Vec<Bytes>, StoreError> {
        let from = self.key(&[]);
        let to = self.key(&due_bytes(Some(now_ms.saturating_add(1))));
        let found = self.store.scan_range(DUE, from.as_slice()..to.as_slice(), limit)?;
        Ok(found.into_iter().map(|(key, _)| key.slice(from.len() + NOT_DUE.len()..)).collect())
    }

    /// When the first call is due.
    pub(crate) fn first_due(&self) -> Result<Option<i64>, StoreError> {
        let prefix = self.key(&[]);
        let found = self.store.scan_prefix(DUE, &prefix, 1)?;
        Ok(found.first().and_then(|(key, _)| {
            let due = key.get(prefix.len()..prefix.len() + NOT_DUE.len())?;
            Some(i64::from_be_bytes(due.try_into().ok()?))
        }))
    }

    /// How far the store got.
    pub(crate) fn reached(&self) -> Result<Option<Reached>, StoreError> {
        self.store.position(&self.topic, self.partition)
    }

    /// Forgets everything about the partition.
    pub(crate) fn clear(&self) -> Result<(), StoreError> {
        for space in [STATES, DUE] {
            loop {
                let found = self.store.scan_prefix(space, &self.key(&[]), CLEAR_BATCH)?;
                if found.is_empty() {
                    break;
                }
                let mut batch = StoreBatch::default();
                for (key, _) in &found {
                    batch.delete(space, key);
                }
                self.store.apply(batch)?;
            }
        }
        Ok(())
    }

    fn key(&self, key: &[u8]) -> Vec<u8> {
        [self.partition.0.to_be_bytes().as_slice(), key].concat()
    }

    fn due_key(&self, due: &[u8], key: &[u8]) -> Vec<u8> {
        [self.partition.0.to_be_bytes().as_slice(), due, key].concat()
    }
}

fn due_bytes(due_at: Option<i64>) -> [u8; 8] {
    due_at.map_or(NOT_DUE, |at| at.max(0).to_be_bytes())
}

#[cfg(test)]
mod tests {
    use eventlog::{Identity, Offset};

    use super::*;

    fn store(dir: &std::path::Path) -> Arc<Store> {
        let identity =
            Identity { log_id: "one".to_owned(), id_space: "test".to_owned(), format_version: 1 };
        Arc::new(Store::open(dir, "projector", &identity).unwrap())
    }

    fn record(key: &str, value: Option<&str>, due_at: Option<i64>) -> StateRecord {
        StateRecord {
            key: Bytes::copy_from_slice(key.as_bytes()),
            value: value.map(|value| Bytes::copy_from_slice(value.as_bytes())),
            due_at,
        }
    }

    #[test]
    fn what_is_due_follows_the_newest_record_and_stays_within_its_partition() {
        let dir = tempfile::tempdir().unwrap();
        let store = store(dir.path());
        let topic = Topic::new("conversations");
        let of = |partition| States::new(store.clone(), topic.clone(), Partition(partition));
        let (one, other) = (of(1), of(2));
        let at = |offset| Reached { offset: Offset(offset), time_ms: 5 };
        one.apply(&[record("a", Some("1"), Some(50)), record("b", Some("1"), Some(20))], at(2))
            .unwrap();
        other.apply(&[record("c", Some("1"), Some(10))], at(9)).unwrap();

        assert_eq!(one.first_due().unwrap(), Some(20));
        assert_eq!(one.due(19, 9).unwrap(), Vec::<Bytes>::new());
        assert_eq!(one.due(50, 9).unwrap(), ["b", "a"]);
        assert_eq!(one.due(50, 1).unwrap(), ["b"]);

        one.apply(&[record("b", Some("22"), None), record("a", None, None)], at(4)).unwrap();
        assert_eq!(one.first_due().unwrap(), None);
        assert_eq!(one.get(b"b").unwrap().unwrap(), "22");
        assert_eq!(one.get(b"a").unwrap(), None);
        assert_eq!(one.reached().unwrap(), Some(at(4)));

        one.clear().unwrap();
        assert_eq!(one.get(b"b").unwrap(), None);
        assert_eq!(other.first_due().unwrap(), Some(10));
    }
}
