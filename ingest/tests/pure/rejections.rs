//! What makes no event of a call, and why.

use ingest::{NORMALISER_REVISION, NoCall};
use schemas::Source;
use serde_json::json;

use crate::bodies::{RECEIVED_AT, event, full, read, with, without};

fn reason(body: &[u8]) -> String {
    match read(body).unwrap_err() {
        NoCall::Rejected(rejection) => rejection.reason,
        NoCall::OtherEvent { event, .. } => panic!("kept as the other event {event}"),
    }
}

#[test]
fn b20_each_reason_has_its_code() {
    for (body, expected) in [
        ("{".to_owned(), "not_json"),
        (String::new(), "not_json"),
        (full().to_string() + "x", "not_json"),
        ("[1]".to_owned(), "not_an_object"),
        ("\"call.ended\"".to_owned(), "not_an_object"),
        ("{}".to_owned(), "event_missing"),
        (with("/event", json!(7)).to_string(), "event_missing"),
        (with("/event", json!("")).to_string(), "event_missing"),
        (with("/event", json!("call.\u{0}")).to_string(), "event_missing"),
        (with("/event", json!("call.".repeat(30))).to_string(), "event_missing"),
        (without("/timestamp").to_string(), "timestamp_missing"),
        (with("/timestamp", json!(1_767_261_700_000_i64)).to_string(), "timestamp_missing"),
        (without("/data").to_string(), "data_missing"),
        (with("/data", json!([])).to_string(), "data_missing"),
        (without("/data/id").to_string(), "call_id_missing"),
        (with("/data/id", json!(0)).to_string(), "call_id_missing"),
        (with("/data/id", json!("x")).to_string(), "call_id_missing"),
        (with("/data/id", json!(1e30)).to_string(), "call_id_missing"),
    ] {
        assert_eq!(reason(body.as_bytes()), expected, "{body:.80}");
    }
}

#[test]
fn a_rejection_says_what_it_knows_and_no_value_of_the_body() {
    let NoCall::Rejected(rejection) = read(without("/data/id").to_string().as_bytes()).unwrap_err()
    else {
        panic!("kept as another event");
    };
    assert_eq!(rejection.source, Source::Aircall);
    assert_eq!(rejection.event.as_deref(), Some("call.comm_assets_generated"));
    assert_eq!(rejection.received_at, RECEIVED_AT);
    assert_eq!(rejection.normaliser_revision, NORMALISER_REVISION);
    assert_eq!(rejection.detail, "`data.id` is absent or no positive number");
}

#[test]
fn events_of_other_families_are_known_by_their_name_alone() {
    for name in ["integration.deleted", "user.opened.v2", "message.sent", "callback.created"] {
        let body = with("/event", json!(name));
        let NoCall::OtherEvent { event, .. } = read(body.to_string().as_bytes()).unwrap_err()
        else {
            panic!("{name} was rejected");
        };
        assert_eq!(event, name);
    }
}

#[test]
fn deep_nesting_is_a_reason_and_no_stack_overflow() {
    let nested = |open: &str, close: &str, levels: usize| {
        let unknown = format!("{}1{}", open.repeat(levels), close.repeat(levels));
        full().to_string().replace("\"archived\":true", &format!("\"archived\":{unknown}"))
    };
    // The body and its data are two of the 64 levels.
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        assert!(read(nested(open, close, 62).as_bytes()).is_ok(), "{open}");
        assert_eq!(reason(nested(open, close, 63).as_bytes()), "too_deep", "{open}");
        assert_eq!(reason(nested(open, close, 200_000).as_bytes()), "too_deep", "{open}");
    }
    assert_eq!(reason("{\"a\":".repeat(200_000).as_bytes()), "too_deep");
}

#[test]
fn b20_invalid_utf8_and_half_characters_cost_no_event() {
    let mut body = with("/data/comments/0/content", json!("XX")).to_string().into_bytes();
    let at = body.windows(2).position(|two| two == b"XX").unwrap();
    (body[at], body[at + 1]) = (0xff, 0xc3);
    assert_eq!(read(&body).unwrap().comments[0].content, "\u{fffd}\u{fffd}");
    let body = with("/data/comments/0/content", json!("XX")).to_string();
    let content = |escaped: &str| {
        read(body.replace("XX", escaped).as_bytes()).unwrap().comments[0].content.clone()
    };
    assert_eq!(content(r"\ud83d\ude00"), "\u{1f600}");
    assert_eq!(content(r"a\ud83d"), "a\u{fffd}");
    assert_eq!(content(r"\ude00b"), "\u{fffd}b");
    assert_eq!(content(r"\ud83d\u0041"), "\u{fffd}A");
    assert_eq!(content(r"\ude00\udc00"), "\u{fffd}\u{fffd}");
    assert_eq!(content(r#"\"\\\/\n\t\u0041"#), "\"\\/\n\tA");
    assert_eq!(event(&full()).comments.len(), 1);
}
