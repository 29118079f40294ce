//! One contact as people read it: what is known of each call, what Front was asked for because of
//! it, what came of that and why, and where to see it.

use std::collections::BTreeMap;

use eventlog::{LogReader, Stored};
use schemas::{
    Action, Attribute, CallId, Command, Contact, EffectKey, Outcome, OutcomeState, Thread,
    TopicKind,
};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::events::{contact_of, timestamp};
use super::{Names, ViewError, decode, scan};

/// The whole answer: the document of `conversation --json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ConversationView {
    /// The number, or `anonymous:<line id>`.
    pub contact: String,
    /// Front's conversation, once there is one.
    pub front: Option<FrontView>,
    /// The contact's folded state as it stands on the log; none before its first event.
    pub state: Option<Json>,
    /// The calls, oldest first.
    pub calls: Vec<CallView>,
    /// Effects on the conversation as a whole: assignee, inbox, status, tags.
    pub conversation_effects: Vec<EffectView>,
}

/// Front's side.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FrontView {
    /// `cnv_...`
    pub conversation_id: Option<String>,
    /// `crd_...`
    pub contact_id: Option<String>,
    /// Where a person opens it.
    pub link: Option<String>,
    /// Counts up when Front's conversation is gone for good.
    pub generation: i32,
}

/// One call.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CallView {
    /// Aircall's id.
    pub call_id: i64,
    /// The call's folded state as it stands on the log.
    pub state: Option<Json>,
    /// When it waits for its time: RFC 3339.
    pub due_at: Option<String>,
    /// What was asked for because of it.
    pub effects: Vec<EffectView>,
}

/// One effect.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EffectView {
    /// Its key.
    pub effect_key: String,
    /// What it is, in words.
    pub what: String,
    /// Its first lines as Front shows them.
    pub text: Option<String>,
    /// Its newest revision.
    pub revision: i32,
    /// The event that caused it.
    pub cause: String,
    /// When that happened.
    pub cause_at: String,
    /// When it was decided.
    pub decided_at: String,
    /// The rule that spoke.
    pub rule: Option<String>,
    /// Under which configuration.
    pub config_version: String,
    /// `waiting` (not read by the dispatcher yet) or the ledger's word.
    pub state: String,
    /// Why it is parked, unknown or skipped.
    pub reason: Option<String>,
    /// `msg_...` or `com_...`
    pub front_id: Option<String>,
    /// Where a person sees it.
    pub link: Option<String>,
}

#[derive(Default)]
struct Gathered {
    state: Option<Json>,
    calls: BTreeMap<i64, CallView>,
    commands: BTreeMap<EffectKey, Command>,
    outcomes: BTreeMap<EffectKey, Outcome>,
    thread: Option<Thread>,
}

/// Looks at the contact that a person means by `typed`.
///
/// # Errors
/// A number that is none, a contact of which nothing is known, or a log that cannot be read.
pub async fn look(
    log: &dyn LogReader,
    names: &Names,
    typed: &str,
) -> Result<ConversationView, ViewError> {
    let contact = contact_of(typed)?;
    let partition =
        eventlog::partitioner::partition_of(contact.as_str().as_bytes(), names.partitions);
    let mut gathered = Gathered::default();
    for kind in [TopicKind::Conversations, TopicKind::Commands, TopicKind::Outcomes] {
        scan::each(log, &names.topic(kind), partition, |record| {
            if super::events::is_of(&contact, &record.key) {
                gathered.see(kind, record);
            }
        })
        .await?;
    }
    Ok(gathered.into_view(&contact))
}

impl Gathered {
    /// What cannot be decoded is left out here: `events` shows it with the reason.
    fn see(&mut self, kind: TopicKind, record: &Stored) {
        let Some(bytes) = record.value.as_deref() else { return };
        match decode::what_is(kind, &record.key) {
            decode::What::Conversation => self.state = decode::value(kind, record).ok().flatten(),
            decode::What::CallState => self.see_call(kind, record),
            decode::What::Command => {
                if let Ok(command) = schemas::decode::<Command>(bytes) {
                    self.commands.insert(command.effect_key.clone(), command);
                }
            }
            decode::What::Outcome => {
                if let Ok(outcome) = schemas::decode::<Outcome>(bytes) {
                    self.outcomes.insert(outcome.effect_key.clone(), outcome);
                }
            }
            decode::What::Thread => self.thread = schemas::decode(bytes).ok(),
            decode::What::CallEvent
            | decode::What::FrontEvent
            | decode::What::Raw
            | decode::What::Rejection
            | decode::What::Position
            | decode::What::Status => {}
        }
    }

    fn see_call(&mut self, kind: TopicKind, record: &Stored) {
        let id = record.key.rsplit(|byte| *byte == b'|').next();
        let id = id.and_then(|id| std::str::from_utf8(id).ok()).and_then(|id| id.parse().ok());
        let Some(call_id) = id else { return };
        let due_at = record.header("due-at").and_then(|value| due(value));
        let state = decode::value(kind, record).ok().flatten();
        let view = CallView { call_id, state, due_at, effects: Vec::new() };
        self.calls.insert(call_id, view);
    }

    fn into_view(mut self, contact: &Contact) -> ConversationView {
        let conversation_id = self.thread.as_ref().and_then(|it| it.conversation_id.clone());
        let link = conversation_id.as_deref().map(link_of);
        let mut of_conversation = Vec::new();
        let mut commands: Vec<Command> = std::mem::take(&mut self.commands).into_values().collect();
        commands.sort_by_key(order_of);
        for command in &commands {
            let outcome = self.outcomes.get(&command.effect_key);
            let view = effect(command, outcome, link.as_deref());
            match command.call_id.map(CallId::get) {
                Some(call_id) => {
                    let empty =
                        || CallView { call_id, state: None, due_at: None, effects: Vec::new() };
                    self.calls.entry(call_id).or_insert_with(empty).effects.push(view);
                }
                None => of_conversation.push(view),
            }
        }
        ConversationView {
            contact: contact.as_str().to_owned(),
            front: self.thread.map(|thread| FrontView {
                conversation_id,
                contact_id: thread.contact_id,
                link,
                generation: thread.generation,
            }),
            state: self.state,
            calls: self.calls.into_values().collect(),
            conversation_effects: of_conversation,
        }
    }
}

/// Where a person opens a conversation or message of Front.
fn link_of(id: &str) -> String {
    format!("https://app.frontapp.com/open/{id}")
}

fn due(header: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(header).ok()?;
    text.parse().ok().map(timestamp)
}

/// When it was decided, then the order in which a call's pieces are sent.
fn order_of(command: &Command) -> (i64, u8, i64) {
    let (kind, shown_at) = match &command.action {
        Action::Activity(activity) => (0, activity.shown_at.0),
        Action::Comment(_) => (1, 0),
        Action::Attribute(_) => (2, 0),
        Action::Withdraw => (3, 0),
    };
    (command.decided_at.0, kind, shown_at)
}

fn effect(command: &Command, outcome: Option<&Outcome>, link: Option<&str>) -> EffectView {
    let done = outcome.filter(|outcome| outcome.revision == command.revision);
    let message = done.and_then(|it| it.message_id.clone());
    let comment = done.and_then(|it| it.comment_id.clone());
    let link = message.as_deref().map(link_of).or_else(|| {
        let sent =
            done.is_some_and(|it| matches!(it.state, OutcomeState::Accepted | OutcomeState::Done));
        sent.then(|| link.map(str::to_owned)).flatten()
    });
    EffectView {
        effect_key: command.effect_key.to_string(),
        what: what(&command.action).to_owned(),
        text: text(&command.action),
        revision: command.revision,
        cause: command.cause.to_string(),
        cause_at: timestamp(command.cause_at.0),
        decided_at: timestamp(command.decided_at.0),
        rule: command.rule.clone(),
        config_version: command.config_version.to_string(),
        state: done.map_or("waiting", |outcome| word(outcome.state)).to_owned(),
        reason: done.and_then(|it| it.reason.clone()),
        front_id: message.or(comment),
        link,
    }
}

fn what(action: &Action) -> &'static str {
    match action {
        Action::Activity(activity) if activity.inbound => "activity, logged by the customer",
        Action::Activity(_) => "activity, logged by the agent",
        Action::Comment(_) => "comment",
        Action::Attribute(Attribute::Assignee(Some(_))) => "assign to the agent",
        Action::Attribute(Attribute::Assignee(None)) => "unassign",
        Action::Attribute(Attribute::Inbox(_)) => "move to another inbox",
        Action::Attribute(Attribute::Archived(true)) => "archive",
        Action::Attribute(Attribute::Archived(false)) => "reopen",
        Action::Attribute(Attribute::TagOn(_)) => "tag",
        Action::Attribute(Attribute::TagOff(_)) => "untag",
        Action::Withdraw => "withdraw what was asked for",
    }
}

fn text(action: &Action) -> Option<String> {
    match action {
        Action::Activity(activity) => Some(format!("{}\n{}", activity.subject, activity.body)),
        Action::Comment(comment) => Some(comment.body.clone()),
        Action::Attribute(
            Attribute::Inbox(value) | Attribute::TagOn(value) | Attribute::TagOff(value),
        ) => Some(value.clone()),
        Action::Attribute(Attribute::Assignee(_) | Attribute::Archived(_)) | Action::Withdraw => {
            None
        }
    }
}

/// The ledger's word for a state.
#[must_use]
pub fn word(state: OutcomeState) -> &'static str {
    match state {
        OutcomeState::Queued => "queued",
        OutcomeState::Intended => "intended",
        OutcomeState::InDoubt => "in doubt",
        OutcomeState::Accepted => "accepted",
        OutcomeState::Done => "done",
        OutcomeState::Parked => "parked",
        OutcomeState::Unknown => "unknown",
        OutcomeState::Skipped => "skipped",
    }
}
