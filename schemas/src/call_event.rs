//! What Aircall said about a call at one moment: one flat record per Aircall event, made for
//! analysts. Absent means unknown and never erases what is known.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    AgentId, CallId, CallUuid, CommentId, Contact, EventId, LineId, TagId, TeamId, Text, TimeMs,
};

/// Which way a call went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The contact called.
    Inbound,
    /// An agent called.
    Outbound,
    /// Aircall said something that this version does not know.
    #[serde(other)]
    Unknown,
}

/// How far a call is. Only ever advances.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallStatus {
    /// Ringing or in the menu.
    Initial,
    /// Somebody took it.
    Answered,
    /// Over.
    Done,
    /// Aircall said something that this version does not know, or nothing.
    #[serde(other)]
    Unknown,
}

/// How an event came to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Aircall sent it.
    Webhook,
    /// The reconciliation loop found it missing and read it.
    Reconciliation,
    /// Somebody asked for a period.
    Backfill,
    /// An already received body, normalised again by a newer normaliser.
    Renormalised,
    /// From a newer version than this one.
    #[serde(other)]
    Unknown,
}

/// An Aircall user: an agent.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Person {
    /// Aircall's user id.
    pub id: AgentId,
    /// As Aircall shows it.
    pub name: Option<Text>,
    /// Lower case: the join to a Front teammate.
    pub email: Option<Text>,
}

impl fmt::Debug for Person {
    /// Without name and address.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Person({})", self.id)
    }
}

/// A comment that an agent wrote on the call.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    /// Aircall's comment id.
    pub id: CommentId,
    /// Its text, line breaks kept.
    pub content: Text,
    /// When it was written.
    pub posted_at: Option<TimeMs>,
    /// Who wrote it; none when written through the API.
    pub posted_by: Option<Person>,
}

impl fmt::Debug for Comment {
    /// Without the text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Comment({})", self.id)
    }
}

/// A tag that the snapshot has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tag {
    /// Aircall's tag id.
    pub id: TagId,
    /// As Aircall shows it.
    pub name: Option<Text>,
    /// When it was put on.
    pub tagged_at: Option<TimeMs>,
}

/// A team that an inbound call rang.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    /// Aircall's team id.
    pub id: TeamId,
    /// As Aircall shows it.
    pub name: Option<Text>,
}

/// One Aircall event with the call's snapshot at that moment.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallEvent {
    /// Hash of event, timestamp and data without token and without the query part of URLs.
    pub event_id: EventId,
    /// Aircall's name of the event, an open set, for example `call.ended`.
    pub event: String,
    /// When Aircall built the snapshot, whole seconds: the envelope's `timestamp`.
    pub snapshot_at: TimeMs,
    /// When ingest first had it in hand.
    pub received_at: TimeMs,
    /// How it came.
    pub origin: Origin,
    /// The revision of the normaliser that made this record.
    pub normaliser_revision: i32,
    /// The event that this one corrects, when it is a correction.
    #[serde(default)]
    pub replaces: Option<EventId>,
    /// Names of the fields that a correction clears: their absence counts as a write.
    #[serde(default)]
    pub clears: Vec<String>,

    /// The key of the external party.
    pub contact: Contact,
    /// Its number in E.164; none when anonymous.
    pub contact_number: Option<Text>,
    /// Its number as Aircall wrote it (`raw_digits`).
    pub contact_number_received: Option<String>,
    /// Its name in Aircall's contacts.
    pub contact_name: Option<Text>,

    /// Aircall's id of the call.
    pub call_id: CallId,
    /// The provider's id of the call.
    pub call_uuid: Option<CallUuid>,
    /// Which way it went.
    pub direction: Direction,
    /// How far it was.
    pub status: CallStatus,
    /// Why nobody answered, an open set.
    pub missed_call_reason: Option<Text>,
    /// When it started.
    pub started_at: Option<TimeMs>,
    /// When somebody answered.
    pub answered_at: Option<TimeMs>,
    /// When it ended.
    pub ended_at: Option<TimeMs>,
    /// Seconds as Aircall computed them; not to be trusted, kept for comparison.
    pub duration_received_s: Option<i64>,
    /// The call that asked for this call back.
    pub callback_of_call_id: Option<CallId>,

    /// The line's id.
    pub line_id: Option<LineId>,
    /// The line's name.
    pub line_name: Option<Text>,
    /// The line's number in E.164 where it can be read as one, else as received.
    pub line_number: Option<Text>,
    /// The line's country, ISO 3166 alpha-2.
    pub line_country: Option<Text>,
    /// The line's time zone, an IANA name.
    pub line_time_zone: Option<Text>,
    /// Teams that the call rang.
    pub teams: Vec<Team>,

    /// The user on the snapshot: who took or made the call, or whose phone rings.
    pub agent: Option<Person>,
    /// Whom the call is assigned to in Aircall.
    pub assigned_to: Option<Person>,
    /// Who tried to transfer it; proves nothing by itself.
    pub transferred_by: Option<Person>,
    /// To whom it was to be transferred; proves nothing by itself.
    pub transferred_to: Option<Person>,
    /// The external number it was transferred to.
    pub external_transferred_to: Option<Text>,

    /// The stable page of the recording or voicemail.
    pub asset_url: Option<Text>,
    /// The snapshot carries a recording (its signed URL is not kept: it dies).
    pub has_recording: bool,
    /// The snapshot carries a voicemail (its signed URL is not kept: it dies).
    pub has_voicemail: bool,
    /// All comments that the snapshot has.
    pub comments: Vec<Comment>,
    /// All tags that the snapshot has.
    pub tags: Vec<Tag>,
    /// Whether the call is archived in Aircall.
    pub archived: Option<bool>,
}

impl fmt::Debug for CallEvent {
    /// Which event of which call, without numbers, names and texts.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallEvent")
            .field("event_id", &self.event_id)
            .field("event", &self.event)
            .field("call_id", &self.call_id)
            .field("snapshot_at", &self.snapshot_at)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}
