//! Contacts: one for each handle.

use serde_json::json;
use simulators::front::{Config, DuplicateStatus, Switches};

use super::caller::{finish, quick, start};

#[tokio::test]
async fn a_contact_is_found_by_its_handle_in_the_form_that_front_keeps() {
    let (front, caller) = start(quick()).await;
    let alias = "/contacts/alt:phone:%2B33612345678";
    let unknown = caller.get(alias).await;
    assert_eq!(unknown.status, 404);
    assert_eq!(unknown.body["_error"]["title"], "Not found");
    let handles = json!([{"handle": "+33 6 12 34 56 78", "source": "phone"}]);
    let made = caller.post("/contacts", json!({"handles": handles, "name": "A Name"})).await;
    assert_eq!((made.status, &made.body["name"]), (201, &json!("A Name")));
    let found = caller.get(alias).await;
    assert_eq!((found.status, &found.body["id"]), (200, &made.body["id"]));
    finish(front).await;
}

#[tokio::test]
async fn a_handle_that_is_taken_is_refused() {
    for (duplicate_handle, status) in
        [(DuplicateStatus::Conflict409, 409), (DuplicateStatus::Bad400, 400)]
    {
        let switches = Switches { duplicate_handle, ..Switches::default() };
        let (front, caller) = start(Config { switches, ..quick() }).await;
        let taken = json!({"handle": "+33612345678", "source": "phone"});
        let free = json!({"handle": "other", "source": "custom"});
        assert_eq!(caller.post("/contacts", json!({"handles": [taken]})).await.status, 201);
        assert_eq!(caller.post("/contacts", json!({"handles": [taken]})).await.status, status);
        assert_eq!(caller.post("/contacts", json!({"handles": [free]})).await.status, 201);
        assert_eq!(caller.post("/contacts/crd_2/handles", taken.clone()).await.status, status);
        assert_eq!(caller.post("/contacts/crd_1/handles", taken).await.status, 204);
        assert_eq!(front.snapshot().contacts.len(), 2);
        finish(front).await;
    }
}

#[tokio::test]
async fn handles_come_and_go_and_contacts_merge() {
    let (front, caller) = start(quick()).await;
    for (ordinal, name) in [(1, "One"), (2, "Two")] {
        let handle = json!({"handle": format!("+3360000000{ordinal}"), "source": "phone"});
        caller.post("/contacts", json!({"handles": [handle], "name": name})).await;
    }
    let custom = json!({"handle": "mark", "source": "custom"});
    assert_eq!(caller.post("/contacts/crd_1/handles", custom.clone()).await.status, 204);
    assert_eq!(caller.get("/contacts/alt:custom:mark").await.body["id"], "crd_1");
    let gone = caller.send("DELETE", "/contacts/crd_1/handles", Some(&custom)).await;
    assert_eq!(gone.status, 204);
    assert_eq!(caller.get("/contacts/alt:custom:mark").await.status, 404);
    let last = json!({"handle": "+33600000001", "source": "phone"});
    assert_eq!(caller.send("DELETE", "/contacts/crd_1/handles", Some(&last)).await.status, 400);
    let renamed = caller.send("PATCH", "/contacts/crd_1", Some(&json!({"name": "New"}))).await;
    assert_eq!(renamed.status, 204);
    let merge = json!({"target_contact_id": "crd_1", "contact_ids": ["crd_2"]});
    let merged = caller.post("/contacts/merge", merge).await;
    assert_eq!((merged.status, &merged.body["name"]), (200, &json!("New")));
    assert_eq!(caller.get("/contacts/alt:phone:%2B33600000002").await.body["id"], "crd_1");
    assert_eq!(caller.get("/contacts/crd_2").await.status, 404);
    assert_eq!(caller.get("/contacts").await.body["_results"].as_array().unwrap().len(), 1);
    finish(front).await;
}
