//! A log in memory, and the records of a call that was folded.

use std::sync::Arc;

use bytes::Bytes;
use callfold::view::Names;
use eventlog::memory::MemoryLog;
use eventlog::partitioner::partition_of;
use eventlog::{Cleanup, Header, Log, ManualClock, Partition, Record, Topic, TopicSpec};
use ingest::Seen;
use projector::{Comments, Config, Context, Event, Layout, Lines, Rules, State, step};
use schemas::topics::key;
use schemas::{
    CallState, Command, Contact, Conversation, EffectKey, Origin, Outcome, OutcomeState, TimeMs,
    TopicKind, TopicNames,
};

pub const PARTITIONS: u32 = 2;
pub const NUMBER: &str = "+33600000001";
/// When the call of these tests starts: a whole second.
pub const STARTED_S: i64 = 1_700_000_000;

pub struct Shelf {
    pub log: Arc<MemoryLog>,
    pub names: Names,
    pub contact: Contact,
    pub state: State,
}

/// An answered call on a line whose name has to be escaped.
pub fn call(id: i64) -> String {
    format!(
        r#"{{"resource":"call","event":"call.ended","timestamp":{ended},"data":{{"id":{id},
        "direction":"inbound","status":"done","started_at":{STARTED_S},"answered_at":{answered},
        "ended_at":{ended},"raw_digits":"+33 6 00 00 00 01","user":{{"id":3,"name":"Ada",
        "email":"ada@example.com"}},"number":{{"id":5,"name":"Billing & Orders",
        "digits":"+33 1 00 00 00 02","country":"FR","time_zone":"Europe/Paris"}},
        "comments":[{{"id":9,"content":"call *back* <soon>","posted_at":{ended},
        "posted_by":{{"id":3,"name":"Ada","email":"ada@example.com"}}}}],"tags":[]}}}}"#,
        answered = STARTED_S + 10,
        ended = STARTED_S + 90,
    )
}

fn config(layout: Layout) -> Config {
    Config {
        settle_ms: 45_000,
        comments: Comments::Answered,
        layout,
        lines: Lines::All,
        assign: projector::Assign::Put,
        templates: projector::Templates::default(),
        version: "v1".into(),
        topics: TopicNames::with_prefix("callfold"),
        partitions: PARTITIONS,
    }
}

impl Shelf {
    pub fn new() -> Shelf {
        let topics = TopicNames::with_prefix("callfold");
        let specs = TopicKind::ALL.map(|kind| TopicSpec {
            topic: Topic::new(&topics.name(kind)),
            partitions: PARTITIONS,
            cleanup: Cleanup { compact: kind.keeps().compact, retention: None },
        });
        let clock = Arc::new(ManualClock::at(STARTED_S * 1_000));
        let contact = Contact::from_e164(NUMBER).unwrap();
        let conversation = Box::new(Conversation::new(contact.clone()));
        Shelf {
            log: MemoryLog::new(specs.to_vec(), clock),
            names: Names { topics, partitions: PARTITIONS },
            contact,
            state: State { conversation, call: None },
        }
    }

    /// Folds a call and puts its states on the log; gives back its commands, which are not there.
    pub async fn fold(&mut self, body: &str, layout: Layout) -> Vec<Command> {
        let seen = Seen {
            received_at: TimeMs::from_seconds(STARTED_S + 91),
            origin: Origin::Webhook,
            default_region: None,
        };
        let event = ingest::normalise(body.as_bytes(), &seen).unwrap();
        self.state.call = Some(Box::new(CallState::new(self.contact.clone(), event.call_id)));
        let (config, rules) = (config(layout), Rules::none());
        let now = TimeMs::from_seconds(STARTED_S + 92);
        let context = Context { config: &config, rules: &rules, now };
        let step = step(self.state.clone(), Event::Call(&event), context);
        self.state = step.state;
        let call = self.state.call.clone().unwrap();
        let conversation = schemas::encode(&*self.state.conversation);
        let contact = &self.contact;
        self.append(TopicKind::Conversations, key::conversation(contact), conversation).await;
        let key = key::call(contact, call.call_id);
        self.append(TopicKind::Conversations, key, schemas::encode(&*call)).await;
        step.commands
    }

    pub async fn command(&self, command: &Command) {
        let key = key::effect(&self.contact, &command.effect_key);
        self.append(TopicKind::Commands, key, schemas::encode(command)).await;
    }

    /// The ledger's entry of a command that came to this.
    pub async fn outcome(&self, command: &Command, state: OutcomeState, finished: bool) {
        let outcome = Outcome {
            contact: self.contact.clone(),
            effect_key: command.effect_key.clone(),
            revision: command.revision,
            call_id: command.call_id,
            state,
            reason: (state == OutcomeState::Parked).then(|| "Front refused it".to_owned()),
            attempt: None,
            message_uid: None,
            message_id: (state == OutcomeState::Done).then(|| "msg_7".into()),
            comment_id: None,
            conversation_id: None,
            repeat_recognised: false,
            waiting_revision: None,
            command: (!finished).then(|| schemas::encode(command)),
            cause_at: command.cause_at,
            at: command.decided_at,
        };
        let key = key::effect(&self.contact, &command.effect_key);
        self.append(TopicKind::Outcomes, key, schemas::encode(&outcome)).await;
    }

    pub async fn append(&self, kind: TopicKind, key: Vec<u8>, value: Vec<u8>) {
        let partition = partition_of(self.contact.as_str().as_bytes(), PARTITIONS);
        self.append_to(kind, partition, key, value, Vec::new()).await;
    }

    pub async fn append_to(
        &self,
        kind: TopicKind,
        partition: Partition,
        key: Vec<u8>,
        value: Vec<u8>,
        headers: Vec<Header>,
    ) {
        let record = Record {
            topic: Topic::new(&self.names.topics.name(kind)),
            partition,
            key: Bytes::from(key),
            value: Some(Bytes::from(value)),
            headers,
        };
        self.log.appender().unwrap().append(vec![record]).await.unwrap();
    }
}

/// The command of an effect of the call 7.
pub fn of<'a>(commands: &'a [Command], effect: &str) -> &'a Command {
    let wanted = EffectKey::try_from(effect.to_owned()).unwrap();
    commands.iter().find(|it| it.effect_key == wanted).unwrap()
}
