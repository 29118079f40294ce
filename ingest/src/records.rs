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
                let id = &event.event_id;
                let key = key::event(&event.contact, id);
                let common = Common::new(self.of_contact(&event.contact), key, id, &body);
                let raw = raw(body, id, Some(event.event.clone()));
                vec![common.record(&self.raw, &raw), common.record(&self.calls, event)]
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
        let common = Common::new(self.of_event_id(id), key::orphan(id), id, &body);
        vec![common.record(&self.raw, &raw(body, id, event))]
    }

    /// The records of a body that was authentic and could not be understood.
    #[must_use]
    pub fn of_rejected(&self, body: Body, rejection: &Rejection) -> Vec<Record> {
        let id = &rejection.event_id;
        let common = Common::new(self.of_event_id(id), key::orphan(id), id, &body);
        let raw = raw(body, id, rejection.event.clone());
        vec![common.record(&self.raw, &raw), common.record(&self.rejected, rejection)]
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

/// What all records of a body have in common.
struct Common {
    partition: Partition,
    key: Bytes,
    event_id: Bytes,
    trace: Option<Header>,
}

impl Common {
    fn new(partition: Partition, key: Vec<u8>, event_id: &EventId, body: &Body) -> Common {
        let event_id = Bytes::from(event_id.to_string());
        Common { partition, key: Bytes::from(key), event_id, trace: body.trace.clone() }
    }

    fn record<T: Message>(&self, topic: &Topic, value: &T) -> Record {
        let header = |name: &str, value: Bytes| Header { name: name.to_owned(), value };
        let mut headers = Vec::with_capacity(3);
        headers.push(header("event-id", self.event_id.clone()));
        headers.push(header("schema", Bytes::from_static(T::SCHEMA.as_bytes())));
        headers.extend(self.trace.clone());
        Record {
            topic: topic.clone(),
            partition: self.partition,
            key: self.key.clone(),
            value: Some(Bytes::from(schemas::encode(value))),
            headers,
        }
    }
}
