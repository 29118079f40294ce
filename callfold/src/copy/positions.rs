//! The target's positions: how far its services have read it, as soon as it holds what those of the
//! source had read.

use std::collections::BTreeMap;

use eventlog::{Offset, Partition, Record};
use schemas::topics::key;
use schemas::{Input, Position, TimeMs, TopicKind};

use super::marks::{number, record, signed};
use crate::view::Names;

/// What the positions are made of.
#[derive(Debug)]
pub struct Reached<'a> {
    /// The target's topics.
    pub names: &'a Names,
    /// Where each of its inputs ends.
    pub ends: &'a BTreeMap<(TopicKind, u32), Offset>,
    /// The newest event of Front that polling has seen, as the source says.
    pub front_cursor: Option<TimeMs>,
    /// The place in the order of commands from which on new ones are.
    pub order_first: u64,
    /// Now.
    pub at: TimeMs,
}

impl Reached<'_> {
    /// The records that say it: a position of each projector and of the dispatcher, and where the order
    /// of new commands begins.
    #[must_use]
    pub fn records(&self) -> Vec<Record> {
        let (conversations, outcomes) =
            (self.names.topic(TopicKind::Conversations), self.names.topic(TopicKind::Outcomes));
        let mut records = Vec::new();
        for partition in 0..self.names.partitions {
            let writer = format!("projector/{partition}");
            let inputs = [TopicKind::Calls, TopicKind::Front];
            let inputs = inputs.map(|kind| self.input(kind, partition, self.end(kind, partition)));
            let key = key::position(&writer);
            let position = self.position(writer, inputs.into(), None);
            records.push(record(&conversations, Partition(partition), key, &position, []));
        }
        let all = || 0..self.names.partitions;
        let inputs = [TopicKind::Commands, TopicKind::Raw];
        let inputs = inputs
            .into_iter()
            .flat_map(|kind| all().map(move |at| self.input(kind, at, self.end(kind, at))));
        let position = self.position("dispatcher".to_owned(), inputs.collect(), self.front_cursor);
        let key = key::position("dispatcher");
        records.push(record(&outcomes, Partition(0), key, &position, []));
        if self.order_first > 0 {
            let inputs = all().map(|at| self.input(TopicKind::Commands, at, self.order_first));
            let order = self.position("dispatcher".to_owned(), inputs.collect(), None);
            let key = key::order("dispatcher");
            records.push(record(&outcomes, Partition(0), key, &order, []));
        }
        records
    }

    fn end(&self, kind: TopicKind, partition: u32) -> u64 {
        self.ends.get(&(kind, partition)).map_or(0, |end| end.0)
    }

    fn input(&self, kind: TopicKind, partition: u32, next: u64) -> Input {
        let topic = self.names.topics.name(kind);
        Input { topic, partition: number(partition), next_offset: signed(next) }
    }

    fn position(
        &self,
        writer: String,
        inputs: Vec<Input>,
        front_cursor: Option<TimeMs>,
    ) -> Position {
        Position { writer, inputs, front_cursor, at: self.at }
    }
}

#[cfg(test)]
mod tests {
    use schemas::TopicNames;

    use super::*;

    #[test]
    fn every_service_has_read_the_target_to_its_ends() {
        let names = Names { topics: TopicNames::with_prefix("new"), partitions: 2 };
        let kinds = [TopicKind::Calls, TopicKind::Front, TopicKind::Commands, TopicKind::Raw];
        let ends = kinds
            .iter()
            .zip(10..)
            .flat_map(|(kind, end)| [((*kind, 0), Offset(end)), ((*kind, 1), Offset(end * 10))]);
        let reached = Reached {
            names: &names,
            ends: &ends.collect(),
            front_cursor: Some(TimeMs(77)),
            order_first: 500,
            at: TimeMs(9),
        };
        let shown: Vec<(String, String, String, Option<TimeMs>)> = reached
            .records()
            .iter()
            .map(|record| {
                let position: Position = schemas::decode(record.value.as_ref().unwrap()).unwrap();
                let inputs = position
                    .inputs
                    .iter()
                    .map(|it| format!("{}/{}={}", it.topic, it.partition, it.next_offset));
                let place = format!("{}/{}", record.topic, record.partition.0);
                let key = String::from_utf8_lossy(&record.key).into_owned();
                let inputs = inputs.collect::<Vec<_>>().join(" ");
                (place, key, inputs, position.front_cursor)
            })
            .collect();
        let row = |place: &str, key: &str, inputs: &str, cursor: Option<i64>| {
            (place.to_owned(), key.to_owned(), inputs.to_owned(), cursor.map(TimeMs))
        };
        let dispatcher = "new.commands/0=12 new.commands/1=120 new.raw/0=13 new.raw/1=130";
        let order = "new.commands/0=500 new.commands/1=500";
        assert_eq!(
            shown,
            [
                row(
                    "new.conversations/0",
                    "position|projector/0",
                    "new.calls/0=10 new.front/0=11",
                    None
                ),
                row(
                    "new.conversations/1",
                    "position|projector/1",
                    "new.calls/1=100 new.front/1=110",
                    None
                ),
                row("new.outcomes/0", "position|dispatcher", dispatcher, Some(77)),
                row("new.outcomes/0", "order|dispatcher", order, None),
            ]
        );
    }
}
