//! Records as bytes of a block, and back.

use std::ops::Range;

use bytes::Bytes;

use crate::{Header, Offset, Record, Stored};

/// Adds a record that is written now, right after the one before it: so much later than the block's
/// first record.
pub(crate) fn push_record(record: &Record, time_delta_ms: i64, to: &mut Vec<u8>) {
    let parts =
        Parts { key: &record.key, value: record.value.as_deref(), headers: &record.headers };
    push(&parts, 0, time_delta_ms, to);
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
    block: Bytes,
    at: usize,
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
        BlockCursor { block, at: 0, next: base, end, time_ms }
    }

    /// Goes past all records before `offset`.
    ///
    /// # Errors
    /// [`Malformed`].
    pub fn skip_to(&mut self, offset: u64) -> Result<(), Malformed> {
        while self.at < self.block.len() && self.next < offset {
            let (record, found) = self.peek()?;
            if found >= offset {
                return Ok(());
            }
            let after = record.end();
            self.next = found + 1;
            self.at = after;
        }
        Ok(())
    }

    /// The next record; none at the block's end.
    ///
    /// # Errors
    /// [`Malformed`].
    #[allow(clippy::should_implement_trait, reason = "an iterator would hide the error")]
    pub fn next(&mut self) -> Result<Option<Stored>, Malformed> {
        if self.at == self.block.len() {
            return Ok(None);
        }
        let (mut record, offset) = self.peek()?;
        if offset >= self.end {
            return Err(Malformed);
        }
        let zigzag = record.varint()?;
        let delta = (zigzag >> 1).cast_signed() ^ -(zigzag & 1).cast_signed();
        let flag = record.byte()?;
        let key = record.sized()?;
        let headers = record.headers(&self.block)?;
        let after = record.end();
        let rest = record.at..after;
        let value = match flag {
            0 if rest.is_empty() => None,
            1 => Some(self.block.slice(rest)),
            _ => return Err(Malformed),
        };
        let key = self.block.slice(key);
        self.next = offset + 1;
        self.at = after;
        let time_ms = self.time_ms.wrapping_add(delta);
        Ok(Some(Stored { offset: Offset(offset), time_ms, key, value, headers }))
    }

    /// The next record's fields from its time on, and its offset.
    fn peek(&self) -> Result<(Fields<'_>, u64), Malformed> {
        let mut fields = Fields { bytes: &self.block, at: self.at };
        let body = fields.sized()?;
        let mut record = Fields { bytes: &self.block[..body.end], at: body.start };
        let offset = self.next.checked_add(record.varint()?).ok_or(Malformed)?;
        if offset == u64::MAX { Err(Malformed) } else { Ok((record, offset)) }
    }
}

/// Reads fields of a record by their places in the block.
struct Fields<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Fields<'_> {
    fn end(&self) -> usize {
        self.bytes.len()
    }

    fn byte(&mut self) -> Result<u8, Malformed> {
        let byte = *self.bytes.get(self.at).ok_or(Malformed)?;
        self.at += 1;
        Ok(byte)
    }

    #[inline]
    fn varint(&mut self) -> Result<u64, Malformed> {
        let mut value = 0_u64;
        for place in 0..10 {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if place == 9 && bits > 1 {
                return Err(Malformed);
            }
            value |= bits << (7 * place);
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Malformed)
    }

    /// The place of something that has its length before it.
    fn sized(&mut self) -> Result<Range<usize>, Malformed> {
        let length = usize::try_from(self.varint()?).map_err(|_| Malformed)?;
        let end = self.at.checked_add(length).ok_or(Malformed)?;
        if end > self.bytes.len() {
            return Err(Malformed);
        }
        Ok(std::mem::replace(&mut self.at, end)..end)
    }

    fn headers(&mut self, block: &Bytes) -> Result<Vec<Header>, Malformed> {
        let count = self.varint()?;
        if count > (self.bytes.len() - self.at) as u64 {
            return Err(Malformed);
        }
        let mut headers = Vec::with_capacity(usize::try_from(count).map_err(|_| Malformed)?);
        for _ in 0..count {
            let name = &self.bytes[self.sized()?];
            let name = std::str::from_utf8(name).map_err(|_| Malformed)?.to_owned();
            headers.push(Header { name, value: block.slice(self.sized()?) });
        }
        Ok(headers)
    }
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
