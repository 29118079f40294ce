//! What people do in Front's own window.

use super::act::{Act, ActError, On, What};
use super::contacts::SOURCES;
use super::events::Actor;
use super::world::{Stage, World};

impl World {
    /// Does what a person does; the answer says whether anything changed.
    pub(super) fn act(&mut self, act: &Act, now_ms: i64) -> Result<bool, ActError> {
        let teammate = self.teammate_by_email(&act.by).ok_or(ActError::UnknownTeammate)?;
        let conversation = self.acted_on(&act.on)?;
        let actor = Actor::Teammate(teammate);
        match &act.what {
            What::Archive => Ok(self.set_stage(conversation, Stage::Archived, actor, now_ms)),
            What::Reopen => Ok(self.set_stage(conversation, Stage::Open, actor, now_ms)),
            What::Delete => Ok(self.set_stage(conversation, Stage::Deleted, actor, now_ms)),
            What::Move(name) => {
                let inbox = self.inbox_by_name(name);
                let inbox = inbox.ok_or_else(|| ActError::UnknownInbox(name.clone()))?;
                Ok(self.move_to(conversation, inbox, actor, now_ms))
            }
            What::Assign(email) => {
                let assignee = email
                    .as_deref()
                    .map(|email| self.teammate_by_email(email).ok_or(ActError::UnknownTeammate))
                    .transpose()?;
                Ok(self.assign(conversation, assignee, actor, now_ms))
            }
            What::Tag(name) => {
                let tag = self.act_tag(name)?;
                Ok(self.add_tag_to(conversation, tag, actor, now_ms))
            }
            What::Untag(name) => {
                let tag = self.act_tag(name)?;
                Ok(self.remove_tag_from(conversation, tag, actor, now_ms))
            }
            What::Comment(body) => {
                self.comment(conversation, Some(teammate), body, actor, now_ms);
                Ok(true)
            }
            What::Merge(on) => {
                let into = self.acted_on(on)?;
                if into == conversation {
                    return Err(ActError::MergedIntoItself);
                }
                self.merge(conversation, into, actor, now_ms);
                Ok(true)
            }
        }
    }

    fn acted_on(&self, on: &On) -> Result<usize, ActError> {
        let found = match on {
            On::Conversation(id) => self.conversation(id).map(|index| self.survivor(index)),
            On::Contact(handle) => SOURCES
                .iter()
                .filter_map(|source| self.contact_by_handle(source, handle))
                .filter_map(|contact| self.newest_conversation_of(contact))
                .max(),
        };
        found.ok_or(ActError::UnknownConversation)
    }

    fn act_tag(&self, name: &str) -> Result<usize, ActError> {
        self.tag_by_name(name).ok_or_else(|| ActError::UnknownTag(name.to_owned()))
    }
}
