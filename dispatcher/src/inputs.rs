//! How far each input was read, and how far the position may say so: an input is held back where
//! something that was read is kept in memory only.

use std::collections::{BTreeMap, BTreeSet};

use eventlog::{Offset, Partition, Stored, Topic};
use schemas::{Input, Position};

use crate::ledger::kept::ORDER;

/// One input: a partition of a topic.
pub(crate) type Place = (Topic, Partition);

/// Where a command stands: in its input, and in the order of its contact.
#[derive(Debug, Clone)]
pub(crate) struct Spot {
    pub(crate) place: Place,
    pub(crate) offset: Offset,
    pub(crate) order: u64,
}

/// All inputs.
#[derive(Debug, Clone, Default)]
pub(crate) struct Inputs {
    read: BTreeMap<Place, Offset>,
    held: BTreeMap<Place, BTreeSet<Offset>>,
    /// What is added to an offset of the log to be a place in the order; nothing, where nothing is said.
    orders: BTreeMap<Place, u64>,
}

impl Inputs {
    /// The inputs as a position has them.
    pub(crate) fn of(position: Option<&Position>) -> Inputs {
        let read = position.into_iter().flat_map(places).map(|(place, at)| (place, Offset(at)));
        Inputs { read: read.collect(), held: BTreeMap::new(), orders: BTreeMap::new() }
    }

    /// Of a log that was copied: its unfinished entries have the places of the log that they come from, and
    /// all that is read here comes after them.
    pub(crate) fn ordered_after(mut self, orders: Option<&Position>) -> Inputs {
        self.orders = orders.into_iter().flat_map(places).collect();
        self
    }

    /// Where a command stands. One that was copied before anybody had read it says its place itself.
    pub(crate) fn spot(&self, place: &Place, stored: &Stored) -> Spot {
        let said = stored.header(ORDER).and_then(|it| std::str::from_utf8(it).ok()?.parse().ok());
        let first = self.orders.get(place).copied().unwrap_or(0);
        let order = said.unwrap_or_else(|| first.saturating_add(stored.offset.0));
        Spot { place: place.clone(), offset: stored.offset, order }
    }

    /// Where to read on.
    pub(crate) fn next(&self, place: &Place) -> Offset {
        self.read.get(place).copied().unwrap_or(Offset::START)
    }

    /// Everything before `next` was read.
    pub(crate) fn read_to(&mut self, place: Place, next: Offset) {
        self.read.insert(place, next);
    }

    /// The position must not pass `offset` until it is released.
    pub(crate) fn hold(&mut self, place: &Place, offset: Offset) {
        self.held.entry(place.clone()).or_default().insert(offset);
    }

    /// What was held at `offset` is durable elsewhere or not wanted any more.
    pub(crate) fn release(&mut self, place: &Place, offset: Offset) {
        if let Some(held) = self.held.get_mut(place) {
            held.remove(&offset);
            if held.is_empty() {
                self.held.remove(place);
            }
        }
    }

    /// The inputs that the position holds back, and how far they were read all the same.
    pub(crate) fn held_back(&self) -> impl Iterator<Item = (&Place, Offset)> {
        self.held.keys().filter_map(|place| Some((place, *self.read.get(place)?)))
    }

    /// As the position says it.
    pub(crate) fn committed(&self) -> Vec<Input> {
        let input = |(place, next): (&Place, Offset)| Input {
            topic: place.0.as_str().to_owned(),
            partition: i32::try_from(place.1.0).expect("partitions are few"),
            next_offset: i64::try_from(next.0).expect("offsets fit for ever"),
        };
        self.up_to().map(input).collect()
    }

    /// The same of one topic.
    pub(crate) fn committed_of(&self, topic: &Topic) -> impl Iterator<Item = (Partition, Offset)> {
        self.up_to()
            .filter(move |(place, _)| place.0 == *topic)
            .map(|(place, next)| (place.1, next))
    }

    fn up_to(&self) -> impl Iterator<Item = (&Place, Offset)> {
        let first_held = |place: &Place| self.held.get(place).and_then(|held| held.first());
        self.read.iter().map(move |(place, read)| {
            (place, first_held(place).map_or(*read, |held| *held.min(read)))
        })
    }
}

/// The inputs of a position with the number that each has.
fn places(position: &Position) -> impl Iterator<Item = (Place, u64)> {
    position.inputs.iter().filter_map(|input| {
        let partition = Partition(u32::try_from(input.partition).ok()?);
        let at = u64::try_from(input.next_offset).ok()?;
        Some(((Topic::new(&input.topic), partition), at))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b35_what_comes_to_a_copied_log_is_ordered_after_what_was_copied() {
        let place = (Topic::new("callfold.commands"), Partition(3));
        let order = |offset: u64, header: Option<&str>, inputs: &Inputs| {
            let headers = header.map(|text| eventlog::Header {
                name: ORDER.to_owned(),
                value: bytes::Bytes::copy_from_slice(text.as_bytes()),
            });
            let stored = Stored {
                offset: Offset(offset),
                time_ms: 0,
                key: bytes::Bytes::new(),
                value: None,
                headers: headers.into_iter().collect(),
            };
            inputs.spot(&place, &stored).order
        };
        let said = Position {
            writer: "dispatcher".to_owned(),
            inputs: vec![Input {
                topic: "callfold.commands".to_owned(),
                partition: 3,
                next_offset: 1_000,
            }],
            front_cursor: None,
            at: schemas::TimeMs(0),
        };
        let (own, copied) = (Inputs::of(None), Inputs::of(None).ordered_after(Some(&said)));
        assert_eq!(order(7, None, &own), 7);
        assert_eq!(order(7, None, &copied), 1_007);
        assert_eq!(order(7, Some("990"), &copied), 990);
        assert_eq!(order(7, Some("no number"), &copied), 1_007);
    }

    #[test]
    fn a_position_stops_at_the_oldest_that_is_held() {
        let place = (Topic::new("callfold.raw"), Partition(3));
        let mut inputs = Inputs::default();
        inputs.read_to(place.clone(), Offset(10));
        let next = |inputs: &Inputs| inputs.committed()[0].next_offset;
        assert_eq!(next(&inputs), 10);
        inputs.hold(&place, Offset(7));
        inputs.hold(&place, Offset(4));
        assert_eq!(next(&inputs), 4);
        inputs.release(&place, Offset(4));
        assert_eq!(next(&inputs), 7);
        inputs.release(&place, Offset(7));
        assert_eq!(next(&inputs), 10);
    }
}
