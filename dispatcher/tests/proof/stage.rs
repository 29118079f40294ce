//! A log, a Front and a dispatcher, and what a test says to them.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use dispatcher::{Config, Handle};
use eventlog::memory::MemoryLog;
use eventlog::partitioner::partition_of;
use eventlog::{
    Cleanup, Header, Log, LogReader, Offset, Partition, Record, SystemClock, Topic, TopicSpec,
};
use schemas::topics::key;
use schemas::{
    Action, Activity, Agent, Attribute, CallId, Command, CommentAction, Contact, Customer,
    EffectKey, EventId, FrontEvent, Outcome, OutcomeState, Status, TimeMs, TopicKind, TopicNames,
};
use secrecy::SecretString;
use simulators::front::{self, Limits, RecordedRequest, Simulator, Span};
use simulators::snapshot::{ConversationView, EntryView};
use simulators::spec;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Far above anything that is waited for here; a test that needs it has failed.
pub const PATIENCE: Duration = Duration::from_secs(30);
pub const PARTITIONS: u32 = 3;
pub const AGENT: &str = "agent.one@example.com";
pub const LINE: &str = "+33187654321";

/// A Front that is quick, so that tests are.
pub fn quick_front() -> front::Config {
    front::Config {
        limits: Limits {
            requests_per_minute: 6_000,
            burst: 0,
            per_resource_per_s: 1_000,
            search_share: 0.4,
        },
        visible_delay_ms: Span { min: 5, max: 40 },
        ..front::Config::default()
    }
}

pub struct Stage {
    pub front: Simulator,
    pub log: Arc<MemoryLog>,
    pub config: Config,
    stores: tempfile::TempDir,
    running: Option<Running>,
    commands: u32,
}

struct Running {
    task: JoinHandle<Result<(), dispatcher::Error>>,
    stop: CancellationToken,
    handle: Handle,
}

impl Stage {
    /// A log, a Front, and a dispatcher that has not been started.
    pub async fn set(config: front::Config) -> Stage {
        let front = match spec::for_tests() {
            Some(spec) => Simulator::start_checked(config, spec).await.unwrap(),
            None => Simulator::start(config).await.unwrap(),
        };
        Stage::set_with(front)
    }

    /// The same with a Front that stands already.
    pub fn set_with(front: Simulator) -> Stage {
        let names = TopicNames::with_prefix("callfold");
        let topics = TopicKind::ALL.map(|kind| TopicSpec {
            topic: Topic::new(&names.name(kind)),
            partitions: PARTITIONS,
            cleanup: Cleanup { compact: kind.keeps().compact, retention: None },
        });
        let log = MemoryLog::new(topics.to_vec(), Arc::new(SystemClock));
        let config = Config {
            requests_per_minute: 6_000.0,
            requests_per_resource_s: 1_000,
            timeout: Duration::from_millis(600),
            confirm_after: Duration::from_millis(40),
            poll_every: Duration::from_millis(50),
            poll_events: false,
            partitions: PARTITIONS,
            ..Config::new(front.url(), SecretString::from(front.token()))
        };
        let stores = tempfile::tempdir().unwrap();
        Stage { front, log, config, stores, running: None, commands: 0 }
    }

    /// The same, running.
    pub async fn running(config: front::Config) -> Stage {
        let mut stage = Stage::set(config).await;
        stage.start();
        stage
    }

    pub fn start(&mut self) {
        let stores = self.stores.path().to_owned();
        self.start_with_stores(stores);
    }

    /// Starts a dispatcher that has to read everything from the log.
    pub fn start_without_store(&mut self) {
        self.stores = tempfile::tempdir().unwrap();
        self.start();
    }

    fn start_with_stores(&mut self, stores: std::path::PathBuf) {
        let (reporter, handle) = dispatcher::reporter();
        let stop = CancellationToken::new();
        let log: Arc<dyn Log> = self.log.clone();
        let clock = Arc::new(SystemClock);
        let task = tokio::spawn(dispatcher::run(
            log,
            stores,
            clock,
            self.config.clone(),
            reporter,
            stop.clone(),
        ));
        self.running = Some(Running { task, stop, handle });
    }

    /// Stops in order.
    pub async fn stop(&mut self) {
        let running = self.running.take().unwrap();
        running.stop.cancel();
        tokio::time::timeout(PATIENCE, running.task).await.unwrap().unwrap().unwrap();
    }

    /// Ends the dispatcher where it stands.
    pub async fn kill(&mut self) {
        let running = self.running.take().unwrap();
        running.task.abort();
        let _ = running.task.await;
    }

    pub fn handle(&self) -> Handle {
        self.running.as_ref().unwrap().handle.clone()
    }

    pub async fn status(&self, wanted: impl FnMut(&Status) -> bool) -> Status {
        let mut handle = self.handle();
        tokio::time::timeout(PATIENCE, handle.until(wanted)).await.unwrap().unwrap()
    }

    pub async fn send(&mut self, command: Command) {
        let key = key::effect(&command.contact, &command.effect_key);
        self.commands += 1;
        self.append(TopicKind::Commands, &command.contact, key, schemas::encode(&command)).await;
    }

    /// An entry of the ledger with its headers, as an earlier dispatcher left it.
    pub async fn left(&self, outcome: &Outcome, headers: Vec<Header>) {
        let key = key::effect(&outcome.contact, &outcome.effect_key);
        let value = schemas::encode(outcome);
        self.append_with(TopicKind::Outcomes, &outcome.contact, key, value, headers).await;
    }

    pub async fn append(&self, kind: TopicKind, contact: &Contact, key: Vec<u8>, value: Vec<u8>) {
        self.append_with(kind, contact, key, value, vec![]).await;
    }

    async fn append_with(
        &self,
        kind: TopicKind,
        contact: &Contact,
        key: Vec<u8>,
        value: Vec<u8>,
        headers: Vec<Header>,
    ) {
        let record = Record {
            topic: self.topic(kind),
            partition: partition_of(contact.as_str().as_bytes(), PARTITIONS),
            key: Bytes::from(key),
            value: Some(Bytes::from(value)),
            headers,
        };
        self.log.appender().unwrap().append(vec![record]).await.unwrap();
    }

    pub fn topic(&self, kind: TopicKind) -> Topic {
        Topic::new(&self.config.topics.name(kind))
    }

    /// The first outcome of an effect that is as wanted.
    pub async fn outcome(
        &self,
        contact: &Contact,
        effect: &str,
        wanted: impl FnMut(&Outcome) -> bool,
    ) -> Outcome {
        self.outcome_from(Offset::START, contact, effect, wanted).await
    }

    async fn outcome_from(
        &self,
        from: Offset,
        contact: &Contact,
        effect: &str,
        mut wanted: impl FnMut(&Outcome) -> bool,
    ) -> Outcome {
        let key = key::effect(contact, &effect_key(effect));
        let partition = partition_of(contact.as_str().as_bytes(), PARTITIONS);
        let topic = self.topic(TopicKind::Outcomes);
        let mut reader = self.log.reader(&topic, partition, from).await.unwrap();
        let search = async {
            loop {
                for record in reader.next(100).await.unwrap().records {
                    if record.key == key {
                        let outcome = schemas::decode::<Outcome>(&record.value.unwrap()).unwrap();
                        if wanted(&outcome) {
                            return outcome;
                        }
                    }
                }
            }
        };
        match tokio::time::timeout(PATIENCE, search).await {
            Ok(outcome) => outcome,
            Err(_) => panic!("{effect} never came there; {:#?}", self.routes()),
        }
    }

    pub async fn done(&self, contact: &Contact, effect: &str) -> Outcome {
        self.outcome(contact, effect, |it| it.state == OutcomeState::Done).await
    }

    pub async fn all_done(&self, contact: &Contact, effects: &[&str]) {
        for effect in effects {
            self.done(contact, effect).await;
        }
    }

    /// The same, looked for behind these ends of the partitions.
    pub async fn all_done_after(&self, contact: &Contact, effects: &[&str], ends: &[Offset]) {
        let partition = partition_of(contact.as_str().as_bytes(), PARTITIONS);
        let from = ends[partition.0 as usize];
        for effect in effects {
            self.outcome_from(from, contact, effect, |it| it.state == OutcomeState::Done).await;
        }
    }

    /// Every intent of a contact on the log, with the time of its record.
    pub async fn intents(&self, contact: &Contact) -> Vec<(i64, Outcome)> {
        let partition = partition_of(contact.as_str().as_bytes(), PARTITIONS);
        let topic = self.topic(TopicKind::Outcomes);
        let mut reader = self.log.reader(&topic, partition, Offset::START).await.unwrap();
        let records = reader.next_if_any(10_000).await.unwrap().records;
        let outcomes = records.into_iter().filter_map(|record| {
            let outcome = schemas::decode::<Outcome>(&record.value?).ok()?;
            (outcome.state == OutcomeState::Intended).then_some((record.time_ms, outcome))
        });
        outcomes.collect()
    }

    /// Everything on `front`, in the order of partitions.
    pub async fn front_events(&self, count: usize) -> Vec<FrontEvent> {
        let topic = self.topic(TopicKind::Front);
        let read = async {
            let mut ends = self.running.as_ref().unwrap().handle.clone();
            loop {
                let mut events = Vec::new();
                for partition in (0..PARTITIONS).map(Partition) {
                    let mut reader =
                        self.log.reader(&topic, partition, Offset::START).await.unwrap();
                    for record in reader.next_if_any(1_000).await.unwrap().records {
                        events.push(schemas::decode(&record.value.unwrap()).unwrap());
                    }
                }
                if events.len() >= count {
                    return events;
                }
                let seen = ends.status().at;
                ends.until(|status| status.at > seen).await.unwrap();
            }
        };
        tokio::time::timeout(PATIENCE, read).await.unwrap()
    }

    pub fn conversations(&self) -> Vec<ConversationView> {
        self.front.snapshot().conversations
    }

    /// Method and route of every request so far, startup left out.
    pub fn routes(&self) -> Vec<String> {
        let routes = self.requests().into_iter().map(|it| it.route.unwrap_or(it.path));
        routes
            .filter(|it| !matches!(it.as_str(), "GET /me" | "GET /inboxes" | "GET /teammates"))
            .collect()
    }

    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.front.requests()
    }

    /// Writes so far.
    pub fn writes(&self) -> Vec<RecordedRequest> {
        self.requests().into_iter().filter(RecordedRequest::is_write).collect()
    }

    /// Ends the test: everything that was sent was as Front's specification has it. (What the simulator
    /// answers is the simulator's own test.)
    pub async fn curtain(mut self) {
        if self.running.is_some() {
            self.stop().await;
        }
        let mut violations = self.front.violations();
        violations.retain(|violation| violation.side == spec::Side::Request);
        assert!(violations.is_empty(), "{violations:#?}");
        self.front.stop().await;
    }
}

pub fn effect_key(effect: &str) -> EffectKey {
    EffectKey::try_from(effect.to_owned()).unwrap()
}

/// A contact of this test.
pub fn contact(number: u32) -> Contact {
    Contact::from_e164(&format!("+336000{number:05}")).unwrap()
}

/// The bodies of a conversation's messages, in the order that Front shows.
pub fn bodies(conversation: &ConversationView) -> Vec<&str> {
    conversation
        .entries
        .iter()
        .map(|entry| match entry {
            EntryView::Message { body, .. } | EntryView::Comment { body, .. } => body.as_str(),
        })
        .collect()
}

fn agent() -> Agent {
    Agent { id: 1, email: Some(AGENT.into()) }
}

/// One call, as the projector would command it.
pub struct Call {
    pub contact: Contact,
    pub id: i64,
    pub agent: Option<Agent>,
    pub inbound: bool,
    pub ended_s: i64,
}

impl Call {
    pub fn answered(contact: &Contact, id: i64) -> Call {
        Call {
            contact: contact.clone(),
            id,
            agent: Some(agent()),
            inbound: false,
            ended_s: 1_754_900_000 + id * 60,
        }
    }

    pub fn missed(contact: &Contact, id: i64) -> Call {
        Call { agent: None, inbound: true, ..Call::answered(contact, id) }
    }

    pub fn key(&self, piece: &str) -> String {
        format!("call:{}:{piece}", self.id)
    }

    fn activity(&self, what: &str, later_s: i64) -> Activity {
        Activity {
            inbound: self.inbound,
            subject: format!("Call {} - Support", self.id).into(),
            body: format!("{what}\nAircall call {}", self.id),
            shown_at: TimeMs::from_seconds(self.ended_s + later_s),
            customer: Customer { handle: self.contact.as_str().into(), name: None },
            line_handle: LINE.into(),
            author: self.agent.clone(),
            assignee: self.agent.clone().filter(|_| later_s == 0),
            inbox_id: None,
            is_archived: false,
        }
    }

    fn command(&self, piece: &str, action: Action, after: &[&str]) -> Command {
        let id = CallId::try_from(self.id).unwrap();
        Command {
            contact: self.contact.clone(),
            effect_key: EffectKey::of_call(id, piece),
            revision: 1,
            action,
            settles: vec![],
            after: after.iter().map(|piece| EffectKey::of_call(id, piece)).collect(),
            call_id: Some(id),
            cause: EventId::try_from(format!("event-{}", self.id)).unwrap(),
            cause_at: TimeMs::from_seconds(self.ended_s),
            decided_at: TimeMs(eventlog::Clock::now_ms(&SystemClock)),
            rule: None,
            config_version: "1".into(),
            rules_version: "0".into(),
        }
    }

    pub fn main(&self) -> Command {
        self.command("main", Action::Activity(self.activity("Main", 0)), &[])
    }

    pub fn main_with(&self, change: impl FnOnce(&mut Activity)) -> Command {
        let mut activity = self.activity("Main", 0);
        change(&mut activity);
        self.command("main", Action::Activity(activity), &[])
    }

    pub fn duration(&self) -> Command {
        self.command("duration", Action::Activity(self.activity("Duration: 3 s", 1)), &["main"])
    }

    pub fn recording(&self) -> Command {
        self.command("recording", Action::Activity(self.activity("Recording: x", 2)), &["main"])
    }

    pub fn recording_with(&self, change: impl FnOnce(&mut Activity)) -> Command {
        let mut activity = self.activity("Recording: x", 2);
        change(&mut activity);
        self.command("recording", Action::Activity(activity), &["main"])
    }

    pub fn comment(&self, comment: i64, text: &str) -> Command {
        let mark = format!("[call {} comment {comment}]", self.id);
        let body = format!("{text}\n{mark}");
        let action = Action::Comment(CommentAction { body, mark, author: self.agent.clone() });
        self.command(&format!("comment:{comment}"), action, &["main"])
    }
}

/// A change of an attribute of the contact's conversation.
pub fn attribute(contact: &Contact, name: &str, revision: i32, change: Attribute) -> Command {
    let call = Call::missed(contact, 999_999);
    let mut command = call.command("x", Action::Attribute(change), &[]);
    command.effect_key = EffectKey::of_conversation(name);
    command.revision = revision;
    command.call_id = None;
    command
}
