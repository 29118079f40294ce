//! From the bytes of an authentic webhook to a [`CallEvent`], or to the reason why not.

use schemas::{CallEvent, EventId, Origin, Rejection, Source, TimeMs};

use crate::call;
use crate::event_id;
use crate::fields;
use crate::json::{self, Json, JsonError};

/// Raised with every change that makes other records of the same bytes; later records win.
pub const NORMALISER_REVISION: i32 = 1;

/// The longest name of an event. Aircall's longest has 39 characters.
const EVENT_NAME_BYTES_MAX: usize = 128;

/// How a body came to us.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// When it was first in hand.
    pub received_at: TimeMs,
    /// Which way it came.
    pub origin: Origin,
    /// The region of numbers without a plus on lines without a country, ISO 3166 alpha-2.
    pub default_region: Option<&'a str>,
}

/// What an authentic body is that says nothing about a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoCall {
    /// An event of another family: kept as received, for whoever wants it later.
    OtherEvent {
        /// Its id.
        event_id: EventId,
        /// Its name.
        event: String,
    },
    /// It cannot be understood: kept with the reason.
    Rejected(Rejection),
}

/// The event of an authentic body whose token was removed.
///
/// Every `call.*` event is one, also names that nobody knew when this was written. Only three
/// things are needed: the name, the timestamp and the call's id. Everything else may be absent, or
/// be of the wrong type and then counts as absent.
///
/// # Errors
/// [`NoCall`].
pub fn normalise(body: &[u8], seen: &Seen<'_>) -> Result<CallEvent, NoCall> {
    let text = json::text_of(body);
    let envelope = match Json::parse(&text) {
        Ok(envelope) => envelope,
        Err(error) => {
            let id = event_id::of_bytes(body);
            return Err(rejected(id, None, Reason::Unreadable(error), seen));
        }
    };
    if !matches!(envelope, Json::Object(_)) {
        return Err(rejected(event_id::of_bytes(body), None, Reason::NotAnObject, seen));
    }
    let event_id = event_id::of_event(&envelope);
    let Some(event) = event_name(&envelope) else {
        return Err(rejected(event_id, None, Reason::EventMissing, seen));
    };
    if !event.starts_with("call.") {
        return Err(NoCall::OtherEvent { event_id, event });
    }
    let Some(snapshot_at) = fields::time(envelope.get("timestamp")) else {
        return Err(rejected(event_id, Some(event), Reason::TimestampMissing, seen));
    };
    let Some(data @ Json::Object(_)) = envelope.get("data") else {
        return Err(rejected(event_id, Some(event), Reason::DataMissing, seen));
    };
    let around =
        call::Around { event_id: event_id.clone(), event: event.clone(), snapshot_at, seen };
    call::read(data, around)
        .ok_or_else(|| rejected(event_id, Some(event), Reason::CallIdMissing, seen))
}

fn event_name(envelope: &Json<'_>) -> Option<String> {
    let Some(Json::Text(name)) = envelope.get("event") else { return None };
    let plain = name.bytes().all(|byte| byte.is_ascii_graphic());
    (plain && !name.is_empty() && name.len() <= EVENT_NAME_BYTES_MAX).then(|| name.to_string())
}

#[derive(Debug, Clone, Copy)]
enum Reason {
    Unreadable(JsonError),
    NotAnObject,
    EventMissing,
    TimestampMissing,
    DataMissing,
    CallIdMissing,
}

impl Reason {
    const fn code(self) -> &'static str {
        match self {
            Reason::Unreadable(JsonError::Malformed(_)) => "not_json",
            Reason::Unreadable(JsonError::TooDeep) => "too_deep",
            Reason::NotAnObject => "not_an_object",
            Reason::EventMissing => "event_missing",
            Reason::TimestampMissing => "timestamp_missing",
            Reason::DataMissing => "data_missing",
            Reason::CallIdMissing => "call_id_missing",
        }
    }

    fn detail(self) -> String {
        match self {
            Reason::Unreadable(error) => format!("the body is {error}"),
            Reason::NotAnObject => "the body is JSON but no object".to_owned(),
            Reason::EventMissing => "`event` is absent or no plain name".to_owned(),
            Reason::TimestampMissing => "`timestamp` is absent or no time in seconds".to_owned(),
            Reason::DataMissing => "`data` is absent or no object".to_owned(),
            Reason::CallIdMissing => "`data.id` is absent or no positive number".to_owned(),
        }
    }
}

fn rejected(event_id: EventId, event: Option<String>, why: Reason, seen: &Seen<'_>) -> NoCall {
    NoCall::Rejected(Rejection {
        event_id,
        source: Source::Aircall,
        event,
        reason: why.code().to_owned(),
        detail: why.detail(),
        normaliser_revision: NORMALISER_REVISION,
        received_at: seen.received_at,
    })
}
