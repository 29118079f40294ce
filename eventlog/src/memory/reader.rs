//! Reads one partition in memory.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::watch;

use super::Shared;
use crate::{Batch, LogError, Offset, Partition, ReadError, Reader};

pub(super) struct MemoryReader {
    shared: Arc<Shared>,
    place: usize,
    partition: Partition,
    position: Offset,
    end: watch::Receiver<Offset>,
}

impl MemoryReader {
    pub(super) fn new(
        shared: Arc<Shared>,
        place: usize,
        partition: Partition,
        from: Offset,
    ) -> MemoryReader {
        let end = shared.state().lanes[place][partition.0 as usize].follow();
        MemoryReader { shared, place, partition, position: from, end }
    }

    fn take(&mut self, records_max: usize) -> Result<Batch, ReadError> {
        let state = self.shared.state();
        let lane = &state.lanes[self.place][self.partition.0 as usize];
        if let Some((first, _)) = lane.damage_at(self.position) {
            return Err(ReadError::Damaged {
                topic: self.shared.topics[self.place].topic.clone(),
                partition: self.partition,
                offset: first,
                what: "a test said so".to_owned(),
            });
        }
        let records = lane.read(self.position, records_max);
        match records.last() {
            Some(last) => self.position = last.offset.next(),
            None if records_max > 0 => self.position = self.position.max(lane.ends().end),
            None => {}
        }
        Ok(Batch { records })
    }
}

#[async_trait]
impl Reader for MemoryReader {
    async fn next(&mut self, records_max: usize) -> Result<Batch, ReadError> {
        let records_max = records_max.max(1);
        loop {
            let batch = self.take(records_max)?;
            if !batch.records.is_empty() {
                return Ok(batch);
            }
            let position = self.position;
            if self.end.wait_for(|end| *end > position).await.is_err() {
                return Err(LogError::Stopped("it was closed".to_owned()).into());
            }
        }
    }

    async fn next_if_any(&mut self, records_max: usize) -> Result<Batch, ReadError> {
        self.take(records_max)
    }

    fn position(&self) -> Offset {
        self.position
    }

    async fn skip_damage(&mut self) -> Result<(Offset, Offset), LogError> {
        let state = self.shared.state();
        let lane = &state.lanes[self.place][self.partition.0 as usize];
        let Some((first, next)) = lane.damage_at(self.position) else {
            return Ok((self.position, self.position));
        };
        self.position = next;
        Ok((first, next))
    }
}
