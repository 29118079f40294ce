//! The records of one partition in memory.

use std::collections::{BTreeMap, HashMap};

use tokio::sync::watch;

use crate::topic::{Cleanup, TOMBSTONES_KEPT};
use crate::{Ends, Offset, Record, Stored};

/// One partition of one topic.
pub(super) struct Lane {
    records: BTreeMap<Offset, Stored>,
    /// The offset that the next record gets; readers wait on it.
    end: watch::Sender<Offset>,
    /// What cannot be read: from here up to there.
    damage: Option<(Offset, Offset)>,
}

impl Default for Lane {
    fn default() -> Lane {
        Lane { records: BTreeMap::new(), end: watch::Sender::new(Offset::START), damage: None }
    }
}

impl Lane {
    pub(super) fn ends(&self) -> Ends {
        let end = *self.end.borrow();
        let start = self.records.first_key_value().map_or(end, |(offset, _)| *offset);
        Ends { start, end }
    }

    pub(super) fn follow(&self) -> watch::Receiver<Offset> {
        self.end.subscribe()
    }

    /// Adds a record; nobody sees it before [`Lane::show`], which the same lock covers.
    pub(super) fn push(&mut self, offset: Offset, record: Record, time_ms: i64) {
        let Record { key, value, headers, .. } = record;
        self.records.insert(offset, Stored { offset, time_ms, key, value, headers });
    }

    /// Moves the end and wakes the readers.
    pub(super) fn show(&mut self, end: Offset) {
        self.end.send_replace(end);
    }

    /// Up to `records_max` records from `from` on, or up to what is damaged.
    pub(super) fn read(&self, from: Offset, records_max: usize) -> Vec<Stored> {
        let records = self.records.range(from..).take(records_max);
        let readable = records.take_while(|(offset, _)| {
            self.damage.is_none_or(|(first, next)| **offset < first || from >= next)
        });
        readable.map(|(_, stored)| stored.clone()).collect()
    }

    /// Makes everything from `first` up to `next` unreadable.
    pub(super) fn damage(&mut self, first: Offset, next: Offset) {
        self.damage = Some((first, next));
    }

    /// The damage that a reader at `position` meets before any record.
    pub(super) fn damage_at(&self, position: Offset) -> Option<(Offset, Offset)> {
        let first_readable = self.records.range(position..).next().map(|(offset, _)| *offset);
        self.damage.filter(|(first, next)| {
            position < *next && first_readable.is_none_or(|offset| offset >= *first)
        })
    }

    /// Drops what `cleanup` allows.
    pub(super) fn clean(&mut self, cleanup: Cleanup, now_ms: i64) {
        if let Some(retention) = cleanup.retention {
            let oldest_ms = now_ms.saturating_sub_unsigned(millis(retention));
            self.records.retain(|_, stored| stored.time_ms >= oldest_ms);
        }
        if cleanup.compact {
            let tombstones_from_ms = now_ms.saturating_sub_unsigned(millis(TOMBSTONES_KEPT));
            let newest: HashMap<_, _> =
                self.records.values().map(|stored| (stored.key.clone(), stored.offset)).collect();
            self.records.retain(|offset, stored| {
                newest[&stored.key] == *offset
                    && (stored.value.is_some() || stored.time_ms >= tombstones_from_ms)
            });
        }
    }
}

fn millis(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
