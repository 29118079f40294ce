//! The ledger: what is known of every effect and contact. Truth is the `outcomes` topic; this is the
//! local store made of it, with what is written but not yet durable laid over it.

pub(crate) mod kept;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use eventlog::Partition;
use eventlog::store::{Store, StoreBatch, StoreError};
use schemas::topics::key;
use schemas::{CallId, Contact, EffectKey, FrontConversationId, Position, Thread, TimeMs};

use kept::Kept;

/// Spaces of the local store.
pub(crate) mod space {
    /// `contact|effect` to the ledger entry.
    pub(crate) const EFFECTS: u8 = 1;
    /// `contact|effect` of every entry that is not finished.
    pub(crate) const UNFINISHED: u8 = 2;
    /// Contact to its thread.
    pub(crate) const THREADS: u8 = 3;
    /// `cnv_...` to its contact.
    pub(crate) const CONVERSATIONS: u8 = 4;
    /// `cnv_...` to whether it is archived, as far as events told.
    pub(crate) const ARCHIVED: u8 = 5;
    /// The writer's position, and where the order of new commands begins.
    pub(crate) const POSITION: u8 = 6;
    /// A call's id, big end first, to the contact that has it.
    pub(crate) const CALLS: u8 = 7;
    /// A partition of which entries were lost to damage, to when that was found (Unix milliseconds).
    pub(crate) const DAMAGED: u8 = 8;
}

/// One change of the store, to be made once its commit is durable.
#[derive(Debug)]
pub(crate) struct Change {
    space: u8,
    key: Vec<u8>,
    value: Option<Vec<u8>>,
    version: u64,
}

/// A key of the store with its space.
type Place = (u8, Vec<u8>);
/// A value, or none when the key is to go, with the number of its change.
type Written = (u64, Option<Vec<u8>>);

#[derive(Debug, Default)]
struct Overlay {
    values: HashMap<Place, Written>,
    version: u64,
}

/// The ledger.
#[derive(Debug, Clone)]
pub(crate) struct Ledger {
    store: Arc<Store>,
    overlay: Arc<Mutex<Overlay>>,
}

impl Ledger {
    pub(crate) fn new(store: Arc<Store>) -> Ledger {
        Ledger { store, overlay: Arc::default() }
    }

    /// Says what a key holds from now on; the change must be made durable by whoever asks.
    pub(crate) fn set(&self, space: u8, key: Vec<u8>, value: Option<Vec<u8>>) -> Change {
        let mut overlay = self.overlay();
        overlay.version += 1;
        let version = overlay.version;
        overlay.values.insert((space, key.clone()), (version, value.clone()));
        Change { space, key, value, version }
    }

    /// Makes durable changes in the store and takes them off the overlay.
    pub(crate) fn apply(
        &self,
        changes: &[Change],
        mut batch: StoreBatch,
    ) -> Result<(), StoreError> {
        for change in changes {
            match &change.value {
                Some(value) => batch.put(change.space, &change.key, value),
                None => batch.delete(change.space, &change.key),
            }
        }
        self.store.apply(batch)?;
        let mut overlay = self.overlay();
        for change in changes {
            let key = (change.space, change.key.clone());
            if overlay.values.get(&key).is_some_and(|(version, _)| *version == change.version) {
                overlay.values.remove(&key);
            }
        }
        Ok(())
    }

    /// What is known of an effect.
    pub(crate) fn effect(
        &self,
        contact: &Contact,
        effect: &EffectKey,
    ) -> Result<Option<Kept>, StoreError> {
        let value = self.get(space::EFFECTS, &key::effect(contact, effect))?;
        Ok(value.and_then(|bytes| Kept::decode(&bytes)))
    }

    /// What is known of a contact's conversation.
    pub(crate) fn thread(&self, contact: &Contact) -> Result<Option<Thread>, StoreError> {
        let value = self.get(space::THREADS, contact.as_str().as_bytes())?;
        Ok(value.and_then(|bytes| schemas::decode(&bytes).ok()))
    }

    /// Whose conversation it is.
    pub(crate) fn contact_of(
        &self,
        conversation_id: &FrontConversationId,
    ) -> Result<Option<Contact>, StoreError> {
        let value = self.get(space::CONVERSATIONS, conversation_id.as_str().as_bytes())?;
        let text = value.and_then(|bytes| String::from_utf8(bytes).ok());
        Ok(text.and_then(|text| Contact::try_from(text).ok()))
    }

    /// The contact that was last asked to take the call.
    pub(crate) fn contact_of_call(&self, id: CallId) -> Result<Option<Contact>, StoreError> {
        let value = self.get(space::CALLS, &id.get().to_be_bytes())?;
        let text = value.and_then(|bytes| String::from_utf8(bytes).ok());
        Ok(text.and_then(|text| Contact::try_from(text).ok()))
    }

    /// The entries of a call that are in the store: what is not durable yet may be missing.
    pub(crate) fn effects_of_call(
        &self,
        contact: &Contact,
        id: CallId,
    ) -> Result<Vec<Kept>, StoreError> {
        /// A call has some pieces and its comments; more than this is no call.
        const EFFECTS_MAX: usize = 1_000;
        let prefix = key::effect(contact, &EffectKey::of_call(id, ""));
        let found = self.store.scan_prefix(space::EFFECTS, &prefix, EFFECTS_MAX)?;
        Ok(found.into_iter().filter_map(|(_, value)| Kept::decode(&value)).collect())
    }

    /// Whether the conversation was archived when events last told.
    pub(crate) fn is_archived(
        &self,
        conversation_id: &FrontConversationId,
    ) -> Result<bool, StoreError> {
        let value = self.get(space::ARCHIVED, conversation_id.as_str().as_bytes())?;
        Ok(value.is_some_and(|bytes| bytes == [1]))
    }

    /// Whether the entry of something decided at this time may have been lost to damage.
    pub(crate) fn may_have_lost(
        &self,
        partition: Partition,
        decided_at: TimeMs,
    ) -> Result<bool, StoreError> {
        let found = self.get(space::DAMAGED, &partition.0.to_be_bytes())?;
        let found = found.and_then(|bytes| bytes.try_into().ok()).map(i64::from_be_bytes);
        Ok(found.is_some_and(|found| decided_at.0 <= found))
    }

    /// How far the writer has read.
    pub(crate) fn position(&self) -> Result<Option<Position>, StoreError> {
        let value = self.get(space::POSITION, b"dispatcher")?;
        Ok(value.and_then(|bytes| schemas::decode(&bytes).ok()))
    }

    /// Where the order of new commands begins; none on a log that was not copied.
    pub(crate) fn orders(&self) -> Result<Option<Position>, StoreError> {
        let value = self.get(space::POSITION, &key::order("dispatcher"))?;
        Ok(value.and_then(|bytes| schemas::decode(&bytes).ok()))
    }

    fn get(&self, space: u8, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        if let Some((_, value)) = self.overlay().values.get(&(space, key.to_vec())) {
            return Ok(value.clone());
        }
        Ok(self.store.get(space, key)?.map(|bytes| bytes.to_vec()))
    }

    fn overlay(&self) -> MutexGuard<'_, Overlay> {
        self.overlay.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
