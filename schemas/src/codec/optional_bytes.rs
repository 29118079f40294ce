//! Bytes or nothing, as Avro's union of `null` and `bytes`.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Writes bytes or nothing.
///
/// # Errors
/// The serializer's.
pub fn serialize<S: Serializer>(bytes: &Option<Vec<u8>>, serializer: S) -> Result<S::Ok, S::Error> {
    match bytes {
        Some(bytes) => serializer.serialize_some(&Written(bytes)),
        None => serializer.serialize_none(),
    }
}

/// Reads bytes or nothing.
///
/// # Errors
/// The deserializer's.
pub fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Vec<u8>>, D::Error> {
    Ok(Option::<Read>::deserialize(deserializer)?.map(|Read(bytes)| bytes))
}

struct Written<'a>(&'a [u8]);

impl Serialize for Written<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        super::bytes::serialize(self.0, serializer)
    }
}

struct Read(Vec<u8>);

impl<'de> Deserialize<'de> for Read {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Read, D::Error> {
        super::bytes::deserialize(deserializer).map(Read)
    }
}
