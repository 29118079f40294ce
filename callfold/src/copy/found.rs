//! What is found of a source: where its partitions end, and how far its services have read them.

use std::collections::BTreeMap;

use eventlog::{LogReader, Offset, Partition, Stored};
use schemas::topics::key;
use schemas::{Input, Position, TopicKind};

use super::plan::Found;
use crate::view::{Names, ViewError, scan};

/// Looks.
///
/// # Errors
/// A log that cannot be read.
pub async fn of(log: &dyn LogReader, names: &Names) -> Result<Found, ViewError> {
    let mut found = Found {
        log_id: log.identity().log_id.clone(),
        partitions: names.partitions,
        ends: ends(log, names).await?,
        positions: BTreeMap::new(),
        front_cursor: None,
        orders: BTreeMap::new(),
    };
    for partition in (0..names.partitions).map(Partition) {
        let own = key::position(&format!("projector/{}", partition.0));
        let topic = names.topic(TopicKind::Conversations);
        let see = |stored: &Stored| {
            if stored.key == own {
                found.take_position(position(stored));
            }
        };
        scan::each(log, &topic, partition, see).await?;
    }
    let (dispatcher, order) = (key::position("dispatcher"), key::order("dispatcher"));
    let see = |stored: &Stored| {
        if stored.key == dispatcher {
            let position = position(stored);
            found.front_cursor = position.as_ref().and_then(|it| it.front_cursor);
            found.take_position(position);
        } else if stored.key == order {
            let inputs = position(stored).map_or_else(Vec::new, |it| it.inputs);
            let orders = inputs.iter().filter_map(place);
            found.orders = orders.map(|((_, partition), first)| (partition, first)).collect();
        }
    };
    scan::each(log, &names.topic(TopicKind::Outcomes), Partition(0), see).await?;
    Ok(found)
}

/// Where each partition starts and ends.
///
/// # Errors
/// A log that cannot be read.
pub async fn ends(
    log: &dyn LogReader,
    names: &Names,
) -> Result<BTreeMap<(TopicKind, u32), eventlog::Ends>, ViewError> {
    let mut ends = BTreeMap::new();
    for kind in TopicKind::ALL {
        let topic = names.topic(kind);
        for partition in 0..names.partitions {
            ends.insert((kind, partition), log.ends(&topic, Partition(partition)).await?);
        }
    }
    Ok(ends)
}

impl Found {
    fn take_position(&mut self, position: Option<Position>) {
        let inputs = position.map_or_else(Vec::new, |it| it.inputs);
        let places = inputs.iter().filter_map(place);
        self.positions.extend(places.map(|(place, next)| (place, Offset(next))));
    }
}

fn position(stored: &Stored) -> Option<Position> {
    schemas::decode(stored.value.as_ref()?).ok()
}

fn place(input: &Input) -> Option<((TopicKind, u32), u64)> {
    let partition = u32::try_from(input.partition).ok()?;
    let next = u64::try_from(input.next_offset).ok()?;
    Some(((TopicKind::by_name(&input.topic)?, partition), next))
}
