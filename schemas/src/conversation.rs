//! What the projector keeps of one contact's conversation: what people did to it in Front, totals,
//! and what was asked of Front. Its size does not grow with the number of calls.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{AgentId, CallId, Contact, EffectKey, EventId, InboxId, TeammateId, Text, TimeMs};

/// Who decided a value of an attribute; on equal times the greater one wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decider {
    /// A call, or an echo of what a call caused.
    Call,
    /// A rule, the customer's in Front or ours, or another program.
    Rule,
    /// A person.
    Person,
    /// From a newer version than this one.
    #[serde(other)]
    Unknown,
}

/// When an attribute was decided, by whom, and by which event. The greatest stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Decision {
    /// When its cause happened: of an echo, when the cause of its effect happened.
    pub cause_at: TimeMs,
    /// Who decided.
    pub decider: Decider,
    /// The id of Front's event, `evt_...`.
    pub event_id: EventId,
}

/// Archived or open, as Front's events say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusFact {
    /// Who decided and when.
    pub decision: Decision,
    /// True when archived.
    pub archived: bool,
}

/// The inbox that it lies in, as Front's events say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboxFact {
    /// Who decided and when.
    pub decision: Decision,
    /// Front's id of the inbox, `inb_...`.
    pub inbox_id: InboxId,
    /// The inbox's name where the event says it.
    pub inbox_name: Option<String>,
}

/// Whom it is assigned to, as Front's events say.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssigneeFact {
    /// Who decided and when.
    pub decision: Decision,
    /// Front's id of the teammate, `tea_...`; none when it is nobody's.
    pub teammate_id: Option<TeammateId>,
    /// Lower case, where the event says it.
    pub email: Option<String>,
}

/// A reopening that one of our own late activities caused.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LateReopening {
    /// When Front reopened it.
    pub emitted_at: TimeMs,
    /// The id of Front's event, `evt_...`.
    pub event_id: EventId,
    /// When the cause of the late activity happened.
    pub cause_at: TimeMs,
}

/// Counts of the contact's ended calls, a function of the facts of all calls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Calls of which anything is known, ended or not.
    pub calls: i64,
    /// Inbound, answered, ended.
    pub inbound_answered: i64,
    /// Outbound, answered, ended.
    pub outbound_answered: i64,
    /// Outbound, not answered, ended.
    pub outbound_unanswered: i64,
    /// Inbound, not answered, no voicemail, ended.
    pub missed: i64,
    /// Inbound, not answered, with a voicemail, ended.
    pub voicemails: i64,
    /// Milliseconds talked in all ended calls.
    pub talk_ms: i64,
}

/// The subject that activities carry while the conversation stays open.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// The text that activities carry.
    pub text: Text,
    /// The call that set it.
    pub call_id: CallId,
    /// When it was decided.
    pub decided_at: TimeMs,
}

/// The assignment that the newest answered call asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedAssignment {
    /// When that call ended.
    pub cause_at: TimeMs,
    /// Aircall's id of that call.
    pub call_id: CallId,
    /// Aircall's id of its agent.
    pub agent_id: AgentId,
}

/// The newest revision of an attribute effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmittedAttribute {
    /// Which effect, as on the command.
    pub effect_key: EffectKey,
    /// Its revision, from 1.
    pub revision: i32,
    /// When its cause happened.
    pub cause_at: TimeMs,
    /// The event that caused it.
    pub cause: EventId,
    /// When its command was decided.
    pub decided_at: TimeMs,
}

/// What the projector keeps of one contact's conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    /// Whose conversation: a number in E.164, or `anonymous:<line id>`.
    pub contact: Contact,
    /// Counts of its calls.
    pub totals: Totals,
    /// The newest of the calls that have not ended, by id, at most sixteen.
    pub open_calls: Vec<CallId>,
    /// When the newest ended call ended.
    pub last_call_ended_at: Option<TimeMs>,
    /// Archived or open.
    pub status: Option<StatusFact>,
    /// Where somebody moved it.
    pub inbox: Option<InboxFact>,
    /// Whom somebody assigned it to.
    pub assignee: Option<AssigneeFact>,
    /// The newest reopening that a late activity of ours caused.
    pub late_reopening: Option<LateReopening>,
    /// The subject of its activities while it stays open.
    pub subject: Option<Subject>,
    /// When the newest main activity was decided: it opens the conversation.
    pub opened_at: Option<TimeMs>,
    /// The newest assignment that a call asked for.
    pub asked_assignment: Option<AskedAssignment>,
    /// The reopening that was last answered by restoring a person's archive.
    pub restored_after: Option<EventId>,
    /// The attribute effects that were asked for, one entry each.
    pub attributes: Vec<EmittedAttribute>,
}

impl Conversation {
    /// A contact of which nothing is known.
    #[must_use]
    pub fn new(contact: Contact) -> Conversation {
        Conversation {
            contact,
            totals: Totals::default(),
            open_calls: Vec::new(),
            last_call_ended_at: None,
            status: None,
            inbox: None,
            assignee: None,
            late_reopening: None,
            subject: None,
            opened_at: None,
            asked_assignment: None,
            restored_after: None,
            attributes: Vec::new(),
        }
    }
}

impl fmt::Debug for AssigneeFact {
    /// Without the address.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AssigneeFact")
            .field("decision", &self.decision)
            .field("teammate_id", &self.teammate_id)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Subject {
    /// Without the text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Subject(call {})", self.call_id)
    }
}
