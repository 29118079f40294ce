//! The simulator against Front's own specification, where that is at hand.

use serde_json::json;
use simulators::front::{Config, Switches, endpoints};
use simulators::spec;

use super::caller::{finish, import, quick, start};

#[tokio::test]
async fn every_endpoint_answers_as_the_specification_says() {
    for switches in [Switches::default(), Switches::all_other()] {
        every_endpoint_answers(switches).await;
    }
}

async fn every_endpoint_answers(switches: Switches) {
    let (front, caller) = start(Config { switches, company_rules: true, ..quick() }).await;
    caller.post("/inboxes/inb_1/imported_messages", import("1", true, 1)).await;
    caller.post("/inboxes/inb_1/imported_messages", import("2", false, 2)).await;
    front.settled().await;
    let handle = |handle: &str| json!({"handle": handle, "source": "custom"});
    for (method, path, body, status) in [
        ("POST", "/contacts", json!({"handles": [handle("a")], "name": "A"}), 201),
        ("POST", "/contacts", json!({"handles": [handle("b")]}), 201),
        ("PATCH", "/contacts/alt:custom:a", json!({"description": "x"}), 204),
        ("POST", "/contacts/alt:custom:a/handles", handle("c"), 204),
        ("DELETE", "/contacts/alt:custom:a/handles", handle("c"), 204),
        ("POST", "/contacts/merge", json!({"contact_ids": ["crd_2", "crd_3"]}), 200),
        ("POST", "/company/tags", json!({"name": "new", "highlight": "red"}), 201),
        ("PATCH", "/conversations/cnv_1", json!({"inbox_id": "inb_3"}), 204),
        ("PUT", "/conversations/cnv_1/assignee", json!({"assignee_id": "tea_1"}), 204),
        ("POST", "/conversations/cnv_1/comments", json!({"body": "x"}), 201),
        ("PATCH", "/comments/com_1/", json!({"is_pinned": true}), 200),
        ("POST", "/conversations/cnv_1/tags", json!({"tag_ids": ["tag_1"]}), 204),
        ("DELETE", "/conversations/cnv_1/tags", json!({"tag_ids": ["tag_1"]}), 204),
        ("PATCH", "/conversations/cnv_1", json!({"status": "archived"}), 204),
    ] {
        let answer = caller.send(method, path, Some(&body)).await;
        assert_eq!(answer.status, status, "{method} {path}: {:?}", answer.body);
    }
    for path in [
        "/me",
        "/inboxes",
        "/inboxes/inb_1",
        "/inboxes/inb_1/teammates",
        "/inboxes/inb_1/channels",
        "/inboxes/inb_1/conversations",
        "/channels",
        "/channels/cha_1",
        "/teammates",
        "/teammates/tea_1",
        "/teammates/alt:email:agent.one%40example.com",
        "/tags?limit=1",
        "/tags/tag_1",
        "/company/tags",
        "/company/rules",
        "/contacts",
        "/contacts/crd_1",
        "/contacts/crd_1/conversations",
        "/messages/msg_1",
        "/messages/msg_2",
        "/comments/com_1",
        "/conversations",
        "/conversations/search/x",
        "/conversations/cnv_1",
        "/conversations/cnv_1/comments",
        "/conversations/cnv_1/messages?sort_by=created_at&sort_order=asc",
        "/conversations/cnv_1/inboxes",
        "/conversations/cnv_1/events",
        "/events?q[types][]=archive&q[after]=1.000&limit=15",
        "/events/evt_1",
    ] {
        assert_eq!(caller.get(path).await.status, 200, "{path}");
    }
    let asked = front.counts();
    let missing =
        |name: &String| !asked.reads.contains_key(name) && !asked.writes.contains_key(name);
    let missed: Vec<String> = endpoints().into_iter().filter(missing).collect();
    assert_eq!(missed, [""; 0], "never asked");
    finish(front).await;
}

#[tokio::test]
async fn pages_of_inboxes_and_teammates_are_no_violation() {
    let (front, caller) = start(Config { directory_page: Some(1), ..quick() }).await;
    for list in ["/inboxes", "/teammates"] {
        let first = caller.get(list).await;
        assert!(first.body["_pagination"]["next"].is_string(), "{list}: {:?}", first.body);
        let second = caller.get(&format!("{list}?limit=1&page_token=after1")).await;
        assert_eq!(second.status, 200, "{list}");
        assert_ne!(first.body["_results"], second.body["_results"], "{list}");
    }
    finish(front).await;
}

#[tokio::test]
async fn what_the_specification_does_not_have_is_a_violation() {
    if spec::for_tests().is_none() {
        return;
    }
    let mut unknown_field = import("1", true, 1);
    unknown_field["metadata"]["colour"] = json!("red");
    let mut float = import("1", true, 1);
    float["created_at"] = json!(1.5);
    for (method, path, body, part) in [
        ("PATCH", "/conversations/cnv_1", Some(json!({"subject": "x"})), "request body"),
        ("PATCH", "/conversations/cnv_1", None, "none is sent"),
        ("POST", "/inboxes/inb_1/imported_messages", Some(unknown_field), "/metadata"),
        ("POST", "/inboxes/inb_1/imported_messages", Some(float), "/created_at"),
        ("POST", "/contacts", Some(json!({"handles": [], "nickname": "x"})), "request body"),
        ("GET", "/inboxes/inb_1?colour=red", None, "query parameter colour"),
        ("GET", "/conversations?limit=101", None, "query parameter limit"),
        ("GET", "/conversations/cnv_1/colour", None, "no such operation"),
    ] {
        let (front, caller) = start(quick()).await;
        caller.send(method, path, body.as_ref()).await;
        let violations = front.violations();
        let found = violations.iter().any(|violation| violation.to_string().contains(part));
        assert!(found, "{method} {path}: {part} in {violations:?}");
        front.stop().await;
    }
}

#[tokio::test]
async fn null_takes_the_assignee_away_without_violation() {
    let (front, caller) = start(quick()).await;
    caller.post("/inboxes/inb_1/imported_messages", import("1", true, 1)).await;
    front.settled().await;
    let nobody = json!({"assignee_id": null});
    assert_eq!(caller.send("PATCH", "/conversations/cnv_1", Some(&nobody)).await.status, 204);
    finish(front).await;
}
