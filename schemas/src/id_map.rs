//! The ids of one log in another numbering: callfold's own, fixed ones against those that a registry
//! has given. What is translated is the id in a frame's head; nothing else of a value changes.

use std::collections::BTreeMap;

use bytes::{Bytes, BytesMut};

use crate::codec::{HEAD_BYTES, schema_id};

/// Which id of callfold's stands for which id of a log.
///
/// A value without a frame (none, empty, or bytes that are not ours) passes as it is: whoever reads it
/// says what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdMap(Numbering);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Numbering {
    /// The log has callfold's own ids.
    Own,
    Other {
        theirs: BTreeMap<u32, u32>,
        ours: BTreeMap<u32, u32>,
    },
}

/// An id that has no counterpart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("schema id {0} has no counterpart in the other numbering")]
pub struct UnknownId(pub u32);

impl IdMap {
    /// Of a log that has callfold's own ids: every value passes as it is.
    #[must_use]
    pub const fn identity() -> IdMap {
        IdMap(Numbering::Own)
    }

    /// Of a log with another numbering, of which nothing is known yet.
    #[must_use]
    pub const fn empty() -> IdMap {
        IdMap(Numbering::Other { theirs: BTreeMap::new(), ours: BTreeMap::new() })
    }

    /// Says that `ours` is written as `theirs`, and read from it.
    pub fn insert(&mut self, ours: u32, theirs: u32) {
        if let Numbering::Other { theirs: written, .. } = &mut self.0 {
            written.insert(ours, theirs);
        }
        self.insert_read(theirs, ours);
    }

    /// Says that `theirs` is read as `ours`, however that is written: a registry may have given one
    /// schema several ids.
    pub fn insert_read(&mut self, theirs: u32, ours: u32) {
        if let Numbering::Other { ours: read, .. } = &mut self.0 {
            read.insert(theirs, ours);
        }
    }

    /// The log's id for one of callfold's.
    #[must_use]
    pub fn theirs(&self, ours: u32) -> Option<u32> {
        match &self.0 {
            Numbering::Own => Some(ours),
            Numbering::Other { theirs, .. } => theirs.get(&ours).copied(),
        }
    }

    /// Callfold's id for one of the log's.
    #[must_use]
    pub fn ours(&self, theirs: u32) -> Option<u32> {
        match &self.0 {
            Numbering::Own => Some(theirs),
            Numbering::Other { ours, .. } => ours.get(&theirs).copied(),
        }
    }

    /// A value of callfold's as it stands on the log.
    ///
    /// # Errors
    /// An id of callfold's that the log has none for.
    pub fn outward(&self, value: Bytes) -> Result<Bytes, UnknownId> {
        translate(value, |ours| self.theirs(ours))
    }

    /// A value of the log as callfold reads it.
    ///
    /// # Errors
    /// An id of the log that is none of callfold's.
    pub fn inward(&self, value: Bytes) -> Result<Bytes, UnknownId> {
        translate(value, |theirs| self.ours(theirs))
    }
}

fn translate(value: Bytes, other: impl Fn(u32) -> Option<u32>) -> Result<Bytes, UnknownId> {
    let Ok(id) = schema_id(&value) else { return Ok(value) };
    match other(id) {
        Some(same) if same == id => Ok(value),
        Some(other) => Ok(with_id(value, other)),
        None => Err(UnknownId(id)),
    }
}

/// The same value with another id in its head; one without a frame as it is. Bytes that nobody else
/// holds are changed in place, others are copied.
#[must_use]
pub fn with_id(value: Bytes, id: u32) -> Bytes {
    if schema_id(&value).is_err() {
        return value;
    }
    let mut value = value.try_into_mut().unwrap_or_else(|shared| BytesMut::from(&shared[..]));
    value[1..HEAD_BYTES].copy_from_slice(&id.to_be_bytes());
    value.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framed(id: u32) -> Bytes {
        let mut value = vec![0];
        value.extend_from_slice(&id.to_be_bytes());
        value.extend_from_slice(b"body");
        Bytes::from(value)
    }

    fn numbered() -> IdMap {
        let mut map = IdMap::empty();
        map.insert(2_000_001_001, 7);
        map.insert_read(9, 2_000_001_001);
        map
    }

    #[test]
    fn an_id_is_translated_there_and_back_and_the_body_stays() {
        let table = [
            ("ours", numbered().outward(framed(2_000_001_001)), Ok(framed(7))),
            ("theirs", numbered().inward(framed(7)), Ok(framed(2_000_001_001))),
            ("theirs under a second id", numbered().inward(framed(9)), Ok(framed(2_000_001_001))),
            ("not ours", numbered().outward(framed(7)), Err(UnknownId(7))),
            ("not theirs", numbered().inward(framed(8)), Err(UnknownId(8))),
            ("nothing known", IdMap::empty().inward(framed(7)), Err(UnknownId(7))),
            ("own ids", IdMap::identity().outward(framed(7)), Ok(framed(7))),
            ("own ids, read", IdMap::identity().inward(framed(7)), Ok(framed(7))),
        ];
        for (what, found, expected) in table {
            assert_eq!(found, expected, "{what}");
        }
    }

    #[test]
    fn a_value_without_a_frame_passes_as_it_is() {
        for value in [&b""[..], b"\0", b"\0\0\0\x07", b"{\"a\":1}", b"\x01\0\0\0\x07x"] {
            let value = Bytes::from_static(value);
            assert_eq!(numbered().inward(value.clone()), Ok(value.clone()));
            assert_eq!(numbered().outward(value.clone()), Ok(value.clone()));
            assert_eq!(with_id(value.clone(), 7), value);
        }
    }

    #[test]
    fn bytes_that_somebody_else_holds_do_not_change() {
        let held = framed(2_000_001_001);
        let sent = numbered().outward(held.clone());
        assert_eq!((held, sent), (framed(2_000_001_001), Ok(framed(7))));
    }
}
