//! What a lane's next request is: first whatever it lacks (the contact, a teammate, a tag), then itself.

use eventlog::store::StoreError;
use schemas::{
    Action, Activity, Agent, AgentId, Attribute, Command, Contact, EffectKey, TeammateId, Text,
    Thread,
};

use super::save::command_of;
use super::task::{Task, Work};
use super::{Engine, slot::Phase};
use crate::attempt::Event;
use crate::directory::Known;
use crate::lane::{Kind, Next};
use crate::ledger::kept::Kept;
use crate::request::{self, FrontRequest, Resolved};
use crate::verdict::Nature;

/// What a lane wants.
#[derive(Debug)]
pub(super) enum Plan {
    /// Nothing now.
    Nothing,
    /// To send this.
    Send(Work),
    /// To end an effect without sending, for this reason.
    Conclude(EffectKey, Event, String),
}

/// What became of a name: an id, nobody, or a question.
enum Found {
    Id(TeammateId),
    Nobody,
    Ask(Work),
}

/// The kind of a command, for the order.
pub(super) const fn kind_of(command: &Command) -> Kind {
    match command.action {
        Action::Activity(_) => Kind::Activity,
        Action::Comment(_) => Kind::Comment,
        Action::Attribute(_) | Action::Withdraw => Kind::Attribute,
    }
}

/// The agent to whom a command assigns the conversation.
pub(super) fn assigns(command: &Command) -> Option<AgentId> {
    match &command.action {
        Action::Activity(activity) => activity.assignee.as_ref().map(|agent| agent.id),
        Action::Attribute(Attribute::Assignee(agent)) => agent.as_ref().map(|agent| agent.id),
        Action::Comment(_) | Action::Attribute(_) | Action::Withdraw => None,
    }
}

impl Engine {
    pub(super) fn plan(&self, contact: &Contact, now: i64) -> Result<Plan, StoreError> {
        let Some(slot) = self.slots.get(contact) else { return Ok(Plan::Nothing) };
        let thread = self.thread(contact)?;
        let (entry, look, repeat) = match slot.lane.next(now, thread.conversation_id.is_some()) {
            Next::Idle | Next::Busy | Next::Later(_) | Next::Seen => {
                return Ok(Plan::Nothing);
            }
            Next::Send(entry) => (entry, false, false),
            Next::Repeat(entry) => (entry, false, true),
            Next::Look(entry) => (entry, true, false),
        };
        let Some(kept) = self.ledger.effect(contact, &entry.key)? else { return Ok(Plan::Nothing) };
        let Some(command) = command_of(&kept.outcome) else { return Ok(Plan::Nothing) };
        if look {
            let Some(conversation_id) = &thread.conversation_id else { return Ok(Plan::Nothing) };
            let first = || request::comments(conversation_id);
            let request = slot.look_on.as_deref().cloned().unwrap_or_else(first);
            let task = Task::Look(contact.clone(), entry.key.clone());
            return Ok(Plan::Send(Work { task, request }));
        }
        let plan = match &command.action {
            Action::Activity(activity) => {
                self.plan_activity(&kept, &command, activity, &thread, repeat, now)
            }
            Action::Comment(comment) => {
                let Some(conversation_id) = &thread.conversation_id else {
                    return Ok(Plan::Nothing);
                };
                match self.author(contact, comment.author.as_ref(), now) {
                    Found::Ask(work) => Plan::Send(work),
                    found => {
                        let author_id = id(found);
                        let request =
                            request::comment(conversation_id, &comment.body, author_id.as_ref());
                        self.write(&command, request)
                    }
                }
            }
            Action::Attribute(attribute) => self.plan_attribute(&command, attribute, &thread, now),
            Action::Withdraw => Plan::Nothing,
        };
        Ok(plan)
    }

    fn plan_activity(
        &self,
        kept: &Kept,
        command: &Command,
        activity: &Activity,
        thread: &Thread,
        repeat: bool,
        now: i64,
    ) -> Plan {
        if repeat && let Some(sent) = &kept.sent {
            let request = request::repeated_import(sent.path.clone(), sent.body.clone());
            return self.write(command, request);
        }
        if thread.contact_id.is_none() {
            return self.plan_contact(&command.contact, activity);
        }
        let author = if activity.inbound { None } else { activity.author.as_ref() };
        let author = match author {
            None => Found::Nobody,
            some => self.author(&command.contact, some, now),
        };
        if let Found::Ask(work) = author {
            return Plan::Send(work);
        }
        let assignee = self.teammate(&command.contact, activity.assignee.as_ref(), now);
        if let Found::Ask(work) = assignee {
            return Plan::Send(work);
        }
        let configured = || self.directory.inbox(&self.config.inbox).map(|(id, _)| id.clone());
        let resolved = Resolved {
            // Where the conversation lies now: it may have been moved since the command was written.
            inbox_id: thread
                .inbox_id
                .clone()
                .or_else(|| activity.inbox_id.clone())
                .or_else(configured),
            author_id: id(author),
            assignee_id: id(assignee),
            tag_id: None,
            external_id: kept
                .sent
                .as_ref()
                .and_then(|sent| request::kept_external_id(&sent.body, thread.generation)),
        };
        let message_type = &self.config.message_type;
        match request::import(command, activity, thread, &resolved, message_type) {
            Some(request) => self.write(command, request),
            None => Plan::Nothing,
        }
    }

    /// Finds the contact, makes it, or completes it.
    fn plan_contact(&self, contact: &Contact, activity: &Activity) -> Plan {
        let phase = self.slots.get(contact).map(|slot| slot.phase.clone()).unwrap_or_default();
        let (task, request) = match phase {
            Phase::Unknown | Phase::Refused(_, false) => {
                (Task::ContactLook(contact.clone()), request::contact(contact))
            }
            Phase::Refused(_, true) => {
                (Task::ContactLook(contact.clone()), request::contact_by_custom(contact))
            }
            Phase::Absent => {
                let anonymous = || "Anonymous caller".to_owned();
                let number = || contact.e164().map_or_else(anonymous, str::to_owned);
                let name = activity.customer.name.as_ref().map_or_else(number, Text::to_string);
                (Task::ContactCreate(contact.clone()), request::create_contact(contact, &name))
            }
            Phase::WithoutHandle(contact_id, source) => {
                let request = request::add_handle(contact, &contact_id, source);
                (Task::ContactHandle(contact.clone(), contact_id), request)
            }
        };
        if self.config.dry_run && request.nature != Nature::Read {
            return Plan::Nothing;
        }
        Plan::Send(Work { task, request })
    }

    fn plan_attribute(
        &self,
        command: &Command,
        attribute: &Attribute,
        thread: &Thread,
        now: i64,
    ) -> Plan {
        let refuse =
            |event, why: &str| Plan::Conclude(command.effect_key.clone(), event, why.to_owned());
        let mut resolved = Resolved::default();
        match attribute {
            Attribute::Assignee(agent) => {
                match self.teammate(&command.contact, agent.as_ref(), now) {
                    Found::Ask(work) => return Plan::Send(work),
                    Found::Nobody if agent.is_some() => {
                        return refuse(Event::Overtaken, "the agent has no teammate in Front");
                    }
                    found @ (Found::Nobody | Found::Id(_)) => resolved.assignee_id = id(found),
                }
            }
            Attribute::Inbox(inbox) => match self.directory.inbox(inbox) {
                Some((inbox_id, _)) => resolved.inbox_id = Some(inbox_id.clone()),
                None => return refuse(Event::Refused, "the token sees no inbox of this name"),
            },
            Attribute::TagOn(name) | Attribute::TagOff(name) => match self.directory.tag(name) {
                None => {
                    let task = Task::Tags(command.contact.clone());
                    let request = self.directory.tags_page().unwrap_or_else(request::tags);
                    return Plan::Send(Work { task, request });
                }
                Some(None) => return refuse(Event::Refused, "Front has no tag of this name"),
                Some(Some(tag_id)) => resolved.tag_id = Some(tag_id.clone()),
            },
            Attribute::Archived(_) => {}
        }
        let Some(conversation_id) = &thread.conversation_id else { return Plan::Nothing };
        match request::attribute(conversation_id, attribute, &resolved) {
            Some(request) => self.write(command, request),
            None => refuse(Event::Refused, "something that it names has no id in Front"),
        }
    }

    fn write(&self, command: &Command, request: FrontRequest) -> Plan {
        if self.config.dry_run {
            return Plan::Nothing;
        }
        let task = Task::Attempt(command.contact.clone(), command.effect_key.clone());
        Plan::Send(Work { task, request })
    }

    /// The agent's teammate, else the configured fallback author.
    fn author(&self, contact: &Contact, agent: Option<&Agent>, now: i64) -> Found {
        match self.teammate(contact, agent, now) {
            Found::Nobody => match self.config.fallback_author.as_deref() {
                Some(id) if id.starts_with("tea_") => Found::Id(id.into()),
                Some(email) => self.teammate_of(contact, email, now),
                None => Found::Nobody,
            },
            found @ (Found::Id(_) | Found::Ask(_)) => found,
        }
    }

    fn teammate(&self, contact: &Contact, agent: Option<&Agent>, now: i64) -> Found {
        match agent.and_then(|agent| agent.email.as_deref()) {
            Some(email) => self.teammate_of(contact, email, now),
            None => Found::Nobody,
        }
    }

    fn teammate_of(&self, contact: &Contact, email: &str, now: i64) -> Found {
        match self.directory.teammate(email, now) {
            Known::Teammate(id) => Found::Id(id),
            Known::Nobody => Found::Nobody,
            Known::Ask => {
                let task = Task::Teammate(contact.clone(), email.to_owned());
                Found::Ask(Work { task, request: request::teammate(email) })
            }
        }
    }
}

fn id(found: Found) -> Option<TeammateId> {
    match found {
        Found::Id(id) => Some(id),
        Found::Nobody | Found::Ask(_) => None,
    }
}
