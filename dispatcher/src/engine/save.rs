//! Everything that the dispatcher writes becomes a record and a change of the store here.

use std::fmt::Write as _;

use bytes::Bytes;
use eventlog::partitioner::partition_of;
use eventlog::store::StoreError;
use eventlog::{Header, Partition, Record, Topic};
use schemas::topics::key;
use schemas::{
    Contact, EffectKey, FrontConversationId, FrontEvent, Message, Outcome, OutcomeState, Position,
    Status, Thread, TimeMs, TopicKind,
};

use super::Engine;
use crate::attempt::{self, Event};
use crate::committer::Transfer;
use crate::lane::Entry;
use crate::ledger::kept::Kept;
use crate::ledger::space;
use crate::telemetry;

/// The header of a position with what was read beyond it: `topic/partition/next offset`, each
/// followed by a space.
pub(crate) const READ: &str = "read";

impl Engine {
    /// A ledger entry as it is from now on.
    pub(super) fn stage_effect(&self, transfer: &mut Transfer, kept: &Kept) {
        let outcome = &kept.outcome;
        let key = key::effect(&outcome.contact, &outcome.effect_key);
        let finished = attempt::is_finished(outcome.state);
        let unfinished = (!finished).then(Vec::new);
        let ledger = &self.ledger;
        transfer.changes.push(ledger.set(space::EFFECTS, key.clone(), Some(kept.encode())));
        transfer.changes.push(ledger.set(space::UNFINISHED, key.clone(), unfinished));
        transfer.records.push(Record {
            topic: self.topic(TopicKind::Outcomes),
            partition: self.partition(&outcome.contact),
            key: Bytes::from(key),
            value: Some(Bytes::from(schemas::encode(outcome))),
            headers: [vec![schema_header::<Outcome>()], kept.headers()].concat(),
        });
    }

    /// A contact's thread as it is from now on.
    pub(super) fn stage_thread(&self, transfer: &mut Transfer, thread: &Thread) {
        let bytes = schemas::encode(thread);
        let contact = thread.contact.as_str().as_bytes().to_vec();
        if let Some(conversation_id) = &thread.conversation_id {
            transfer.changes.push(self.ledger.set(
                space::CONVERSATIONS,
                conversation_id.as_str().as_bytes().to_vec(),
                Some(contact.clone()),
            ));
        }
        transfer.changes.push(self.ledger.set(space::THREADS, contact, Some(bytes.clone())));
        let key = key::thread(&thread.contact);
        let partition = self.partition(&thread.contact);
        transfer.records.push(self.record::<Thread>(TopicKind::Outcomes, partition, key, bytes));
    }

    /// An event of Front, keyed to its contact.
    pub(super) fn stage_front(&self, transfer: &mut Transfer, event: &FrontEvent) {
        let key = key::event(&event.contact, &event.event_id);
        let partition = self.partition(&event.contact);
        let bytes = schemas::encode(event);
        transfer.records.push(self.record::<FrontEvent>(TopicKind::Front, partition, key, bytes));
    }

    /// Whether a conversation is archived, as far as is known. Only a hint: it saves reading.
    pub(super) fn stage_archived(
        &self,
        transfer: &mut Transfer,
        conversation_id: &FrontConversationId,
        archived: bool,
    ) {
        let value = archived.then(|| vec![1]);
        let key = conversation_id.as_str().as_bytes().to_vec();
        transfer.changes.push(self.ledger.set(space::ARCHIVED, key, value));
    }

    /// How far the inputs were read.
    pub(super) fn stage_position(&self, transfer: &mut Transfer) {
        let position = Position {
            writer: "dispatcher".to_owned(),
            inputs: self.inputs.committed(),
            front_cursor: self.config.poll_events.then(|| self.desk.durable_cursor()),
            at: TimeMs(self.now()),
        };
        let bytes = schemas::encode(&position);
        let change = self.ledger.set(space::POSITION, b"dispatcher".to_vec(), Some(bytes.clone()));
        transfer.changes.push(change);
        transfer.reached = self.inputs.committed_of(&self.topic(TopicKind::Commands)).collect();
        let key = key::position("dispatcher");
        let mut record = self.record::<Position>(TopicKind::Outcomes, Partition(0), key, bytes);
        record.headers.extend(self.read_header());
        transfer.records.push(record);
    }

    /// Front's events of conversations that nobody knows hold the position of `raw` back for a day,
    /// and were read all the same: who asks for the lag must know.
    fn read_header(&self) -> Option<Header> {
        let raw = self.topic(TopicKind::Raw);
        let mut read = String::new();
        for (place, next) in self.inputs.held_back().filter(|(place, _)| place.0 == raw) {
            let next = self.desk.first_partial(place).map_or(next, |partial| partial.min(next));
            let _ = write!(read, "{}/{}/{} ", place.0.as_str(), place.1.0, next.0);
        }
        (!read.is_empty()).then(|| Header { name: READ.to_owned(), value: Bytes::from(read) })
    }

    /// The dispatcher's view of itself.
    pub(super) fn stage_status(&self, transfer: &mut Transfer, status: &Status) {
        let bytes = schemas::encode(status);
        let key = key::status("dispatcher");
        transfer.records.push(self.record::<Status>(TopicKind::Outcomes, Partition(0), key, bytes));
    }

    /// Hands a transfer over; it is durable some time later, after all handed over before.
    pub(super) fn commit(&mut self, transfer: Transfer) {
        if !transfer.records.is_empty() || !transfer.changes.is_empty() {
            self.outbox.push_back(transfer);
        }
    }

    /// Moves an effect on, in its lane and in the ledger. A move that makes no sense changes nothing.
    pub(super) fn advance(
        &mut self,
        transfer: &mut Transfer,
        contact: &Contact,
        effect: &EffectKey,
        event: Event,
        edit: impl FnOnce(&mut Kept),
    ) -> Result<Option<OutcomeState>, StoreError> {
        let now = self.now();
        let Some(mut kept) = self.ledger.effect(contact, effect)? else { return Ok(None) };
        let slot = self.slots.entry(contact.clone()).or_default();
        let state = match slot.lane.step(effect, event) {
            Ok(state) => state,
            Err(error) => {
                telemetry::illegal_move(effect, &error);
                return Ok(None);
            }
        };
        edit(&mut kept);
        kept.outcome.state = state;
        kept.outcome.at = TimeMs(now);
        if attempt::is_finished(state) {
            (kept.outcome.command, kept.sent) = (None, None);
        }
        let back_in_order =
            matches!(state, OutcomeState::InDoubt | OutcomeState::Parked | OutcomeState::Unknown)
                && slot.lane.entry(effect).is_none();
        if back_in_order && let Some(mut entry) = entry_of(&kept) {
            entry.maybe_there = true;
            slot.lane.push(entry);
        }
        if state == OutcomeState::Done {
            self.say_where_else(&mut kept)?;
        }
        telemetry::moved(effect, state, kept.outcome.reason.as_deref());
        if state == OutcomeState::Done && effect.as_str().ends_with(":main") {
            self.counts.calls_logged += 1;
            telemetry::call_logged();
        }
        self.stage_effect(transfer, &kept);
        transfer.results = true;
        if attempt::gives_way(state) {
            self.take_newer(contact, effect, transfer)?;
        }
        Ok(Some(state))
    }

    /// A contact's thread; a new one where nothing is known.
    pub(super) fn thread(&self, contact: &Contact) -> Result<Thread, StoreError> {
        Ok(self.ledger.thread(contact)?.unwrap_or_else(|| Thread::new(contact.clone())))
    }

    pub(super) fn topic(&self, kind: TopicKind) -> Topic {
        Topic::new(&self.config.topics.name(kind))
    }

    pub(super) fn partition(&self, contact: &Contact) -> Partition {
        partition_of(contact.as_str().as_bytes(), self.config.partitions)
    }

    fn record<T: Message>(
        &self,
        kind: TopicKind,
        partition: Partition,
        key: Vec<u8>,
        value: Vec<u8>,
    ) -> Record {
        Record {
            topic: self.topic(kind),
            partition,
            key: Bytes::from(key),
            value: Some(Bytes::from(value)),
            headers: vec![schema_header::<T>()],
        }
    }
}

/// The name of what a record's value is, for readers that look at it before they decode.
fn schema_header<T: Message>() -> Header {
    Header { name: "schema".to_owned(), value: Bytes::from_static(T::SCHEMA.as_bytes()) }
}

/// The place in order of a ledger entry; none when it has no command: then it has no place.
pub(super) fn entry_of(kept: &Kept) -> Option<Entry> {
    let command = command_of(&kept.outcome)?;
    let attempts = kept.outcome.attempt.as_ref().map_or(0, |attempt| attempt.number);
    Some(Entry {
        key: kept.outcome.effect_key.clone(),
        revision: kept.outcome.revision,
        kind: super::plan::kind_of(&command),
        state: kept.outcome.state,
        order: kept.order,
        decided_at: command.decided_at,
        not_before: 0,
        attempts,
        failures: 0,
        maybe_there: kept.outcome.state == OutcomeState::InDoubt,
        assigns: super::plan::assigns(&command),
        after: command.after.into_boxed_slice(),
    })
}

/// The command of a ledger entry that is not finished.
pub(super) fn command_of(outcome: &Outcome) -> Option<schemas::Command> {
    schemas::decode(outcome.command.as_ref()?).ok()
}
