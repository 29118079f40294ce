//! What the dispatcher knows about a contact's conversation in Front.

use serde::{Deserialize, Serialize};

use crate::{Contact, TimeMs};

/// The Front side of one contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thread {
    /// Whose.
    pub contact: Contact,
    /// Counts up when the conversation is gone for good and a new one begins; from 1.
    pub generation: i32,
    /// `crd_...`, once known.
    pub contact_id: Option<String>,
    /// `cnv_...`, once known.
    pub conversation_id: Option<String>,
    /// Earlier conversations of this contact: merged or deleted ones.
    pub former_conversation_ids: Vec<String>,
    /// When this was written.
    pub at: TimeMs,
}
