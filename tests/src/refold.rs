//! The facts folded anew from the events on the log, and compared bit by bit with those that the
//! projectors keep on `conversations`: whatever befell them, they must be a function of the events.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use bytes::Bytes;
use eventlog::kafka::{KafkaLog, Options, open_read_only};
use eventlog::{Cleanup, LogReader, Offset, Partition, Stored, SystemClock, Topic, TopicSpec};
use projector::{facts, front_facts, totals};
use schemas::topics::key;
use schemas::{CallEvent, CallState, Conversation, FrontEvent, Message, decode, encode};

/// Read at once.
const READ_MAX: usize = 1_000;

/// What was compared, and what differs.
#[derive(Debug, Default)]
pub struct Refolded {
    /// Events of calls, with their repeats.
    pub calls: usize,
    /// Events of Front.
    pub front: usize,
    /// States that were compared.
    pub states: usize,
    /// A sentence for each state that is another one, or missing.
    pub differences: Vec<String>,
}

/// Folds everything anew, in the other direction: the order must not matter.
///
/// # Panics
/// When the log cannot be read, or a record not decoded.
pub async fn refolded(brokers: &str, prefix: &str, partitions: u32) -> Refolded {
    let names = ["calls", "front", "conversations"];
    let topic = |name: &str| Topic::new(&format!("{prefix}.{name}"));
    let cleanup = Cleanup { compact: true, retention: None };
    let specs = names.map(|name| TopicSpec { topic: topic(name), partitions, cleanup });
    let options = Options::new(brokers, prefix, "callfold");
    let log = open_read_only(options, specs.into(), Arc::new(SystemClock)).await.expect("opens");
    let mut found = Refolded::default();
    for partition in (0..partitions).map(Partition) {
        let [calls, front, kept] = names.map(topic);
        let calls = read(&log, &calls, partition).await;
        let front = read(&log, &front, partition).await;
        found.calls += calls.len();
        found.front += front.len();
        let kept = newest(&read(&log, &kept, partition).await);
        let anew = anew(&calls, &front);
        found.states += anew.len();
        found.differences.extend(differences(&anew, &kept));
    }
    found
}

async fn read(log: &KafkaLog, topic: &Topic, partition: Partition) -> Vec<Stored> {
    let mut reader = log.reader(topic, partition, Offset::START).await.expect("a reader opens");
    let mut all = Vec::new();
    loop {
        let batch = reader.next_if_any(READ_MAX).await.expect("reads");
        if batch.records.is_empty() {
            return all;
        }
        all.extend(batch.records);
    }
}

/// The facts of each conversation and call, encoded, by the key of its record.
type Facts = BTreeMap<Vec<u8>, Vec<u8>>;

fn anew(calls: &[Stored], front: &[Stored]) -> Facts {
    let mut conversations: HashMap<_, Conversation> = HashMap::new();
    let mut states: HashMap<_, CallState> = HashMap::new();
    for event in calls.iter().rev().filter_map(value::<CallEvent>) {
        let contact = event.contact.clone();
        let conversation = conversations
            .entry(contact.clone())
            .or_insert_with(|| Conversation::new(contact.clone()));
        let call = states
            .entry((contact.clone(), event.call_id))
            .or_insert_with(|| CallState::new(contact, event.call_id));
        let before = call.receipts.first_at.map(|_| totals::of_call(&call.facts));
        facts::join(call, &event);
        let after = totals::of_call(&call.facts);
        totals::update(conversation, before, after, call);
    }
    for event in front.iter().rev().filter_map(value::<FrontEvent>) {
        let contact = event.contact.clone();
        let conversation =
            conversations.entry(contact.clone()).or_insert_with(|| Conversation::new(contact));
        front_facts::join(conversation, &event);
    }
    let conversations = conversations
        .into_values()
        .map(|it| (key::conversation(&it.contact), facts_of_conversation(it)));
    let calls =
        states.into_values().map(|it| (key::call(&it.contact, it.call_id), facts_of_call(it)));
    conversations.chain(calls).collect()
}

/// The newest state of each key, its facts alone.
fn newest(records: &[Stored]) -> Facts {
    let mut newest = Facts::new();
    for stored in records {
        let schema = stored.headers.iter().find(|header| header.name == "schema");
        let schema = schema.map(|header| &header.value[..]).unwrap_or_default();
        let facts = if schema == Conversation::SCHEMA.as_bytes() {
            value::<Conversation>(stored).map(facts_of_conversation)
        } else if schema == CallState::SCHEMA.as_bytes() {
            value::<CallState>(stored).map(facts_of_call)
        } else {
            continue;
        };
        newest.insert(stored.key.to_vec(), facts.expect("a state is never deleted"));
    }
    newest
}

fn value<T: Message>(stored: &Stored) -> Option<T> {
    let value: &Bytes = stored.value.as_ref()?;
    Some(decode(value).expect("what is on the log can be decoded"))
}

/// Without what was asked of Front: that is history, and no function of the events alone.
fn facts_of_conversation(conversation: Conversation) -> Vec<u8> {
    let Conversation { contact, totals, open_calls, last_call_ended_at, .. } = conversation;
    let Conversation { status, inbox, assignee, late_reopening, .. } = conversation;
    encode(&Conversation {
        totals,
        open_calls,
        last_call_ended_at,
        status,
        inbox,
        assignee,
        late_reopening,
        ..Conversation::new(contact)
    })
}

/// Without what was asked of Front and what waits for it, and without the trace of its newest event.
fn facts_of_call(call: CallState) -> Vec<u8> {
    let CallState { contact, call_id, facts, receipts, .. } = call;
    encode(&CallState { facts, receipts, ..CallState::new(contact, call_id) })
}

fn differences(anew: &Facts, kept: &Facts) -> Vec<String> {
    let shown = |key: &[u8]| String::from_utf8_lossy(key).into_owned();
    let of_anew = anew.iter().filter_map(|(key, facts)| match kept.get(key) {
        Some(kept) if kept == facts => None,
        Some(_) => Some(format!("the facts of {} are others", shown(key))),
        None => Some(format!("the facts of {} are missing", shown(key))),
    });
    let nobodys = kept.keys().filter(|key| !anew.contains_key(*key));
    let nobodys = nobodys.map(|key| format!("no event is the reason of {}", shown(key)));
    of_anew.chain(nobodys).collect()
}
