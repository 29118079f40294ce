//! The event id: what it covers and what it does not (B20, B21).

use ingest::NoCall;
use serde_json::{Value, json};

use crate::bodies::{event, full, read, with};

fn id(body: &str) -> String {
    read(body.as_bytes()).unwrap().event_id.to_string()
}

#[test]
fn b21_the_id_never_changes_from_version_to_version() {
    let made = event(&json!({
        "event": "call.ended", "timestamp": 1, "token": "t",
        "data": {"id": 1, "x": [null, true, false, "a", {}]},
    }));
    assert_eq!(made.event_id.to_string(), "4e5bf2d31c64e6daf23e199c81fb1b43");
}

#[test]
fn b21_layout_order_of_members_token_and_signatures_are_not_in_the_id() {
    let plain = full().to_string();
    let reordered = r#"{ "data" : {"b":1,"id":5,"a":{"y":2,"x":"\u0041"}},
        "token":"other", "timestamp":7,"event":"call.ended"}"#;
    let ordered =
        r#"{"event":"call.ended","timestamp":7,"data":{"a":{"x":"A","y":2},"b":1,"id":5}}"#;
    assert_eq!(id(reordered), id(ordered));
    assert_eq!(id(&plain), id(&plain.replace("0123456789abcdef0123456789abcdef", "other")));
    assert_eq!(id(&plain), id(&plain.replace("X-Amz-Signature=1", "X-Amz-Signature=3&b=c#d")));
    let deep = |signature: &str| {
        with("/data/number/messages", json!([{"a": [format!("https://x.example/a?{signature}")]}]))
    };
    assert_eq!(event(&deep("1")).event_id, event(&deep("2")).event_id);
    let extra = with("/something_new", json!(1));
    assert_eq!(event(&extra).event_id, event(&full()).event_id, "the envelope may grow");
}

#[test]
fn b21_whatever_is_said_is_in_the_id() {
    let plain = event(&full()).event_id;
    for (pointer, value) in [
        ("/event", json!("call.tagged")),
        ("/timestamp", json!(1_767_261_701)),
        ("/data/id", json!(1)),
        ("/data/archived", json!(false)),
        ("/data/archived", json!(null)),
        ("/data/comments/0/content", json!("first line\nsecond line?")),
        ("/data/comments/0/id", json!(72)),
        ("/data/recording", json!("https://media.example/other.mp3?X-Amz-Signature=1")),
        ("/data/unknown_field", json!([])),
        ("/data/teams", json!([{"id": 61, "name": "First teamSecond team"}])),
    ] {
        assert_ne!(event(&with(pointer, value.clone())).event_id, plain, "{pointer} = {value}");
    }
}

#[test]
fn different_shapes_with_the_same_characters_differ() {
    let shapes: Vec<String> = [
        json!(["a", "b"]),
        json!(["ab"]),
        json!("ab"),
        json!([["a"], "b"]),
        json!([["a", "b"]]),
        json!({"a": "b"}),
        json!({"ab": null}),
        json!([1, 2]),
        json!([12]),
        json!("12"),
        json!(12),
        json!(null),
        json!(true),
        json!(false),
        json!([]),
        json!({}),
        json!(""),
    ]
    .iter()
    .map(|shape: &Value| id(&with("/data/shape", shape.clone()).to_string()))
    .collect();
    for (place, shape) in shapes.iter().enumerate() {
        assert!(!shapes[..place].contains(shape), "shape {place} has the id of another");
    }
}

#[test]
fn of_a_repeated_member_the_last_one_counts_in_the_event_and_in_the_id() {
    let twice = r#"{"event":"call.ended","timestamp":7,"data":{"id":4,"id":5}}"#;
    let once = r#"{"event":"call.ended","timestamp":7,"data":{"id":5}}"#;
    assert_eq!(read(twice.as_bytes()).unwrap().call_id.get(), 5);
    assert_eq!(id(twice), id(once));
}

#[test]
fn ids_of_other_families_and_of_rejections_follow_the_same_rule() {
    let orphan = |body: &str| match read(body.as_bytes()).unwrap_err() {
        NoCall::OtherEvent { event_id, .. } => event_id,
        NoCall::Rejected(rejection) => rejection.event_id,
    };
    let other = |token: &str, n: u32| {
        format!(r#"{{"event":"user.opened.v2","timestamp":{n},"token":"{token}","data":{{}}}}"#)
    };
    assert_eq!(orphan(&other("a", 1)), orphan(&other("b", 1)));
    assert_ne!(orphan(&other("a", 1)), orphan(&other("a", 2)));
    assert_eq!(orphan("{not json"), orphan("{not json"));
    assert_ne!(orphan("{not json"), orphan("{not json either"));
}
