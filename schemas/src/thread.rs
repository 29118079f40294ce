//! What the dispatcher knows about a contact's conversation in Front.

use serde::{Deserialize, Serialize};

use crate::{Contact, FrontContactId, FrontConversationId, InboxId, TimeMs};

/// The Front side of one contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thread {
    /// Whose.
    pub contact: Contact,
    /// Counts up when the conversation is gone for good and a new one begins; from 1.
    pub generation: i32,
    /// `crd_...`, once known.
    pub contact_id: Option<FrontContactId>,
    /// `cnv_...`, once known.
    pub conversation_id: Option<FrontConversationId>,
    /// Earlier conversations of this contact: merged or deleted ones.
    pub former_conversation_ids: Vec<FrontConversationId>,
    /// When this was written.
    pub at: TimeMs,
    /// When a teammate last assigned or unassigned the conversation; none: never, as far as is known.
    #[serde(default)]
    pub assignee_decided_at: Option<TimeMs>,
    /// When a teammate last moved it to another inbox; none: never, as far as is known.
    #[serde(default)]
    pub inbox_decided_at: Option<TimeMs>,
    /// When a teammate last archived or reopened it; none: never, as far as is known.
    #[serde(default)]
    pub status_decided_at: Option<TimeMs>,
    /// Tags that a teammate put on or took off, the newest last, each as `<milliseconds> <tag>`: Unix
    /// time, a blank, the tag's name in lower case.
    #[serde(default)]
    pub tag_decisions: Vec<String>,
    /// The inbox (`inb_...`) that anybody last moved the conversation to; none: nobody, as far as is
    /// known.
    #[serde(default)]
    pub inbox_id: Option<InboxId>,
    /// When that was, by Front's clock.
    #[serde(default)]
    pub inbox_at: Option<TimeMs>,
}

impl Thread {
    /// The thread of a contact of which Front has nothing yet.
    #[must_use]
    pub fn new(contact: Contact) -> Thread {
        Thread {
            contact,
            generation: 1,
            contact_id: None,
            conversation_id: None,
            former_conversation_ids: Vec::new(),
            at: TimeMs(0),
            assignee_decided_at: None,
            inbox_decided_at: None,
            status_decided_at: None,
            tag_decisions: Vec::new(),
            inbox_id: None,
            inbox_at: None,
        }
    }
}
