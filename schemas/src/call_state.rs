//! What the projector keeps of one call: its facts (a join of its events), when things were first
//! received, what waits, and what was asked of Front. Never truncated.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    CallId, CallStatus, CommentId, Contact, Direction, EffectKey, EventId, LineId, Person, TagId,
    Team, Text, TimeMs,
};

/// Which event wrote a fact. A fact is a register: of two writes the one with the greater stamp
/// stays, whichever came first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Stamp {
    /// When Aircall built the snapshot.
    pub snapshot_at: TimeMs,
    /// The event, or of a correction the event that it corrects.
    pub event_id: EventId,
    /// The revision of the normaliser that read it: a correction wins over what it corrects.
    pub normaliser_revision: i32,
}

/// A comment on the call.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommentFact {
    /// Aircall's comment id.
    pub id: CommentId,
    /// Its text, line breaks kept.
    pub content: Text,
    /// When it was written.
    pub posted_at: Option<TimeMs>,
    /// Who wrote it.
    pub posted_by: Option<Person>,
    /// The place of its stamp in `stamps`, from 1.
    pub written_by: i32,
}

/// A tag that some snapshot had. It is on when the newest snapshot has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagFact {
    /// Aircall's tag id.
    pub id: TagId,
    /// As Aircall shows it.
    pub name: Option<Text>,
    /// The snapshot that said so.
    pub named_at: Option<TimeMs>,
    /// The newest snapshot that has it.
    pub present_at: TimeMs,
    /// The newest snapshot that lacks it.
    pub absent_at: Option<TimeMs>,
    /// The newest snapshot of a `call.untagged` that lacks it: on a tie it wins.
    pub untagged_at: Option<TimeMs>,
}

/// What is known about a call. The same events in any order give the same facts.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallFacts {
    /// The events that wrote what stands here, oldest first.
    pub stamps: Vec<Stamp>,
    /// For each fact its stamp's place in `stamps`, from 1; 0 when it was never written.
    pub written_by: Vec<i32>,
    /// Which way it went.
    pub direction: Direction,
    /// How far it is.
    pub status: CallStatus,
    /// A snapshot said that somebody answered, whether or not it said when.
    pub answered_seen: bool,
    /// Aircall's `call.ended` came: it has gathered what it had.
    pub ended_seen: bool,
    /// A transfer happened: `call.transferred` or `call.external_transferred` came.
    pub transferred: bool,
    /// Why nobody answered, an open set.
    pub missed_call_reason: Option<Text>,
    /// When it started.
    pub started_at: Option<TimeMs>,
    /// When somebody answered.
    pub answered_at: Option<TimeMs>,
    /// When it ended.
    pub ended_at: Option<TimeMs>,
    /// The call that asked for this call back.
    pub callback_of_call_id: Option<CallId>,
    /// The contact's number in E.164; none when anonymous.
    pub contact_number: Option<Text>,
    /// The contact's name in Aircall.
    pub contact_name: Option<Text>,
    /// The line's id.
    pub line_id: Option<LineId>,
    /// The line's name.
    pub line_name: Option<Text>,
    /// The line's number.
    pub line_number: Option<Text>,
    /// The line's country, ISO 3166 alpha-2.
    pub line_country: Option<Text>,
    /// The line's time zone, an IANA name.
    pub line_time_zone: Option<Text>,
    /// Teams that the call rang.
    pub teams: Vec<Team>,
    /// Who took or made the call: the user of snapshots from the answer on, never who it rang.
    pub agent: Option<Person>,
    /// Whom the call is assigned to in Aircall.
    pub assigned_to: Option<Person>,
    /// Who transferred it, as the transfer's own event says.
    pub transferred_by: Option<Person>,
    /// To whom it was transferred, as the transfer's own event says.
    pub transferred_to: Option<Person>,
    /// The external number that it was transferred to.
    pub external_transferred_to: Option<Text>,
    /// The stable page of the recording or voicemail.
    pub asset_url: Option<Text>,
    /// There is a recording.
    pub has_recording: bool,
    /// There is a voicemail.
    pub has_voicemail: bool,
    /// Whether it is archived in Aircall.
    pub archived: Option<bool>,
    /// Its comments, by id.
    pub comments: Vec<CommentFact>,
    /// Its tags, by id.
    pub tags: Vec<TagFact>,
    /// The newest snapshot of all.
    pub newest_snapshot_at: Option<TimeMs>,
    /// The newest snapshot of a `call.untagged`.
    pub newest_untagged_at: Option<TimeMs>,
}

/// When events were first in hand. Kept beside the facts, which do not depend on it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipts {
    /// The first receipt of any event of the call.
    pub first_at: Option<TimeMs>,
    /// The first receipt of a snapshot with `ended_at`.
    pub ended_at: Option<TimeMs>,
    /// The first receipt of a snapshot with a recording or a voicemail.
    pub media_at: Option<TimeMs>,
}

/// A piece of information about a call that Front is to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Piece {
    /// What it was, on which line, with whom.
    Main,
    /// How long it took.
    Duration,
    /// The recording's link.
    Recording,
    /// The voicemail's link.
    Voicemail,
    /// One comment.
    Comment,
    /// From a newer version than this one.
    #[serde(other)]
    Unknown,
}

impl Piece {
    /// The effect key of this piece of a call; of a comment with its id.
    #[must_use]
    pub fn effect_key(self, call: CallId, comment_id: Option<CommentId>) -> EffectKey {
        let piece = match self {
            Piece::Main => "main",
            Piece::Duration => "duration",
            Piece::Recording => "recording",
            Piece::Voicemail => "voicemail",
            Piece::Comment => {
                return EffectKey::of_comment(call, comment_id.unwrap_or(CommentId(0)));
            }
            Piece::Unknown => "unknown",
        };
        EffectKey::of_call(call, piece)
    }
}

/// A piece that was asked for. History: it is never computed again.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmittedPiece {
    /// Which piece of information.
    pub piece: Piece,
    /// Of a comment: its id.
    pub comment_id: Option<CommentId>,
    /// Its revision; 1 always, until an effect can be asked for again.
    pub revision: i32,
    /// It is part of the main activity (`compact` layout) and has no command of its own.
    pub within_main: bool,
    /// The subject that it was sent with, of an activity of its own.
    pub subject: Option<Text>,
    /// The event that caused it.
    pub cause: EventId,
    /// When its command was decided.
    pub decided_at: TimeMs,
}

/// What the projector keeps of one call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallState {
    /// Whose conversation: a number in E.164, or `anonymous:<line id>`.
    pub contact: Contact,
    /// Aircall's id of the call.
    pub call_id: CallId,
    /// What is known.
    pub facts: CallFacts,
    /// When it was first in hand.
    pub receipts: Receipts,
    /// When the projector looks again without any event; none when nothing waits.
    pub due_at: Option<TimeMs>,
    /// What was asked for, oldest first.
    pub emitted: Vec<EmittedPiece>,
    /// The trace of the newest event that has a say in the facts, as the record of that event
    /// carried it: a W3C `traceparent`. What time decides continues it. None when that record had
    /// none, because nothing exported traces.
    #[serde(default)]
    pub traceparent: Option<String>,
}

impl CallState {
    /// A call of which nothing is known.
    #[must_use]
    pub fn new(contact: Contact, call_id: CallId) -> CallState {
        CallState {
            contact,
            call_id,
            facts: CallFacts::default(),
            receipts: Receipts::default(),
            due_at: None,
            emitted: Vec::new(),
            traceparent: None,
        }
    }
}

impl Default for CallFacts {
    fn default() -> CallFacts {
        CallFacts {
            stamps: Vec::new(),
            written_by: Vec::new(),
            direction: Direction::Unknown,
            status: CallStatus::Unknown,
            answered_seen: false,
            ended_seen: false,
            transferred: false,
            missed_call_reason: None,
            started_at: None,
            answered_at: None,
            ended_at: None,
            callback_of_call_id: None,
            contact_number: None,
            contact_name: None,
            line_id: None,
            line_name: None,
            line_number: None,
            line_country: None,
            line_time_zone: None,
            teams: Vec::new(),
            agent: None,
            assigned_to: None,
            transferred_by: None,
            transferred_to: None,
            external_transferred_to: None,
            asset_url: None,
            has_recording: false,
            has_voicemail: false,
            archived: None,
            comments: Vec::new(),
            tags: Vec::new(),
            newest_snapshot_at: None,
            newest_untagged_at: None,
        }
    }
}

impl fmt::Debug for CommentFact {
    /// Without the text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CommentFact({})", self.id)
    }
}

impl fmt::Debug for CallFacts {
    /// Without numbers, names and texts.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallFacts")
            .field("direction", &self.direction)
            .field("status", &self.status)
            .field("started_at", &self.started_at)
            .field("answered_at", &self.answered_at)
            .field("ended_at", &self.ended_at)
            .field("agent", &self.agent)
            .field("comments", &self.comments)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for EmittedPiece {
    /// Without the subject.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmittedPiece")
            .field("piece", &self.piece)
            .field("comment_id", &self.comment_id)
            .field("revision", &self.revision)
            .field("decided_at", &self.decided_at)
            .finish_non_exhaustive()
    }
}
