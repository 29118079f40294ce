//! Aircall's webhooks, from the request to the records.

use eventlog::memory::Failure;
use eventlog::partitioner::partition_of;
use schemas::{CallEvent, Raw, Rejection, TopicKind};

use crate::bodies::{TOKEN, ended};
use crate::rig::{NOW_MS, Rig, config};

#[tokio::test]
async fn b20_an_event_is_on_raw_and_calls_when_200_comes() {
    let rig = Rig::start(config()).await;
    assert_eq!(rig.post("/webhooks/aircall", ended(9001)).await.status, 200);

    let (calls, raw) = (rig.on(TopicKind::Calls).await, rig.on(TopicKind::Raw).await);
    let events: Vec<CallEvent> = rig.values(TopicKind::Calls).await;
    assert_eq!(events[0].call_id.get(), 9001);
    assert_eq!(events[0].contact.as_str(), "+443308180000");
    assert_eq!(events[0].received_at.0, NOW_MS);
    let key = format!("+443308180000|{}", events[0].event_id);
    let partition = partition_of(b"+443308180000", 12).0;
    for topic in [&calls, &raw] {
        assert_eq!(topic.len(), 1);
        assert_eq!(topic[0].0, partition);
        assert_eq!(topic[0].1.key, key.as_bytes());
        assert_eq!(
            topic[0].1.header("event-id").unwrap(),
            events[0].event_id.to_string().as_bytes()
        );
    }
    assert_eq!(calls[0].1.header("schema").unwrap().as_ref(), b"callfold.CallEvent");
    assert_eq!(raw[0].1.header("schema").unwrap().as_ref(), b"callfold.Raw");
    let raw: Vec<Raw> = rig.values(TopicKind::Raw).await;
    assert_eq!(raw[0].event_id, events[0].event_id);
    assert_eq!(raw[0].event.as_deref(), Some("call.ended"));
    assert_eq!(raw[0].received_at.0, NOW_MS);
    let kept = String::from_utf8(raw[0].body.clone()).unwrap();
    assert_eq!(kept, ended(9001).replace(TOKEN, ""), "the body as received, token blank");
    rig.stop().await;
}

#[tokio::test]
async fn b21_a_repeat_with_newly_signed_urls_has_the_same_key() {
    let rig = Rig::start(config()).await;
    let again = ended(9001).replace("X-Amz-Signature=abc", "X-Amz-Signature=def");
    assert_eq!(rig.post("/webhooks/aircall", ended(9001)).await.status, 200);
    assert_eq!(rig.post("/webhooks/aircall", again).await.status, 200);
    let calls = rig.on(TopicKind::Calls).await;
    assert_eq!(calls.len(), 2);
    assert_eq!(calls[0].1.key, calls[1].1.key);
    rig.stop().await;
}

#[tokio::test]
async fn a_wrong_or_absent_token_is_401_and_leaves_nothing() {
    let rig = Rig::start(config()).await;
    let wrong = ended(9001).replace(TOKEN, "c0ffee00c0ffee00c0ffee00c0ffee01");
    let absent = ended(9001).replace(&format!(r#""token":"{TOKEN}","#), "");
    let no_text = ended(9001).replace(&format!(r#""{TOKEN}""#), "[1]");
    for body in [
        wrong.as_str(),
        &absent,
        &no_text,
        "{}",
        "[]",
        "12",
        r#"{"token":null}"#,
        r#"{"token":""}"#,
    ] {
        assert_eq!(rig.post("/webhooks/aircall", body).await.status, 401, "{body}");
    }
    for kind in [TopicKind::Raw, TopicKind::Calls, TopicKind::Rejected] {
        assert!(rig.on(kind).await.is_empty());
    }
    rig.stop().await;
}

#[tokio::test]
async fn each_of_several_tokens_opens() {
    let rig = Rig::start(config()).await;
    let older = ended(9001).replace(TOKEN, "an-older-token");
    assert_eq!(rig.post("/webhooks/aircall", older).await.status, 200);
    assert_eq!(rig.post("/webhooks/aircall", ended(9002)).await.status, 200);
    rig.stop().await;
}

#[tokio::test]
async fn b20_an_authentic_body_that_makes_no_event_is_kept_with_the_reason() {
    let rig = Rig::start(config()).await;
    let body = ended(9001).replace(r#""id":9001,"#, "");
    assert_eq!(rig.post("/webhooks/aircall", body).await.status, 200);
    let rejected: Vec<Rejection> = rig.values(TopicKind::Rejected).await;
    let raw: Vec<Raw> = rig.values(TopicKind::Raw).await;
    assert_eq!(rejected[0].reason, "call_id_missing");
    assert_eq!(rejected[0].event_id, raw[0].event_id);
    let (records, id) = (rig.on(TopicKind::Rejected).await, &rejected[0].event_id);
    assert_eq!(records[0].1.key, format!("?|{id}").as_bytes());
    assert_eq!(records[0].0, partition_of(id.to_string().as_bytes(), 12).0);
    assert!(rig.on(TopicKind::Calls).await.is_empty());
    rig.stop().await;
}

#[tokio::test]
async fn a_log_that_takes_nothing_is_503_and_a_later_repeat_is_kept() {
    let rig = Rig::start(config()).await;
    rig.log.fail_next(Failure::Retry);
    let reply = rig.post("/webhooks/aircall", ended(9001)).await;
    assert_eq!((reply.status, reply.header("retry-after")), (503, Some("5")));
    assert!(rig.on(TopicKind::Calls).await.is_empty());
    assert_eq!(rig.post("/webhooks/aircall", ended(9001)).await.status, 200);
    assert_eq!(rig.on(TopicKind::Calls).await.len(), 1);
    rig.stop().await;
}
