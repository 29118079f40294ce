//! Reads one lane: block by block, each in one call to the system, its records slices of it.
//!
//! Blocks are read where the caller runs: they come from the page cache or from a local disk, in
//! pieces of a quarter of a megabyte, which is shorter than a hop to another thread is worth.

use std::io;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::watch;

use super::block::BlockCursor;
use super::core::{Core, Tail};
use super::files::FileHandle;
use super::lanes::Lane;
use super::view::{Found, Piece, Segment};
use crate::{Batch, LogError, Offset, Partition, ReadError, Reader, Topic};

/// A batch takes no more blocks when it has this many bytes, however many records were asked for:
/// 16 MiB, four records of the largest size.
const BATCH_BYTES: usize = 16 << 20;

pub(crate) struct EmbeddedReader {
    core: Arc<Core>,
    topic: Topic,
    partition: Partition,
    lane: Lane,
    position: u64,
    block: Option<(BlockCursor, u64)>,
    /// The closed segment it is in: it stays readable after the cleaner replaced it.
    held: Option<(Arc<Segment>, Arc<dyn FileHandle>)>,
    /// The end of the damage that was told last.
    damaged_to: Option<u64>,
    tail: watch::Receiver<Tail>,
}

/// Why there is no next block.
enum NoBlock {
    /// The end, at this offset.
    End(u64),
    /// Damage in these offsets.
    Damaged(u64, u64, String),
    Log(LogError),
}

impl EmbeddedReader {
    pub(crate) fn new(
        core: Arc<Core>,
        topic: &Topic,
        partition: Partition,
        from: Offset,
    ) -> Result<EmbeddedReader, LogError> {
        let lane = core.lane(topic, partition)?;
        let tail = core.tails[lane.0].subscribe();
        Ok(EmbeddedReader {
            core,
            topic: topic.clone(),
            partition,
            lane,
            position: from.0,
            block: None,
            held: None,
            damaged_to: None,
            tail,
        })
    }

    fn fill(&mut self, records_max: usize) -> Result<Batch, ReadError> {
        let mut batch = Batch { records: Vec::with_capacity(records_max.min(1_024)) };
        let mut bytes = 0;
        while batch.records.len() < records_max && bytes < BATCH_BYTES {
            let Some((cursor, end)) = &mut self.block else {
                match self.open_next() {
                    Ok(read) => bytes += read,
                    Err(_) if !batch.records.is_empty() => break,
                    Err(NoBlock::End(end)) => {
                        self.position = self.position.max(end);
                        break;
                    }
                    Err(NoBlock::Log(error)) => return Err(error.into()),
                    Err(NoBlock::Damaged(from, to, what)) => {
                        return Err(self.damaged(from, to, what));
                    }
                }
                continue;
            };
            match cursor.next() {
                Ok(Some(stored)) => {
                    self.position = stored.offset.0 + 1;
                    batch.records.push(stored);
                }
                Ok(None) => {
                    self.position = self.position.max(*end);
                    self.block = None;
                }
                Err(malformed) => {
                    let to = *end;
                    self.block = None;
                    if !batch.records.is_empty() {
                        break;
                    }
                    return Err(self.damaged(self.position, to, malformed.to_string()));
                }
            }
        }
        Ok(batch)
    }

    fn damaged(&mut self, from: u64, to: u64, what: String) -> ReadError {
        self.damaged_to = Some(to);
        let offset = Offset(from.max(self.position));
        ReadError::Damaged { topic: self.topic.clone(), partition: self.partition, offset, what }
    }

    /// Opens the next block with records at the position or behind it, and says how long it is.
    fn open_next(&mut self) -> Result<usize, NoBlock> {
        let (piece, number, file) = self.find_next()?;
        let entry = piece.entry;
        if piece.lost {
            let what = format!("segment {number} has no readable frame for it");
            return Err(NoBlock::Damaged(entry.base, entry.end, what));
        }
        let damaged = |what| NoBlock::Damaged(entry.base, entry.end, what);
        let mut block = vec![0; entry.bytes as usize];
        if let Err(error) = file.read_at(&mut block, entry.place) {
            return Err(damaged(format!("segment {number}, byte {}: {error}", entry.place)));
        }
        if crc32c::crc32c(&block) != entry.checksum {
            let at = entry.place;
            return Err(damaged(format!("segment {number}, byte {at}: the checksum is wrong")));
        }
        let bytes = block.len();
        let mut cursor = BlockCursor::new(Bytes::from(block), entry.base, entry.end, entry.time_ms);
        if self.position > entry.base {
            cursor.skip_to(self.position).map_err(|malformed| damaged(malformed.to_string()))?;
        }
        self.block = Some((cursor, entry.end));
        Ok(bytes)
    }

    fn find_next(&mut self) -> Result<(Piece, u64, Arc<dyn FileHandle>), NoBlock> {
        if let Some((segment, file)) = &self.held {
            if let Some(piece) = segment.index.find(self.lane, self.position) {
                return Ok((piece, segment.number, file.clone()));
            }
            self.held = None;
        }
        let mut gone = None;
        loop {
            let found = self.core.view().find(self.lane, self.position);
            let (segment, piece) = match found {
                Found::End(end) => return Err(NoBlock::End(end)),
                Found::Active(number, file, piece) => return Ok((piece, number, file)),
                Found::Closed(segment, piece) => (segment, piece),
            };
            let error = match segment.file(&*self.core.files) {
                Ok(file) => {
                    self.held = Some((segment.clone(), file.clone()));
                    return Ok((piece, segment.number, file));
                }
                Err(error) => error,
            };
            let number = segment.number;
            if error.kind() != io::ErrorKind::NotFound {
                let attempted = format!("open segment {number}");
                return Err(NoBlock::Log(LogError::Io { attempted, source: error }));
            }
            // The cleaner has just replaced it: what it became is in the view. Twice the same one
            // means that the file is really missing.
            if gone.replace(number) == Some(number) {
                let what = format!("segment {number} is missing");
                return Err(NoBlock::Damaged(piece.entry.base, piece.entry.end, what));
            }
        }
    }
}

#[async_trait]
impl Reader for EmbeddedReader {
    async fn next(&mut self, records_max: usize) -> Result<Batch, ReadError> {
        let records_max = records_max.max(1);
        loop {
            let batch = self.fill(records_max)?;
            if !batch.records.is_empty() {
                return Ok(batch);
            }
            let position = self.position;
            let waited = self.tail.wait_for(|tail| tail.end > position || tail.stopped).await;
            let more = waited.is_ok_and(|tail| tail.end > position);
            if !more {
                return Err(self.core.stop_reason().into());
            }
        }
    }

    async fn next_if_any(&mut self, records_max: usize) -> Result<Batch, ReadError> {
        self.fill(records_max)
    }

    fn position(&self) -> Offset {
        Offset(self.position)
    }

    async fn skip_damage(&mut self) -> Result<(Offset, Offset), LogError> {
        let from = self.position;
        if let Some(to) = self.damaged_to.take() {
            self.position = self.position.max(to);
        }
        while self.block.is_none() {
            match self.open_next() {
                Ok(_) => {}
                Err(NoBlock::Damaged(_, to, _)) => self.position = self.position.max(to),
                Err(NoBlock::End(end)) => {
                    self.position = self.position.max(end);
                    break;
                }
                Err(NoBlock::Log(error)) => return Err(error),
            }
        }
        Ok((Offset(from), Offset(self.position)))
    }
}
