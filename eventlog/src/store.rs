//! The local store: what a service has made of its compacted topic, on sled. It holds only what
//! can be deleted at any time and is rebuilt from the log, so nothing here is ever synced: after a
//! crash it is some batches behind, each whole or absent, and the service catches up from the
//! offset that came with the last whole one.
//!
//! A store that belongs to another log, or that cannot be opened, is emptied: [`Store::rebuilt`]
//! says why. One process (and one handle) holds a store at a time.

mod place;
mod shelf;

use std::fs::File;
use std::ops::{Bound, RangeBounds};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;

use crate::reached::Reached;
use crate::{Identity, Offset, Partition, Topic};

use place::{hold, remove};
pub use shelf::Shelf;

/// The layout of a store; another one is rebuilt.
const LAYOUT: u32 = 1;

/// sled's page cache. The hot part of 100,000 contacts at some hundred bytes each fits.
const CACHE_BYTES: u64 = 128 << 20;

/// The space that holds the store's own records.
const OWN_SPACE: u8 = 0xff;

/// Why a store could not be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process, or another handle of this one, has it open.
    #[error(
        "the local store {0} is held by another process: stop that process, or give this one another log.dir"
    )]
    Held(PathBuf),
    /// The store's files cannot be read or written. [`Store::discard`] it: the next open rebuilds.
    #[error(
        "the local store {store} failed: {what}; it can be deleted and is rebuilt from the log"
    )]
    Failed {
        /// Where it is.
        store: PathBuf,
        /// What was said.
        what: String,
    },
    /// There is no room for a store: nothing of it was made.
    #[error("there is no room for the local store {store}: {what}; it goes on when there is")]
    Full {
        /// Where it would be.
        store: PathBuf,
        /// What was said.
        what: String,
    },
}

impl StoreError {
    /// Whether another store may be had later: what failed is rebuilt from the log, and room comes back.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        match self {
            StoreError::Held(_) => false,
            StoreError::Failed { .. } | StoreError::Full { .. } => true,
        }
    }
}

/// What of a store changes together.
#[derive(Debug, Default)]
pub struct StoreBatch {
    batch: sled::Batch,
}

impl StoreBatch {
    /// Sets a key. Space 255 is the store's own.
    pub fn put(&mut self, space: u8, key: &[u8], value: &[u8]) {
        debug_assert!(space != OWN_SPACE, "space 255 is the store's own");
        self.batch.insert(full_key(space, key), value);
    }

    /// Removes a key; one that is not there stays so.
    pub fn delete(&mut self, space: u8, key: &[u8]) {
        debug_assert!(space != OWN_SPACE, "space 255 is the store's own");
        self.batch.remove(full_key(space, key));
    }

    /// Says how far in a partition the store has got with this batch.
    pub fn position(&mut self, topic: &Topic, partition: Partition, reached: Reached) {
        let mut value = [0; 16];
        value[..8].copy_from_slice(&reached.offset.0.to_be_bytes());
        value[8..].copy_from_slice(&reached.time_ms.to_be_bytes());
        self.batch.insert(position_key(topic, partition), &value);
    }
}

/// A local store.
#[derive(Debug)]
pub struct Store {
    at: PathBuf,
    /// None only while the store is let go of.
    db: Option<sled::Db>,
    /// It has failed: nothing of it can be trusted, and its own end may never come.
    failed: AtomicBool,
    rebuilt: Option<String>,
    /// Let go of last: fields are dropped in this order.
    _held: Arc<File>,
}

impl Store {
    /// Opens the store `name` under `dir` for the log `identity`; empties one that belongs to
    /// another log or cannot be read.
    ///
    /// # Errors
    /// [`StoreError::Held`], [`StoreError::Full`], or [`StoreError::Failed`] when even an empty one
    /// cannot be made.
    pub fn open(dir: &Path, name: &str, identity: &Identity) -> Result<Store, StoreError> {
        let held = Arc::new(hold(dir, name)?);
        Store::open_at(dir.join(name), identity, held)
    }

    fn open_at(at: PathBuf, identity: &Identity, held: Arc<File>) -> Result<Store, StoreError> {
        place::room(&at)?;
        let whose = format!("{LAYOUT}\n{}\n{}", identity.log_id, identity.id_space);
        let reason = match open_as(&at, &whose) {
            Ok(db) => return Ok(Store::of(at, db, None, held)),
            Err(Unusable::Foreign) => "it belongs to another log".to_owned(),
            Err(Unusable::Broken(what)) => what,
        };
        let failed = |what: String| StoreError::Failed { store: at.clone(), what };
        remove(&at).map_err(|error| failed(error.to_string()))?;
        match open_as(&at, &whose) {
            Ok(db) => Ok(Store::of(at, db, Some(reason), held)),
            Err(Unusable::Foreign) => Err(failed("a new store names another log".to_owned())),
            Err(Unusable::Broken(what)) => Err(failed(what)),
        }
    }

    fn of(at: PathBuf, db: sled::Db, rebuilt: Option<String>, held: Arc<File>) -> Store {
        Store { at, db: Some(db), failed: AtomicBool::new(false), rebuilt, _held: held }
    }

    /// Whether it has failed: then every call says so, for ever.
    fn has_failed(&self) -> bool {
        self.failed.load(Ordering::SeqCst)
    }

    /// Gives the disk back what a failed store has there. Files that cannot be removed now are removed
    /// when the store's lock is taken the next time.
    fn remove_files(&self) {
        let _ = remove(&self.at);
    }

    /// Why the store was emptied when it was opened; none when it was not.
    #[must_use]
    pub fn rebuilt(&self) -> Option<&str> {
        self.rebuilt.as_deref()
    }

    /// The value of a key.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    pub fn get(&self, space: u8, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        self.guarded(|db| Ok(db.get(full_key(space, key))?.map(|value| copy(&value))))
    }

    /// Up to `limit` keys of a space that start with `prefix`, in order, with their values.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    pub fn scan_prefix(
        &self,
        space: u8,
        prefix: &[u8],
        limit: usize,
    ) -> Result<Vec<(Bytes, Bytes)>, StoreError> {
        self.guarded(|db| collect(db.scan_prefix(full_key(space, prefix)), limit))
    }

    /// Up to `limit` keys of a space that lie in `range`, in order, with their values.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    pub fn scan_range<'a>(
        &self,
        space: u8,
        range: impl RangeBounds<&'a [u8]>,
        limit: usize,
    ) -> Result<Vec<(Bytes, Bytes)>, StoreError> {
        let from = match range.start_bound() {
            Bound::Included(key) => Bound::Included(full_key(space, key)),
            Bound::Excluded(key) => Bound::Excluded(full_key(space, key)),
            Bound::Unbounded => Bound::Included(vec![space]),
        };
        let to = match range.end_bound() {
            Bound::Included(key) => Bound::Included(full_key(space, key)),
            Bound::Excluded(key) => Bound::Excluded(full_key(space, key)),
            Bound::Unbounded => match space.checked_add(1) {
                Some(after) => Bound::Excluded(vec![after]),
                None => Bound::Unbounded,
            },
        };
        self.guarded(|db| collect(db.range::<Vec<u8>, _>((from, to)), limit))
    }

    /// Makes all changes of `batch` at once: after a crash either all of them are there or none.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    pub fn apply(&self, batch: StoreBatch) -> Result<(), StoreError> {
        self.guarded(|db| db.apply_batch(batch.batch))
    }

    /// How far in a partition the store has got; none when it holds nothing of it. Ask
    /// [`Reached::catches_up`] whether that is near enough.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    pub fn position(
        &self,
        topic: &Topic,
        partition: Partition,
    ) -> Result<Option<Reached>, StoreError> {
        let value = self.guarded(|db| db.get(position_key(topic, partition)))?;
        let Some(value) = value else { return Ok(None) };
        let (Ok(offset), Ok(time_ms)) =
            (value[..8.min(value.len())].try_into(), value[8.min(value.len())..].try_into())
        else {
            self.failed.store(true, Ordering::SeqCst);
            let what = "the recorded position is malformed".to_owned();
            return Err(StoreError::Failed { store: self.at.clone(), what });
        };
        let offset = Offset(u64::from_be_bytes(offset));
        Ok(Some(Reached { offset, time_ms: i64::from_be_bytes(time_ms) }))
    }

    /// Empties the store, for a rebuild.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    pub fn clear(&self, identity: &Identity) -> Result<(), StoreError> {
        let whose = format!("{LAYOUT}\n{}\n{}", identity.log_id, identity.id_space);
        self.guarded(|db| {
            db.clear()?;
            db.insert(identity_key(), whose.as_bytes()).map(drop)
        })
    }

    /// Closes the store and deletes its files: the next open makes an empty one.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    pub fn discard(mut self) -> Result<(), StoreError> {
        let at = self.at.clone();
        self.let_go();
        remove(&at).map_err(|error| StoreError::Failed { store: at, what: error.to_string() })
    }

    /// Damage makes sled return an error or panic: both mean that the store is lost, and a store
    /// may be lost.
    fn guarded<T>(
        &self,
        act: impl FnOnce(&sled::Db) -> Result<T, sled::Error>,
    ) -> Result<T, StoreError> {
        let failed = |what| {
            self.failed.store(true, Ordering::SeqCst);
            Err(StoreError::Failed { store: self.at.clone(), what })
        };
        let Some(db) = &self.db else { return failed("it was let go of".to_owned()) };
        // After a failure sled may wait for ever for what will not come.
        if self.has_failed() {
            return failed("it has failed before".to_owned());
        }
        match catch_unwind(AssertUnwindSafe(|| act(db))) {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => failed(error.to_string()),
            Err(_) => failed("sled panicked on its files".to_owned()),
        }
    }

    /// Closes the files. Of a store that has failed the files are removed and sled is left as it is: its
    /// end would wait for what it could not write.
    fn let_go(&mut self) {
        let Some(db) = self.db.take() else { return };
        if self.has_failed() {
            std::mem::forget(db);
            self.remove_files();
        }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.let_go();
    }
}

/// Waits until the handle before this one has let go of the files: sled closes them on threads of
/// its own, some moments after its handle was dropped.
fn wait_until_closed(at: &Path) -> std::io::Result<()> {
    match File::open(at.join("db")) {
        Ok(file) => file.lock(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

enum Unusable {
    Foreign,
    Broken(String),
}

fn open_as(at: &Path, whose: &str) -> Result<sled::Db, Unusable> {
    let config =
        sled::Config::new().path(at).cache_capacity(CACHE_BYTES).print_profile_on_drop(false);
    wait_until_closed(at).map_err(|error| Unusable::Broken(error.to_string()))?;
    let opened = catch_unwind(AssertUnwindSafe(|| {
        let db = config.open()?;
        let found = db.get(identity_key())?;
        Ok::<_, sled::Error>((db, found))
    }));
    let (db, found) = match opened {
        Ok(Ok(opened)) => opened,
        Ok(Err(error)) => return Err(Unusable::Broken(error.to_string())),
        Err(_) => return Err(Unusable::Broken("sled panicked on its files".to_owned())),
    };
    match found {
        Some(found) if found.as_ref() == whose.as_bytes() => Ok(db),
        Some(_) => Err(Unusable::Foreign),
        None if db.is_empty() => match db.insert(identity_key(), whose.as_bytes()) {
            Ok(_) => Ok(db),
            Err(error) => {
                // As in `let_go`: it cannot write, and its end might wait for that.
                std::mem::forget(db);
                Err(Unusable::Broken(error.to_string()))
            }
        },
        None => Err(Unusable::Broken("it does not say whose it is".to_owned())),
    }
}

fn collect(found: sled::Iter, limit: usize) -> Result<Vec<(Bytes, Bytes)>, sled::Error> {
    found.take(limit).map(|pair| pair.map(|(key, value)| (copy(&key[1..]), copy(&value)))).collect()
}

fn copy(bytes: &[u8]) -> Bytes {
    Bytes::copy_from_slice(bytes)
}

fn full_key(space: u8, key: &[u8]) -> Vec<u8> {
    let mut full = Vec::with_capacity(1 + key.len());
    full.push(space);
    full.extend_from_slice(key);
    full
}

fn identity_key() -> Vec<u8> {
    vec![OWN_SPACE, b'i']
}

fn position_key(topic: &Topic, partition: Partition) -> Vec<u8> {
    let mut key = vec![OWN_SPACE, b'p'];
    key.extend_from_slice(topic.as_str().as_bytes());
    key.push(0);
    key.extend_from_slice(&partition.0.to_be_bytes());
    key
}
