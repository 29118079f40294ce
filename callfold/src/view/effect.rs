//! One effect as people read it: that it was asked for stands in the fold's state for ever, what
//! came of it in the ledger, its words on its command as long as that is kept.

use schemas::{
    Action, Attribute, CallId, Command, EffectKey, EmittedAttribute, FrontCommentId,
    FrontMessageId, Outcome, OutcomeState, TimeMs,
};
use serde::{Deserialize, Serialize};

use super::events::timestamp;
use super::rendered::rendered;

/// One effect.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EffectView {
    /// Its key.
    pub effect_key: String,
    /// What it is, in words.
    pub what: String,
    /// Its text as Front shows it; of an activity whose command is no longer kept, its subject.
    pub text: Option<String>,
    /// Its newest revision.
    pub revision: i32,
    /// The effect that it is sent with, where it is part of another activity.
    pub part_of: Option<String>,
    /// The event that caused it.
    pub cause: String,
    /// When that happened.
    pub cause_at: Option<String>,
    /// When it was decided.
    pub decided_at: String,
    /// The rule that spoke.
    pub rule: Option<String>,
    /// Under which configuration; none when its command is no longer kept.
    pub config_version: Option<String>,
    /// `waiting` (not read by the dispatcher yet) or the ledger's word.
    pub state: String,
    /// Why it is parked, unknown or skipped.
    pub reason: Option<String>,
    /// `msg_...` or `com_...`
    pub front_id: Option<String>,
    /// Where a person sees it.
    pub link: Option<String>,
}

/// That an effect was asked for, as the fold remembers it.
pub(super) struct Asked {
    pub(super) key: EffectKey,
    pub(super) call_id: Option<CallId>,
    pub(super) revision: i32,
    /// The activity that it is part of.
    pub(super) part_of: Option<EffectKey>,
    pub(super) cause: String,
    pub(super) cause_at: Option<TimeMs>,
    pub(super) decided_at: TimeMs,
    /// What is known of its text without its command.
    pub(super) text: Option<String>,
}

impl Asked {
    /// A change of the conversation as a whole; its call is known to its command or the ledger.
    pub(super) fn of_attribute(attribute: &EmittedAttribute, call_id: Option<CallId>) -> Asked {
        Asked {
            key: attribute.effect_key.clone(),
            call_id,
            revision: attribute.revision,
            part_of: None,
            cause: attribute.cause.to_string(),
            cause_at: Some(attribute.cause_at),
            decided_at: attribute.decided_at,
            text: None,
        }
    }

    /// What only its command tells of: a state that cannot be read must not hide what was asked.
    pub(super) fn of_command(command: &Command) -> Asked {
        Asked {
            key: command.effect_key.clone(),
            call_id: command.call_id,
            revision: command.revision,
            part_of: None,
            cause: command.cause.to_string(),
            cause_at: Some(command.cause_at),
            decided_at: command.decided_at,
            text: None,
        }
    }

    /// The effect with what its command and the ledger say of it.
    pub(super) fn view(
        &self,
        command: Option<&Command>,
        outcome: Option<&Outcome>,
        conversation: Option<&str>,
    ) -> EffectView {
        let command = command.filter(|it| it.revision >= self.revision);
        let revision = command.map_or(self.revision, |it| it.revision);
        let entry = outcome.filter(|it| it.revision >= revision);
        let message = entry.and_then(|it| it.message_id.as_ref()).map(FrontMessageId::to_string);
        let comment = entry.and_then(|it| it.comment_id.as_ref()).map(FrontCommentId::to_string);
        let sent = |it: &Outcome| matches!(it.state, OutcomeState::Accepted | OutcomeState::Done);
        let link = match &message {
            Some(id) => Some(link_of(id)),
            None if entry.is_some_and(sent) => conversation.map(str::to_owned),
            None => None,
        };
        EffectView {
            effect_key: self.key.to_string(),
            what: command.map_or_else(|| self.what(), |it| what(&it.action)).to_owned(),
            text: command.and_then(|it| text(&it.action)).or_else(|| self.text.clone()),
            revision,
            part_of: self.part_of.as_ref().map(ToString::to_string),
            cause: command.map_or_else(|| self.cause.clone(), |it| it.cause.to_string()),
            cause_at: self.cause_at.map(|at| timestamp(at.0)),
            decided_at: timestamp(command.map_or(self.decided_at, |it| it.decided_at).0),
            rule: command.and_then(|it| it.rule.clone()),
            config_version: command.map(|it| it.config_version.to_string()),
            state: entry.map_or_else(|| "waiting".to_owned(), |it| it.state.words()),
            reason: entry.and_then(|it| it.reason.clone()),
            front_id: message.or(comment),
            link,
        }
    }

    /// In words, as far as the key alone tells.
    fn what(&self) -> &'static str {
        let key = self.key.as_str();
        let last = key.strip_prefix("call:").and_then(|rest| rest.split(':').nth(1));
        match (self.part_of.is_some(), last.unwrap_or(key)) {
            (true, _) => "part of that activity",
            (false, "main" | "duration" | "recording" | "voicemail") => "activity",
            (false, "comment") => "comment",
            (false, key) if key.ends_with(":assignee") => "assign",
            (false, key) if key.ends_with(":inbox") => "move to another inbox",
            (false, key) if key.ends_with(":status") => "archive or reopen",
            (false, key) if key.contains(":tag:") => "tag or untag",
            (false, _) => "something of another version",
        }
    }
}

/// Where a person opens a conversation or message of Front.
pub(super) fn link_of(id: &str) -> String {
    format!("https://app.frontapp.com/open/{id}")
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
        Action::Activity(activity) => {
            Some(format!("{}\n{}", activity.subject, rendered(&activity.body)))
        }
        Action::Comment(comment) => Some(rendered(&comment.body)),
        Action::Attribute(
            Attribute::Inbox(value) | Attribute::TagOn(value) | Attribute::TagOff(value),
        ) => Some(value.clone()),
        Action::Attribute(Attribute::Assignee(_) | Attribute::Archived(_)) | Action::Withdraw => {
            None
        }
    }
}
