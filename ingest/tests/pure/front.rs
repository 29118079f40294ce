//! Front's signature and what is read of its bodies.

use base64::Engine;
use hmac::{Hmac, Mac};
use ingest::front_body::{FrontBody, read};
use ingest::front_signature::{Refusal, verify};
use sha2::Sha256;

const SECRET: &[u8] = b"an application's secret";
const NOW_MS: i64 = 1_767_261_660_000;

fn sign(timestamp: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET).unwrap();
    mac.update(timestamp.as_bytes());
    mac.update(b":");
    mac.update(body);
    base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes())
}

#[test]
fn a_signature_fits_one_secret_one_time_and_one_body() {
    let timestamp = NOW_MS.to_string();
    let good = sign(&timestamp, b"{}");
    let check =
        |secret, timestamp, signature, body| verify(secret, timestamp, signature, body, NOW_MS);
    let (time, signature) = (Some(timestamp.as_str()), Some(good.as_str()));
    assert_eq!(check(SECRET, time, signature, b"{}"), Ok(()));
    assert_eq!(check(b"another", time, signature, b"{}"), Err(Refusal::Signature));
    assert_eq!(check(SECRET, time, signature, b"{ }"), Err(Refusal::Signature));
    let later = (NOW_MS + 1).to_string();
    assert_eq!(check(SECRET, Some(&later), signature, b"{}"), Err(Refusal::Signature));
    let shorter = &good[..good.len() - 4];
    assert_eq!(check(SECRET, time, Some(shorter), b"{}"), Err(Refusal::Signature));
    assert_eq!(check(SECRET, time, Some(""), b"{}"), Err(Refusal::Signature));
    assert_eq!(check(SECRET, time, Some("not base64!"), b"{}"), Err(Refusal::Headers));
    assert_eq!(check(SECRET, time, None, b"{}"), Err(Refusal::Headers));
    assert_eq!(check(SECRET, None, signature, b"{}"), Err(Refusal::Headers));
    assert_eq!(check(SECRET, Some("soon"), signature, b"{}"), Err(Refusal::Headers));
}

#[test]
fn the_known_signature_of_a_known_body() {
    let signature = "foaSO05zHicomtCPqHHT1ls2xZRLNlYMTkyyLkYNch0=";
    assert_eq!(
        verify(SECRET, Some("1767261660000"), Some(signature), b"{\"type\":\"sync\"}", NOW_MS),
        Ok(())
    );
}

#[test]
fn requests_more_than_five_minutes_off_are_refused_in_seconds_and_milliseconds() {
    for (timestamp, expected) in [
        (NOW_MS - 300_000, Ok(())),
        (NOW_MS + 300_000, Ok(())),
        (NOW_MS - 300_001, Err(Refusal::Time)),
        (NOW_MS + 300_001, Err(Refusal::Time)),
        (NOW_MS / 1000 - 300, Ok(())),
        (NOW_MS / 1000 - 301, Err(Refusal::Time)),
        (0, Err(Refusal::Time)),
        (i64::MIN, Err(Refusal::Time)),
        (i64::MAX, Err(Refusal::Time)),
    ] {
        let timestamp = timestamp.to_string();
        let signature = sign(&timestamp, b"{}");
        let verified = verify(SECRET, Some(&timestamp), Some(&signature), b"{}", NOW_MS);
        assert_eq!(verified, expected, "{timestamp}");
    }
}

#[test]
fn an_event_has_front_s_id_and_the_name_of_its_payload() {
    let event = |body: &str| match read(body.as_bytes()) {
        FrontBody::Event { event_id, event } => (event_id.to_string(), event),
        other => panic!("{other:?}"),
    };
    let name = |name: &str| Some(name.to_owned());
    let body = r#"{"type":"conversation_archived","payload":{"id":"evt_1","type":"archive"}}"#;
    assert_eq!(event(body), ("evt_1".to_owned(), name("archive")));
    let preview = r#"{"type":"conversation_moved","payload":{"id":"evt_2"}}"#;
    assert_eq!(event(preview), ("evt_2".to_owned(), name("conversation_moved")));
    let (hashed, unnamed) = event(r#"{"payload":{"id":"a|b","type":7}}"#);
    assert_eq!((hashed.len(), unnamed), (32, None), "an id that cannot stand in a key");
    assert_ne!(event(r#"{"payload":{}}"#).0, event(r#"{"payload":{"a":1}}"#).0);
}

#[test]
fn a_sync_says_nothing_and_no_object_is_unreadable() {
    let sync = br#"{"type":"sync","authorization":{"id":"cmp_1"}}"#;
    assert_eq!(read(sync), FrontBody::Sync);
    for body in [&b"[]"[..], b"", b"{", b"\xff"] {
        assert!(matches!(read(body), FrontBody::Unreadable { .. }));
    }
}
