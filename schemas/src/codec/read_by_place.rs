//! Reads a value that the newest schema wrote: the struct's fields one after the other, with no look
//! at the schema, which has the same fields in the same order. Tests hold structs and schemas equal,
//! and this reader equal to the library's, which reads every other version.
//!
//! It is several times faster than the library's: no name is compared, no part of a schema is
//! looked up, and no text is copied twice.

use std::fmt;

use serde::de::value::U32Deserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error, IntoDeserializer,
    SeqAccess, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use super::VALUE_BYTES_MAX;

/// What is wrong with bytes, without values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Malformed {
    #[error("it ends too early")]
    EndsTooEarly,
    #[error("a length is greater than any value has")]
    TooLong,
    #[error("a text is not UTF-8")]
    NotUtf8,
    #[error("a choice is none of the schema's")]
    NoSuchChoice,
    #[error("a number is out of its range")]
    OutOfRange,
    #[error("a value is refused by the field's type")]
    Refused,
    #[error("a value does not have the schema's shape")]
    OtherShape,
    #[error("bytes are left over at its end")]
    LeftOver,
}

impl Error for Malformed {
    /// What a type says may show the value that it refuses.
    fn custom<T: fmt::Display>(_: T) -> Malformed {
        Malformed::Refused
    }
}

/// The value that `body` is.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Malformed> {
    let mut reader = Reader { rest: body };
    let value = T::deserialize(&mut reader)?;
    if reader.rest.is_empty() { Ok(value) } else { Err(Malformed::LeftOver) }
}

/// What is not read yet.
struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(Malformed::EndsTooEarly)?;
        self.rest = rest;
        Ok(taken)
    }

    /// A number as Avro writes one: seven bits in a byte, the lowest first, the sign in the lowest.
    fn number(&mut self) -> Result<i64, Malformed> {
        let mut bits = 0;
        for (at, byte) in self.rest.iter().enumerate().take(10) {
            bits |= u64::from(byte & 0x7f) << (7 * at);
            if byte & 0x80 == 0 {
                self.rest = &self.rest[at + 1..];
                return Ok((bits >> 1).cast_signed() ^ -(bits & 1).cast_signed());
            }
        }
        Err(if self.rest.len() < 10 { Malformed::EndsTooEarly } else { Malformed::OutOfRange })
    }

    fn bytes(&mut self) -> Result<&'a [u8], Malformed> {
        let length = usize::try_from(self.number()?).map_err(|_| Malformed::OutOfRange)?;
        if length > VALUE_BYTES_MAX {
            return Err(Malformed::TooLong);
        }
        self.take(length)
    }

    fn text(&mut self) -> Result<&'a str, Malformed> {
        std::str::from_utf8(self.bytes()?).map_err(|_| Malformed::NotUtf8)
    }
}

impl<'de> Deserializer<'de> for &mut Reader<'_> {
    type Error = Malformed;

    fn is_human_readable(&self) -> bool {
        false
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Malformed> {
        Err(Malformed::OtherShape)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        match self.take(1)? {
            [0] => visitor.visit_bool(false),
            [1] => visitor.visit_bool(true),
            _ => Err(Malformed::OtherShape),
        }
    }

    fn deserialize_i32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        let number = i32::try_from(self.number()?).map_err(|_| Malformed::OutOfRange)?;
        visitor.visit_i32(number)
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        visitor.visit_i64(self.number()?)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        let bytes = self.take(8)?.try_into().map_err(|_| Malformed::EndsTooEarly)?;
        visitor.visit_f64(f64::from_le_bytes(bytes))
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        visitor.visit_str(self.text()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        visitor.visit_bytes(self.bytes()?)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        self.deserialize_bytes(visitor)
    }

    /// A union whose first choice is null: every union of our schemas.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        match self.number()? {
            0 => visitor.visit_none(),
            1 => visitor.visit_some(self),
            _ => Err(Malformed::NoSuchChoice),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Malformed> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        let mut items = Items { reader: self, left: 0, ended: false };
        items.next_block()?;
        visitor.visit_seq(items)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Malformed> {
        visitor.visit_seq(Fields { reader: self, left: fields.len() })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        words: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Malformed> {
        let at = u32::try_from(self.number()?).map_err(|_| Malformed::NoSuchChoice)?;
        if (at as usize) < words.len() {
            visitor.visit_enum(Word(at))
        } else {
            Err(Malformed::NoSuchChoice)
        }
    }

    forward_to_deserialize_any! {
        i8 i16 i128 u8 u16 u32 u64 u128 f32 char unit unit_struct tuple tuple_struct map
        identifier ignored_any
    }
}

/// The fields of a record.
struct Fields<'r, 'a> {
    reader: &'r mut Reader<'a>,
    left: usize,
}

impl<'de> SeqAccess<'de> for Fields<'_, '_> {
    type Error = Malformed;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Malformed> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        seed.deserialize(&mut *self.reader).map(Some)
    }
}

/// The items of an array: blocks that each begin with their number, the last of them empty.
struct Items<'r, 'a> {
    reader: &'r mut Reader<'a>,
    /// In this block.
    left: usize,
    ended: bool,
}

impl Items<'_, '_> {
    fn next_block(&mut self) -> Result<(), Malformed> {
        let count = self.reader.number()?;
        if count < 0 {
            // Then its size in bytes follows, for readers that skip it.
            self.reader.number()?;
        }
        self.left = usize::try_from(count.unsigned_abs()).map_err(|_| Malformed::OutOfRange)?;
        self.ended = count == 0;
        Ok(())
    }
}

impl<'de> SeqAccess<'de> for Items<'_, '_> {
    type Error = Malformed;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Malformed> {
        if self.left == 0 && !self.ended {
            self.next_block()?;
        }
        if self.ended {
            return Ok(None);
        }
        self.left -= 1;
        seed.deserialize(&mut *self.reader).map(Some)
    }

    /// No item is shorter than a byte, whatever the number says.
    fn size_hint(&self) -> Option<usize> {
        Some(self.left.min(self.reader.rest.len()))
    }
}

/// A word of an enum: its place among the words.
struct Word(u32);

impl<'de> EnumAccess<'de> for Word {
    type Error = Malformed;
    type Variant = Word;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Word), Malformed> {
        let place: U32Deserializer<Malformed> = self.0.into_deserializer();
        Ok((seed.deserialize(place)?, self))
    }
}

impl<'de> VariantAccess<'de> for Word {
    type Error = Malformed;

    fn unit_variant(self) -> Result<(), Malformed> {
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, _: S) -> Result<S::Value, Malformed> {
        Err(Malformed::OtherShape)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Malformed> {
        Err(Malformed::OtherShape)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Malformed> {
        Err(Malformed::OtherShape)
    }
}
