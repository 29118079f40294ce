//! Writes a struct in Avro by the order of its fields alone.
//!
//! Avro's binary form has no names: a record is its fields one after the other. The structs have
//! their schema's fields in their schema's order, every enum its symbols, and every union is
//! `["null", X]` (`tests/records/agreement.rs` and `golden.rs`), so nothing has to be looked up
//! while a value is written.

use std::fmt;

use serde::ser::{self, Impossible, Serialize, SerializeSeq, SerializeStruct};

/// Appends `value` to `bytes`.
///
/// # Errors
/// [`NoRecord`].
pub(crate) fn write<T: Serialize>(value: &T, bytes: &mut Vec<u8>) -> Result<(), NoRecord> {
    value.serialize(&mut Writer { bytes })
}

/// A value has a shape that no record of ours has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NoRecord(String);

impl fmt::Display for NoRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no record has {}", self.0)
    }
}

impl std::error::Error for NoRecord {}

impl ser::Error for NoRecord {
    fn custom<T: fmt::Display>(what: T) -> NoRecord {
        NoRecord(what.to_string())
    }
}

struct Writer<'a> {
    bytes: &'a mut Vec<u8>,
}

impl Writer<'_> {
    /// A number as Avro has it: zigzag, seven bits a byte, the low ones first.
    fn long(&mut self, number: i64) {
        let mut rest = (number.cast_unsigned() << 1) ^ (number >> 63).cast_unsigned();
        while rest >= 0x80 {
            self.bytes.push((rest & 0x7f) as u8 | 0x80);
            rest >>= 7;
        }
        self.bytes.push(rest as u8);
    }

    fn length(&mut self, length: usize) {
        self.long(i64::try_from(length).expect("nothing in memory is longer"));
    }

    fn counted(&mut self, bytes: &[u8]) {
        self.length(bytes.len());
        self.bytes.extend_from_slice(bytes);
    }
}

type Nothing = Impossible<(), NoRecord>;

fn none_has<T>(what: &str) -> Result<T, NoRecord> {
    Err(NoRecord(what.to_owned()))
}

macro_rules! numbers {
    ($($name:ident: $type:ty),+) => {
        $(fn $name(self, number: $type) -> Result<(), NoRecord> {
            self.long(i64::from(number));
            Ok(())
        })+
    };
}

impl ser::Serializer for &mut Writer<'_> {
    type Ok = ();
    type Error = NoRecord;
    type SerializeSeq = Self;
    type SerializeTuple = Nothing;
    type SerializeTupleStruct = Nothing;
    type SerializeTupleVariant = Nothing;
    type SerializeMap = Nothing;
    type SerializeStruct = Self;
    type SerializeStructVariant = Nothing;

    numbers!(serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64);
    numbers!(serialize_u8: u8, serialize_u16: u16, serialize_u32: u32);

    fn is_human_readable(&self) -> bool {
        false
    }

    fn serialize_u64(self, number: u64) -> Result<(), NoRecord> {
        let number = i64::try_from(number);
        self.long(number.or_else(|_| none_has("a number above the largest long"))?);
        Ok(())
    }

    fn serialize_bool(self, flag: bool) -> Result<(), NoRecord> {
        self.bytes.push(u8::from(flag));
        Ok(())
    }

    fn serialize_f64(self, number: f64) -> Result<(), NoRecord> {
        self.bytes.extend_from_slice(&number.to_le_bytes());
        Ok(())
    }

    fn serialize_str(self, text: &str) -> Result<(), NoRecord> {
        self.counted(text.as_bytes());
        Ok(())
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<(), NoRecord> {
        self.counted(bytes);
        Ok(())
    }

    fn serialize_none(self) -> Result<(), NoRecord> {
        self.long(0);
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), NoRecord> {
        self.long(1);
        value.serialize(self)
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        symbol: u32,
        _: &'static str,
    ) -> Result<(), NoRecord> {
        self.long(i64::from(symbol));
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), NoRecord> {
        value.serialize(self)
    }

    /// One block with all elements, where there are any; [`SerializeSeq::end`] writes the last,
    /// empty one.
    fn serialize_seq(self, elements: Option<usize>) -> Result<Self, NoRecord> {
        match elements {
            None => none_has("a list of unknown length"),
            Some(0) => Ok(self),
            Some(elements) => {
                self.length(elements);
                Ok(self)
            }
        }
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, NoRecord> {
        Ok(self)
    }

    fn serialize_f32(self, _: f32) -> Result<(), NoRecord> {
        none_has("a short fraction")
    }

    fn serialize_char(self, _: char) -> Result<(), NoRecord> {
        none_has("a single character")
    }

    fn serialize_unit(self) -> Result<(), NoRecord> {
        none_has("a unit")
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), NoRecord> {
        none_has("a unit")
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), NoRecord> {
        none_has("a choice with values")
    }

    fn serialize_tuple(self, _: usize) -> Result<Nothing, NoRecord> {
        none_has("a tuple")
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Nothing, NoRecord> {
        none_has("a tuple")
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Nothing, NoRecord> {
        none_has("a choice with values")
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Nothing, NoRecord> {
        none_has("a map")
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Nothing, NoRecord> {
        none_has("a choice with values")
    }
}

impl SerializeSeq for &mut Writer<'_> {
    type Ok = ();
    type Error = NoRecord;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NoRecord> {
        value.serialize(&mut **self)
    }

    fn end(self) -> Result<(), NoRecord> {
        self.long(0);
        Ok(())
    }
}

impl SerializeStruct for &mut Writer<'_> {
    type Ok = ();
    type Error = NoRecord;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        _: &'static str,
        value: &T,
    ) -> Result<(), NoRecord> {
        value.serialize(&mut **self)
    }

    /// A field that is left out would move all others.
    fn skip_field(&mut self, name: &'static str) -> Result<(), NoRecord> {
        none_has(&format!("the field `{name}` left out"))
    }

    fn end(self) -> Result<(), NoRecord> {
        Ok(())
    }
}
