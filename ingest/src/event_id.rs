//! The id of an event: derived from what it says, so that a repeat has the same.

use std::borrow::Cow;

use schemas::EventId;
use sha2::{Digest, Sha256};

use crate::json::Json;

/// How much of the hash an id keeps. 128 bits: a collision among a billion events has a chance of
/// one in 10^20, and the id stays short enough to be read aloud in halves.
const ID_BYTES: usize = 16;

/// Room for most events, so that nothing moves: a body has some 2 KiB, and each text brings its length.
const CANONICAL_BYTES_USUAL: usize = 4096;

/// The id of an event that was understood as an envelope.
///
/// Covers the event's name, its timestamp and its data with members in the order of their names
/// and without the query part of URLs: signed URLs differ on every delivery. The token is not in
/// it, nor is the way the bytes were laid out.
#[must_use]
pub fn of_event(envelope: &Json<'_>) -> EventId {
    let mut canonical = Vec::with_capacity(CANONICAL_BYTES_USUAL);
    canonical.extend_from_slice(b"callfold aircall event 1\n");
    for member in ["event", "timestamp", "data"] {
        write(envelope.get(member).unwrap_or(&Json::Null), &mut canonical);
    }
    from_hash(&canonical)
}

/// The id of a body that cannot be understood at all: of its bytes, token removed before.
#[must_use]
pub fn of_bytes(body: &[u8]) -> EventId {
    from_hash(&[b"callfold unreadable body 1\n", body].concat())
}

fn from_hash(canonical: &[u8]) -> EventId {
    let digits = b"0123456789abcdef";
    let digit = |value: u8| char::from(digits[usize::from(value)]);
    let hash = Sha256::digest(canonical);
    let id: String =
        hash[..ID_BYTES].iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0xf)]).collect();
    EventId::try_from(id).expect("an id of 32 characters is not empty")
}

/// Writes `value` so that no two different values give the same bytes: texts carry their length.
fn write(value: &Json<'_>, canonical: &mut Vec<u8>) {
    match value {
        Json::Null => canonical.push(b'0'),
        Json::Bool(true) => canonical.push(b'+'),
        Json::Bool(false) => canonical.push(b'-'),
        Json::Number(number) => write_text(b'#', number, canonical),
        Json::Text(text) => write_text(b'"', without_query(text), canonical),
        Json::List(elements) => {
            canonical.push(b'[');
            for element in elements {
                write(element, canonical);
            }
            canonical.push(b']');
        }
        Json::Object(members) => write_object(members, canonical),
    }
}

fn write_object(members: &[(Cow<'_, str>, Json<'_>)], canonical: &mut Vec<u8>) {
    let mut in_order: Vec<&(Cow<'_, str>, Json<'_>)> = members.iter().collect();
    in_order.sort_by(|left, right| left.0.cmp(&right.0));
    canonical.push(b'{');
    for (place, (key, value)) in in_order.iter().enumerate() {
        let repeated_later = in_order.get(place + 1).is_some_and(|next| next.0 == *key);
        if !repeated_later {
            write_text(b'"', key, canonical);
            write(value, canonical);
        }
    }
    canonical.push(b'}');
}

fn write_text(kind: u8, text: &str, canonical: &mut Vec<u8>) {
    canonical.push(kind);
    canonical.extend_from_slice(&(text.len() as u64).to_le_bytes());
    canonical.extend_from_slice(text.as_bytes());
}

/// A URL without its query and fragment; any other text as it is.
#[must_use]
pub fn without_query(text: &str) -> &str {
    if !(text.starts_with("https://") || text.starts_with("http://")) {
        return text;
    }
    memchr::memchr2(b'?', b'#', text.as_bytes()).map_or(text, |end| &text[..end])
}
