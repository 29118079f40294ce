//! One batch of a partition: loads the states that its events touch, folds, and collects what is
//! committed as one.

use std::collections::HashMap;

use bytes::Bytes;
use eventlog::store::StoreError;
use eventlog::{Header, Partition, Record, Topic, trace};
use schemas::topics::key;
use schemas::{
    CallEvent, CallId, CallState, Command, Contact, Conversation, DecodeError, FrontEvent, Message,
    TimeMs, decode, encode,
};

use crate::emit::Context;
use crate::states::{StateRecord, States};
use crate::step::{Event, State, Step, newest_event, step};
use crate::telemetry;

/// Why a batch could not be folded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BatchError {
    /// The local store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A state in the local store cannot be read.
    #[error("a state in the local store cannot be read: {0}")]
    State(#[from] DecodeError),
}

/// Where the results go.
#[derive(Debug, Clone)]
pub(crate) struct Outputs {
    pub(crate) commands: Topic,
    pub(crate) conversations: Topic,
    pub(crate) partition: Partition,
}

struct Held<T> {
    value: Box<T>,
    changed: bool,
}

/// The states that a batch has touched, and the commands that came of it.
pub(crate) struct Fold<'a> {
    states: &'a States,
    context: Context<'a>,
    conversations: HashMap<Contact, Held<Conversation>>,
    calls: HashMap<(Contact, CallId), Held<CallState>>,
    commands: Vec<(Command, Option<Header>)>,
}

impl<'a> Fold<'a> {
    /// An empty batch.
    pub(crate) fn new(states: &'a States, context: Context<'a>) -> Fold<'a> {
        Fold {
            states,
            context,
            conversations: HashMap::new(),
            calls: HashMap::new(),
            commands: Vec::new(),
        }
    }

    /// How many commands there are until now.
    pub(crate) fn commands(&self) -> usize {
        self.commands.len()
    }

    /// Folds an event of a call. `traceparent` is the trace that its record carries.
    pub(crate) fn call(
        &mut self,
        event: &CallEvent,
        traceparent: Option<&str>,
    ) -> Result<(), BatchError> {
        self.step(&event.contact, Some(event.call_id), Event::Call(event), traceparent)
    }

    /// Folds an event of Front's.
    pub(crate) fn front(&mut self, event: &FrontEvent) -> Result<(), BatchError> {
        self.step(&event.contact, None, Event::Front(event), None)
    }

    /// Lets what waits in a call's state until `reached` wait no longer.
    pub(crate) fn due(&mut self, record_key: &[u8], reached: TimeMs) -> Result<(), BatchError> {
        let Some(value) = self.states.get(record_key)? else { return Ok(()) };
        let call: CallState = decode(&value)?;
        let span = tracing::info_span!("fold.due", call_id = %call.call_id);
        if let Some(traceparent) = &call.traceparent {
            trace::follow_kept(&span, traceparent);
        }
        let id = Some(call.call_id);
        span.in_scope(|| self.step(&call.contact, id, Event::Reached(reached), None))
    }

    fn step(
        &mut self,
        contact: &Contact,
        call_id: Option<CallId>,
        event: Event<'_>,
        traceparent: Option<&str>,
    ) -> Result<(), BatchError> {
        let conversation = self.take_conversation(contact)?;
        let call = call_id.map(|id| self.take_call(contact, id)).transpose()?;
        let (conversation, conversation_was_changed) = (conversation.value, conversation.changed);
        let (call, call_was_changed) =
            call.map_or((None, false), |held| (Some(held.value), held.changed));
        let Step { state, commands, conversation_changed, call_changed, anomaly } =
            step(State { conversation, call }, event, self.context);
        if let Some(anomaly) = anomaly {
            telemetry::anomaly(anomaly, call_id);
        }
        let header = if commands.is_empty() { None } else { trace::inject() };
        self.commands.extend(commands.into_iter().map(|command| (command, header.clone())));
        let changed = conversation_was_changed || conversation_changed;
        self.conversations.insert(contact.clone(), Held { value: state.conversation, changed });
        if let Some(mut value) = state.call {
            if call_changed {
                keep_trace(&mut value, event, traceparent);
            }
            let changed = call_was_changed || call_changed;
            self.calls.insert((contact.clone(), value.call_id), Held { value, changed });
        }
        Ok(())
    }

    fn take_conversation(&mut self, contact: &Contact) -> Result<Held<Conversation>, BatchError> {
        if let Some(held) = self.conversations.remove(contact) {
            return Ok(held);
        }
        let value = match self.states.get(&key::conversation(contact))? {
            Some(value) => decode(&value)?,
            None => Conversation::new(contact.clone()),
        };
        Ok(Held { value: Box::new(value), changed: false })
    }

    fn take_call(&mut self, contact: &Contact, id: CallId) -> Result<Held<CallState>, BatchError> {
        if let Some(held) = self.calls.remove(&(contact.clone(), id)) {
            return Ok(held);
        }
        let value = match self.states.get(&key::call(contact, id))? {
            Some(value) => decode(&value)?,
            None => CallState::new(contact.clone(), id),
        };
        Ok(Held { value: Box::new(value), changed: false })
    }

    /// What is committed: the commands, then the changed states.
    pub(crate) fn finish(self, outputs: &Outputs) -> (Vec<Record>, Vec<StateRecord>) {
        let mut records = Vec::with_capacity(self.commands.len() + 2 * self.calls.len() + 1);
        for (command, trace) in self.commands {
            let key = key::effect(&command.contact, &command.effect_key);
            let mut record = record(&outputs.commands, outputs.partition, key, &command);
            record.headers.extend(trace);
            records.push(record);
        }
        let mut states = Vec::new();
        for held in self.conversations.into_values().filter(|held| held.changed) {
            let key = key::conversation(&held.value.contact);
            let record = record(&outputs.conversations, outputs.partition, key, &*held.value);
            states.push(state_record(&record, None));
            records.push(record);
        }
        for held in self.calls.into_values().filter(|held| held.changed) {
            let key = key::call(&held.value.contact, held.value.call_id);
            let mut record = record(&outputs.conversations, outputs.partition, key, &*held.value);
            let due_at = held.value.due_at.map(|at| at.0);
            record.headers.extend(due_at.map(due_header));
            states.push(state_record(&record, due_at));
            records.push(record);
        }
        (records, states)
    }
}

/// What time decides later names the call's newest event as its cause, and belongs to the trace of
/// that event. The fold itself knows nothing of traces.
fn keep_trace(call: &mut CallState, event: Event<'_>, traceparent: Option<&str>) {
    let Event::Call(event) = event else { return };
    if newest_event(call) == Some(event.replaces.as_ref().unwrap_or(&event.event_id)) {
        call.traceparent = traceparent.map(str::to_owned);
    }
}

/// The header that says when a call is due, so that a restore need not decode it.
pub(crate) const DUE_AT: &str = "due-at";

fn due_header(at: i64) -> Header {
    Header { name: DUE_AT.to_owned(), value: Bytes::from(at.to_string()) }
}

/// A record of ours with its schema's name.
pub(crate) fn record<T: Message>(
    topic: &Topic,
    partition: Partition,
    key: Vec<u8>,
    value: &T,
) -> Record {
    let schema = Bytes::from_static(T::SCHEMA.as_bytes());
    Record {
        topic: topic.clone(),
        partition,
        key: Bytes::from(key),
        value: Some(Bytes::from(encode(value))),
        headers: vec![Header { name: "schema".to_owned(), value: schema }],
    }
}

/// What the store takes in of a record.
pub(crate) fn state_record(record: &Record, due_at: Option<i64>) -> StateRecord {
    StateRecord { key: record.key.clone(), value: record.value.clone(), due_at }
}
