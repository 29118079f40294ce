//! A local store that may fail and be had again, shared by all who work with it.

use std::fs::File;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use super::place::{folder, hold};
use super::{Store, StoreError};
use crate::Identity;

/// Gives out one store, and a new one once that has failed: on a full disk for example. Whoever
/// still works with the old one is told at its next step, takes the new one, and brings it up from
/// the log: nothing of a store is true of another.
///
/// What failed stays in memory, with up to its whole cache, until the process ends: its own end
/// could wait for ever for what it cannot write. So a new one is made only where there is room.
#[derive(Debug)]
pub struct Shelf {
    dir: PathBuf,
    name: String,
    identity: Identity,
    place: Mutex<Place>,
}

#[derive(Debug, Default)]
struct Place {
    held: Option<Arc<File>>,
    store: Option<Arc<Store>>,
    failed: u32,
}

impl Shelf {
    /// The store `name` under `dir`, for the log `identity`. Nothing is opened yet.
    #[must_use]
    pub fn new(dir: PathBuf, name: &str, identity: &Identity) -> Shelf {
        Shelf { dir, name: name.to_owned(), identity: identity.clone(), place: Mutex::default() }
    }

    /// The store; opened, or made anew, where there is none or it has failed.
    ///
    /// # Errors
    /// As [`Store::open`]; and [`StoreError::Full`]. All but [`StoreError::Held`] may pass.
    pub fn store(&self) -> Result<Arc<Store>, StoreError> {
        let mut place = self.place.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(store) = &place.store {
            if !store.has_failed() {
                return Ok(store.clone());
            }
            store.remove_files();
            place.store = None;
            place.failed += 1;
        }
        let held = match &place.held {
            Some(held) => held.clone(),
            None => place.held.insert(Arc::new(hold(&self.dir, &self.name)?)).clone(),
        };
        let at = folder(&self.dir, &self.name, place.failed);
        let store = Arc::new(Store::open_at(at, &self.identity, held)?);
        place.store = Some(store.clone());
        Ok(store)
    }
}
