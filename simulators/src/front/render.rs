//! Front's resources as JSON, with the fields that the specification names.

use serde_json::{Value, json};

use super::company_rules::RULES;
use super::events::{Actor, Event, Target};
use super::switches::{BodyShown, MoveTarget};
use super::world::{Stage, World};

impl World {
    fn link(&self, path: &str) -> String {
        format!("{}{path}", self.config.link_base)
    }

    pub(super) fn render_identity(&self) -> Value {
        json!({
            "_links": {"self": self.link("/me")},
            "id": self.config.company_id,
            "name": self.config.company_name,
        })
    }

    pub(super) fn render_inbox(&self, inbox: usize) -> Value {
        let inbox = &self.inboxes[inbox];
        let own = self.link(&format!("/inboxes/{}", inbox.id));
        json!({
            "_links": {
                "self": own,
                "related": {
                    "teammates": format!("{own}/teammates"),
                    "conversations": format!("{own}/conversations"),
                    "channels": format!("{own}/channels"),
                },
            },
            "id": inbox.id,
            "name": inbox.name,
            "is_private": false,
            "is_public": true,
            "custom_fields": {},
        })
    }

    pub(super) fn render_channel(&self, inbox: usize) -> Value {
        let inbox = &self.inboxes[inbox];
        json!({
            "_links": {
                "self": self.link(&format!("/channels/{}", inbox.channel_id)),
                "related": {"inbox": self.link(&format!("/inboxes/{}", inbox.id))},
            },
            "id": inbox.channel_id,
            "name": inbox.name,
            "address": inbox.channel_id,
            "type": "custom",
            "send_as": inbox.channel_id,
            "settings": {"undo_send_time": 0, "all_teammates_can_reply": false},
            "is_private": false,
            "is_valid": true,
        })
    }

    pub(super) fn render_teammate(&self, teammate: usize) -> Value {
        let teammate = &self.teammates[teammate];
        let username = teammate.email.split('@').next().unwrap_or(&teammate.email);
        self.render_user(
            [&teammate.id, &teammate.email, username, &teammate.first_name, &teammate.last_name],
            "user",
        )
    }

    /// The token itself, where a teammate is expected.
    fn render_api_user(&self) -> Value {
        self.render_user(["tea_api", "", "api", "API", ""], "api")
    }

    fn render_user(&self, [id, email, username, first, last]: [&str; 5], kind: &str) -> Value {
        let own = self.link(&format!("/teammates/{id}"));
        json!({
            "_links": {
                "self": own,
                "related": {
                    "inboxes": format!("{own}/inboxes"),
                    "conversations": format!("{own}/conversations"),
                },
            },
            "id": id,
            "email": email,
            "username": username,
            "first_name": first,
            "last_name": last,
            "is_admin": false,
            "is_available": true,
            "is_blocked": false,
            "type": kind,
            "custom_fields": {},
        })
    }

    pub(super) fn render_tag(&self, tag: usize) -> Value {
        let tag = &self.tags[tag];
        let own = self.link(&format!("/tags/{}", tag.id));
        json!({
            "_links": {
                "self": own,
                "related": {
                    "conversations": format!("{own}/conversations"),
                    "owner": null,
                    "parent_tag": null,
                    "children": null,
                },
            },
            "id": tag.id,
            "name": tag.name,
            "description": null,
            "highlight": null,
            "is_private": false,
            "is_visible_in_conversation_lists": true,
            "created_at": seconds(tag.created_ms),
            "updated_at": seconds(tag.created_ms),
        })
    }

    pub(super) fn render_rule(&self, rule: usize) -> Value {
        let (name, action) = RULES[rule];
        let id = format!("rul_{}", rule + 1);
        json!({
            "_links": {
                "self": self.link(&format!("/rules/{id}")),
                "related": {"owner": null},
            },
            "id": id,
            "name": name,
            "actions": [action],
            "is_private": false,
        })
    }

    pub(super) fn render_contact(&self, contact: usize) -> Value {
        let contact = &self.contacts[contact];
        let own = self.link(&format!("/contacts/{}", contact.id));
        let handles: Vec<Value> = contact
            .handles
            .iter()
            .map(|(source, handle)| json!({"source": source, "handle": handle}))
            .collect();
        json!({
            "_links": {
                "self": own,
                "related": {
                    "notes": format!("{own}/notes"),
                    "conversations": format!("{own}/conversations"),
                },
            },
            "id": contact.id,
            "name": contact.name,
            "description": contact.description.as_deref().unwrap_or(""),
            "links": [],
            "groups": [],
            "lists": [],
            "handles": handles,
            "custom_fields": {},
            "is_private": false,
        })
    }

    fn render_recipient(&self, handle: &str, name: Option<&str>, role: &str) -> Value {
        let contact = self.contact_by_any_handle(handle);
        let link =
            contact.map(|index| self.link(&format!("/contacts/{}", self.contacts[index].id)));
        json!({
            "_links": {"related": {"contact": link}},
            "name": name,
            "handle": handle,
            "role": role,
        })
    }

    pub(super) fn status_of(&self, conversation: usize) -> &'static str {
        let conversation = &self.conversations[conversation];
        match (conversation.stage, conversation.assignee) {
            (Stage::Archived, _) => "archived",
            (Stage::Deleted, _) => "deleted",
            (Stage::Open, Some(_)) => "assigned",
            (Stage::Open, None) => "unassigned",
        }
    }

    pub(super) fn render_conversation(&self, index: usize) -> Value {
        let conversation = &self.conversations[index];
        let own = self.link(&format!("/conversations/{}", conversation.id));
        let last = conversation.messages.last().map(|message| &self.messages[*message]);
        let mut related = json!({
            "events": format!("{own}/events"),
            "followers": format!("{own}/followers"),
            "messages": format!("{own}/messages"),
            "comments": format!("{own}/comments"),
            "inboxes": format!("{own}/inboxes"),
        });
        if let Some(last) = last {
            related["last_message"] = json!(self.link(&format!("/messages/{}", last.id)));
        }
        let name = self.contacts[self.surviving_contact(conversation.contact)].name.as_deref();
        let role = if last.is_some_and(|last| last.inbound) { "from" } else { "to" };
        json!({
            "_links": {"self": own, "related": related},
            "id": conversation.id,
            "type": "conversation",
            "subject": conversation.subject,
            "status": self.status_of(index),
            "ticket_ids": [],
            "assignee": conversation.assignee.map(|teammate| self.render_teammate(teammate)),
            "recipient": self.render_recipient(&conversation.handle, name, role),
            "tags": conversation.tags.iter().map(|tag| self.render_tag(*tag)).collect::<Vec<_>>(),
            "links": [],
            "custom_fields": {},
            "created_at": seconds(conversation.created_ms),
            "updated_at": seconds(conversation.updated_ms),
            "is_private": false,
            "scheduled_reminders": [],
            "metadata": {},
        })
    }

    pub(super) fn render_message(&self, index: usize) -> Value {
        let message = &self.messages[index];
        let home = self.survivor(message.conversation);
        let home = self.link(&format!("/conversations/{}", self.conversations[home].id));
        let from = (message.sender.as_str(), message.sender_name.as_deref(), "from");
        let others = [("to", &message.to), ("cc", &message.cc), ("bcc", &message.bcc)];
        let others = others.into_iter().flat_map(|(role, handles)| {
            handles.iter().map(move |handle| (handle.as_str(), None, role))
        });
        let recipients: Vec<Value> = std::iter::once(from)
            .chain(others)
            .map(|(handle, name, role)| self.render_recipient(handle, name, role))
            .collect();
        let mut metadata = json!({});
        let shows =
            message.kind == "custom" && self.config.switches.custom_message_shows_thread_ref;
        if let Some(thread_ref) = message.thread_ref.as_ref().filter(|_| shows) {
            metadata["thread_ref"] = json!(thread_ref);
        }
        let mut shown = json!({
            "_links": {
                "self": self.link(&format!("/messages/{}", message.id)),
                "related": {"conversation": home},
            },
            "id": message.id,
            "message_uid": message.uid,
            "type": message.kind,
            "is_inbound": message.inbound,
            "draft_mode": null,
            "version": message.uid,
            "created_at": seconds(message.created_s * 1_000),
            "subject": message.subject,
            "blurb": message.body.chars().take(200).collect::<String>(),
            "author": message.author.map(|teammate| self.render_teammate(teammate)),
            "recipients": recipients,
            "attachments": [],
            "metadata": metadata,
        });
        match self.config.switches.body_shown {
            BodyShown::Html if message.kind != "email" => {
                shown["body"] = json!(html(&message.body))
            }
            BodyShown::Html | BodyShown::AsSent => {
                shown["body"] = json!(message.body);
                shown["text"] = json!(message.body);
            }
        }
        shown
    }

    pub(super) fn render_comment(&self, index: usize) -> Value {
        let comment = &self.comments[index];
        let own = self.link(&format!("/comments/{}", comment.id));
        let home = self.survivor(comment.conversation);
        let home = self.link(&format!("/conversations/{}", self.conversations[home].id));
        let author = comment.author.map(|teammate| self.render_teammate(teammate));
        json!({
            "_links": {
                "self": own,
                "related": {"conversation": home, "mentions": format!("{own}/mentions")},
            },
            "id": comment.id,
            "author": author.unwrap_or_else(|| self.render_api_user()),
            "body": comment.body,
            "posted_at": seconds(comment.posted_ms),
            "attachments": [],
            "is_pinned": comment.pinned,
        })
    }

    pub(super) fn render_event(&self, event: &Event) -> Value {
        let (kind, data) = match event.source {
            Actor::Import { .. } if event.kind.is_arrival() => {
                let inboxes = event.inboxes.iter().map(|inbox| self.render_inbox(*inbox));
                ("inboxes", Value::Array(inboxes.collect()))
            }
            Actor::Api | Actor::Import { .. } => ("api", self.render_api_user()),
            Actor::Teammate(teammate) => ("teammate", self.render_teammate(teammate)),
            Actor::Rule(rule) => ("rule", self.render_rule(rule)),
        };
        let mut shown = json!({
            "_links": {"self": self.link(&format!("/events/{}", event.id))},
            "id": event.id,
            "type": event.kind.names().0,
            "emitted_at": seconds(event.at_ms),
            "source": {"_meta": {"type": kind}, "data": data},
            "conversation": self.render_conversation(self.survivor(event.conversation)),
        });
        if let Some((kind, data)) = self.render_target(&event.target) {
            shown["target"] = json!({"_meta": {"type": kind}, "data": data});
        }
        shown
    }

    fn render_target(&self, target: &Target) -> Option<(&'static str, Value)> {
        match target {
            Target::None => None,
            Target::Teammate(teammate) => Some(("teammate", self.render_teammate(*teammate))),
            Target::Inboxes(inboxes) => {
                let mut shown = inboxes.iter().map(|inbox| self.render_inbox(*inbox));
                let data = match self.config.switches.move_target {
                    MoveTarget::One => shown.next_back().unwrap_or(Value::Null),
                    MoveTarget::List => Value::Array(shown.collect()),
                };
                Some(("inboxes", data))
            }
            Target::Message(message) => Some(("message", self.render_message(*message))),
            Target::Comment(comment) => Some(("comment", self.render_comment(*comment))),
            Target::Tag(tag) => Some(("tag", self.render_tag(*tag))),
            Target::DeletedConversations(conversations) => {
                let ids = conversations.iter().map(|index| json!(self.conversations[*index].id));
                Some(("deleted_conversation_ids", Value::Array(ids.collect())))
            }
        }
    }
}

/// A text as HTML that shows it.
fn html(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!("<p>{}</p>", escaped.replace('\n', "<br>\n"))
}

/// Milliseconds as Front writes times: seconds with three decimals.
pub(super) fn seconds(unix_ms: i64) -> f64 {
    unix_ms as f64 / 1_000.0
}
