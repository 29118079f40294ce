//! What is on the log already: entries of a dispatcher that was here before, and Front's webhooks.

use bytes::Bytes;
use eventlog::{Header, Offset};
use schemas::topics::key;
use schemas::{
    Action, Attempt, Command, Contact, EventId, Origin, Outcome, OutcomeState, Raw, Source, TimeMs,
    TopicKind,
};
use serde_json::{Value, json};

use super::Stage;

impl Stage {
    /// An entry of the ledger with its headers, as an earlier dispatcher left it; says where it stands in
    /// the contact's partition.
    pub async fn left(&self, outcome: &Outcome, headers: Vec<Header>) -> Offset {
        let key = key::effect(&outcome.contact, &outcome.effect_key);
        let value = schemas::encode(outcome);
        self.append_with(TopicKind::Outcomes, &outcome.contact, key, value, headers).await
    }

    /// A webhook of Front as ingest keeps it: it is here whether or not Front answers requests. `who`
    /// says which partition it is on.
    pub async fn webhook(&self, who: &Contact, body: &Value) {
        let id = body["payload"]["id"].as_str().unwrap();
        let event_id = EventId::try_from(id.to_owned()).unwrap();
        let raw = Raw {
            event_id: event_id.clone(),
            source: Source::Front,
            origin: Origin::Webhook,
            event: None,
            received_at: TimeMs(1),
            body: body.to_string().into_bytes(),
        };
        let key = key::orphan(&event_id);
        self.append(TopicKind::Raw, who, key, schemas::encode(&raw)).await;
    }
}

/// What Front's webhook says of something that a teammate did to a conversation.
pub fn of_teammate(id: &str, kind: &str, target: Value, conversation_id: &str) -> Value {
    json!({"type": kind, "payload": {
        "id": id, "type": kind, "emitted_at": 1_900_000_000.5,
        "source": {"_meta": {"type": "teammate"}, "data": {"id": "tea_2"}},
        "target": {"data": target},
        "conversation": {"id": conversation_id},
    }})
}

/// The ledger entry, with its headers, of an import that was sent by reference through this inbox when
/// its dispatcher ended, so that nobody knows what came of it.
pub fn tried(command: &Command, external_id: &str, inbox: &str) -> (Outcome, Vec<Header>) {
    let attempt = Attempt {
        number: 1,
        intended_at: TimeMs(1),
        deadline: TimeMs(2),
        generation: 1,
        status: None,
        verdict: None,
        answered_at: None,
    };
    let outcome = Outcome {
        contact: command.contact.clone(),
        effect_key: command.effect_key.clone(),
        revision: 1,
        call_id: command.call_id,
        state: OutcomeState::Intended,
        reason: None,
        attempt: Some(attempt),
        message_uid: None,
        message_id: None,
        comment_id: None,
        conversation_id: None,
        repeat_recognised: false,
        waiting_revision: None,
        command: Some(schemas::encode(command)),
        cause_at: command.cause_at,
        at: TimeMs(1),
    };
    let Action::Activity(activity) = &command.action else { panic!("an activity") };
    let body = json!({
        "sender": {"handle": activity.customer.handle},
        "to": [activity.line_handle],
        "subject": activity.subject,
        "body": activity.body,
        "external_id": external_id,
        "created_at": activity.shown_at.seconds(),
        "type": "custom",
        "metadata": {
            "thread_ref": format!("callfold:{}", command.contact.as_str()),
            "is_inbound": true,
            "is_archived": false,
            "should_skip_rules": false,
        },
    });
    let request = format!("/inboxes/{inbox}/imported_messages\n{body}");
    let header =
        |name: &str, value: String| Header { name: name.into(), value: Bytes::from(value) };
    let headers = vec![
        header("state", "intended".into()),
        header("order", "0".into()),
        header("request", request),
    ];
    (outcome, headers)
}
