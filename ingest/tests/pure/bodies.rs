//! A body with every field that the normaliser reads, written from the field tables of Aircall's
//! reference, and changes to it. Every value is another one, so that no field can stand in for
//! its neighbour.

use ingest::{NoCall, Seen, normalise};
use schemas::{CallEvent, Origin, TimeMs};
use serde_json::{Value, json};

/// When the tests have bodies in hand.
pub const RECEIVED_AT: TimeMs = TimeMs(1_767_300_000_042);

pub fn full() -> Value {
    json!({
        "resource": "call",
        "event": "call.comm_assets_generated",
        "timestamp": 1_767_261_700,
        "token": "0123456789abcdef0123456789abcdef",
        "data": {
            "id": 3_049_915_377_i64,
            "call_uuid": "CA00000000000000000000000000000001",
            "direct_link": "https://api.aircall.example/v1/calls/3049915377",
            "direction": "inbound",
            "status": "done",
            "missed_call_reason": "no_available_agent",
            "started_at": 1_767_261_600,
            "answered_at": 1_767_261_610,
            "ended_at": 1_767_261_630,
            "duration": 29,
            "cost": "0.0",
            "hangup_cause": null,
            "recording": "https://media.example/r.mp3?X-Amz-Signature=1",
            "voicemail": "https://media.example/v.mp3?X-Amz-Signature=2",
            "asset": "https://assets.aircall.example/calls/3049915377/page",
            "raw_digits": "+44 330 818 0000",
            "automatic_callback_call_id": 3_049_915_000_i64,
            "user": person(101, "Agent One", "One@Example.com"),
            "assigned_to": person(102, "Agent Two", "two@example.com"),
            "transferred_by": person(103, "Agent Three", "three@example.com"),
            "transferred_to": person(104, "Agent Four", "four@example.com"),
            "external_transferred_to": "+33 1 76 36 06 95",
            "contact": {
                "id": 55, "first_name": "First", "last_name": "Last", "company_name": "Company",
                "phone_numbers": [{"id": 1, "label": "Work", "value": "+443308180000"}],
            },
            "number": {
                "id": 31, "name": "Support line", "digits": "+43 720 880000", "country": "AT",
                "time_zone": "Europe/Vienna", "open": true, "is_ivr": false,
                "messages": {"welcome": "https://media.example/welcome.mp3"},
            },
            "teams": [{"id": 61, "name": "First team"}, {"id": 62, "name": "Second team"}],
            "comments": [{
                "id": 71, "content": "first line\nsecond line", "posted_at": 1_767_261_650,
                "posted_by": person(105, "Agent Five", "five@example.com"),
            }],
            "tags": [{
                "id": 81, "name": "Tag name", "tagged_at": 1_767_261_660,
                "tagged_by": person(106, "Agent Six", "six@example.com"),
            }],
            "archived": true,
        },
    })
}

fn person(id: i64, name: &str, email: &str) -> Value {
    json!({"id": id, "name": name, "email": email, "available": true, "language": "en-US"})
}

/// The full body with the value at `pointer` set.
pub fn with(pointer: &str, value: Value) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let mut body = full();
    match body.pointer_mut(parent).unwrap() {
        Value::Object(members) => drop(members.insert(name.to_owned(), value)),
        Value::Array(elements) => elements[name.parse::<usize>().unwrap()] = value,
        other => panic!("nothing can lie in {other}"),
    }
    body
}

/// The full body without the member at `pointer`.
pub fn without(pointer: &str) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let mut body = full();
    body.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name).unwrap();
    body
}

pub fn read(body: &[u8]) -> Result<CallEvent, NoCall> {
    read_in(body, None)
}

pub fn read_in(body: &[u8], default_region: Option<&str>) -> Result<CallEvent, NoCall> {
    normalise(body, &Seen { received_at: RECEIVED_AT, origin: Origin::Webhook, default_region })
}

/// The event of a body that must be one.
pub fn event(body: &Value) -> CallEvent {
    read(body.to_string().as_bytes()).unwrap()
}
