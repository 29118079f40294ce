//! Imports into a simulated Front: accepted, visible later, recognised, threaded.

use super::caller::{Caller, import};
use serde_json::json;
use simulators::front::{Config, Simulator, Span};

const IMPORTS: &str = "/inboxes/inb_1/imported_messages";

fn quick() -> Config {
    Config { visible_delay_ms: Span { min: 1, max: 20 }, ..Config::default() }
}

#[tokio::test]
async fn an_import_is_accepted_at_once_and_visible_later() {
    let front = Simulator::start(quick()).await.unwrap();
    let caller = Caller::new(&front);
    let accepted = caller.post(IMPORTS, import("call:1:main", true, 1_754_900_000)).await;
    assert_eq!((accepted.status, &accepted.body["status"]), (202, &json!("accepted")));
    front.settled().await;
    let uid = accepted.body["message_uid"].as_str().unwrap();
    let message = caller.get(&format!("/messages/alt:uid:{uid}")).await;
    assert_eq!(message.status, 200);
    assert_eq!(message.body["subject"], "Missed call - Support FR");
    let snapshot = front.snapshot();
    assert_eq!(snapshot.conversations.len(), 1);
    assert_eq!(snapshot.conversations[0].contact_handle, "+33612345678");
    assert_eq!(snapshot.conversations[0].status, "unassigned");
    front.stop().await;
}

#[tokio::test]
async fn a_repeated_external_id_is_recognised() {
    let front = Simulator::start(quick()).await.unwrap();
    let caller = Caller::new(&front);
    let first = caller.post(IMPORTS, import("call:1:main", true, 1_754_900_000)).await;
    let again = caller.post(IMPORTS, import("call:1:main", true, 1_754_900_000)).await;
    assert_eq!(first.body, again.body);
    front.settled().await;
    assert_eq!(front.snapshot().conversations[0].entries.len(), 1);
    assert_eq!(front.counts().repeats_recognised, 1);
    assert!(front.requests()[1].was_duplicate);
    front.stop().await;
}
