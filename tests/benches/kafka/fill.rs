//! Puts events onto `calls` as ingest does.

use std::sync::Arc;

use bytes::Bytes;
use eventlog::{Header, Log, Record, partitioner::partition_of};
use futures::{StreamExt, TryStreamExt};
use schemas::{Message, TopicKind, encode, topics::key};

use crate::answered::event;
use crate::stage::{PARTITIONS, topic};

const BATCH: usize = 1_000;
/// Appends under way at once; they reach the brokers in their order.
const AT_ONCE: usize = 16;

/// The events of these phases of one call of each contact: all contacts' first, then all contacts' second.
/// So each event finds its state cold.
pub async fn calls(log: &Arc<dyn Log>, contacts: usize, phases: std::ops::Range<usize>) {
    let appender = log.appender().unwrap();
    let numbers = phases.flat_map(|phase| (0..contacts).map(move |contact| (phase, contact)));
    let chunks = numbers.collect::<Vec<_>>();
    futures::stream::iter(chunks.chunks(BATCH).map(<[_]>::to_vec))
        .map(|chunk| {
            let records = chunk.iter().map(|(phase, contact)| record(*phase, *contact)).collect();
            appender.append(records)
        })
        .buffered(AT_ONCE)
        .try_for_each(|_| async { Ok(()) })
        .await
        .unwrap_or_else(|_| panic!("events cannot be appended"));
}

fn record(phase: usize, contact: usize) -> Record {
    let event = event(phase, contact, i64::try_from(contact).unwrap() + 1);
    let header = |name: &str, value: Bytes| Header { name: name.to_owned(), value };
    Record {
        topic: topic(TopicKind::Calls),
        partition: partition_of(event.contact.as_str().as_bytes(), PARTITIONS),
        key: Bytes::from(key::event(&event.contact, &event.event_id)),
        headers: vec![
            header("event-id", Bytes::from(event.event_id.to_string())),
            header("schema", Bytes::from_static(schemas::CallEvent::SCHEMA.as_bytes())),
        ],
        value: Some(Bytes::from(encode(&event))),
    }
}
