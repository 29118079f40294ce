//! The state as the plain values that are compared with what must be shown.

use crate::snapshot::{ContactView, ConversationView, EntryView, Snapshot};

use super::render::seconds;
use super::switches::EqualTimes;
use super::world::World;

impl World {
    /// Everything that a person with access to every inbox would see now.
    pub(super) fn snapshot(&self) -> Snapshot {
        let contacts = self.contacts.iter().filter(|contact| contact.merged_into.is_none());
        let shown = (0..self.conversations.len())
            .filter(|index| self.conversations[*index].merged_into.is_none());
        Snapshot {
            contacts: contacts
                .map(|contact| ContactView {
                    id: contact.id.clone(),
                    name: contact.name.clone(),
                    handles: contact.handles.clone(),
                })
                .collect(),
            conversations: shown.map(|index| self.view_conversation(index)).collect(),
        }
    }

    pub(super) fn view_conversation(&self, index: usize) -> ConversationView {
        let conversation = &self.conversations[index];
        let inboxes = conversation.inboxes.iter().map(|inbox| &self.inboxes[*inbox]);
        let members = inboxes.clone().flat_map(|inbox| &inbox.members);
        let mut participants: Vec<String> = members.map(|member| self.email(*member)).collect();
        participants.sort();
        participants.dedup();
        let mut tags: Vec<String> =
            conversation.tags.iter().map(|tag| self.tags[*tag].name.clone()).collect();
        tags.sort();
        ConversationView {
            id: conversation.id.clone(),
            subject: conversation.subject.clone(),
            status: self.status_of(index).to_owned(),
            inboxes: inboxes.map(|inbox| inbox.name.clone()).collect(),
            assignee: conversation.assignee.map(|teammate| self.email(teammate)),
            tags,
            participants,
            contact_handle: conversation.handle.clone(),
            entries: self.view_entries(index),
        }
    }

    fn view_entries(&self, index: usize) -> Vec<EntryView> {
        let conversation = &self.conversations[index];
        let messages = conversation.messages.iter().map(|message| {
            let message = &self.messages[*message];
            let shown = EntryView::Message {
                id: message.id.clone(),
                external_id: message.external_id.clone(),
                inbound: message.inbound,
                author: message.author.map(|teammate| self.email(teammate)),
                sender: message.sender.clone(),
                to: message.to.clone(),
                subject: message.subject.clone(),
                body: message.body.clone(),
                created_at: message.created_s,
            };
            (message.created_s * 1_000, shown)
        });
        let comments = conversation.comments.iter().map(|comment| {
            let comment = &self.comments[*comment];
            let shown = EntryView::Comment {
                id: comment.id.clone(),
                author: comment.author.map(|teammate| self.email(teammate)),
                body: comment.body.clone(),
                posted_at: seconds(comment.posted_ms),
            };
            (comment.posted_ms, shown)
        });
        let mut messages: Vec<(i64, EntryView)> = messages.collect();
        match self.config.switches.equal_times {
            EqualTimes::ByArrival => {}
            EqualTimes::NewestFirst => messages.reverse(),
        }
        let mut entries: Vec<(i64, EntryView)> = messages.into_iter().chain(comments).collect();
        entries.sort_by_key(|(at_ms, _)| *at_ms);
        entries.into_iter().map(|(_, entry)| entry).collect()
    }

    fn email(&self, teammate: usize) -> String {
        self.teammates[teammate].email.clone()
    }
}
