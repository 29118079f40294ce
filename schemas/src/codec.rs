//! Bytes on the log: Confluent framing (a zero, then the schema's id in four bytes, big end first)
//! and the value in Avro.
//!
//! A value is encoded by the order of its struct's fields, which is its schema's too, so no name is
//! looked up (`write_by_place.rs`).
//!
//! A value is decoded with the schema that it was written with, straight into its struct. One that
//! the newest schema wrote is read by place (`read_by_place.rs`). Any other is read by name: fields that
//! the schema lacks take their serde default, fields that the struct lacks are skipped. Both are
//! several times faster than to resolve a value against today's schema first.

pub mod bytes;
pub mod optional_bytes;
mod read_by_place;
mod write_by_place;

use apache_avro::error::Details;
use serde::{Serialize, de::DeserializeOwned};

use crate::registry;

/// No text and no bytes in a record are longer. A webhook's body has 1 MiB at most, and a record
/// is little more than its body; a length beyond this comes from bytes that are not ours, and must
/// not make us allocate.
pub const VALUE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// The zero and the schema's id.
pub const HEAD_BYTES: usize = 5;

/// A type that stands on the log under a schema of its own.
///
/// Its struct has the schema's name and fields, in the schema's order, see the crate's README.
pub trait Message: Serialize + DeserializeOwned {
    /// The schema's full name.
    const SCHEMA: &'static str;
    /// The fixed id of the newest version of its schema, in callfold's own id space.
    const SCHEMA_ID: u32;
}

/// Why bytes are not a value. None of them shows anything of the value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Too short, or the first byte is not zero.
    #[error("not framed: the first byte must be 0 and a schema id must follow")]
    NotFramed,
    /// A schema that this version does not know.
    #[error(
        "schema id {0} is not known to this version: it was written by a newer callfold, or by \
         another program"
    )]
    UnknownSchema(u32),
    /// A value of another type.
    #[error("the record is a {found}, not a {expected}")]
    OtherType {
        /// The schema's name that was asked for.
        expected: &'static str,
        /// The schema's name that it was written with.
        found: String,
    },
    /// The bytes do not fit the schema.
    #[error("the bytes do not fit schema {schema}: {what}")]
    Malformed {
        /// The schema's name.
        schema: &'static str,
        /// What is wrong, without values.
        what: String,
    },
}

/// A value as it stands on the log.
///
/// # Panics
/// When the type's struct and schema differ, which a test of every type shows.
#[must_use]
pub fn encode<T: Message>(value: &T) -> Vec<u8> {
    let mut framed = Vec::with_capacity(ENCODED_BYTES_USUAL);
    framed.push(0);
    framed.extend_from_slice(&T::SCHEMA_ID.to_be_bytes());
    write_by_place::write(value, &mut framed).expect("a struct fits its own schema");
    framed
}

/// Room for most records, so that encoding one allocates once.
const ENCODED_BYTES_USUAL: usize = 512;

/// The schema id in the frame's head.
///
/// # Errors
/// [`DecodeError::NotFramed`].
pub fn schema_id(framed: &[u8]) -> Result<u32, DecodeError> {
    match framed {
        [0, a, b, c, d, ..] => Ok(u32::from_be_bytes([*a, *b, *c, *d])),
        _ => Err(DecodeError::NotFramed),
    }
}

/// A value from the log.
///
/// # Errors
/// [`DecodeError`].
pub fn decode<T: Message>(framed: &[u8]) -> Result<T, DecodeError> {
    let id = schema_id(framed)?;
    let schema = registry::known(id).ok_or(DecodeError::UnknownSchema(id))?;
    if schema.name != T::SCHEMA {
        return Err(DecodeError::OtherType { expected: T::SCHEMA, found: schema.name.to_owned() });
    }
    let malformed =
        |what: &str| DecodeError::Malformed { schema: T::SCHEMA, what: what.to_owned() };
    let mut body = &framed[HEAD_BYTES..];
    if id == T::SCHEMA_ID {
        return read_by_place::read(body).map_err(|what| malformed(&what.to_string()));
    }
    let value = schema
        .reader
        .read_deser(&mut body)
        .map_err(|error| malformed(without_values(error.details())))?;
    if body.is_empty() { Ok(value) } else { Err(malformed("bytes are left over at its end")) }
}

/// What is wrong, in our own words: the library's sentences may quote the value.
fn without_values(error: &Details) -> &'static str {
    match error {
        Details::ReadBytes(_) | Details::ReadVariableIntegerBytes(_) => "it ends too early",
        Details::MemoryAllocation { .. } => "a length is greater than any value has",
        Details::ConvertToUtf8(_) | Details::ConvertToUtf8Error(_) => "a text is not UTF-8",
        Details::EnumSymbolIndex { .. } | Details::GetUnionVariant { .. } => {
            "a choice is none of the schema's"
        }
        Details::IntegerOverflow
        | Details::ZagI32(..)
        | Details::ConvertI32ToUsize(..)
        | Details::ConvertI64ToUsize(..) => "a number is out of its range",
        Details::DeserializeValue(_) => "a value is refused by the field's type",
        _ => "a value does not have the schema's shape",
    }
}

macro_rules! message {
    ($type:ty, $name:literal, $id:expr) => {
        impl Message for $type {
            const SCHEMA: &'static str = concat!("callfold.", $name);
            const SCHEMA_ID: u32 = $id;
        }
    };
}
message!(crate::CallEvent, "CallEvent", 2_000_001_001);
message!(crate::FrontEvent, "FrontEvent", 2_000_002_001);
message!(crate::Raw, "Raw", 2_000_003_001);
message!(crate::Rejection, "Rejection", 2_000_004_001);
message!(crate::Command, "Command", 2_000_005_001);
message!(crate::Outcome, "Outcome", 2_000_006_001);
message!(crate::Thread, "Thread", 2_000_007_002);
message!(crate::Position, "Position", 2_000_008_001);
message!(crate::Status, "Status", 2_000_009_001);
message!(crate::Conversation, "Conversation", 2_000_010_001);
message!(crate::CallState, "CallState", 2_000_011_002);
