//! Membership where one process owns everything: granted at once, never revoked.

use async_trait::async_trait;

use crate::{LogError, Membership, MembershipChange};

/// All slots of a role, once.
pub(crate) struct Everything {
    to_grant: Option<u32>,
}

impl Everything {
    pub(crate) fn of(slots: u32) -> Everything {
        Everything { to_grant: Some(slots) }
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

    async fn released(&mut self, _slots: &[u32]) -> Result<(), LogError> {
        Ok(())
    }

    async fn leave(self: Box<Self>) -> Result<(), LogError> {
        Ok(())
    }
}
