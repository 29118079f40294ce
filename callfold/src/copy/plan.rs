//! What is carried over, and in which order: first what the source's services have read, then what
//! they have not.
//!
//! ```text
//!   source   calls/0  |#######read#######|--unread--|     positions of the source, at their places
//!            calls/1  |####|-------|
//!
//!   target   calls/0  |#### read of 0 and 1 ####|-- unread of 0 and 1 --|
//!                                               ^ position: the end that the target has between the two
//! ```
//! So the target's positions pass over exactly what the source's passed over, with any number of
//! partitions. Where everything was read, they are the target's ends.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use eventlog::{Ends, Offset, Partition};
use schemas::{TimeMs, TopicKind};
use sha2::{Digest, Sha256};

/// What was found of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The log's id.
    pub log_id: String,
    /// How many partitions each topic has.
    pub partitions: u32,
    /// Where each partition starts and ends.
    pub ends: BTreeMap<(TopicKind, u32), Ends>,
    /// The offset that its service reads next, of each input that was read.
    pub positions: BTreeMap<(TopicKind, u32), Offset>,
    /// The newest event of Front that polling has seen.
    pub front_cursor: Option<TimeMs>,
    /// What this log adds to the offsets of commands, where it is a copy itself.
    pub orders: BTreeMap<u32, u64>,
}

/// Whether services have read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The source's positions have passed it, or it is nobody's input.
    Read,
    /// It waits to be read.
    Unread,
}

/// Records of a partition of the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// Their topic.
    pub kind: TopicKind,
    /// Their partition.
    pub partition: Partition,
    /// The first offset.
    pub from: Offset,
    /// The offset after the last.
    pub to: Offset,
    /// Whether services have read them.
    pub part: Part,
}

impl Stretch {
    /// How many offsets it covers: at most so many records.
    #[must_use]
    pub const fn span(&self) -> u64 {
        self.to.0.saturating_sub(self.from.0)
    }
}

/// What is carried over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// In this order; all that is read before all that is not.
    pub stretches: Vec<Stretch>,
    /// The place in the order of commands that comes after all that the source gave out.
    pub order_first: u64,
    /// Names source, ends, positions and the target's partitions: a copy goes on only with the plan
    /// that it began with.
    pub fingerprint: String,
}

/// The topics that services read, of which positions speak.
pub const INPUTS: [TopicKind; 4] =
    [TopicKind::Calls, TopicKind::Front, TopicKind::Commands, TopicKind::Raw];

impl Plan {
    /// The plan for a target with so many partitions.
    #[must_use]
    pub fn of(found: &Found, partitions: u32) -> Plan {
        let mut stretches = Vec::new();
        for (part, whole) in [(Part::Read, true), (Part::Unread, false)] {
            for ((kind, partition), ends) in &found.ends {
                let boundary = found.boundary(*kind, *partition, *ends);
                let (from, to) = if whole { (ends.start, boundary) } else { (boundary, ends.end) };
                if from < to {
                    let partition = Partition(*partition);
                    stretches.push(Stretch { kind: *kind, partition, from, to, part });
                }
            }
        }
        let commands = found.ends.iter().filter(|((kind, _), _)| *kind == TopicKind::Commands);
        let after = commands.map(|((_, at), ends)| found.order(*at, ends.end)).max();
        let fingerprint = fingerprint(found, partitions);
        Plan { stretches, order_first: after.unwrap_or(0), fingerprint }
    }

    /// At most so many records are carried, by topic.
    #[must_use]
    pub fn spans(&self) -> BTreeMap<TopicKind, u64> {
        let mut spans: BTreeMap<TopicKind, u64> = TopicKind::ALL.map(|kind| (kind, 0)).into();
        for stretch in &self.stretches {
            *spans.entry(stretch.kind).or_default() += stretch.span();
        }
        spans
    }

    /// At most so many of them are not read yet.
    #[must_use]
    pub fn unread(&self) -> u64 {
        let unread = self.stretches.iter().filter(|stretch| stretch.part == Part::Unread);
        unread.map(Stretch::span).sum()
    }
}

impl Found {
    /// Where what was read ends.
    fn boundary(&self, kind: TopicKind, partition: u32, ends: Ends) -> Offset {
        if !INPUTS.contains(&kind) {
            return ends.end;
        }
        let read = self.positions.get(&(kind, partition)).copied().unwrap_or(ends.start);
        read.clamp(ends.start, ends.end)
    }

    /// The place in the order of a command of the source.
    #[must_use]
    pub fn order(&self, partition: u32, offset: Offset) -> u64 {
        self.orders.get(&partition).copied().unwrap_or(0).saturating_add(offset.0)
    }
}

fn fingerprint(found: &Found, partitions: u32) -> String {
    let mut text = format!("{} {} {partitions}\n", found.log_id, found.partitions);
    for ((kind, partition), ends) in &found.ends {
        // Retention may move the start meanwhile, and nothing is lost by that.
        let read = found.positions.get(&(*kind, *partition)).map_or(0, |it| it.0);
        let name = kind.short_name();
        // Writing to a text does not fail.
        let _ = writeln!(text, "{name} {partition} {read} {}", ends.end.0);
    }
    let mut hex = String::new();
    for byte in &Sha256::digest(text.as_bytes())[..16] {
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found() -> Found {
        let ends = |start, end| Ends { start: Offset(start), end: Offset(end) };
        Found {
            log_id: "one".to_owned(),
            partitions: 2,
            ends: BTreeMap::from([
                ((TopicKind::Calls, 0), ends(0, 10)),
                ((TopicKind::Calls, 1), ends(2, 5)),
                ((TopicKind::Commands, 0), ends(90, 100)),
                ((TopicKind::Outcomes, 0), ends(0, 7)),
                ((TopicKind::Raw, 1), ends(0, 0)),
                ((TopicKind::Front, 1), ends(3, 9)),
            ]),
            positions: BTreeMap::from([
                ((TopicKind::Calls, 0), Offset(8)),
                ((TopicKind::Calls, 1), Offset(1)),
                ((TopicKind::Commands, 0), Offset(100)),
            ]),
            front_cursor: None,
            orders: BTreeMap::from([(0, 1_000)]),
        }
    }

    #[test]
    fn what_was_read_comes_before_what_was_not() {
        let plan = Plan::of(&found(), 3);
        let shown: Vec<_> = plan
            .stretches
            .iter()
            .map(|it| (it.kind.short_name(), it.partition.0, it.from.0, it.to.0, it.part))
            .collect();
        assert_eq!(
            shown,
            [
                ("calls", 0, 0, 8, Part::Read),
                ("commands", 0, 90, 100, Part::Read),
                ("outcomes", 0, 0, 7, Part::Read),
                ("calls", 0, 8, 10, Part::Unread),
                ("calls", 1, 2, 5, Part::Unread),
                ("front", 1, 3, 9, Part::Unread),
            ]
        );
        assert_eq!(plan.spans()[&TopicKind::Calls], 13);
        assert_eq!(plan.unread(), 2 + 3 + 6);
        assert_eq!(plan.order_first, 1_100, "after all places that the source gave out");
    }

    #[test]
    fn a_plan_is_another_when_anything_of_the_source_or_the_target_is() {
        let plan = Plan::of(&found(), 3).fingerprint;
        assert_eq!(plan, Plan::of(&found(), 3).fingerprint);
        assert_ne!(plan, Plan::of(&found(), 2).fingerprint);
        let mut moved = found();
        moved.positions.insert((TopicKind::Calls, 0), Offset(9));
        assert_ne!(plan, Plan::of(&moved, 3).fingerprint);
        let mut grown = found();
        grown.ends.insert((TopicKind::Calls, 0), Ends { start: Offset(0), end: Offset(11) });
        assert_ne!(plan, Plan::of(&grown, 3).fingerprint);
        let mut cleaned = found();
        cleaned.ends.insert((TopicKind::Calls, 0), Ends { start: Offset(4), end: Offset(10) });
        assert_eq!(plan, Plan::of(&cleaned, 3).fingerprint, "retention goes on");
    }
}
