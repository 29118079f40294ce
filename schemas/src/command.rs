//! What Front shall be asked to do: one effect at one revision, executable when written.

use serde::{Deserialize, Serialize};

use crate::{AgentId, CallId, Contact, EffectKey, EventId, InboxId, Text, TimeMs};

/// The external party as an activity names it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    /// E.164, or `anonymous:<line id>`.
    pub handle: Text,
    /// Its name in Aircall's contacts.
    pub name: Option<Text>,
}

impl std::fmt::Debug for Customer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Customer")
    }
}

/// The agent as an activity names it; the dispatcher finds the teammate by e-mail.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    /// Aircall's user id.
    pub id: AgentId,
    /// Lower case.
    pub email: Option<Text>,
}

impl std::fmt::Debug for Agent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Agent({})", self.id)
    }
}

/// One imported Front message. Frozen when its command is committed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    /// True when the customer logs it, false when the agent does.
    pub inbound: bool,
    /// The message's subject.
    pub subject: Text,
    /// Its body, user text escaped.
    pub body: String,
    /// The time that Front shows, whole seconds.
    pub shown_at: TimeMs,
    /// The external party.
    pub customer: Customer,
    /// The line's number in E.164, or `line:<id>`.
    pub line_handle: Text,
    /// Who logs it, when not inbound.
    pub author: Option<Agent>,
    /// Whom the conversation is assigned to with this message.
    pub assignee: Option<Agent>,
    /// The inbox (`inb_...`) that somebody moved the conversation to; none: the configured one.
    pub inbox_id: Option<InboxId>,
    /// Whether the conversation is archived after the import: false opens it.
    pub is_archived: bool,
}

impl std::fmt::Debug for Activity {
    /// Without texts and handles: they contain numbers and names.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Activity").field("inbound", &self.inbound).finish_non_exhaustive()
    }
}

/// One Front comment.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommentAction {
    /// Its body, user text escaped, with the mark as its last line.
    pub body: String,
    /// The mark by which it is recognised, for example `[call 7 comment 9]`.
    pub mark: String,
    /// Who wrote it.
    pub author: Option<Agent>,
}

impl std::fmt::Debug for CommentAction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CommentAction").field("mark", &self.mark).finish_non_exhaustive()
    }
}

/// A new value of one of the conversation's attributes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attribute {
    /// Assign it to this agent's teammate; none unassigns.
    Assignee(Option<Agent>),
    /// Move it to this inbox, by id or name.
    Inbox(String),
    /// Archive or open it.
    Archived(bool),
    /// Put a tag on, by name.
    TagOn(String),
    /// Take a tag off, by name.
    TagOff(String),
}

/// What Front shall be asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Import a message.
    Activity(Activity),
    /// Post a comment.
    Comment(CommentAction),
    /// Set an attribute.
    Attribute(Attribute),
    /// Take back an earlier revision that has no intent yet.
    Withdraw,
}

/// An effect's revision on the `commands` topic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "wire::CommandRecord", into = "wire::CommandRecord")]
pub struct Command {
    /// Whose conversation.
    pub contact: Contact,
    /// Which effect.
    pub effect_key: EffectKey,
    /// Its revision, from 1.
    pub revision: i32,
    /// What to do.
    pub action: Action,
    /// The pieces of information that this settles: itself, and what a compact activity contains.
    pub settles: Vec<EffectKey>,
    /// Effects of the same contact that must be accepted first.
    pub after: Vec<EffectKey>,
    /// The call that it is about.
    pub call_id: Option<CallId>,
    /// The event that caused it.
    pub cause: EventId,
    /// When that happened: later decisions of people win over this time.
    pub cause_at: TimeMs,
    /// When the projector decided it.
    pub decided_at: TimeMs,
    /// The rule that spoke, if one did.
    pub rule: Option<String>,
    /// The version of the configuration it was decided under.
    pub config_version: Text,
    /// The version of the rules it was decided under.
    pub rules_version: Text,
}

pub(crate) mod wire {
    //! The flat form that stands on the log: readers in other languages see no union of records.
    use super::{Action, Activity, Agent, Attribute, Command, CommentAction};
    use crate::{CallId, Contact, EffectKey, EventId, Text, TimeMs};
    use serde::{Deserialize, Serialize};

    /// Its fields are those of `avro/Command.avsc`, in that order.
    #[derive(Clone, Serialize, Deserialize)]
    #[serde(rename = "Command")]
    pub(crate) struct CommandRecord {
        contact: Contact,
        effect_key: EffectKey,
        revision: i32,
        action: String,
        activity: Option<Activity>,
        comment: Option<CommentAction>,
        assignee: Option<Agent>,
        value: Option<String>,
        settles: Vec<EffectKey>,
        after: Vec<EffectKey>,
        call_id: Option<CallId>,
        cause: EventId,
        cause_at: TimeMs,
        decided_at: TimeMs,
        rule: Option<String>,
        config_version: Text,
        rules_version: Text,
    }

    /// Why a record is not a command.
    #[derive(Debug, thiserror::Error)]
    #[error("a command with action {0} lacks what that action needs, or is from a newer version")]
    pub(crate) struct NotACommand(String);

    impl From<Command> for CommandRecord {
        fn from(command: Command) -> Self {
            let (mut activity, mut comment, mut assignee, mut value) = (None, None, None, None);
            let action = match command.action {
                Action::Activity(it) => {
                    activity = Some(it);
                    "activity"
                }
                Action::Comment(it) => {
                    comment = Some(it);
                    "comment"
                }
                Action::Attribute(Attribute::Assignee(Some(it))) => {
                    assignee = Some(it);
                    "assign"
                }
                Action::Attribute(Attribute::Assignee(None)) => "unassign",
                Action::Attribute(Attribute::Inbox(it)) => {
                    value = Some(it);
                    "move"
                }
                Action::Attribute(Attribute::Archived(true)) => "archive",
                Action::Attribute(Attribute::Archived(false)) => "reopen",
                Action::Attribute(Attribute::TagOn(it)) => {
                    value = Some(it);
                    "tag"
                }
                Action::Attribute(Attribute::TagOff(it)) => {
                    value = Some(it);
                    "untag"
                }
                Action::Withdraw => "withdraw",
            };
            CommandRecord {
                contact: command.contact,
                effect_key: command.effect_key,
                revision: command.revision,
                action: action.to_owned(),
                activity,
                comment,
                assignee,
                value,
                settles: command.settles,
                after: command.after,
                call_id: command.call_id,
                cause: command.cause,
                cause_at: command.cause_at,
                decided_at: command.decided_at,
                rule: command.rule,
                config_version: command.config_version,
                rules_version: command.rules_version,
            }
        }
    }

    impl TryFrom<CommandRecord> for Command {
        type Error = NotACommand;
        fn try_from(record: CommandRecord) -> Result<Self, NotACommand> {
            let refused = || NotACommand(record.action.clone());
            let value = || record.value.clone().ok_or_else(refused);
            let action = match record.action.as_str() {
                "activity" => Action::Activity(record.activity.clone().ok_or_else(refused)?),
                "comment" => Action::Comment(record.comment.clone().ok_or_else(refused)?),
                "assign" => Action::Attribute(Attribute::Assignee(Some(
                    record.assignee.clone().ok_or_else(refused)?,
                ))),
                "unassign" => Action::Attribute(Attribute::Assignee(None)),
                "move" => Action::Attribute(Attribute::Inbox(value()?)),
                "archive" => Action::Attribute(Attribute::Archived(true)),
                "reopen" => Action::Attribute(Attribute::Archived(false)),
                "tag" => Action::Attribute(Attribute::TagOn(value()?)),
                "untag" => Action::Attribute(Attribute::TagOff(value()?)),
                "withdraw" => Action::Withdraw,
                _ => return Err(refused()),
            };
            Ok(Command {
                contact: record.contact,
                effect_key: record.effect_key,
                revision: record.revision,
                action,
                settles: record.settles,
                after: record.after,
                call_id: record.call_id,
                cause: record.cause,
                cause_at: record.cause_at,
                decided_at: record.decided_at,
                rule: record.rule,
                config_version: record.config_version,
                rules_version: record.rules_version,
            })
        }
    }
}
