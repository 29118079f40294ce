//! A record as a JSON document, whatever stands in it.

use eventlog::Stored;
use schemas::{
    CallEvent, CallState, Command, Conversation, DecodeError, FrontEvent, Message, Outcome,
    Position, Raw, Rejection, Status, Thread, TopicKind,
};
use serde_json::{Map, Value as Json, json};

/// The value of a record of a topic as JSON; none for a tombstone.
///
/// # Errors
/// A value that is not what belongs there.
pub fn value(kind: TopicKind, record: &Stored) -> Result<Option<Json>, DecodeError> {
    let Some(bytes) = record.value.as_deref() else { return Ok(None) };
    let what = what_is(kind, &record.key);
    what.decode(bytes).map(Some)
}

/// What may stand on the topics, told by topic and key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// An Aircall event.
    CallEvent,
    /// A Front event.
    FrontEvent,
    /// A body as received.
    Raw,
    /// A body that was not understood.
    Rejection,
    /// An effect wanted.
    Command,
    /// An effect's ledger entry.
    Outcome,
    /// The Front side of a contact.
    Thread,
    /// How far somebody has read.
    Position,
    /// The dispatcher's view of itself.
    Status,
    /// A contact's folded state.
    Conversation,
    /// A call's folded state.
    CallState,
}

/// What a record of this topic with this key holds.
#[must_use]
pub fn what_is(kind: TopicKind, key: &[u8]) -> What {
    match kind {
        TopicKind::Calls => What::CallEvent,
        TopicKind::Front => What::FrontEvent,
        TopicKind::Raw => What::Raw,
        TopicKind::Rejected => What::Rejection,
        TopicKind::Commands => What::Command,
        TopicKind::Outcomes if key.starts_with(b"thread|") => What::Thread,
        TopicKind::Outcomes if key.starts_with(b"position|") => What::Position,
        TopicKind::Outcomes if key.starts_with(b"status|") => What::Status,
        TopicKind::Outcomes => What::Outcome,
        TopicKind::Conversations if key.starts_with(b"position|") => What::Position,
        TopicKind::Conversations if key.contains(&b'|') => What::CallState,
        TopicKind::Conversations => What::Conversation,
    }
}

impl What {
    /// The full name of its schema.
    #[must_use]
    pub const fn schema(self) -> &'static str {
        match self {
            What::CallEvent => CallEvent::SCHEMA,
            What::FrontEvent => FrontEvent::SCHEMA,
            What::Raw => Raw::SCHEMA,
            What::Rejection => Rejection::SCHEMA,
            What::Command => Command::SCHEMA,
            What::Outcome => Outcome::SCHEMA,
            What::Thread => Thread::SCHEMA,
            What::Position => Position::SCHEMA,
            What::Status => Status::SCHEMA,
            What::Conversation => Conversation::SCHEMA,
            What::CallState => CallState::SCHEMA,
        }
    }

    /// Decodes it.
    ///
    /// # Errors
    /// Bytes that are something else.
    pub fn decode(self, bytes: &[u8]) -> Result<Json, DecodeError> {
        match self {
            What::CallEvent => document::<CallEvent>(bytes),
            What::FrontEvent => document::<FrontEvent>(bytes),
            What::Raw => raw(bytes),
            What::Rejection => document::<Rejection>(bytes),
            What::Command => document::<Command>(bytes),
            What::Outcome => outcome(bytes),
            What::Thread => document::<Thread>(bytes),
            What::Position => document::<Position>(bytes),
            What::Status => document::<Status>(bytes),
            What::Conversation => document::<Conversation>(bytes),
            What::CallState => document::<CallState>(bytes),
        }
    }
}

fn document<T: Message>(bytes: &[u8]) -> Result<Json, DecodeError> {
    let value: T = schemas::decode(bytes)?;
    serde_json::to_value(value)
        .map_err(|error| DecodeError::Malformed { schema: T::SCHEMA, what: error.to_string() })
}

/// A body is shown as JSON where it is JSON, as text where not.
fn raw(bytes: &[u8]) -> Result<Json, DecodeError> {
    let raw: Raw = schemas::decode(bytes)?;
    let body = serde_json::from_slice(&raw.body)
        .unwrap_or_else(|_| json!(String::from_utf8_lossy(&raw.body)));
    let mut shown = object(document::<Raw>(bytes)?);
    shown.insert("body".to_owned(), body);
    Ok(Json::Object(shown))
}

/// The command that an unfinished entry carries is shown as a command.
fn outcome(bytes: &[u8]) -> Result<Json, DecodeError> {
    let entry: Outcome = schemas::decode(bytes)?;
    let command = match &entry.command {
        Some(command) => Some(document::<Command>(command)?),
        None => None,
    };
    let mut shown = object(document::<Outcome>(bytes)?);
    shown.insert("command".to_owned(), json!(command));
    Ok(Json::Object(shown))
}

fn object(value: Json) -> Map<String, Json> {
    match value {
        Json::Object(map) => map,
        other => Map::from_iter([("value".to_owned(), other)]),
    }
}
