//! How far the owners of slots have got, from those who work on them to whoever holds the
//! membership and tells the group.

use std::collections::BTreeMap;

use tokio::sync::watch;

use crate::{Membership, Offset};

/// Where the work on slots says how far it is. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Progress(watch::Sender<BTreeMap<u32, Offset>>);

/// Where that is heard.
#[derive(Debug)]
pub struct Heard {
    reached: watch::Receiver<BTreeMap<u32, Offset>>,
    /// It hears nothing once nobody can speak any more, which would be told again and again.
    _open: Progress,
}

impl Progress {
    /// Everything of the slot's partition before `next` is in a durable commit.
    pub fn reached(&self, slot: u32, next: Offset) {
        self.0.send_modify(|reached| {
            reached.insert(slot, next);
        });
    }

    /// The hearing end.
    #[must_use]
    pub fn heard(&self) -> Heard {
        Heard { reached: self.0.subscribe(), _open: self.clone() }
    }
}

impl Heard {
    /// Waits until somebody has got further. Cancel safe.
    pub async fn changed(&mut self) {
        // It cannot be closed: this end keeps it open.
        let _ = self.reached.changed().await;
    }

    /// Tells a group through one of its members.
    pub fn pass_on(&mut self, membership: &dyn Membership) {
        for (slot, next) in self.reached.borrow_and_update().iter() {
            membership.reached(*slot, *next);
        }
    }
}
