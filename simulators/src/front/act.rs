//! What a person does in Front's own window.

use serde::{Deserialize, Serialize};

/// One act of one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    /// E-mail of the teammate who acts.
    pub by: String,
    /// What is acted on.
    pub on: On,
    /// What is done.
    pub what: What,
}

/// The conversation that a person has before them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum On {
    /// By its id, `cnv_...`.
    Conversation(String),
    /// The newest one of the contact that has this handle, of any source.
    Contact(String),
}

/// What a person does with a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Archives it.
    Archive,
    /// Opens it again, from the archive or the trash.
    Reopen,
    /// Moves it to the inbox of this name.
    Move(String),
    /// Assigns it to the teammate with this e-mail, or to nobody.
    Assign(Option<String>),
    /// Adds the tag of this name.
    Tag(String),
    /// Removes the tag of this name.
    Untag(String),
    /// Comments.
    Comment(String),
    /// Moves it to the trash.
    Delete,
    /// Merges it into another conversation, which survives.
    Merge(On),
}

/// Why an act was not possible.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActError {
    /// No such teammate.
    #[error("no teammate has this e-mail: seed one in Config::teammates")]
    UnknownTeammate,
    /// No such conversation.
    #[error("no visible conversation is meant by this act: wait with settled() first")]
    UnknownConversation,
    /// No such inbox.
    #[error("no inbox has the name {0:?}: seed one in Config::inboxes")]
    UnknownInbox(String),
    /// No such tag.
    #[error("no tag has the name {0:?}: seed one in Config::tags")]
    UnknownTag(String),
    /// A conversation cannot be merged into itself.
    #[error("a conversation cannot be merged into itself")]
    MergedIntoItself,
}
