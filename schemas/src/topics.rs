//! The topics: names, record keys, and what each keeps.

use crate::{Contact, EffectKey, EventId};

/// One of callfold's topics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TopicKind {
    /// [`crate::CallEvent`]: one flat record per Aircall event.
    Calls,
    /// [`crate::FrontEvent`]: what happened to our conversations in Front.
    Front,
    /// [`crate::Raw`]: bodies as received, tokens removed.
    Raw,
    /// [`crate::Rejection`]: what could not be understood, with the reason.
    Rejected,
    /// [`crate::Command`]: what Front shall be asked to do.
    Commands,
    /// [`crate::Outcome`], [`crate::Thread`], [`crate::Position`] and [`crate::Status`]: the
    /// dispatcher's ledger.
    Outcomes,
    /// The projector's state: one conversation per contact, one record per call, and positions.
    Conversations,
}

/// What a topic keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keeps {
    /// The newest record of each key stays.
    pub compact: bool,
    /// Older records go; none stays for ever.
    pub retention_days: Option<u32>,
}

impl TopicKind {
    /// All of them.
    pub const ALL: [TopicKind; 7] = [
        TopicKind::Calls,
        TopicKind::Front,
        TopicKind::Raw,
        TopicKind::Rejected,
        TopicKind::Commands,
        TopicKind::Outcomes,
        TopicKind::Conversations,
    ];

    /// The last part of its name, as a user types it.
    #[must_use]
    pub const fn short_name(self) -> &'static str {
        match self {
            TopicKind::Calls => "calls",
            TopicKind::Front => "front",
            TopicKind::Raw => "raw",
            TopicKind::Rejected => "rejected",
            TopicKind::Commands => "commands",
            TopicKind::Outcomes => "outcomes",
            TopicKind::Conversations => "conversations",
        }
    }

    /// The full names of the schemas of its records.
    #[must_use]
    pub const fn schemas(self) -> &'static [&'static str] {
        match self {
            TopicKind::Calls => &["callfold.CallEvent"],
            TopicKind::Front => &["callfold.FrontEvent"],
            TopicKind::Raw => &["callfold.Raw"],
            TopicKind::Rejected => &["callfold.Rejection"],
            TopicKind::Commands => &["callfold.Command"],
            TopicKind::Outcomes => {
                &["callfold.Outcome", "callfold.Thread", "callfold.Position", "callfold.Status"]
            }
            TopicKind::Conversations => {
                &["callfold.Conversation", "callfold.CallState", "callfold.Position"]
            }
        }
    }

    /// The topic that a user means by `name`, short or with the prefix.
    #[must_use]
    pub fn by_name(name: &str) -> Option<TopicKind> {
        let short = name.rsplit('.').next().unwrap_or(name);
        TopicKind::ALL.into_iter().find(|kind| kind.short_name() == short)
    }

    /// What it keeps.
    #[must_use]
    pub const fn keeps(self) -> Keeps {
        match self {
            TopicKind::Calls
            | TopicKind::Front
            | TopicKind::Outcomes
            | TopicKind::Conversations => Keeps { compact: true, retention_days: None },
            TopicKind::Raw => Keeps { compact: true, retention_days: Some(30) },
            TopicKind::Rejected | TopicKind::Commands => {
                Keeps { compact: false, retention_days: Some(30) }
            }
        }
    }
}

/// The full names under one prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicNames {
    prefix: String,
}

impl TopicNames {
    /// Names that start with `prefix` and a dot.
    #[must_use]
    pub fn with_prefix(prefix: &str) -> TopicNames {
        TopicNames { prefix: prefix.to_owned() }
    }

    /// The full name of a topic.
    #[must_use]
    pub fn name(&self, kind: TopicKind) -> String {
        format!("{}.{}", self.prefix, kind.short_name())
    }
}

/// Keys of records. `contact|...` everywhere, so that a contact's records can be found by prefix.
pub mod key {
    use super::{Contact, EffectKey, EventId};
    use crate::CallId;

    /// Of an event of a contact: on `calls`, `front` and `raw`.
    #[must_use]
    pub fn event(contact: &Contact, event: &EventId) -> Vec<u8> {
        format!("{}|{event}", contact.as_str()).into_bytes()
    }

    /// Of an event whose contact is not known: on `raw` and `rejected`.
    #[must_use]
    pub fn orphan(event: &EventId) -> Vec<u8> {
        format!("?|{event}").into_bytes()
    }

    /// Of an effect: on `commands` and `outcomes`.
    #[must_use]
    pub fn effect(contact: &Contact, effect: &EffectKey) -> Vec<u8> {
        format!("{}|{effect}", contact.as_str()).into_bytes()
    }

    /// Of a call's state on `conversations`.
    #[must_use]
    pub fn call(contact: &Contact, call: CallId) -> Vec<u8> {
        format!("{}|{call}", contact.as_str()).into_bytes()
    }

    /// Of a contact's conversation on `conversations`.
    #[must_use]
    pub fn conversation(contact: &Contact) -> Vec<u8> {
        contact.as_str().as_bytes().to_vec()
    }

    /// Of a contact's thread on `outcomes`.
    #[must_use]
    pub fn thread(contact: &Contact) -> Vec<u8> {
        format!("thread|{}", contact.as_str()).into_bytes()
    }

    /// Of the position of whoever writes the topic: `position|<name>`.
    #[must_use]
    pub fn position(name: &str) -> Vec<u8> {
        format!("position|{name}").into_bytes()
    }

    /// Of where the order of new commands begins, on `outcomes`: a log that was copied has entries whose
    /// places are those of the log they come from.
    #[must_use]
    pub fn order(name: &str) -> Vec<u8> {
        format!("order|{name}").into_bytes()
    }

    /// Of what a copy keeps of itself in the log that it fills, on `outcomes`: `copy|<what>`.
    #[must_use]
    pub fn copy(what: &str) -> Vec<u8> {
        format!("copy|{what}").into_bytes()
    }

    /// Of the dispatcher's status on `outcomes`.
    #[must_use]
    pub fn status(name: &str) -> Vec<u8> {
        format!("status|{name}").into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::TopicKind;
    use crate::registry;

    #[test]
    fn every_schema_has_a_topic() {
        let on_topics = TopicKind::ALL.into_iter().flat_map(TopicKind::schemas).copied();
        let shipped = registry::VERSIONS.iter().map(|version| version.name);
        assert_eq!(on_topics.collect::<BTreeSet<_>>(), shipped.collect::<BTreeSet<_>>());
    }
}
