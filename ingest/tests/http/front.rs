//! Front's application webhooks, from the request to the record.

use base64::Engine;
use eventlog::partitioner::partition_of;
use hmac::{Hmac, Mac};
use ingest::Config;
use schemas::{Raw, Rejection, Source, TopicKind};
use sha2::Sha256;

use crate::rig::{NOW_MS, Rig, config};

const SECRET: &str = "an-application-secret";
pub const EVENT: &str = r#"{"type":"conversation_archived","authorization":{"id":"cmp_1"},"payload":{"id":"evt_7","type":"archive","conversation":{"id":"cnv_1"}}}"#;

pub fn configured() -> Config {
    Config { front_app_secret: Some(SECRET.into()), ..config() }
}

/// The headers with which Front signs `body` at `at`.
pub fn signed(body: &str, at: i64) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(format!("{at}:{body}").as_bytes());
    let signature = base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes());
    format!("x-front-request-timestamp: {at}\r\nx-front-signature: {signature}\r\n")
}

#[tokio::test]
async fn b23_a_signed_event_is_on_raw_when_200_comes() {
    let rig = Rig::start(configured()).await;
    let reply = rig.post_with("/webhooks/front", &signed(EVENT, NOW_MS), EVENT).await;
    assert_eq!(reply.status, 200);
    let records = rig.on(TopicKind::Raw).await;
    assert_eq!(records[0].1.key.as_ref(), b"?|evt_7");
    assert_eq!(records[0].0, partition_of(b"evt_7", 12).0);
    let raw: Vec<Raw> = rig.values(TopicKind::Raw).await;
    assert_eq!((raw[0].source, raw[0].event.as_deref()), (Source::Front, Some("archive")));
    assert_eq!((raw[0].event_id.to_string(), raw[0].received_at.0), ("evt_7".to_owned(), NOW_MS));
    assert_eq!(raw[0].body, EVENT.as_bytes());
    rig.stop().await;
}

#[tokio::test]
async fn what_front_did_not_sign_now_is_401_and_leaves_nothing() {
    let rig = Rig::start(configured()).await;
    for headers in [
        String::new(),
        signed("{}", NOW_MS),
        signed(EVENT, NOW_MS - 300_001),
        signed(EVENT, NOW_MS / 1000 + 302),
        signed(EVENT, NOW_MS)
            .replace("x-front-request-timestamp: 1", "x-front-request-timestamp: 2"),
    ] {
        let headers = format!("{headers}x-front-challenge: abc\r\n");
        let reply = rig.post_with("/webhooks/front", &headers, EVENT).await;
        assert_eq!(reply.status, 401, "{headers}");
        assert!(!reply.text.contains("abc"), "a challenge is answered to Front alone");
    }
    assert!(rig.on(TopicKind::Raw).await.is_empty());
    rig.stop().await;
}

#[tokio::test]
async fn a_challenge_is_echoed_and_nothing_is_kept_of_a_sync() {
    let rig = Rig::start(configured()).await;
    let sync = r#"{"type":"sync","authorization":{"id":"cmp_1"}}"#;
    let headers = format!("{}x-front-challenge: abc\"123\r\n", signed(sync, NOW_MS / 1000));
    let reply = rig.post_with("/webhooks/front", &headers, sync).await;
    assert_eq!((reply.status, reply.header("content-type")), (200, Some("application/json")));
    assert!(reply.text.ends_with(r#"{"challenge":"abc\"123"}"#));
    assert!(rig.on(TopicKind::Raw).await.is_empty());
    rig.stop().await;
}

#[tokio::test]
async fn b20_a_signed_body_that_cannot_be_read_is_kept_with_the_reason() {
    let rig = Rig::start(configured()).await;
    let reply = rig.post_with("/webhooks/front", &signed("nonsense", NOW_MS), "nonsense").await;
    assert_eq!(reply.status, 200);
    let rejected: Vec<Rejection> = rig.values(TopicKind::Rejected).await;
    assert_eq!((rejected[0].source, rejected[0].reason.as_str()), (Source::Front, "not_an_object"));
    assert_eq!(rig.on(TopicKind::Raw).await.len(), 1);
    rig.stop().await;
}

#[tokio::test]
async fn without_an_application_secret_there_is_nothing_here() {
    let rig = Rig::start(config()).await;
    let reply = rig.post_with("/webhooks/front", &signed(EVENT, NOW_MS), EVENT).await;
    assert_eq!(reply.status, 404);
    rig.stop().await;
}

#[tokio::test]
async fn an_empty_application_secret_is_none() {
    let rig = Rig::start(Config { front_app_secret: Some("".into()), ..config() }).await;
    assert_eq!(rig.post("/webhooks/front", EVENT).await.status, 404);
    rig.stop().await;
}
