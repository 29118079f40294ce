//! Conversations: read and changed by the API and by people, merged, listed in pages.

use serde_json::json;
use simulators::front::{Act, ActError, On, Simulator, What};

use super::caller::{Caller, finish, import, quick, start};

const AGENT: &str = "agent.one@example.com";

async fn with_conversations(customers: usize) -> (Simulator, Caller) {
    let (front, caller) = start(quick()).await;
    for ordinal in 1..=customers {
        let mut body = import(&format!("call:{ordinal}"), true, 1_754_900_000);
        body["sender"]["handle"] = json!(format!("+336000000{ordinal:02}"));
        body["metadata"]["thread_ref"] = json!(format!("contact:{ordinal}"));
        assert_eq!(caller.post("/inboxes/inb_1/imported_messages", body).await.status, 202);
        front.settled().await;
    }
    (front, caller)
}

fn act(on: &str, what: What) -> Act {
    Act { by: AGENT.to_owned(), on: On::Conversation(on.to_owned()), what }
}

#[tokio::test]
async fn changes_have_set_semantics_and_say_whether_they_changed_anything() {
    let (front, caller) = with_conversations(1).await;
    for (method, path, body, field, value) in [
        ("PATCH", "", json!({"status": "archived"}), "status", json!("archived")),
        ("PATCH", "", json!({"status": "open"}), "status", json!("unassigned")),
        (
            "PUT",
            "/assignee",
            json!({"assignee_id": "alt:email:AGENT.one@example.com"}),
            "status",
            json!("assigned"),
        ),
        ("PATCH", "", json!({"assignee_id": null}), "assignee", json!(null)),
        ("PATCH", "", json!({"status": "deleted"}), "status", json!("deleted")),
    ] {
        let path = format!("/conversations/cnv_1{path}");
        for _ in 0..2 {
            assert_eq!(caller.send(method, &path, Some(&body)).await.status, 204, "{body}");
        }
        let seen = caller.get("/conversations/cnv_1").await;
        assert_eq!(seen.body[field], value, "{body}");
    }
    let effects = front.counts().effects;
    assert_eq!(effects["PATCH /conversations/{conversation_id}"], 4);
    assert_eq!(effects["PUT /conversations/{conversation_id}/assignee"], 1);
    finish(front).await;
}

#[tokio::test]
async fn tags_and_inboxes_change_and_unknown_ones_are_refused() {
    let (front, caller) = with_conversations(1).await;
    let made = caller.post("/company/tags", json!({"name": "Voicemail"})).await;
    assert_eq!(made.status, 201);
    assert_eq!(caller.post("/company/tags", json!({"name": "Voicemail"})).await.status, 409);
    let tags = json!({"tag_ids": ["tag_1", made.body["id"]]});
    assert_eq!(caller.post("/conversations/cnv_1/tags", tags).await.status, 204);
    let first = json!({"tag_ids": ["tag_1"]});
    let removed = caller.send("DELETE", "/conversations/cnv_1/tags", Some(&first)).await;
    assert_eq!(removed.status, 204);
    assert_eq!(front.snapshot().conversations[0].tags, ["Voicemail"]);
    let moved = json!({"inbox_id": "inb_2"});
    caller.send("PATCH", "/conversations/cnv_1", Some(&moved)).await;
    let inboxes = caller.get("/conversations/cnv_1/inboxes").await;
    assert_eq!(inboxes.body["_results"][0]["name"], "Voicemails");
    let unknown = json!({"inbox_id": "inb_99"});
    let refused = caller.send("PATCH", "/conversations/cnv_1", Some(&unknown)).await;
    assert_eq!(refused.status, 404);
    finish(front).await;
}

#[tokio::test]
async fn comments_are_posted_by_a_teammate_and_listed_newest_first() {
    let (front, caller) = with_conversations(1).await;
    let path = "/conversations/cnv_1/comments";
    let body = json!({"body": "first", "author_id": "alt:email:agent.one@example.com"});
    let posted = caller.post(path, body).await;
    assert_eq!((posted.status, &posted.body["author"]["email"]), (201, &json!(AGENT)));
    assert_eq!(caller.post(path, json!({"body": "second"})).await.status, 201);
    let listed = caller.get(path).await;
    let bodies: Vec<&str> = listed.body["_results"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|comment| comment["body"].as_str())
        .collect();
    assert_eq!(bodies, ["second", "first"]);
    let pinned = json!({"is_pinned": true});
    let changed = caller.send("PATCH", "/comments/com_1/", Some(&pinned)).await;
    assert_eq!((changed.status, &changed.body["is_pinned"]), (200, &json!(true)));
    assert_eq!(caller.get("/comments/com_1").await.status, 200);
    let unknown = json!({"body": "x", "author_id": "tea_99"});
    assert_eq!(caller.post(path, unknown).await.status, 400);
    finish(front).await;
}

#[tokio::test]
async fn a_merged_conversation_leads_to_the_survivor() {
    let (front, caller) = with_conversations(2).await;
    let into = On::Conversation("cnv_2".to_owned());
    front.act(&act("cnv_1", What::Merge(into))).unwrap();
    for (method, path) in [("GET", ""), ("PATCH", ""), ("POST", "/comments"), ("GET", "/messages")]
    {
        let body = (method != "GET").then(|| match path {
            "" => json!({"status": "archived"}),
            _ => json!({"body": "x"}),
        });
        let path = format!("/conversations/cnv_1{path}");
        let moved = caller.send(method, &path, body.as_ref()).await;
        assert_eq!(moved.status, 301, "{method} {path}");
        let location = moved.headers["location"].to_str().unwrap();
        let expected = path.replace("cnv_1", "cnv_2");
        assert_eq!(location, format!("https://example-company.api.frontapp.example{expected}"));
    }
    let mut late = import("late", true, 1_754_900_009);
    late["conversation_id"] = json!("cnv_1");
    caller.post("/inboxes/inb_1/imported_messages", late).await;
    front.settled().await;
    assert_eq!(front.snapshot().conversations[0].entries.len(), 3);
    finish(front).await;
}

#[tokio::test]
async fn people_act_and_their_mistakes_are_named() {
    let (front, _caller) = with_conversations(1).await;
    let done = front.act(&act("cnv_1", What::Assign(Some(AGENT.to_owned())))).unwrap();
    let again = front.act(&act("cnv_1", What::Assign(Some(AGENT.to_owned())))).unwrap();
    assert_eq!((done, again), (true, false));
    front.act(&act("cnv_1", What::Move("Support".to_owned()))).unwrap();
    front.act(&act("cnv_1", What::Comment("done".to_owned()))).unwrap();
    front.act(&act("cnv_1", What::Tag("Test".to_owned()))).unwrap();
    let seen = &front.snapshot().conversations[0];
    assert_eq!((seen.inboxes.as_slice(), seen.entries.len()), (&["Support".to_owned()][..], 2));
    for (mistake, expected) in [
        (act("cnv_9", What::Archive), ActError::UnknownConversation),
        (act("cnv_1", What::Move("X".to_owned())), ActError::UnknownInbox("X".to_owned())),
        (act("cnv_1", What::Tag("X".to_owned())), ActError::UnknownTag("X".to_owned())),
        (act("cnv_1", What::Assign(Some("x@y".to_owned()))), ActError::UnknownTeammate),
        (
            act("cnv_1", What::Merge(On::Conversation("cnv_1".to_owned()))),
            ActError::MergedIntoItself,
        ),
    ] {
        assert_eq!(front.act(&mistake), Err(expected));
    }
    finish(front).await;
}

#[tokio::test]
async fn lists_come_in_pages_that_a_link_leads_through() {
    let (front, caller) = with_conversations(5).await;
    let mut path = "/conversations?limit=2".to_owned();
    let mut seen = Vec::new();
    loop {
        let page = caller.get(&path).await;
        let results = page.body["_results"].as_array().unwrap();
        seen.extend(results.iter().map(|one| one["id"].as_str().unwrap().to_owned()));
        let Some(next) = page.body["_pagination"]["next"].as_str() else { break };
        assert!(next.starts_with("https://example-company.api.frontapp.example/"));
        path = next.replace("https://example-company.api.frontapp.example", "");
    }
    assert_eq!(seen, ["cnv_5", "cnv_4", "cnv_3", "cnv_2", "cnv_1"]);
    let own = "/contacts/alt:phone:%2B33600000001/conversations?q[statuses][]=unassigned";
    assert_eq!(caller.get(own).await.body["_results"][0]["id"], "cnv_1");
    let none = "/contacts/alt:phone:%2B33600000001/conversations?q[statuses][]=archived";
    assert_eq!(caller.get(none).await.body["_results"], json!([]));
    let found = caller.get("/conversations/search/%2B33600000004").await;
    assert_eq!(
        (&found.body["_total"], &found.body["_results"][0]["id"]),
        (&json!(1), &json!("cnv_4"))
    );
    finish(front).await;
}
