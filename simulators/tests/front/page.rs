//! The page: what it shows, and that it escapes everything.

use serde_json::{Value, json};

use super::caller::{Caller, finish, import, quick, start};

async fn html(caller: &Caller, path: &str) -> String {
    let page = caller.get(path).await;
    assert_eq!(page.status, 200);
    let Value::String(html) = page.body else { panic!("a page is not JSON") };
    html
}

#[tokio::test]
async fn the_page_shows_inboxes_members_and_threads() {
    let (front, caller) = start(quick()).await;
    let mut body = import("1", false, 1_754_900_000);
    body["sender"]["author_id"] = json!("tea_1");
    body["assignee_id"] = json!("tea_1");
    caller.post("/inboxes/inb_1/imported_messages", body).await;
    front.settled().await;
    let comment = json!({"body": "call back on Monday", "author_id": "tea_2"});
    caller.post("/conversations/cnv_1/comments", comment).await;
    let overview = html(&caller, "/").await;
    for expected in ["Aircall Phone", "Agent One, Agent Two", "+33612345678", ">open<"] {
        assert!(overview.contains(expected), "{expected}");
    }
    assert!(!html(&caller, "/?inbox=inb_2").await.contains("+33612345678"));
    let thread = html(&caller, "/open/cnv_1").await;
    for expected in
        ["call back on Monday", "Agent Two", "2025-08-11 08:13:20 UTC", "Missed call on Support FR"]
    {
        assert!(thread.contains(expected), "{expected}");
    }
    assert_eq!(caller.get("/open/cnv_9").await.status, 404);
    assert_eq!(front.counts().reads_total(), 0, "the page is no request to the API");
    finish(front).await;
}

#[tokio::test]
async fn what_people_write_is_text_and_never_markup() {
    let (front, caller) = start(quick()).await;
    let evil = "<script>alert('x')</script>";
    let handles = json!([{"handle": "+33612345678", "source": "phone"}]);
    caller.post("/contacts", json!({"handles": handles, "name": evil})).await;
    let mut body = import("1", true, 1);
    body["subject"] = json!(evil);
    body["body"] = json!(evil);
    body["tags"] = json!([evil]);
    caller.post("/inboxes/inb_1/imported_messages", body).await;
    front.settled().await;
    caller.post("/conversations/cnv_1/comments", json!({"body": evil})).await;
    for path in ["/", "/open/cnv_1"] {
        let page = html(&caller, path).await;
        assert!(!page.contains("<script"), "{path}");
        assert!(page.contains("&lt;script&gt;"), "{path}");
    }
    finish(front).await;
}
