//! Everything that a company has in Front, and how it is found.

use std::collections::{BTreeMap, HashMap, HashSet};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::config::Config;
use super::events::Event;
use super::imports::PendingImport;

/// The state of one company. Time is an argument of whatever changes it.
#[derive(Debug)]
pub(super) struct World {
    pub(super) config: Config,
    pub(super) inboxes: Vec<Inbox>,
    pub(super) teammates: Vec<Teammate>,
    pub(super) tags: Vec<Tag>,
    pub(super) contacts: Vec<Contact>,
    pub(super) conversations: Vec<Conversation>,
    pub(super) messages: Vec<Message>,
    pub(super) comments: Vec<Comment>,
    pub(super) events: Vec<Event>,
    /// Accepted imports by the time and order in which they become visible.
    pub(super) pending: BTreeMap<(i64, u64), PendingImport>,
    /// The uid of each known external id, by scope and id.
    pub(super) external_ids: HashMap<String, String>,
    /// Those of imports that were accepted and lost.
    pub(super) lost_ids: HashSet<String>,
    /// So many of the next new imports are accepted and lost.
    pub(super) imports_to_lose: u32,
    /// Messages by uid.
    pub(super) message_uids: HashMap<String, usize>,
    /// Other uids of a message: those that duplicates were given.
    pub(super) uid_aliases: HashMap<String, String>,
    /// Conversations by the reference of imports.
    pub(super) thread_refs: HashMap<String, usize>,
    /// Conversations by inbox and sender, of imports that named neither conversation nor reference.
    pub(super) sender_threads: HashMap<(usize, String), usize>,
    /// Contacts by source and handle.
    pub(super) handles: HashMap<(String, String), usize>,
    /// Conversations of each contact, oldest first.
    pub(super) conversations_of: HashMap<usize, Vec<usize>>,
    /// Events that webhooks have not been told of: filled only while a webhook is saved.
    pub(super) unsent_events: Vec<usize>,
    sequence: u64,
    random: ChaCha8Rng,
}

/// A shared inbox.
#[derive(Debug, Clone)]
pub(super) struct Inbox {
    pub(super) id: String,
    pub(super) channel_id: String,
    pub(super) name: String,
    /// Indices of teammates.
    pub(super) members: Vec<usize>,
}

/// A teammate.
#[derive(Debug, Clone)]
pub(super) struct Teammate {
    pub(super) id: String,
    pub(super) email: String,
    pub(super) first_name: String,
    pub(super) last_name: String,
}

/// A company tag.
#[derive(Debug, Clone)]
pub(super) struct Tag {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) created_ms: i64,
}

/// A contact; merged ones stay as a pointer to the survivor.
#[derive(Debug, Clone)]
pub(super) struct Contact {
    pub(super) id: String,
    pub(super) name: Option<String>,
    pub(super) description: Option<String>,
    /// `(source, handle)`.
    pub(super) handles: Vec<(String, String)>,
    pub(super) merged_into: Option<usize>,
}

/// Where a conversation is in its life. "Assigned" and "unassigned" are both open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Open,
    Archived,
    Deleted,
}

/// A conversation; merged ones stay as a pointer to the survivor.
#[derive(Debug, Clone)]
pub(super) struct Conversation {
    pub(super) id: String,
    pub(super) subject: String,
    /// `created_at` of the message whose subject is shown.
    pub(super) subject_from_ms: i64,
    pub(super) stage: Stage,
    /// Indices of inboxes.
    pub(super) inboxes: Vec<usize>,
    /// Index of a teammate.
    pub(super) assignee: Option<usize>,
    /// Indices of tags.
    pub(super) tags: Vec<usize>,
    pub(super) contact: usize,
    /// The handle of the external party, as the first message had it.
    pub(super) handle: String,
    /// Indices of messages in the order in which they became visible.
    pub(super) messages: Vec<usize>,
    /// Indices of comments in the order of their posting.
    pub(super) comments: Vec<usize>,
    pub(super) created_ms: i64,
    pub(super) updated_ms: i64,
    pub(super) merged_into: Option<usize>,
}

/// A message.
#[derive(Debug, Clone)]
pub(super) struct Message {
    pub(super) id: String,
    pub(super) uid: String,
    pub(super) conversation: usize,
    pub(super) external_id: String,
    pub(super) thread_ref: Option<String>,
    pub(super) kind: String,
    pub(super) inbound: bool,
    /// Index of the teammate who is the author; none for inbound ones.
    pub(super) author: Option<usize>,
    pub(super) sender: String,
    pub(super) sender_name: Option<String>,
    pub(super) to: Vec<String>,
    pub(super) cc: Vec<String>,
    pub(super) bcc: Vec<String>,
    pub(super) subject: String,
    pub(super) body: String,
    pub(super) created_s: i64,
}

/// A comment.
#[derive(Debug, Clone)]
pub(super) struct Comment {
    pub(super) id: String,
    pub(super) conversation: usize,
    /// Index of the teammate; none when the API token speaks for itself.
    pub(super) author: Option<usize>,
    pub(super) body: String,
    pub(super) posted_ms: i64,
    pub(super) pinned: bool,
}

impl World {
    pub(super) fn new(config: Config, now_ms: i64) -> Self {
        let mut world = Self {
            random: ChaCha8Rng::seed_from_u64(config.seed),
            config: config.clone(),
            inboxes: Vec::new(),
            teammates: Vec::new(),
            tags: Vec::new(),
            contacts: Vec::new(),
            conversations: Vec::new(),
            messages: Vec::new(),
            comments: Vec::new(),
            events: Vec::new(),
            pending: BTreeMap::new(),
            external_ids: HashMap::new(),
            lost_ids: HashSet::new(),
            imports_to_lose: 0,
            message_uids: HashMap::new(),
            uid_aliases: HashMap::new(),
            thread_refs: HashMap::new(),
            sender_threads: HashMap::new(),
            handles: HashMap::new(),
            conversations_of: HashMap::new(),
            unsent_events: Vec::new(),
            sequence: 0,
        };
        world.seed(config, now_ms);
        world
    }

    fn seed(&mut self, config: Config, now_ms: i64) {
        for seed in config.teammates {
            self.teammates.push(Teammate {
                id: format!("tea_{}", self.teammates.len() + 1),
                email: seed.email,
                first_name: seed.first_name,
                last_name: seed.last_name,
            });
        }
        for seed in config.inboxes {
            let ordinal = self.inboxes.len() + 1;
            let members =
                seed.members.iter().filter_map(|email| self.teammate_by_email(email)).collect();
            self.inboxes.push(Inbox {
                id: format!("inb_{ordinal}"),
                channel_id: format!("cha_{ordinal}"),
                name: seed.name,
                members,
            });
        }
        for name in config.tags {
            self.add_tag(name, now_ms);
        }
        for seed in config.contacts {
            self.add_contact(seed.name, None, seed.handles);
        }
    }

    /// A number that was not given before: ids are opaque to callers and repeatable for tests.
    pub(super) fn next_sequence(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence
    }

    /// 128 random bits as Front writes a message uid.
    pub(super) fn next_uid(&mut self) -> String {
        format!("{:032x}", self.random.random::<u128>())
    }

    /// Draws a visibility delay.
    pub(super) fn next_delay_ms(&mut self) -> i64 {
        let span = self.config.visible_delay_ms;
        let delay_ms = self.random.random_range(span.min..=span.max.max(span.min));
        i64::try_from(delay_ms).unwrap_or(i64::MAX / 2)
    }

    pub(super) fn add_tag(&mut self, name: String, now_ms: i64) -> usize {
        let id = format!("tag_{}", self.tags.len() + 1);
        self.tags.push(Tag { id, name, created_ms: now_ms });
        self.tags.len() - 1
    }

    /// By id or `alt:email:`, in any case of letters.
    pub(super) fn teammate(&self, id: &str) -> Option<usize> {
        match id.strip_prefix("alt:email:") {
            Some(email) => self.teammate_by_email(email),
            None => self.teammates.iter().position(|teammate| teammate.id == id),
        }
    }

    pub(super) fn teammate_by_email(&self, email: &str) -> Option<usize> {
        self.teammates.iter().position(|teammate| teammate.email.eq_ignore_ascii_case(email))
    }

    pub(super) fn inbox(&self, id: &str) -> Option<usize> {
        self.inboxes.iter().position(|inbox| inbox.id == id)
    }

    pub(super) fn inbox_by_name(&self, name: &str) -> Option<usize> {
        self.inboxes.iter().position(|inbox| inbox.name == name)
    }

    pub(super) fn tag(&self, id: &str) -> Option<usize> {
        self.tags.iter().position(|tag| tag.id == id)
    }

    pub(super) fn tag_by_name(&self, name: &str) -> Option<usize> {
        self.tags.iter().position(|tag| tag.name == name)
    }

    /// By id, as it was named: merged ones are found as such.
    pub(super) fn conversation(&self, id: &str) -> Option<usize> {
        ordinal(id, "cnv_").filter(|index| *index < self.conversations.len())
    }

    /// The conversation that a merged one lives on in, or itself.
    pub(super) fn survivor(&self, mut conversation: usize) -> usize {
        while let Some(into) = self.conversations[conversation].merged_into {
            conversation = into;
        }
        conversation
    }

    /// By id or `alt:uid:`.
    pub(super) fn message(&self, id: &str) -> Option<usize> {
        match id.strip_prefix("alt:uid:") {
            Some(uid) => {
                let uid = self.uid_aliases.get(uid).map_or(uid, String::as_str);
                self.message_uids.get(uid).copied()
            }
            None => ordinal(id, "msg_").filter(|index| *index < self.messages.len()),
        }
    }

    /// The newest conversation of a contact that was not merged away.
    pub(super) fn newest_conversation_of(&self, contact: usize) -> Option<usize> {
        let all = self.conversations_of.get(&contact)?;
        all.iter().rev().copied().find(|index| self.conversations[*index].merged_into.is_none())
    }
}

/// The index that an id of the form `cnv_<index + 1>` stands for.
pub(super) fn ordinal(id: &str, prefix: &str) -> Option<usize> {
    id.strip_prefix(prefix)?.parse::<usize>().ok()?.checked_sub(1)
}
