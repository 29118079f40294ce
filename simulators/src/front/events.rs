//! What happened in Front, in order: the source of `GET /events` and of webhooks.

use super::world::World;

/// Who or what causes a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Actor {
    /// A request with the API token.
    Api,
    /// An import through the API, when it becomes visible.
    Import {
        /// Whether company rules see it.
        fires_rules: bool,
    },
    /// A teammate in Front's own window, by index.
    Teammate(usize),
    /// A company rule, by ordinal.
    Rule(usize),
}

/// The thing that an event happened to, beside its conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    None,
    Teammate(usize),
    Inboxes(Vec<usize>),
    Message(usize),
    Comment(usize),
    Tag(usize),
    DeletedConversations(Vec<usize>),
}

/// The kinds of event that this Front emits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EventKind {
    Assign,
    Unassign,
    Archive,
    Reopen,
    Trash,
    Restore,
    Comment,
    Inbound,
    Outbound,
    OutReply,
    Move,
    Tag,
    Untag,
    ConversationsMerged,
}

impl EventKind {
    /// Whether it tells of a message: then its source is the inboxes that it came to. What else an
    /// import changes, the API changed.
    pub(super) fn is_arrival(self) -> bool {
        match self {
            Self::Inbound | Self::Outbound | Self::OutReply => true,
            Self::Assign
            | Self::Unassign
            | Self::Archive
            | Self::Reopen
            | Self::Trash
            | Self::Restore
            | Self::Comment
            | Self::Move
            | Self::Tag
            | Self::Untag
            | Self::ConversationsMerged => false,
        }
    }

    /// As the events endpoint names it, and as one transcription of application webhooks does.
    pub(super) fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Assign => ("assign", "assignee_changed"),
            Self::Unassign => ("unassign", "assignee_changed"),
            Self::Archive => ("archive", "conversation_archived"),
            Self::Reopen => ("reopen", "conversation_reopened"),
            Self::Trash => ("trash", "conversation_deleted"),
            Self::Restore => ("restore", "conversation_restored"),
            Self::Comment => ("comment", "new_comment_added"),
            Self::Inbound => ("inbound", "inbound_received"),
            Self::Outbound => ("outbound", "outbound_sent"),
            Self::OutReply => ("out_reply", "outbound_sent"),
            Self::Move => ("move", "conversation_moved"),
            Self::Tag => ("tag", "tag_added"),
            Self::Untag => ("untag", "tag_removed"),
            Self::ConversationsMerged => ("conversations_merged", "conversations_merged"),
        }
    }
}

/// One event.
#[derive(Debug, Clone)]
pub(super) struct Event {
    pub(super) id: String,
    pub(super) kind: EventKind,
    pub(super) at_ms: i64,
    pub(super) source: Actor,
    pub(super) target: Target,
    pub(super) conversation: usize,
    /// The inboxes that the conversation lay in after it.
    pub(super) inboxes: Vec<usize>,
}

impl World {
    /// Records an event, unless its cause is one that this Front tells nobody about.
    pub(super) fn emit(
        &mut self,
        kind: EventKind,
        source: Actor,
        target: Target,
        conversation: usize,
        now_ms: i64,
    ) {
        if matches!(source, Actor::Import { .. }) && !self.config.switches.imports_emit_events {
            return;
        }
        let index = self.events.len();
        let inboxes = self.conversations[conversation].inboxes.clone();
        let id = format!("evt_{}", index + 1);
        self.events.push(Event { id, kind, at_ms: now_ms, source, target, conversation, inboxes });
        if self.config.webhook.is_some() {
            self.unsent_events.push(index);
        }
    }
}
