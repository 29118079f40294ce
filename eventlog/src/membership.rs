//! Membership where one process owns everything: granted at once, never revoked.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use crate::{LogError, Membership, MembershipChange, Offset};

/// How far each role has read, by slot.
pub(crate) type Told = Arc<Mutex<BTreeMap<(String, u32), Offset>>>;

/// All slots of a role, once.
pub(crate) struct Everything {
    role: String,
    to_grant: Option<u32>,
    told: Told,
}

impl Everything {
    pub(crate) fn of(role: &str, slots: u32, told: Told) -> Everything {
        Everything { role: role.to_owned(), to_grant: Some(slots), told }
    }
}

#[async_trait]
impl Membership for Everything {
    async fn change(&mut self) -> Result<MembershipChange, LogError> {
        match self.to_grant.take() {
            Some(slots) => Ok(MembershipChange::Granted((0..slots).collect())),
            None => std::future::pending().await,
        }
    }

    fn reached(&self, slot: u32, next: Offset) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.insert((self.role.clone(), slot), next);
    }

    async fn released(&mut self, _slots: &[u32]) -> Result<(), LogError> {
        Ok(())
    }

    async fn leave(self: Box<Self>) -> Result<(), LogError> {
        Ok(())
    }
}
