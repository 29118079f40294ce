//! Identifiers, each its own type, each refusing nonsense when it is made.
//!
//! Texts among them are `SmolStr`: up to 23 bytes stand in the value itself, longer ones are shared.
//! The fold copies ids into states and commands many times for each event, and no copy allocates.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};
use smol_str::{SmolStr, SmolStrBuilder, format_smolstr};

use crate::Text;

/// Why a text is not an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Not E.164.
    #[error("not an E.164 number: a plus, a digit from 1 to 9, then 1 to 14 digits")]
    NotE164,
    /// Neither E.164 nor `anonymous:<line>`.
    #[error("not a contact: neither an E.164 number nor anonymous:<line id>")]
    NotAContact,
    /// Nothing in it.
    #[error("{0} is empty")]
    Empty(&'static str),
    /// Zero or below.
    #[error("{0} is not a positive number")]
    NotPositive(&'static str),
}

/// A point in time: milliseconds since the Unix epoch, UTC.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct TimeMs(pub i64);

impl TimeMs {
    /// From whole seconds, as Aircall writes times.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> TimeMs {
        TimeMs(seconds.saturating_mul(1000))
    }

    /// Whole seconds, rounded down, as Front takes times.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// This time and `ms` milliseconds more.
    #[must_use]
    pub const fn plus_ms(self, ms: i64) -> TimeMs {
        TimeMs(self.0.saturating_add(ms))
    }
}

/// Aircall's id of a call; it exceeds 32 bits in production.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct CallId(i64);

/// Aircall's id of a line (in its API: a number).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct LineId(i64);

macro_rules! positive_id {
    ($type:ident, $what:literal) => {
        impl $type {
            /// The id as a number, above zero.
            #[must_use]
            pub const fn get(self) -> i64 {
                self.0
            }
        }
        impl TryFrom<i64> for $type {
            type Error = IdError;
            fn try_from(id: i64) -> Result<Self, IdError> {
                if id > 0 { Ok(Self(id)) } else { Err(IdError::NotPositive($what)) }
            }
        }
        impl From<$type> for i64 {
            fn from(id: $type) -> i64 {
                id.0
            }
        }
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

/// An id that Aircall gives and that callfold only compares. Ingest takes none that is not positive; here
/// none is refused, so that whatever stands on a log stays readable.
macro_rules! given_id {
    ($(#[$doc:meta])* $type:ident) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $type(pub i64);

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}
/// The same of an id that is a text: Front's, and the provider's of a call. On the log it is a bare string.
/// It is shared like all texts of ids, so that a copy allocates nothing.
macro_rules! given_text_id {
    ($(#[$doc:meta])* $type:ident) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
        )]
        #[serde(transparent)]
        pub struct $type($crate::Text);

        impl $type {
            /// The text as it stands on the log and in requests.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl From<&str> for $type {
            fn from(text: &str) -> Self {
                Self(text.into())
            }
        }
        impl From<String> for $type {
            fn from(text: String) -> Self {
                Self(text.into())
            }
        }
        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}
pub(crate) use given_text_id;

given_id!(
    /// Aircall's id of a user: an agent.
    AgentId
);
given_id!(
    /// Aircall's id of a team.
    TeamId
);
given_id!(
    /// Aircall's id of a tag.
    TagId
);
given_id!(
    /// Aircall's id of a comment on a call.
    CommentId
);

given_text_id!(
    /// The telephony provider's id of a call, as Aircall gives it: `call_uuid` of a webhook, `sid` of its REST
    /// API; for example `CA` and 32 more letters and digits.
    CallUuid
);

positive_id!(CallId, "a call id");
positive_id!(LineId, "a line id");

/// The external party that a conversation is about: an E.164 number, or `anonymous:<line id>` for
/// everybody who withheld theirs on one line (`anonymous:0` where the line is not known either).
///
/// It contains a number, so it never goes into a log line: its `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "SmolStr")]
pub struct Contact(SmolStr);

impl Contact {
    /// The contact with this number.
    ///
    /// # Errors
    /// [`IdError::NotE164`].
    pub fn from_e164(number: &str) -> Result<Contact, IdError> {
        if is_e164(number) { Ok(Contact(number.into())) } else { Err(IdError::NotE164) }
    }

    /// Everybody without a number on this line.
    #[must_use]
    pub fn anonymous(line: Option<LineId>) -> Contact {
        Contact(format_smolstr!("anonymous:{}", line.map_or(0, LineId::get)))
    }

    /// The number, unless anonymous.
    #[must_use]
    pub fn e164(&self) -> Option<&str> {
        self.0.starts_with('+').then_some(self.0.as_str())
    }

    /// The key as it stands on the log. Never log it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same, to be kept in a record.
    #[must_use]
    pub fn text(&self) -> &Text {
        &self.0
    }
}

/// Whether a text is a number in E.164: a plus, a digit from 1 to 9, then 1 to 14 digits.
#[must_use]
pub fn is_e164(number: &str) -> bool {
    let Some(digits) = number.strip_prefix('+') else { return false };
    (2..=15).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && !digits.starts_with('0')
}

impl TryFrom<SmolStr> for Contact {
    type Error = IdError;
    fn try_from(key: SmolStr) -> Result<Contact, IdError> {
        let anonymous = key
            .strip_prefix("anonymous:")
            .is_some_and(|line| !line.is_empty() && line.bytes().all(|b| b.is_ascii_digit()));
        if anonymous || is_e164(&key) { Ok(Contact(key)) } else { Err(IdError::NotAContact) }
    }
}

impl TryFrom<String> for Contact {
    type Error = IdError;
    fn try_from(key: String) -> Result<Contact, IdError> {
        SmolStr::from(key).try_into()
    }
}

impl Serialize for Contact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl From<Contact> for String {
    fn from(contact: Contact) -> String {
        contact.0.into()
    }
}

impl fmt::Debug for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.e164().is_some() { "Contact(number)" } else { "Contact(anonymous)" })
    }
}

macro_rules! text_id {
    ($(#[$doc:meta])* $type:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
        #[serde(try_from = "SmolStr")]
        pub struct $type(SmolStr);

        impl $type {
            /// The text as it stands on the log.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }
        impl TryFrom<SmolStr> for $type {
            type Error = IdError;
            fn try_from(text: SmolStr) -> Result<Self, IdError> {
                if text.is_empty() { Err(IdError::Empty($what)) } else { Ok(Self(text)) }
            }
        }
        impl TryFrom<String> for $type {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                SmolStr::from(text).try_into()
            }
        }
        impl From<$type> for String {
            fn from(id: $type) -> String {
                id.0.into()
            }
        }
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}
text_id!(
    /// What one intended change in Front is called, for ever the same for the same intention, for
    /// example `call:123:duration`. It never contains a number.
    EffectKey,
    "an effect key"
);

impl EffectKey {
    /// An effect of a call: `call:<id>:<piece>`.
    #[must_use]
    pub fn of_call(call: CallId, piece: &str) -> EffectKey {
        let mut digits = itoa::Buffer::new();
        EffectKey::of_parts(&["call:", digits.format(call.get()), ":", piece])
    }

    /// An effect of a comment on a call: `call:<id>:comment:<comment id>`.
    #[must_use]
    pub fn of_comment(call: CallId, comment_id: CommentId) -> EffectKey {
        let (mut call_digits, mut comment_digits) = (itoa::Buffer::new(), itoa::Buffer::new());
        let comment = comment_digits.format(comment_id.0);
        EffectKey::of_parts(&["call:", call_digits.format(call.get()), ":comment:", comment])
    }

    /// An effect on an attribute of a contact's conversation: `conversation:<attribute>`. The
    /// contact stands beside it in the record's key.
    #[must_use]
    pub fn of_conversation(attribute: &str) -> EffectKey {
        EffectKey::of_parts(&["conversation:", attribute])
    }

    /// Every command has three keys: `format!` would be a tenth of what a command costs.
    fn of_parts(parts: &[&str]) -> EffectKey {
        let mut key = SmolStrBuilder::new();
        for part in parts {
            key.push_str(part);
        }
        EffectKey(key.finish())
    }
}
