//! The ids of one log: those that were agreed on at its opening, and those that are met later.

use std::collections::BTreeSet;
use std::sync::{PoisonError, RwLock};

use bytes::Bytes;
use schemas::codec::schema_id;
use schemas::id_map::with_id;
use schemas::registry::{by_id, same_as};
use schemas::{IdMap, UnknownId};

use super::client::{Client, RegistryError};

/// What stands in the place of an id that is none of ours and looks like one of ours.
const NOBODYS: u32 = 0;

/// The ids, and whom to ask for others.
#[derive(Debug)]
pub(super) struct Ids {
    client: Client,
    known: RwLock<Known>,
}

#[derive(Debug)]
struct Known {
    map: IdMap,
    /// Ids of schemas that are none of ours.
    foreign: BTreeSet<u32>,
}

impl Ids {
    pub(super) fn new(client: Client, map: IdMap) -> Ids {
        Ids { client, known: RwLock::new(Known { map, foreign: BTreeSet::new() }) }
    }

    /// The first of ours that the log has no id for.
    pub(super) fn first_unwritable<'a>(
        &self,
        mut values: impl Iterator<Item = &'a Bytes>,
    ) -> Option<UnknownId> {
        let known = self.read();
        values.find_map(|value| {
            let id = schema_id(value).ok()?;
            known.map.theirs(id).is_none().then_some(UnknownId(id))
        })
    }

    /// A value of ours as it stands on the log; one of which the log has no id as it is.
    pub(super) fn outward(&self, value: Bytes) -> Bytes {
        let theirs = schema_id(&value).ok().and_then(|ours| self.read().map.theirs(ours));
        match theirs {
            Some(theirs) => with_id(value, theirs),
            None => value,
        }
    }

    /// The first value whose id nobody has asked for yet: its place among `values`, and the id.
    pub(super) fn first_unasked<'a>(
        &self,
        values: impl Iterator<Item = Option<&'a Bytes>>,
    ) -> Option<(usize, u32)> {
        let known = self.read();
        values.enumerate().find_map(|(place, value)| {
            let id = schema_id(value?).ok()?;
            known.is_unasked(id).then_some((place, id))
        })
    }

    /// A value of the log as callfold reads it. One of another schema keeps its id, so that whoever
    /// reads it says which it cannot read.
    pub(super) fn inward(&self, value: Bytes) -> Bytes {
        let Ok(theirs) = schema_id(&value) else { return value };
        match self.read().map.ours(theirs) {
            Some(ours) => with_id(value, ours),
            // By chance the registry's number for another schema may be one that means something to us.
            None if by_id(theirs).is_some() => with_id(value, NOBODYS),
            None => value,
        }
    }

    /// Asks the registry what an id is: one of our versions under a second id, or nothing of ours.
    ///
    /// # Errors
    /// [`RegistryError`]: nobody knows now.
    pub(super) async fn learn(&self, id: u32) -> Result<(), RegistryError> {
        let schema = self.client.schema(id).await?;
        let ours = schema.as_deref().and_then(same_as);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        match ours {
            Some(version) => known.map.insert_read(id, version.id),
            None => {
                known.foreign.insert(id);
            }
        }
        Ok(())
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn is_unasked(&self, id: u32) -> bool {
        self.map.ours(id).is_none() && !self.foreign.contains(&id)
    }
}
