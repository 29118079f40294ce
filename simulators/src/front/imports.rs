//! Imported messages: accepted at once, visible later, joined to a conversation when they become
//! visible.

use super::company_rules::Trigger;
use super::events::{Actor, EventKind, Target};
use super::switches::ConversationSubject;
use super::world::{Message, Stage, World};

/// An import as accepted: everything about it is decided but where it lands.
#[derive(Debug, Clone)]
pub(super) struct PendingImport {
    pub(super) uid: String,
    pub(super) inbox: usize,
    /// The conversation that the request named.
    pub(super) conversation: Option<usize>,
    pub(super) thread_ref: Option<String>,
    pub(super) message: Message,
    pub(super) assignee: Option<usize>,
    pub(super) tags: Vec<String>,
    pub(super) is_archived: bool,
    pub(super) fires_rules: bool,
    /// Whether it is one that Front accepts and then loses.
    pub(super) lost: bool,
}

impl PendingImport {
    /// The customer's handle.
    fn external_handle(&self) -> &str {
        let outbound = || self.message.to.first().map_or("", String::as_str);
        if self.message.inbound { &self.message.sender } else { outbound() }
    }

    /// What keeps imports of the same thread in order.
    fn thread(&self) -> String {
        match (self.conversation, &self.thread_ref) {
            (Some(conversation), _) => format!("conversation {conversation}"),
            (None, Some(reference)) => format!("reference {reference}"),
            (None, None) => format!("sender {}", self.message.sender),
        }
    }
}

impl World {
    /// Accepts an import: it becomes visible after a drawn delay.
    pub(super) fn accept_import(&mut self, import: PendingImport, now_ms: i64) {
        let mut due_ms = now_ms + self.next_delay_ms();
        if self.config.switches.imports_in_order {
            due_ms = self.last_due_of_thread(&import).map_or(due_ms, |last_ms| due_ms.max(last_ms));
        }
        let sequence = self.next_sequence();
        self.pending.insert((due_ms, sequence), import);
    }

    /// When the last import of the same thread becomes visible that is not visible yet. One may name
    /// the conversation and another the reference that leads to it.
    fn last_due_of_thread(&self, import: &PendingImport) -> Option<i64> {
        let (thread, home) = (import.thread(), self.thread_of(import));
        let is_same = |other: &PendingImport| {
            other.thread() == thread || (home.is_some() && self.thread_of(other) == home)
        };
        let same = self.pending.iter().filter(|(_, other)| is_same(other));
        same.map(|((due_ms, _), _)| *due_ms).max()
    }

    /// When the next accepted import becomes visible, in Unix milliseconds.
    pub(super) fn next_due_ms(&self) -> Option<i64> {
        self.pending.first_key_value().map(|((due_ms, _), _)| *due_ms)
    }

    /// Makes every import visible whose time has come.
    pub(super) fn advance(&mut self, now_ms: i64) {
        while self.next_due_ms().is_some_and(|due_ms| due_ms <= now_ms) {
            let ((due_ms, _), import) = self.pending.pop_first().expect("asked for it just now");
            self.show(import, due_ms);
        }
    }

    fn show(&mut self, import: PendingImport, now_ms: i64) {
        if import.lost {
            return;
        }
        let actor = Actor::Import { fires_rules: import.fires_rules };
        let known = self.thread_of(&import);
        let conversation = known.unwrap_or_else(|| self.begin_thread(&import, now_ms));
        self.remember_thread(&import, conversation);
        if known.is_some() && self.config.switches.import_adds_inbox {
            self.add_inbox(conversation, import.inbox, actor, now_ms);
        }
        let message = self.add_message(&import, conversation, now_ms);
        let was_archived = self.conversations[conversation].stage == Stage::Archived;
        let reopens =
            was_archived && !import.is_archived && self.config.switches.import_reopens_archived;
        self.retitle(conversation, message, known.is_none() || reopens);
        self.emit_arrival(conversation, message, actor, known.is_some(), now_ms);
        if let Some(teammate) = import.assignee {
            self.assign(conversation, Some(teammate), actor, now_ms);
        }
        for name in import.tags {
            let tag = self.tag_by_name(&name).unwrap_or_else(|| self.add_tag(name, now_ms));
            self.add_tag_to(conversation, tag, actor, now_ms);
        }
        self.settle_stage(conversation, import.is_archived, known.is_none(), actor, now_ms);
        if self.messages[message].inbound {
            self.run_rules(Trigger::Inbound { message }, conversation, actor, now_ms);
        }
    }

    /// The conversation that an import joins: the one that it names, else by reference, else by
    /// sender. The sender of an outbound message is one of our lines: without a reference, all that
    /// one line sent is one conversation.
    fn thread_of(&self, import: &PendingImport) -> Option<usize> {
        if let Some(named) = import.conversation {
            return Some(self.survivor(named));
        }
        if let Some(reference) = &import.thread_ref {
            let known = self.survivor(*self.thread_refs.get(reference)?);
            let here = self.conversations[known].inboxes.contains(&import.inbox);
            return (here || self.config.switches.thread_ref_across_inboxes).then_some(known);
        }
        let sender = &import.message.sender;
        if let Some(known) = self.sender_threads.get(&(import.inbox, sender.clone())) {
            return Some(self.survivor(*known));
        }
        let contact = self.contact_by_any_handle(sender)?;
        let newest = self.newest_conversation_of(contact)?;
        self.conversations[newest].inboxes.contains(&import.inbox).then_some(newest)
    }

    fn remember_thread(&mut self, import: &PendingImport, conversation: usize) {
        match (import.conversation, &import.thread_ref) {
            (Some(_), _) => {}
            (None, Some(reference)) => {
                self.thread_refs.insert(reference.clone(), conversation);
            }
            (None, None) => {
                let sender = (import.inbox, import.message.sender.clone());
                self.sender_threads.insert(sender, conversation);
            }
        }
    }

    fn begin_thread(&mut self, import: &PendingImport, now_ms: i64) -> usize {
        let handle = import.external_handle().to_owned();
        let contact = self.contact_of_message(&import.message.kind, &handle);
        self.add_conversation(contact, handle, import.inbox, now_ms)
    }

    fn add_message(&mut self, import: &PendingImport, conversation: usize, now_ms: i64) -> usize {
        let index = self.messages.len();
        let id = format!("msg_{}", index + 1);
        self.messages.push(Message { id, conversation, ..import.message.clone() });
        self.message_uids.insert(import.uid.clone(), index);
        let home = &mut self.conversations[conversation];
        home.messages.push(index);
        home.updated_ms = now_ms;
        if home.messages.len() > 1 {
            let handle = import.external_handle().to_owned();
            self.contact_of_message(&import.message.kind, &handle);
        }
        index
    }

    fn retitle(&mut self, conversation: usize, message: usize, opens: bool) {
        let Message { subject, created_s, .. } = &self.messages[message];
        let created_ms = created_s * 1_000;
        let home = &mut self.conversations[conversation];
        let first = home.subject_from_ms == i64::MIN;
        let shows = match self.config.switches.conversation_subject {
            ConversationSubject::First => first,
            ConversationSubject::Latest => first || created_ms >= home.subject_from_ms,
            ConversationSubject::LatestWhenReopened => first || opens,
        };
        if shows {
            home.subject.clone_from(subject);
            home.subject_from_ms = created_ms;
        }
    }

    fn emit_arrival(
        &mut self,
        conversation: usize,
        message: usize,
        actor: Actor,
        is_reply: bool,
        now_ms: i64,
    ) {
        let kind = match (self.messages[message].inbound, is_reply) {
            (true, _) => EventKind::Inbound,
            (false, true) => EventKind::OutReply,
            (false, false) => EventKind::Outbound,
        };
        self.emit(kind, actor, Target::Message(message), conversation, now_ms);
    }

    fn settle_stage(
        &mut self,
        conversation: usize,
        is_archived: bool,
        is_new: bool,
        actor: Actor,
        now_ms: i64,
    ) {
        let switches = &self.config.switches;
        match self.conversations[conversation].stage {
            Stage::Open if is_archived && (is_new || switches.later_import_archives_open) => {
                self.set_stage(conversation, Stage::Archived, actor, now_ms);
            }
            Stage::Archived if !is_archived && switches.import_reopens_archived => {
                self.set_stage(conversation, Stage::Open, actor, now_ms);
            }
            Stage::Open | Stage::Archived | Stage::Deleted => {}
        }
    }
}
