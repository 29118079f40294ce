//! What happened in Front to a conversation that is ours.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    Contact, EffectKey, EventId, FrontConversationId, FrontTagId, InboxId, TeammateId, TimeMs,
};

/// Who changed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// A teammate: a person's decision.
    Teammate,
    /// One of the customer's own Front rules.
    Rule,
    /// callfold itself: an echo.
    Callfold,
    /// Another user of Front's API.
    Api,
    /// Not said, or new.
    #[serde(other)]
    Unknown,
}

/// What was changed.
#[derive(Clone, PartialEq, Eq)]
pub enum FrontChange {
    /// The conversation was archived.
    Archived,
    /// It was reopened.
    Reopened,
    /// It lies in this inbox now (`inb_...`).
    Moved {
        /// `inb_...`
        inbox_id: InboxId,
        /// The inbox's name where the event says it.
        inbox_name: Option<String>,
    },
    /// It is this teammate's now.
    Assigned {
        /// `tea_...`
        teammate_id: TeammateId,
        /// Lower case, where the event says it.
        email: Option<String>,
    },
    /// It is nobody's now.
    Unassigned,
    /// A tag was put on.
    Tagged {
        /// `tag_...`
        tag_id: FrontTagId,
        /// The tag's name where the event says it.
        name: Option<String>,
    },
    /// A tag was taken off.
    Untagged {
        /// `tag_...`
        tag_id: FrontTagId,
        /// The tag's name where the event says it.
        name: Option<String>,
    },
    /// Another conversation was merged into this one, or this one into another.
    Merged {
        /// `cnv_...`: the survivor.
        into: FrontConversationId,
    },
    /// It was deleted.
    Trashed,
    /// It was taken back from the trash.
    Restored,
    /// Something that this version has no use for.
    Other(String),
}

impl fmt::Debug for FrontChange {
    /// With Front's ids, without names and addresses.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FrontChange::Archived => f.write_str("Archived"),
            FrontChange::Reopened => f.write_str("Reopened"),
            FrontChange::Moved { inbox_id, .. } => write!(f, "Moved({inbox_id})"),
            FrontChange::Assigned { teammate_id, .. } => write!(f, "Assigned({teammate_id})"),
            FrontChange::Unassigned => f.write_str("Unassigned"),
            FrontChange::Tagged { tag_id, .. } => write!(f, "Tagged({tag_id})"),
            FrontChange::Untagged { tag_id, .. } => write!(f, "Untagged({tag_id})"),
            FrontChange::Merged { into } => write!(f, "Merged({into})"),
            FrontChange::Trashed => f.write_str("Trashed"),
            FrontChange::Restored => f.write_str("Restored"),
            FrontChange::Other(name) => write!(f, "Other({name})"),
        }
    }
}

/// One event of one of our conversations, keyed to its contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "wire::FrontEventRecord", into = "wire::FrontEventRecord")]
pub struct FrontEvent {
    /// Front's own id, `evt_...`.
    pub event_id: EventId,
    /// Whose conversation.
    pub contact: Contact,
    /// `cnv_...`
    pub conversation_id: FrontConversationId,
    /// What changed.
    pub change: FrontChange,
    /// Who changed it.
    pub actor: Actor,
    /// `tea_...` of the teammate who changed it.
    pub teammate_id: Option<TeammateId>,
    /// When Front says that it happened.
    pub emitted_at: TimeMs,
    /// The time that the fold uses: of an echo, the time of its effect's cause; else `emitted_at`.
    pub cause_at: TimeMs,
    /// Of an echo: the effect that it echoes.
    pub echo_of: Option<EffectKey>,
    /// When callfold first had it in hand.
    pub received_at: TimeMs,
}

pub(crate) mod wire {
    //! The flat form that stands on the log: readers in other languages see no union of records.
    use super::{Actor, FrontChange, FrontEvent};
    use crate::{
        Contact, EffectKey, EventId, FrontConversationId, FrontTagId, InboxId, TeammateId, TimeMs,
    };
    use serde::{Deserialize, Serialize};

    /// Its fields are those of `avro/FrontEvent.avsc`, in that order.
    #[derive(Clone, Serialize, Deserialize)]
    #[serde(rename = "FrontEvent")]
    pub(crate) struct FrontEventRecord {
        event_id: EventId,
        contact: Contact,
        conversation_id: FrontConversationId,
        change: String,
        actor: Actor,
        teammate_id: Option<TeammateId>,
        inbox_id: Option<InboxId>,
        inbox_name: Option<String>,
        assignee_id: Option<TeammateId>,
        assignee_email: Option<String>,
        tag_id: Option<FrontTagId>,
        tag_name: Option<String>,
        merged_into: Option<FrontConversationId>,
        emitted_at: TimeMs,
        cause_at: TimeMs,
        echo_of: Option<EffectKey>,
        received_at: TimeMs,
    }

    impl From<FrontEvent> for FrontEventRecord {
        fn from(event: FrontEvent) -> Self {
            let mut record = FrontEventRecord {
                event_id: event.event_id,
                contact: event.contact,
                conversation_id: event.conversation_id,
                change: String::new(),
                actor: event.actor,
                teammate_id: event.teammate_id,
                inbox_id: None,
                inbox_name: None,
                assignee_id: None,
                assignee_email: None,
                tag_id: None,
                tag_name: None,
                merged_into: None,
                emitted_at: event.emitted_at,
                cause_at: event.cause_at,
                echo_of: event.echo_of,
                received_at: event.received_at,
            };
            let change = match event.change {
                FrontChange::Archived => "archive",
                FrontChange::Reopened => "reopen",
                FrontChange::Moved { inbox_id, inbox_name } => {
                    (record.inbox_id, record.inbox_name) = (Some(inbox_id), inbox_name);
                    "move"
                }
                FrontChange::Assigned { teammate_id, email } => {
                    (record.assignee_id, record.assignee_email) = (Some(teammate_id), email);
                    "assign"
                }
                FrontChange::Unassigned => "unassign",
                FrontChange::Tagged { tag_id, name } => {
                    (record.tag_id, record.tag_name) = (Some(tag_id), name);
                    "tag"
                }
                FrontChange::Untagged { tag_id, name } => {
                    (record.tag_id, record.tag_name) = (Some(tag_id), name);
                    "untag"
                }
                FrontChange::Merged { into } => {
                    record.merged_into = Some(into);
                    "conversations_merged"
                }
                FrontChange::Trashed => "trash",
                FrontChange::Restored => "restore",
                FrontChange::Other(name) => {
                    record.change = name;
                    return record;
                }
            };
            record.change = change.to_owned();
            record
        }
    }

    impl From<FrontEventRecord> for FrontEvent {
        fn from(record: FrontEventRecord) -> Self {
            let change = match (
                record.change.as_str(),
                record.inbox_id,
                record.assignee_id,
                record.tag_id,
                record.merged_into,
            ) {
                ("archive", ..) => FrontChange::Archived,
                ("reopen", ..) => FrontChange::Reopened,
                ("move", Some(inbox_id), ..) => {
                    FrontChange::Moved { inbox_id, inbox_name: record.inbox_name }
                }
                ("assign", _, Some(teammate_id), ..) => {
                    FrontChange::Assigned { teammate_id, email: record.assignee_email }
                }
                ("unassign", ..) => FrontChange::Unassigned,
                ("tag", _, _, Some(tag_id), _) => {
                    FrontChange::Tagged { tag_id, name: record.tag_name }
                }
                ("untag", _, _, Some(tag_id), _) => {
                    FrontChange::Untagged { tag_id, name: record.tag_name }
                }
                ("conversations_merged", _, _, _, Some(into)) => FrontChange::Merged { into },
                ("trash", ..) => FrontChange::Trashed,
                ("restore", ..) => FrontChange::Restored,
                (other, ..) => FrontChange::Other(other.to_owned()),
            };
            FrontEvent {
                event_id: record.event_id,
                contact: record.contact,
                conversation_id: record.conversation_id,
                change,
                actor: record.actor,
                teammate_id: record.teammate_id,
                emitted_at: record.emitted_at,
                cause_at: record.cause_at,
                echo_of: record.echo_of,
                received_at: record.received_at,
            }
        }
    }
}
