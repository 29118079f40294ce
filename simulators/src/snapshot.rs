//! What Front shows, as plain values: the one form in which the simulator's state and the
//! independent model's expectation are compared.

use serde::{Deserialize, Serialize};

/// Everything that a person with access to every inbox would see.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Contacts by their first handle, in order of creation.
    pub contacts: Vec<ContactView>,
    /// Conversations in order of creation.
    pub conversations: Vec<ConversationView>,
}

/// A contact as Front's contact page shows it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ContactView {
    /// `crd_...`
    pub id: String,
    /// The name, if anybody gave one.
    pub name: Option<String>,
    /// `(source, handle)`, for example `("phone", "+33612345678")`.
    pub handles: Vec<(String, String)>,
}

/// A conversation with everything on its page.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ConversationView {
    /// `cnv_...`
    pub id: String,
    /// The subject that the conversation's header shows.
    pub subject: String,
    /// `archived`, `assigned`, `unassigned` or `deleted`, as the API reports it.
    pub status: String,
    /// Names of the inboxes it lies in.
    pub inboxes: Vec<String>,
    /// E-mail of the assignee.
    pub assignee: Option<String>,
    /// Names of the tags, sorted.
    pub tags: Vec<String>,
    /// E-mails of the participants: the members of its inboxes, sorted.
    pub participants: Vec<String>,
    /// The handle of the external party (the recipient that is not one of our lines).
    pub contact_handle: String,
    /// Messages and comments by the time that Front shows, then by arrival.
    pub entries: Vec<EntryView>,
}

/// One message or comment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
pub enum EntryView {
    /// An imported message: an *activity*.
    Message {
        /// `msg_...`
        id: String,
        /// The external id under which it was imported.
        external_id: String,
        /// True when the customer is its sender.
        inbound: bool,
        /// E-mail of the teammate who is its author; none for inbound ones.
        author: Option<String>,
        /// Handle of the sender.
        sender: String,
        /// Handles of the receivers.
        to: Vec<String>,
        /// The message's own subject.
        subject: String,
        /// Body as received.
        body: String,
        /// Unix seconds that Front shows.
        created_at: i64,
    },
    /// A comment.
    Comment {
        /// `com_...`
        id: String,
        /// E-mail of its author; none when posted as the API token.
        author: Option<String>,
        /// Body as received.
        body: String,
        /// Unix seconds of its posting, with milliseconds.
        posted_at: f64,
    },
}
