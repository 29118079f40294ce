//! What the projector would command.

use eventlog::{Clock, SystemClock};
use schemas::{
    Action, Activity, Agent, AgentId, Attribute, CallId, Command, CommentAction, Contact, Customer,
    EffectKey, EventId, TimeMs,
};

use super::{AGENT, LINE};

pub fn effect_key(effect: &str) -> EffectKey {
    EffectKey::try_from(effect.to_owned()).unwrap()
}

/// A contact of this test.
pub fn contact(number: u32) -> Contact {
    Contact::from_e164(&format!("+336000{number:05}")).unwrap()
}

fn agent() -> Agent {
    Agent { id: AgentId(1), email: Some(AGENT.into()) }
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
            decided_at: TimeMs(SystemClock.now_ms()),
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
