//! B20 whatever is sent to the real program, it answers as documented and takes the next good event; also
//! while nothing can be written to Front.

use std::time::Duration;

use bytes::Bytes;
use serde_json::json;
use simulators::aircall::bodies::{CallBody, ContactBody, LineBody, UserBody};
use simulators::front::{ALL_SCOPES, PHONE_INBOX};
use tests::journey::TOKEN;
use tests::pipeline::{Options, Pipeline};
use tests::verdict::event_ids;

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
        // Whoever reads its token knows the sender, and need not follow it down.
        ("nesting that no parser follows", nested(100_000), 200),
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
    pipeline.settle().await;
    let metrics = pipeline.metrics().await;
    let too_deep = "callfold_ingest_rejected_total{reason=\"too_deep\"} 2\n";
    assert!(metrics.contains(too_deep), "both are kept with the reason: {metrics}");
    let shown = pipeline.front.snapshot();
    let messages: usize = shown.conversations.iter().map(|it| it.entries.len()).sum();
    // Every good call is a main activity and a duration; nothing else made one.
    assert_eq!(messages, 2 * table().len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b10_markup_and_control_characters_reach_front_escaped() {
    let pipeline = Pipeline::start(Options::fast(BINARY)).await;
    let hostile = "<script>alert(1)</script> *bold* [x](http://example.com)\u{7}\u{0}`";
    let agent = UserBody::new(7, hostile, "agent.one@example.com");
    let line = LineBody::new(501, hostile, "+33 1 99 00 00 01");
    let contact = || ContactBody::new(3, hostile, "Last");
    let missed = CallBody::inbound(78).line(line.clone()).contact(contact());
    let missed = missed.started_at(AT + 600).ended_at(AT + 660);
    let call = CallBody::inbound(77)
        .line(line)
        .agent(&agent)
        .contact(contact())
        .started_at(AT)
        .answered_at(AT + 5)
        .ended_at(AT + 60)
        .comment(9, hostile, AT + 61, &agent);
    for (call, at) in [(call, AT + 90), (missed, AT + 690)] {
        assert_eq!(pipeline.send(call.event("call.ended", at).to_bytes(TOKEN)).await, Some(200));
    }
    pipeline.settle().await;
    let requests = pipeline.front.requests();
    let bodies: Vec<String> = requests
        .iter()
        .filter_map(|request| request.body.as_ref()?["body"].as_str().map(str::to_owned))
        .collect();
    assert_eq!(bodies.len(), 4, "main, duration, comment; main of the missed call");
    for body in bodies.iter().filter(|body| body.contains("alert")) {
        assert!(!body.contains('<') && !body.contains("*bold*") && !body.contains("[x]"), "{body}");
        assert!(!body.chars().any(|c| c.is_control() && c != '\n'), "{body:?}");
    }
    assert!(bodies.iter().filter(|body| body.contains("alert")).count() >= 2, "{bodies:?}");
    // A name is no markup to Front: it stays what it is, with a space for each control character.
    let plain = "<script>alert(1)</script> *bold* [x](http://example.com)  ` Last";
    for (place, whose) in [("/name", "the contact's"), ("/sender/name", "the caller's")] {
        let bodies = requests.iter().filter_map(|it| it.body.as_ref());
        let names: Vec<_> = bodies.filter_map(|body| body.pointer(place)?.as_str()).collect();
        assert_eq!(names, [plain], "{whose}");
    }
}

/// Longer than a busy machine needs for the dispatcher's first requests.
const HELD_WITHIN: Duration = Duration::from_secs(120);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b20_while_the_dispatcher_is_held_webhooks_are_200_and_kept_and_come_to_front_later() {
    for lack in ["messages:write", "the inbox"] {
        let mut options = Options::fast(BINARY);
        options.simulator.scopes.retain(|scope| scope != lack);
        if lack == "the inbox" {
            options.simulator.inboxes.retain(|inbox| inbox.name != PHONE_INBOX);
        }
        let pipeline = Pipeline::start(options).await;
        let child = pipeline.child.as_ref().expect("the program runs");
        assert_eq!(pipeline.send(good(1)).await, Some(200), "before it is known, {lack}");
        let held = || async {
            let status = child.status().await?;
            (status["roles"]["dispatcher"]["state"] == "held").then_some(())
        };
        child.until(HELD_WITHIN, "the dispatcher is held", held).await;
        assert_eq!(pipeline.send(good(2)).await, Some(200), "without {lack}");
        assert_eq!(event_ids(child, "calls").await.len(), 2, "without {lack}");
        assert_eq!(pipeline.front.snapshot().conversations.len(), 0, "without {lack}");
        if lack == "messages:write" {
            pipeline.front.scopes(ALL_SCOPES.iter().map(|it| (*it).to_owned()).collect());
            pipeline.settle().await;
            let shown = pipeline.front.snapshot();
            let entries: usize = shown.conversations.iter().map(|it| it.entries.len()).sum();
            assert_eq!(entries, 4, "two calls, each a main activity and a duration");
        }
    }
}
