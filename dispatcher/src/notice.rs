//! What Front says happened, read from any of its forms: an application webhook's envelope, an event as
//! `GET /events` shows it, a preview that has ids only. Every field may be absent.

use schemas::{Actor, EventId, FrontChange, FrontConversationId, TeammateId, TimeMs};
use serde_json::Value;

/// The types of events that the fold uses: what polling asks for.
pub const TYPES: [&str; 10] = [
    "assign",
    "unassign",
    "archive",
    "reopen",
    "move",
    "tag",
    "untag",
    "trash",
    "restore",
    "conversations_merged",
];

/// Who Front says did it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceKind {
    /// A user of the API: perhaps we.
    Api,
    /// A person.
    Teammate,
    /// A rule of the customer.
    Rule,
    /// Something else.
    Other,
}

impl SourceKind {
    /// Who it is for the fold, when it was not we.
    #[must_use]
    pub const fn actor(self) -> Actor {
        match self {
            SourceKind::Api => Actor::Api,
            SourceKind::Teammate => Actor::Teammate,
            SourceKind::Rule => Actor::Rule,
            SourceKind::Other => Actor::Unknown,
        }
    }
}

/// One event of Front.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// `evt_...`
    pub event_id: EventId,
    /// `cnv_...`
    pub conversation_id: FrontConversationId,
    /// Conversations that were merged into it.
    pub merged_ids: Vec<FrontConversationId>,
    /// What changed.
    pub change: FrontChange,
    /// Who did it.
    pub source: SourceKind,
    /// `tea_...` of the person who did it.
    pub teammate_id: Option<TeammateId>,
    /// When.
    pub emitted_at: TimeMs,
}

/// What a body comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// An event that the fold can use.
    Notice(Notice),
    /// An event that the fold uses, without what it needs: to be read whole by its id.
    Partial(EventId),
    /// Nothing that the fold uses.
    Useless,
}

/// Reads a webhook's body or an event.
#[must_use]
pub fn read(body: &Value) -> Reading {
    let event = if body["payload"].is_object() { &body["payload"] } else { body };
    let (Some(event_id), Some(kind)) = (event["id"].as_str(), event["type"].as_str()) else {
        return Reading::Useless;
    };
    let Ok(event_id) = EventId::try_from(event_id) else { return Reading::Useless };
    if !TYPES.contains(&kind) {
        return Reading::Useless;
    }
    let partial = || Reading::Partial(event_id.clone());
    let Some(conversation_id) = event["conversation"]["id"].as_str() else { return partial() };
    let conversation_id = FrontConversationId::from(conversation_id);
    let Some(emitted) = event["emitted_at"].as_f64() else { return partial() };
    let Some(source) = event["source"]["_meta"]["type"].as_str() else { return partial() };
    let Some(change) = change(kind, &event["target"]["data"], &conversation_id) else {
        return partial();
    };
    let teammate_id = event["source"]["data"]["id"].as_str().filter(|_| source == "teammate");
    Reading::Notice(Notice {
        event_id,
        conversation_id,
        merged_ids: merged_ids(kind, &event["target"]["data"]),
        change,
        source: match source {
            "api" | "oauth_client" => SourceKind::Api,
            "teammate" => SourceKind::Teammate,
            "rule" => SourceKind::Rule,
            _ => SourceKind::Other,
        },
        teammate_id: teammate_id.map(Into::into),
        emitted_at: TimeMs((emitted * 1_000.0).round() as i64),
    })
}

fn change(
    kind: &str,
    target: &Value,
    conversation_id: &FrontConversationId,
) -> Option<FrontChange> {
    let name = |value: &Value| value["name"].as_str().map(str::to_owned);
    let change = match kind {
        "archive" => FrontChange::Archived,
        "reopen" => FrontChange::Reopened,
        "unassign" => FrontChange::Unassigned,
        "trash" => FrontChange::Trashed,
        "restore" => FrontChange::Restored,
        "conversations_merged" => FrontChange::Merged { into: conversation_id.clone() },
        "move" => {
            // One inbox, or the list of all that it lies in by now: the last is where it went.
            let inbox = target.as_array().map_or(Some(target), |inboxes| inboxes.last())?;
            FrontChange::Moved { inbox_id: id(inbox)?.into(), inbox_name: name(inbox) }
        }
        "assign" => FrontChange::Assigned {
            teammate_id: id(target)?.into(),
            email: target["email"].as_str().map(str::to_lowercase),
        },
        "tag" => FrontChange::Tagged { tag_id: id(target)?.into(), name: name(target) },
        "untag" => FrontChange::Untagged { tag_id: id(target)?.into(), name: name(target) },
        other => FrontChange::Other(other.to_owned()),
    };
    Some(change)
}

fn id(value: &Value) -> Option<&str> {
    value["id"].as_str()
}

fn merged_ids(kind: &str, target: &Value) -> Vec<FrontConversationId> {
    let ids = target.as_array().filter(|_| kind == "conversations_merged");
    let id = |value: &Value| value.as_str().or_else(|| value["id"].as_str()).map(Into::into);
    ids.into_iter().flatten().filter_map(id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn event(kind: &str, source: &str, target: Value) -> Value {
        json!({
            "id": "evt_1", "type": kind, "emitted_at": 1_754_900_000.123,
            "source": {"_meta": {"type": source}, "data": {"id": "tea_9"}},
            "target": {"data": target},
            "conversation": {"id": "cnv_1", "status": "archived"},
        })
    }

    fn change_of(body: &Value) -> FrontChange {
        let Reading::Notice(notice) = read(body) else { panic!("{:?}", read(body)) };
        notice.change
    }

    #[test]
    fn b23_every_change_that_the_fold_uses_is_read() {
        let inbox = json!({"id": "inb_2", "name": "Support"});
        let moved =
            FrontChange::Moved { inbox_id: "inb_2".into(), inbox_name: Some("Support".into()) };
        let tag = json!({"id": "tag_1", "name": "Test"});
        for (kind, target, change) in [
            ("archive", Value::Null, FrontChange::Archived),
            ("reopen", Value::Null, FrontChange::Reopened),
            ("unassign", Value::Null, FrontChange::Unassigned),
            ("trash", Value::Null, FrontChange::Trashed),
            ("restore", Value::Null, FrontChange::Restored),
            ("move", json!([{"id": "inb_1"}, inbox]), moved.clone()),
            ("move", inbox, moved),
            (
                "assign",
                json!({"id": "tea_2", "email": "Agent@Example.com"}),
                FrontChange::Assigned {
                    teammate_id: "tea_2".into(),
                    email: Some("agent@example.com".into()),
                },
            ),
            (
                "tag",
                tag.clone(),
                FrontChange::Tagged { tag_id: "tag_1".into(), name: Some("Test".into()) },
            ),
            (
                "untag",
                tag,
                FrontChange::Untagged { tag_id: "tag_1".into(), name: Some("Test".into()) },
            ),
            (
                "conversations_merged",
                json!(["cnv_7"]),
                FrontChange::Merged { into: "cnv_1".into() },
            ),
        ] {
            assert_eq!(change_of(&event(kind, "teammate", target)), change, "{kind}");
        }
    }

    #[test]
    fn b23_webhooks_previews_and_polled_events_are_one() {
        let full = event("archive", "teammate", Value::Null);
        let webhook = json!({"type": "conversation_archived", "authorization": {"id": "cmp_1"}, "payload": full});
        assert_eq!(read(&webhook), read(&full));
        let preview = json!({"type": "conversation_moved", "payload": {"id": "evt_1", "type": "move",
            "emitted_at": 1.0, "source": {"_meta": {"type": "api"}}, "conversation": {"id": "cnv_1"}}});
        assert_eq!(read(&preview), Reading::Partial(EventId::try_from("evt_1").unwrap()));
        let (comment, sync) = (event("comment", "api", Value::Null), json!({"type": "sync"}));
        assert_eq!((read(&comment), read(&sync)), (Reading::Useless, Reading::Useless));
        let nameless = json!({"id": "", "type": "archive", "conversation": {"id": "cnv_1"}});
        assert_eq!(read(&nameless), Reading::Useless, "nothing to ask Front for");
    }

    #[test]
    fn b23_who_did_it_is_told_apart() {
        for (source, kind, teammate_id) in [
            ("teammate", SourceKind::Teammate, Some("tea_9".into())),
            ("api", SourceKind::Api, None),
            ("oauth_client", SourceKind::Api, None),
            ("rule", SourceKind::Rule, None),
            ("imap", SourceKind::Other, None),
        ] {
            let Reading::Notice(notice) = read(&event("archive", source, Value::Null)) else {
                panic!()
            };
            assert_eq!((notice.source, notice.teammate_id), (kind, teammate_id));
            assert_eq!(notice.emitted_at, TimeMs(1_754_900_000_123));
        }
    }
}
