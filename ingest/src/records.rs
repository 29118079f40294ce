//! The records that a body becomes: always the body itself on `raw`, and what was made of it.

use bytes::Bytes;
use eventlog::partitioner::partition_of;
use eventlog::{Header, Partition, Record, Topic};
use schemas::topics::key;
use schemas::{
    CallEvent, Contact, EventId, Message, Origin, Raw, Rejection, Source, TimeMs, TopicKind,
    TopicNames,
};

use crate::normalise::NoCall;

/// Where records go.
pub struct Routes {
    calls: Topic,
    raw: Topic,
    rejected: Topic,
    partitions: u32,
}

/// A body with its tokens removed, and how it came.
pub struct Body {
    /// Whose it is.
    pub source: Source,
    /// How it came.
    pub origin: Origin,
    /// When ingest first had it in hand.
    pub received_at: TimeMs,
    /// The bytes, tokens removed.
    pub bytes: Vec<u8>,
    /// The header that carries the trace of the request, if there is one.
    pub trace: Option<Header>,
}

impl Routes {
    /// Routes to the topics of these names, all with as many partitions.
    #[must_use]
    pub fn new(names: &TopicNames, partitions: u32) -> Routes {
        let topic = |kind| Topic::new(&names.name(kind));
        Routes {
            calls: topic(TopicKind::Calls),
            raw: topic(TopicKind::Raw),
            rejected: topic(TopicKind::Rejected),
            partitions,
        }
    }

    /// The records of one of Aircall's bodies.
    #[must_use]
    pub fn of_aircall(&self, body: Body, made: &Result<CallEvent, NoCall>) -> Vec<Record> {
        match made {
            Ok(event) => {
                let partition = self.of_contact(&event.contact);
                let key = key::event(&event.contact, &event.event_id);
                let trace = body.trace.clone();
                let raw = raw(body, &event.event_id, Some(event.event.clone()));
                vec![
                    record(&self.raw, partition, &key, &event.event_id, &raw, trace.as_ref()),
                    record(&self.calls, partition, &key, &event.event_id, event, trace.as_ref()),
                ]
            }
            Err(NoCall::OtherEvent { event_id, event }) => {
                self.of_orphan(body, event_id, Some(event.clone()))
            }
            Err(NoCall::Rejected(rejection)) => self.of_rejected(body, rejection),
        }
    }

    /// The record of a body that belongs to no contact that ingest could know.
    #[must_use]
    pub fn of_orphan(&self, body: Body, id: &EventId, event: Option<String>) -> Vec<Record> {
        let partition = self.of_event_id(id);
        let trace = body.trace.clone();
        let raw = raw(body, id, event);
        vec![record(&self.raw, partition, &key::orphan(id), id, &raw, trace.as_ref())]
    }

    /// The records of a body that was authentic and could not be understood.
    #[must_use]
    pub fn of_rejected(&self, body: Body, rejection: &Rejection) -> Vec<Record> {
        let id = &rejection.event_id;
        let trace = body.trace.clone();
        let mut records = self.of_orphan(body, id, rejection.event.clone());
        let partition = self.of_event_id(id);
        let key = key::orphan(id);
        records.push(record(&self.rejected, partition, &key, id, rejection, trace.as_ref()));
        records
    }

    fn of_contact(&self, contact: &Contact) -> Partition {
        partition_of(contact.as_str().as_bytes(), self.partitions)
    }

    /// Nobody's order depends on a body without a contact, so its id spreads it.
    fn of_event_id(&self, id: &EventId) -> Partition {
        partition_of(id.to_string().as_bytes(), self.partitions)
    }
}

fn raw(body: Body, event_id: &EventId, event: Option<String>) -> Raw {
    Raw {
        event_id: event_id.clone(),
        source: body.source,
        origin: body.origin,
        event,
        received_at: body.received_at,
        body: body.bytes,
    }
}

fn record<T: Message>(
    topic: &Topic,
    partition: Partition,
    key: &[u8],
    id: &EventId,
    value: &T,
    trace: Option<&Header>,
) -> Record {
    let header = |name: &str, value: Bytes| Header { name: name.to_owned(), value };
    let mut headers = vec![
        header("event-id", Bytes::from(id.to_string())),
        header("schema", Bytes::from_static(T::SCHEMA.as_bytes())),
    ];
    headers.extend(trace.cloned());
    Record {
        topic: topic.clone(),
        partition,
        key: Bytes::copy_from_slice(key),
        value: Some(Bytes::from(schemas::encode(value))),
        headers,
    }
}
