//! What can be done to a conversation, by whomever: each change has set semantics, leaves an event
//! when it changed something, and is seen by the company rules.

use super::company_rules::Trigger;
use super::config::RULE_TAG;
use super::events::{Actor, EventKind, Target};
use super::switches::CommentSource;
use super::world::{Comment, Conversation, Stage, World};

impl World {
    pub(super) fn add_conversation(
        &mut self,
        contact: usize,
        handle: String,
        inbox: usize,
        now_ms: i64,
    ) -> usize {
        let index = self.conversations.len();
        self.conversations.push(Conversation {
            id: format!("cnv_{}", index + 1),
            subject: String::new(),
            subject_from_ms: i64::MIN,
            stage: Stage::Open,
            inboxes: vec![inbox],
            assignee: None,
            tags: Vec::new(),
            contact,
            handle,
            messages: Vec::new(),
            comments: Vec::new(),
            created_ms: now_ms,
            updated_ms: now_ms,
            merged_into: None,
        });
        self.conversations_of.entry(contact).or_default().push(index);
        index
    }

    /// Sets where the conversation is in its life; says whether that was a change.
    pub(super) fn set_stage(
        &mut self,
        conversation: usize,
        stage: Stage,
        actor: Actor,
        now_ms: i64,
    ) -> bool {
        let before = self.conversations[conversation].stage;
        if before == stage {
            return false;
        }
        self.change(conversation, now_ms).stage = stage;
        let kind = match (before, stage) {
            (Stage::Deleted, Stage::Open) => EventKind::Restore,
            (_, Stage::Open) => EventKind::Reopen,
            (_, Stage::Archived) => EventKind::Archive,
            (_, Stage::Deleted) => EventKind::Trash,
        };
        self.emit(kind, actor, Target::None, conversation, now_ms);
        if stage == Stage::Archived {
            self.run_rules(Trigger::Archived, conversation, actor, now_ms);
        }
        true
    }

    /// Moves it to one inbox, out of all others.
    pub(super) fn move_to(
        &mut self,
        conversation: usize,
        inbox: usize,
        actor: Actor,
        now_ms: i64,
    ) -> bool {
        if self.conversations[conversation].inboxes == [inbox] {
            return false;
        }
        self.change(conversation, now_ms).inboxes = vec![inbox];
        self.emit(EventKind::Move, actor, Target::Inboxes(vec![inbox]), conversation, now_ms);
        true
    }

    /// Adds an inbox to those that it lies in.
    pub(super) fn add_inbox(
        &mut self,
        conversation: usize,
        inbox: usize,
        actor: Actor,
        now_ms: i64,
    ) {
        if self.conversations[conversation].inboxes.contains(&inbox) {
            return;
        }
        self.change(conversation, now_ms).inboxes.push(inbox);
        let inboxes = self.conversations[conversation].inboxes.clone();
        self.emit(EventKind::Move, actor, Target::Inboxes(inboxes), conversation, now_ms);
    }

    /// Assigns it to a teammate, or to nobody.
    pub(super) fn assign(
        &mut self,
        conversation: usize,
        assignee: Option<usize>,
        actor: Actor,
        now_ms: i64,
    ) -> bool {
        let before = self.conversations[conversation].assignee;
        if before == assignee {
            return false;
        }
        self.change(conversation, now_ms).assignee = assignee;
        let (kind, target) = match (assignee, before) {
            (Some(teammate), _) => (EventKind::Assign, Target::Teammate(teammate)),
            (None, Some(former)) => (EventKind::Unassign, Target::Teammate(former)),
            (None, None) => (EventKind::Unassign, Target::None),
        };
        self.emit(kind, actor, target, conversation, now_ms);
        true
    }

    pub(super) fn add_tag_to(
        &mut self,
        conversation: usize,
        tag: usize,
        actor: Actor,
        now_ms: i64,
    ) -> bool {
        if self.conversations[conversation].tags.contains(&tag) {
            return false;
        }
        self.change(conversation, now_ms).tags.push(tag);
        self.emit(EventKind::Tag, actor, Target::Tag(tag), conversation, now_ms);
        true
    }

    pub(super) fn remove_tag_from(
        &mut self,
        conversation: usize,
        tag: usize,
        actor: Actor,
        now_ms: i64,
    ) -> bool {
        if !self.conversations[conversation].tags.contains(&tag) {
            return false;
        }
        self.change(conversation, now_ms).tags.retain(|known| *known != tag);
        self.emit(EventKind::Untag, actor, Target::Tag(tag), conversation, now_ms);
        true
    }

    /// Adds a comment and answers its index. Its event may name its author where the API spoke for
    /// them; what follows from it has the actor's name.
    pub(super) fn comment(
        &mut self,
        conversation: usize,
        author: Option<usize>,
        body: &str,
        actor: Actor,
        now_ms: i64,
    ) -> usize {
        let source = match (actor, author, self.config.switches.comment_event_source) {
            (Actor::Api, Some(teammate), CommentSource::Author) => Actor::Teammate(teammate),
            (_, _, CommentSource::Api | CommentSource::Author) => actor,
        };
        let index = self.comments.len();
        self.comments.push(Comment {
            id: format!("com_{}", index + 1),
            conversation,
            author,
            body: body.to_owned(),
            posted_ms: now_ms,
            pinned: false,
        });
        self.change(conversation, now_ms).comments.push(index);
        self.emit(EventKind::Comment, source, Target::Comment(index), conversation, now_ms);
        if self.config.switches.comment_reopens
            && self.conversations[conversation].stage == Stage::Archived
        {
            self.set_stage(conversation, Stage::Open, actor, now_ms);
        }
        let speaks = body.contains(RULE_TAG);
        self.run_rules(Trigger::Commented { with_word: speaks }, conversation, actor, now_ms);
        index
    }

    /// Merges one conversation into another; later requests to the former answer 301.
    pub(super) fn merge(&mut self, from: usize, into: usize, actor: Actor, now_ms: i64) {
        let former = &mut self.conversations[from];
        let messages = std::mem::take(&mut former.messages);
        let comments = std::mem::take(&mut former.comments);
        let tags = former.tags.clone();
        former.merged_into = Some(into);
        for message in &messages {
            self.messages[*message].conversation = into;
        }
        for comment in &comments {
            self.comments[*comment].conversation = into;
        }
        let survivor = self.change(into, now_ms);
        survivor.messages.extend(messages);
        survivor.comments.extend(comments);
        survivor.comments.sort_unstable();
        for tag in tags {
            if !survivor.tags.contains(&tag) {
                survivor.tags.push(tag);
            }
        }
        let target = Target::DeletedConversations(vec![from]);
        self.emit(EventKind::ConversationsMerged, actor, target, into, now_ms);
    }

    fn change(&mut self, conversation: usize, now_ms: i64) -> &mut Conversation {
        let conversation = &mut self.conversations[conversation];
        conversation.updated_ms = now_ms;
        conversation
    }
}
