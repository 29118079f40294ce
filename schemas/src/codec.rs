//! Bytes on the log: Confluent framing (a zero, the schema's id in four bytes) and the value.

use serde::{Serialize, de::DeserializeOwned};

/// A type that stands on the log under a schema of its own.
pub trait Message: Serialize + DeserializeOwned {
    /// The schema's full name.
    const SCHEMA: &'static str;
    /// The fixed id of the newest version of its schema, in callfold's own id space.
    const SCHEMA_ID: u32;
}

/// Why bytes are not a value.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// Too short, or the first byte is not zero.
    #[error("not framed: the first byte must be 0 and a schema id must follow")]
    NotFramed,
    /// A schema that this version does not know.
    #[error("schema id {0} is not known to this version")]
    UnknownSchema(u32),
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
#[must_use]
pub fn encode<T: Message>(value: &T) -> Vec<u8> {
    let mut framed = vec![0];
    framed.extend_from_slice(&T::SCHEMA_ID.to_be_bytes());
    framed.extend(serde_json::to_vec(value).expect("our own types serialise"));
    framed
}

/// A value from the log.
///
/// # Errors
/// [`DecodeError`].
pub fn decode<T: Message>(framed: &[u8]) -> Result<T, DecodeError> {
    let (head, body) = framed.split_at_checked(5).ok_or(DecodeError::NotFramed)?;
    if head[0] != 0 {
        return Err(DecodeError::NotFramed);
    }
    serde_json::from_slice(body)
        .map_err(|error| DecodeError::Malformed { schema: T::SCHEMA, what: error.to_string() })
}

macro_rules! message {
    ($type:ty, $name:literal, $id:expr) => {
        impl Message for $type {
            const SCHEMA: &'static str = concat!("callfold.", $name);
            const SCHEMA_ID: u32 = $id;
        }
    };
}
message!(crate::CallEvent, "CallEvent", 0x7c00_0001);
message!(crate::FrontEvent, "FrontEvent", 0x7c00_0101);
message!(crate::Raw, "Raw", 0x7c00_0201);
message!(crate::Rejection, "Rejection", 0x7c00_0301);
message!(crate::Command, "Command", 0x7c00_0401);
message!(crate::Outcome, "Outcome", 0x7c00_0501);
message!(crate::Thread, "Thread", 0x7c00_0601);
message!(crate::Position, "Position", 0x7c00_0701);
message!(crate::Status, "Status", 0x7c00_0801);

/// Bytes as Avro's `bytes`.
pub mod bytes {
    use serde::{Deserialize, Deserializer, Serializer};

    /// Writes bytes.
    ///
    /// # Errors
    /// The serializer's.
    pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(bytes)
    }

    /// Reads bytes.
    ///
    /// # Errors
    /// The deserializer's.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        Vec::<u8>::deserialize(deserializer)
    }
}

/// Bytes or nothing, as Avro's union of `null` and `bytes`.
pub mod optional_bytes {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    /// Writes bytes or nothing.
    ///
    /// # Errors
    /// The serializer's.
    pub fn serialize<S: Serializer>(
        bytes: &Option<Vec<u8>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        bytes.serialize(serializer)
    }

    /// Reads bytes or nothing.
    ///
    /// # Errors
    /// The deserializer's.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Vec<u8>>, D::Error> {
        Option::<Vec<u8>>::deserialize(deserializer)
    }
}
