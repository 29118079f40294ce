//! The four company rules that Aircall's article on its Front integration sets up: tag a
//! conversation by a word in a comment, take the tag away on archiving, bring voicemails to
//! their inbox, and bring them back when archived there.

use super::config::{PHONE_INBOX, RULE_TAG, VOICEMAIL_INBOX};
use super::events::Actor;
use super::switches::RuleSubject;
use super::world::World;

/// Names of the rules, in the order of their ids `rul_1` to `rul_4`, and what each does.
pub(super) const RULES: [(&str, &str); 4] = [
    ("Tag by comment", "Add tag Test"),
    ("Untag on archive", "Remove tag Test"),
    ("Voicemails to their inbox", "Move to Voicemails"),
    ("Voicemails back when archived", "Move to Aircall Phone"),
];

/// The subject that makes an inbound message a voicemail.
const VOICEMAIL_SUBJECT: &str = "Voicemail";

/// What a rule may be waiting for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Trigger {
    Commented { with_word: bool },
    Archived,
    Inbound { message: usize },
}

impl World {
    /// Runs the rules that a change triggers. Rules do not trigger rules.
    pub(super) fn run_rules(
        &mut self,
        trigger: Trigger,
        conversation: usize,
        cause: Actor,
        now_ms: i64,
    ) {
        let seen = match cause {
            Actor::Rule(_) => false,
            Actor::Import { fires_rules } => fires_rules,
            Actor::Api | Actor::Teammate(_) => true,
        };
        if !self.config.company_rules || !seen {
            return;
        }
        match trigger {
            Trigger::Commented { with_word: true } => self.tag_by_comment(conversation, now_ms),
            Trigger::Commented { with_word: false } => {}
            Trigger::Archived => {
                let voicemail = self.lies_in(conversation, VOICEMAIL_INBOX);
                if let Some(tag) = self.tag_by_name(RULE_TAG) {
                    self.remove_tag_from(conversation, tag, Actor::Rule(1), now_ms);
                }
                if let (true, Some(phone)) = (voicemail, self.inbox_by_name(PHONE_INBOX)) {
                    self.move_to(conversation, phone, Actor::Rule(3), now_ms);
                }
            }
            Trigger::Inbound { message } => self.voicemail_to_inbox(conversation, message, now_ms),
        }
    }

    fn tag_by_comment(&mut self, conversation: usize, now_ms: i64) {
        if let (true, Some(tag)) =
            (self.lies_in(conversation, PHONE_INBOX), self.tag_by_name(RULE_TAG))
        {
            self.add_tag_to(conversation, tag, Actor::Rule(0), now_ms);
        }
    }

    fn voicemail_to_inbox(&mut self, conversation: usize, message: usize, now_ms: i64) {
        let subject = match self.config.switches.voicemail_rule_reads {
            RuleSubject::Message => &self.messages[message].subject,
            RuleSubject::Conversation => &self.conversations[conversation].subject,
        };
        if subject == VOICEMAIL_SUBJECT
            && let Some(inbox) = self.inbox_by_name(VOICEMAIL_INBOX)
        {
            self.move_to(conversation, inbox, Actor::Rule(2), now_ms);
        }
    }

    fn lies_in(&self, conversation: usize, name: &str) -> bool {
        let inboxes = &self.conversations[conversation].inboxes;
        inboxes.iter().any(|inbox| self.inboxes[*inbox].name == name)
    }
}
