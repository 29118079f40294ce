//! What looks at the log have found so far of how far everybody is and what is not finished. It grows with
//! what is unfinished, not with the log.

use std::collections::{HashMap, HashSet};

use eventlog::{LogReader, Offset, Partition, Stored};
use schemas::{OutcomeState, Position, Status, TopicKind};

use super::status::Lanes;
use super::{Names, ViewError, scan};

/// What is known of both topics that tell it.
#[derive(Debug, Default)]
pub struct Known {
    pub(super) conversations: Found,
    pub(super) outcomes: Found,
}

/// What was found on one topic.
#[derive(Debug, Default)]
pub(super) struct Found {
    read: HashMap<Partition, Offset>,
    pub(super) positions: HashMap<String, Position>,
    pub(super) due: HashSet<bytes::Bytes>,
    open: HashMap<bytes::Bytes, OutcomeState>,
    pub(super) status: Option<Status>,
}

impl Found {
    /// Reads what the topic got since the last time.
    pub(super) async fn follow(
        &mut self,
        log: &dyn LogReader,
        names: &Names,
        kind: TopicKind,
    ) -> Result<(), ViewError> {
        let topic = names.topic(kind);
        for partition in (0..names.partitions).map(Partition) {
            let from = self.read.get(&partition).copied().unwrap_or(Offset::START);
            let see = |record: &Stored| self.see(record);
            let to = scan::each_from(log, &topic, partition, from, see).await?;
            self.read.insert(partition, to);
        }
        Ok(())
    }

    fn see(&mut self, record: &Stored) {
        if record.key.starts_with(b"position|") {
            let position = record.value.as_deref().and_then(|it| schemas::decode(it).ok());
            if let Some(position) = position {
                let mut position: Position = position;
                see_read(record, &mut position);
                self.positions.insert(position.writer.clone(), position);
            }
        } else if record.key.starts_with(b"status|") {
            self.status = record.value.as_deref().and_then(|it| schemas::decode(it).ok());
        } else {
            self.see_due(record);
            self.see_open(record);
        }
    }

    fn see_due(&mut self, record: &Stored) {
        let due = record.header("due-at").is_some_and(|value| !value.is_empty());
        if due && record.value.is_some() {
            self.due.insert(record.key.clone());
        } else {
            self.due.remove(&record.key);
        }
    }

    fn see_open(&mut self, record: &Stored) {
        let word = record.header("state").filter(|_| record.value.is_some());
        match word.and_then(|word| OutcomeState::from_name(word)) {
            Some(OutcomeState::Done | OutcomeState::Skipped) | None => {
                self.open.remove(&record.key);
            }
            Some(state) => {
                self.open.insert(record.key.clone(), state);
            }
        }
    }

    /// The lanes as the ledger has them: exact, while the dispatcher's own word is at most ten
    /// seconds old.
    pub(super) fn lanes(&self) -> Lanes {
        let mut lanes = Lanes::default();
        for state in self.open.values() {
            let count = match state {
                OutcomeState::Queued => &mut lanes.queued,
                OutcomeState::Intended => &mut lanes.intended,
                OutcomeState::InDoubt => &mut lanes.in_doubt,
                OutcomeState::Accepted => &mut lanes.accepted,
                OutcomeState::Parked => &mut lanes.parked,
                OutcomeState::Unknown => &mut lanes.unknown,
                OutcomeState::Done | OutcomeState::Skipped => continue,
            };
            *count += 1;
        }
        lanes
    }
}

/// What was read beyond the position, as the dispatcher's header says: it holds its position back
/// for events of Front that nobody knows yet.
fn see_read(record: &Stored, position: &mut Position) {
    let header = record.header("read").and_then(|it| std::str::from_utf8(it).ok());
    for read in header.unwrap_or_default().split_whitespace() {
        let mut parts = read.split('/');
        let (Some(topic), Some(partition), Some(Ok(next))) =
            (parts.next(), parts.next(), parts.next().map(str::parse))
        else {
            continue;
        };
        let of = |input: &schemas::Input| {
            input.topic == topic && input.partition.to_string() == partition
        };
        for input in position.inputs.iter_mut().filter(|input| of(input)) {
            input.next_offset = next;
        }
    }
}
