//! Records as bytes of a block, and back.

use bytes::{Buf, Bytes};

use crate::{Header, Offset, Record, Stored};

/// Adds a fresh record: right after the one before it, at the block's time.
pub(crate) fn push_record(record: &Record, to: &mut Vec<u8>) {
    let parts =
        Parts { key: &record.key, value: record.value.as_deref(), headers: &record.headers };
    push(&parts, 0, 0, to);
}

/// Adds a record that was read, at its offset and time.
pub(crate) fn push_stored(stored: &Stored, gap: u64, time_delta_ms: i64, to: &mut Vec<u8>) {
    let parts =
        Parts { key: &stored.key, value: stored.value.as_deref(), headers: &stored.headers };
    push(&parts, gap, time_delta_ms, to);
}

struct Parts<'a> {
    key: &'a [u8],
    value: Option<&'a [u8]>,
    headers: &'a [Header],
}

fn push(parts: &Parts<'_>, gap: u64, time_delta_ms: i64, to: &mut Vec<u8>) {
    let zigzag = ((time_delta_ms << 1) ^ (time_delta_ms >> 63)).cast_unsigned();
    let value = parts.value.unwrap_or_default();
    let headers: usize = parts.headers.iter().map(header_bytes).sum();
    let body = varint_bytes(gap)
        + varint_bytes(zigzag)
        + 1
        + varint_bytes(parts.key.len() as u64)
        + parts.key.len()
        + varint_bytes(parts.headers.len() as u64)
        + headers
        + value.len();
    to.reserve(body + 10);
    push_varint(body as u64, to);
    push_varint(gap, to);
    push_varint(zigzag, to);
    to.push(u8::from(parts.value.is_some()));
    push_varint(parts.key.len() as u64, to);
    to.extend_from_slice(parts.key);
    push_varint(parts.headers.len() as u64, to);
    for header in parts.headers {
        push_varint(header.name.len() as u64, to);
        to.extend_from_slice(header.name.as_bytes());
        push_varint(header.value.len() as u64, to);
        to.extend_from_slice(&header.value);
    }
    to.extend_from_slice(value);
}

fn header_bytes(header: &Header) -> usize {
    let (name, value) = (header.name.len(), header.value.len());
    varint_bytes(name as u64) + name + varint_bytes(value as u64) + value
}

/// Walks through a block whose checksum was right. Its records are slices of the block.
#[derive(Debug, Clone)]
pub struct BlockCursor {
    rest: Bytes,
    next: u64,
    end: u64,
    time_ms: i64,
}

/// Why a block cannot be read although its checksum is right: a defect of whoever wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a record in the block is malformed")]
pub struct Malformed;

impl BlockCursor {
    /// A walk through `block`, which covers the offsets from `base` to `end`.
    #[must_use]
    pub fn new(block: Bytes, base: u64, end: u64, time_ms: i64) -> BlockCursor {
        BlockCursor { rest: block, next: base, end, time_ms }
    }

    /// Goes past all records before `offset` and gives the offset of the next one.
    ///
    /// # Errors
    /// [`Malformed`].
    pub fn skip_to(&mut self, offset: u64) -> Result<(), Malformed> {
        while !self.rest.is_empty() && self.next < offset {
            let mut peek = self.rest.clone();
            let body = take_length(&mut peek)?;
            let mut record = peek.split_to(body);
            let at = self.next.checked_add(take_varint(&mut record)?).ok_or(Malformed)?;
            if at >= offset {
                return Ok(());
            }
            self.next = at + 1;
            self.rest = peek;
        }
        Ok(())
    }

    /// The next record; none at the block's end.
    ///
    /// # Errors
    /// [`Malformed`].
    #[allow(clippy::should_implement_trait, reason = "an iterator would hide the error")]
    pub fn next(&mut self) -> Result<Option<Stored>, Malformed> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let body = take_length(&mut self.rest)?;
        let mut record = self.rest.split_to(body);
        let offset = self.next.checked_add(take_varint(&mut record)?).ok_or(Malformed)?;
        if offset >= self.end {
            return Err(Malformed);
        }
        let zigzag = take_varint(&mut record)?;
        let delta = (zigzag >> 1).cast_signed() ^ -(zigzag & 1).cast_signed();
        let flag = record.try_get_u8().map_err(|_| Malformed)?;
        let key_bytes = take_length(&mut record)?;
        let key = record.split_to(key_bytes);
        let headers = take_headers(&mut record)?;
        let value = match flag {
            0 if record.is_empty() => None,
            1 => Some(record),
            _ => return Err(Malformed),
        };
        self.next = offset + 1;
        let time_ms = self.time_ms.wrapping_add(delta);
        Ok(Some(Stored { offset: Offset(offset), time_ms, key, value, headers }))
    }
}

fn take_headers(record: &mut Bytes) -> Result<Vec<Header>, Malformed> {
    let count = take_varint(record)?;
    if count > record.len() as u64 {
        return Err(Malformed);
    }
    let mut headers = Vec::with_capacity(usize::try_from(count).map_err(|_| Malformed)?);
    for _ in 0..count {
        let name_bytes = take_length(record)?;
        let name = std::str::from_utf8(&record[..name_bytes]).map_err(|_| Malformed)?.to_owned();
        record.advance(name_bytes);
        let value_bytes = take_length(record)?;
        headers.push(Header { name, value: record.split_to(value_bytes) });
    }
    Ok(headers)
}

/// A length of something that must still be there.
fn take_length(from: &mut Bytes) -> Result<usize, Malformed> {
    let length = usize::try_from(take_varint(from)?).map_err(|_| Malformed)?;
    if length > from.len() { Err(Malformed) } else { Ok(length) }
}

fn take_varint(from: &mut Bytes) -> Result<u64, Malformed> {
    let mut value = 0_u64;
    for (place, byte) in from.iter().take(10).enumerate() {
        let bits = u64::from(byte & 0x7f);
        if place == 9 && bits > 1 {
            return Err(Malformed);
        }
        value |= bits << (7 * place);
        if byte & 0x80 == 0 {
            from.advance(place + 1);
            return Ok(value);
        }
    }
    Err(Malformed)
}

fn push_varint(mut value: u64, to: &mut Vec<u8>) {
    while value >= 0x80 {
        to.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    to.push((value & 0x7f) as u8);
}

fn varint_bytes(value: u64) -> usize {
    (64 - (value | 1).leading_zeros() as usize).div_ceil(7)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stored() -> impl Strategy<Value = Stored> {
        let bytes = || proptest::collection::vec(any::<u8>(), 0..300).prop_map(Bytes::from);
        let header = ("[a-z-]{0,20}", bytes()).prop_map(|(name, value)| Header { name, value });
        let headers = proptest::collection::vec(header, 0..3);
        (0..1_000_u64, any::<i32>(), bytes(), proptest::option::of(bytes()), headers).prop_map(
            |(gap, time, key, value, headers)| Stored {
                offset: Offset(gap),
                time_ms: i64::from(time),
                key,
                value,
                headers,
            },
        )
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(mut records in proptest::collection::vec(stored(), 0..20), base in 0..u64::MAX / 2) {
            let (mut block, mut next) = (Vec::new(), base);
            for record in &mut records {
                let gap = record.offset.0;
                record.offset = Offset(next + gap);
                push_stored(record, gap, record.time_ms - 7, &mut block);
                next = record.offset.0 + 1;
            }
            let mut cursor = BlockCursor::new(block.clone().into(), base, next, 7);
            for record in &records {
                let read = cursor.next().expect("reads");
                prop_assert_eq!(read.as_ref(), Some(record));
            }
            prop_assert_eq!(cursor.next(), Ok(None));
            if let Some(middle) = records.get(records.len() / 2) {
                let mut cursor = BlockCursor::new(block.into(), base, next, 7);
                cursor.skip_to(middle.offset.0).expect("skips");
                let read = cursor.next().expect("reads");
                prop_assert_eq!(read.as_ref(), Some(middle));
            }
        }

        #[test]
        fn arbitrary_bytes_are_refused_without_a_panic(block in proptest::collection::vec(any::<u8>(), 0..200), skip in 0..50_u64) {
            let mut cursor = BlockCursor::new(block.into(), 0, 40, 0);
            if cursor.skip_to(skip).is_ok() {
                while let Ok(Some(_)) = cursor.next() {}
            }
        }
    }
}
