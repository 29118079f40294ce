//! How far each input was read, and how far the position may say so: an input is held back where
//! something that was read is kept in memory only.

use std::collections::{BTreeMap, BTreeSet};

use eventlog::{Offset, Partition, Topic};
use schemas::{Input, Position};

/// One input: a partition of a topic.
pub(crate) type Place = (Topic, Partition);

/// All inputs.
#[derive(Debug, Clone, Default)]
pub(crate) struct Inputs {
    read: BTreeMap<Place, Offset>,
    held: BTreeMap<Place, BTreeSet<Offset>>,
}

impl Inputs {
    /// The inputs as a position has them.
    pub(crate) fn of(position: Option<&Position>) -> Inputs {
        let inputs = position.into_iter().flat_map(|position| &position.inputs);
        let read = inputs.filter_map(|input| {
            let partition = Partition(u32::try_from(input.partition).ok()?);
            let offset = Offset(u64::try_from(input.next_offset).ok()?);
            Some(((Topic::new(&input.topic), partition), offset))
        });
        Inputs { read: read.collect(), held: BTreeMap::new() }
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

#[cfg(test)]
mod tests {
    use super::*;

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
