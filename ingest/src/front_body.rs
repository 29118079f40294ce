//! What ingest needs of a body from Front: its id and its name. The dispatcher reads the rest.

use schemas::EventId;

use crate::event_id;
use crate::json::{self, Json};

/// The longest id that is believed. Front's have about 20 characters.
const ID_BYTES_MAX: usize = 128;

/// What an authentic body is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FrontBody {
    /// An event of a conversation.
    Event {
        /// Front's own id (`evt_...`), or a hash of the body where there is none.
        event_id: EventId,
        /// `payload.type`, else `type`.
        event: Option<String>,
    },
    /// Front asks whether we are there: it says nothing, so nothing is kept.
    Sync,
    /// No JSON object.
    Unreadable {
        /// A hash of the body.
        event_id: EventId,
    },
}

/// Reads a body whose signature was right.
#[must_use]
pub fn read(body: &[u8]) -> FrontBody {
    let text = json::text_of(body);
    let Ok(envelope @ Json::Object(_)) = Json::parse(&text) else {
        return FrontBody::Unreadable { event_id: event_id::of_bytes(body) };
    };
    let payload = envelope.get("payload");
    let own_name = name(envelope.get("type"));
    if payload.is_none() && own_name.as_deref() == Some("sync") {
        return FrontBody::Sync;
    }
    let event_id = payload
        .and_then(|payload| name(payload.get("id")))
        .and_then(|id| EventId::try_from(id).ok())
        .unwrap_or_else(|| event_id::of_bytes(body));
    FrontBody::Event { event_id, event: payload.and_then(|p| name(p.get("type"))).or(own_name) }
}

/// An id or a name: plain characters that can stand in a key.
fn name(value: Option<&Json<'_>>) -> Option<String> {
    let Some(Json::Text(text)) = value else { return None };
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'|');
    (plain && !text.is_empty() && text.len() <= ID_BYTES_MAX).then(|| text.to_string())
}
