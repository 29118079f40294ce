//! The id of an event.

use std::cmp::Ordering;
use std::fmt;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{IdError, Text};

/// The id of an event: for Aircall's, a hash of event, timestamp and data (token and the query part
/// of URLs left out), so that a repeat has the same; for Front's, Front's own `evt_` id.
///
/// A hash is kept as its 16 bytes: the fold copies ids into stamps and commands, and neither that nor
/// dropping them touches other memory. Everybody else sees the text.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EventId(Kept);

#[derive(Clone, PartialEq, Eq, Hash)]
enum Kept {
    /// 32 hexadecimal digits in lower case, always kept so.
    Hash([u8; 16]),
    /// Any other text.
    Text(Text),
}

/// Digits of a hash.
const DIGITS: usize = 32;

impl EventId {
    /// The text as it stands on the log, written into `room` where it is not kept as one.
    fn text<'a>(&'a self, room: &'a mut [u8; DIGITS]) -> &'a str {
        match &self.0 {
            Kept::Text(text) => text,
            Kept::Hash(hash) => {
                for (digits, byte) in room.chunks_exact_mut(2).zip(hash) {
                    digits[0] = digit(byte >> 4);
                    digits[1] = digit(byte & 0xf);
                }
                std::str::from_utf8(room).expect("digits are ASCII")
            }
        }
    }
}

const fn digit(value: u8) -> u8 {
    if value < 10 { b'0' + value } else { b'a' + value - 10 }
}

const fn value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

/// The hash that `text` writes, if it is one.
fn hash(text: &str) -> Option<[u8; 16]> {
    if text.len() != DIGITS {
        return None;
    }
    let mut hash = [0; 16];
    for (byte, digits) in hash.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = value(digits[0])? << 4 | value(digits[1])?;
    }
    Some(hash)
}

impl TryFrom<&str> for EventId {
    type Error = IdError;
    fn try_from(text: &str) -> Result<EventId, IdError> {
        match hash(text) {
            Some(hash) => Ok(EventId(Kept::Hash(hash))),
            None if text.is_empty() => Err(IdError::Empty("an event id")),
            None => Ok(EventId(Kept::Text(text.into()))),
        }
    }
}

impl TryFrom<String> for EventId {
    type Error = IdError;
    fn try_from(text: String) -> Result<EventId, IdError> {
        text.as_str().try_into()
    }
}

/// From a text that is only looked at: a hash is not kept as one.
impl<'de> Deserialize<'de> for EventId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<EventId, D::Error> {
        deserializer.deserialize_str(FromText)
    }
}

struct FromText;

impl Visitor<'_> for FromText {
    type Value = EventId;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event id")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<EventId, E> {
        text.try_into().map_err(E::custom)
    }
}

impl From<EventId> for String {
    fn from(id: EventId) -> String {
        id.to_string()
    }
}

impl Ord for EventId {
    /// The order of the texts, which for hashes is that of their bytes.
    fn cmp(&self, other: &EventId) -> Ordering {
        match (&self.0, &other.0) {
            (Kept::Hash(hash), Kept::Hash(other)) => hash.cmp(other),
            (Kept::Hash(_) | Kept::Text(_), Kept::Hash(_) | Kept::Text(_)) => {
                self.text(&mut [0; DIGITS]).cmp(other.text(&mut [0; DIGITS]))
            }
        }
    }
}

impl PartialOrd for EventId {
    fn partial_cmp(&self, other: &EventId) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Serialize for EventId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.text(&mut [0; DIGITS]))
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text(&mut [0; DIGITS]))
    }
}

impl fmt::Debug for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("EventId").field(&self.text(&mut [0; DIGITS])).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_its_text_however_it_is_kept() {
        let texts = [
            "00000000000000000000000000000000",
            "9f86d081884c7d659a2feaa0c55ad015",
            "9F86D081884C7D659A2FEAA0C55AD015",
            "9f86d081884c7d659a2feaa0c55ad01",
            "9f86d081884c7d659a2feaa0c55ad0155",
            "9f86d081884c7d659a2feaa0c55ad01g",
            "evt_55c8c149",
            "a",
        ];
        for text in texts {
            let id = EventId::try_from(text.to_owned()).expect("not empty");
            assert_eq!(id.to_string(), text);
            assert_eq!(format!("{id:?}"), format!("EventId({text:?})"));
            for other in texts {
                let other_id = EventId::try_from(other.to_owned()).expect("not empty");
                assert_eq!(id.cmp(&other_id), text.cmp(other), "{text} and {other}");
                assert_eq!(id == other_id, text == other, "{text} and {other}");
            }
        }
        assert_eq!(EventId::try_from(String::new()), Err(IdError::Empty("an event id")));
        assert_eq!(size_of::<EventId>(), size_of::<Text>());
    }
}
