//! What stands before the endpoints: token, scopes, limits, error bodies; and the control of a
//! simulator from another process.

use serde_json::{Value, json};
use simulators::front::{
    Act, Config, Counts, Effect, Faults, Limits, On, RecordedRequest, Switches, UnknownFields, What,
};
use simulators::snapshot::Snapshot;

use super::caller::{Caller, finish, import, quick, start};
use super::standing_clock::StandingClock;

const IMPORTS: &str = "/inboxes/inb_1/imported_messages";

#[tokio::test]
async fn a_wrong_token_and_a_missing_scope_are_told_apart() {
    let (front, caller) = start(quick()).await;
    let stranger = Caller::new(&front).with_token("wrong");
    let refused = stranger.get("/me").await;
    assert_eq!(
        (refused.status, &refused.body["_error"]["title"]),
        (401, &json!("Unauthenticated"))
    );
    assert_eq!(caller.get("/me").await.body["id"], "cmp_1");
    front.scopes(vec!["inboxes:read".to_owned()]);
    assert_eq!(caller.get("/inboxes").await.status, 200);
    let lacking = caller.post(IMPORTS, import("1", true, 1)).await;
    assert_eq!(lacking.status, 403);
    assert!(lacking.body["_error"]["message"].as_str().unwrap().contains("messages:write"));
    finish(front).await;
}

#[tokio::test]
async fn what_does_not_fit_is_refused_with_details() {
    let (front, caller) = start(quick()).await;
    let missing = caller.post(IMPORTS, json!({"body": "x"})).await;
    assert_eq!(missing.status, 400);
    assert!(missing.body["_error"]["details"].as_array().is_some_and(|all| !all.is_empty()));
    let mut float = import("1", true, 1);
    float["created_at"] = json!(1.5);
    assert_eq!(caller.post(IMPORTS, float).await.status, 400);
    assert_eq!(caller.get("/nowhere").await.status, 404);
    assert_eq!(caller.get("/conversations/cnv_9").await.status, 404);
    assert_eq!(front.snapshot(), Snapshot::default());
    front.stop().await;
}

#[tokio::test]
async fn unknown_fields_are_ignored_or_refused() {
    for (unknown_fields, status) in [(UnknownFields::Ignored, 204), (UnknownFields::Refused, 400)] {
        let switches = Switches { unknown_fields, ..Switches::default() };
        let (front, caller) = start(Config { switches, ..quick() }).await;
        caller.post(IMPORTS, import("1", true, 1)).await;
        front.settled().await;
        let body = json!({"subject": "x"});
        let answer = caller.send("PATCH", "/conversations/cnv_1", Some(&body)).await;
        assert_eq!(answer.status, status);
        front.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_companys_limit_is_told_by_headers_and_by_429() {
    let _clock = StandingClock::hold();
    let limits = Limits { requests_per_minute: 3, burst: 1, ..Limits::default() };
    let (front, caller) = start(Config { limits, ..quick() }).await;
    let first = caller.get("/me").await;
    assert_eq!(first.headers["x-ratelimit-limit"], "3");
    assert_eq!(first.headers["x-ratelimit-remaining"], "2");
    assert_eq!(first.headers["x-ratelimit-burst-remaining"], "1");
    for _ in 0..3 {
        assert_eq!(caller.get("/me").await.status, 200);
    }
    let refused = caller.get("/me").await;
    assert_eq!(refused.status, 429);
    assert_eq!(refused.headers["x-ratelimit-remaining"], "0");
    let seconds: u64 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((59..=60).contains(&seconds), "{seconds} s");
    tokio::time::advance(std::time::Duration::from_secs(seconds)).await;
    assert_eq!(caller.get("/me").await.status, 200);
    assert_eq!((front.counts().rejected_429_company, front.counts().rejected_429_resource), (1, 0));
    finish(front).await;
}

#[tokio::test(start_paused = true)]
async fn a_resource_has_its_own_limit() {
    let _clock = StandingClock::hold();
    for (imports_are_tier_2, refused) in [(true, 1), (false, 0)] {
        let limits = Limits { per_resource_per_s: 5, ..quick().limits };
        let switches = Switches { imports_are_tier_2, ..Switches::default() };
        let (front, caller) = start(Config { limits, switches, ..quick() }).await;
        let mut last = None;
        for ordinal in 0..6 {
            last = Some(caller.post(IMPORTS, import(&ordinal.to_string(), true, 1)).await);
        }
        assert_eq!(front.counts().rejected_429_resource, refused);
        let last = last.unwrap();
        if refused == 1 {
            assert_eq!(last.headers["retry-after"], "1");
            assert_ne!(last.headers["x-ratelimit-remaining"], "0");
            assert_eq!(front.requests()[5].effect, Effect::None);
        }
        assert_eq!(caller.get("/me").await.status, 200);
        finish(front).await;
    }
}

#[tokio::test]
async fn another_process_can_see_and_steer() {
    let (front, caller) = start(quick()).await;
    caller.post(IMPORTS, import("1", true, 1)).await;
    front.settled().await;
    assert_eq!(caller.get("/_sim/settled").await.body, json!({"settled": true, "pending": 0}));
    let act = Act {
        by: "agent.one@example.com".to_owned(),
        on: On::Contact("+33612345678".to_owned()),
        what: What::Archive,
    };
    assert_eq!(caller.post("/_sim/act", json!(act)).await.status, 204);
    let snapshot: Snapshot = read(caller.get("/_sim/snapshot").await.body);
    assert_eq!(snapshot, front.snapshot());
    assert_eq!(snapshot.conversations[0].status, "archived");
    let requests: Vec<RecordedRequest> = read(caller.get("/_sim/requests?from=0").await.body);
    assert_eq!(requests, front.requests());
    let counts: Counts = read(caller.get("/_sim/counts").await.body);
    assert_eq!((counts.writes_total(), counts.reads_total()), (1, 0));
    let faults = json!(Faults { error_before: 1.0, ..Faults::default() });
    assert_eq!(caller.send("PUT", "/_sim/faults", Some(&faults)).await.status, 204);
    assert!(caller.get("/me").await.status >= 500);
    let none = json!(Faults::default());
    caller.send("PUT", "/_sim/faults", Some(&none)).await;
    caller.send("PUT", "/_sim/outage", Some(&json!({"on": true}))).await;
    assert_eq!(caller.get("/me").await.status, 503);
    caller.send("PUT", "/_sim/outage", Some(&json!({"on": false}))).await;
    caller.send("PUT", "/_sim/scopes", Some(&json!([]))).await;
    assert_eq!(caller.get("/inboxes").await.status, 403);
    let limits = json!(Limits { requests_per_minute: 1, ..Limits::default() });
    caller.send("PUT", "/_sim/limits", Some(&limits)).await;
    assert_eq!(caller.get("/me").await.headers["x-ratelimit-limit"], "1");
    caller.send("PUT", "/_sim/token", Some(&json!("another"))).await;
    assert_eq!(caller.get("/me").await.status, 401);
    assert_eq!(caller.get("/_sim/violations").await.body, json!([]));
    finish(front).await;
}

fn read<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}
