//! B20 whatever is sent to the real program, it answers as documented and takes the next good event.

use bytes::Bytes;
use serde_json::json;
use simulators::aircall::bodies::{CallBody, ContactBody, LineBody, UserBody};
use tests::journey::TOKEN;
use tests::pipeline::{Options, Pipeline};

use crate::BINARY;

const AT: i64 = 1_782_900_000;

fn good(id: i64) -> Bytes {
    let agent = UserBody::new(7, "Agent One", "agent.one@example.com");
    let line = LineBody::new(501, "Support", "+33 1 99 00 00 01");
    let call = CallBody::inbound(id).line(line).agent(&agent).started_at(AT);
    call.answered_at(AT + 5).ended_at(AT + 60).event("call.ended", AT + 90).to_bytes(TOKEN)
}

fn nested(depth: usize) -> Bytes {
    let head =
        format!("{{\"token\":\"{TOKEN}\",\"event\":\"call.ended\",\"timestamp\":1,\"data\":");
    format!("{head}{}{}}}", "[".repeat(depth), "]".repeat(depth)).into()
}

/// What is sent, and the status that the interface promises.
fn table() -> Vec<(&'static str, Bytes, u16)> {
    let wrong_types = json!({
        "resource": 7, "event": "call.ended", "timestamp": "soon", "token": TOKEN,
        "data": {"id": [], "user": "nobody", "number": 3, "comments": {}, "tags": "none"},
    });
    let huge = json!({
        "resource": "call", "event": "call.ended", "timestamp": 1e300, "token": TOKEN,
        "data": {"id": 1e300, "started_at": -9e300, "duration": u64::MAX},
    });
    let wrong_token = CallBody::inbound(1).event("call.ended", AT).to_bytes("not-the-token");
    let without_token = Bytes::from_static(b"{\"event\":\"call.ended\",\"data\":{}}");
    let invalid_utf8 = Bytes::from([b"{\"token\":\"".as_slice(), &[0xff, 0xfe], b"\"}"].concat());
    vec![
        ("malformed JSON", Bytes::from_static(b"{\"event\":"), 400),
        ("nothing", Bytes::new(), 400),
        ("a token that is not UTF-8", invalid_utf8, 401),
        ("a wrong token", wrong_token, 401),
        ("no token", without_token, 401),
        ("two mebibytes", vec![b' '; 2 << 20].into(), 413),
        ("wrong types", wrong_types.to_string().into(), 200),
        ("huge numbers", huge.to_string().into(), 200),
        ("deep but readable nesting", nested(100), 200),
        ("an event of the future", event_of("call.teleported"), 200),
        ("another family's event", event_of("user.wut_start.v2"), 200),
    ]
}

fn event_of(name: &str) -> Bytes {
    let data = json!({"id": 5, "direction": "sideways", "status": "elsewhere", "new": {"a": 1}});
    json!({"resource": "x", "event": name, "timestamp": AT, "token": TOKEN, "data": data})
        .to_string()
        .into()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b20_bad_input_is_answered_as_documented_and_the_next_good_event_works() {
    let pipeline = Pipeline::start(Options::fast(BINARY)).await;
    for (place, (what, body, promised)) in table().into_iter().enumerate() {
        assert_eq!(pipeline.send(body).await, Some(promised), "{what}");
        let id = 1_000 + i64::try_from(place).expect("a short table");
        assert_eq!(pipeline.send(good(id)).await, Some(200), "a good event after {what}");
    }
    // So deep that no parser follows: whatever it is called, the process lives.
    let status = pipeline.send(nested(100_000)).await;
    assert!(matches!(status, Some(200 | 400)), "{status:?}");
    assert_eq!(pipeline.send(good(2_000)).await, Some(200));
    pipeline.settle().await;
    let shown = pipeline.front.snapshot();
    let messages: usize = shown.conversations.iter().map(|it| it.entries.len()).sum();
    // Every good call is a main activity and a duration; nothing else made one.
    assert_eq!(messages, 2 * (table().len() + 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b10_markup_and_control_characters_reach_front_escaped() {
    let pipeline = Pipeline::start(Options::fast(BINARY)).await;
    let hostile = "<script>alert(1)</script> *bold* [x](http://example.com)\u{7}\u{0}`";
    let agent = UserBody::new(7, hostile, "agent.one@example.com");
    let line = LineBody::new(501, hostile, "+33 1 99 00 00 01");
    let call = CallBody::inbound(77)
        .line(line)
        .agent(&agent)
        .contact(ContactBody::new(3, hostile, "Last"))
        .started_at(AT)
        .answered_at(AT + 5)
        .ended_at(AT + 60)
        .comment(9, hostile, AT + 61, &agent);
    assert_eq!(pipeline.send(call.event("call.ended", AT + 90).to_bytes(TOKEN)).await, Some(200));
    pipeline.settle().await;
    let bodies: Vec<String> = pipeline
        .front
        .requests()
        .iter()
        .filter_map(|request| request.body.as_ref()?["body"].as_str().map(str::to_owned))
        .collect();
    assert_eq!(bodies.len(), 3, "main, duration, comment");
    for body in bodies.iter().filter(|body| body.contains("alert")) {
        assert!(!body.contains('<') && !body.contains("*bold*") && !body.contains("[x]"), "{body}");
        assert!(!body.chars().any(|c| c.is_control() && c != '\n'), "{body:?}");
    }
    assert!(bodies.iter().filter(|body| body.contains("alert")).count() >= 2, "{bodies:?}");
}
