//! Events: newest first, filtered, in pages of 15; and the company rules that cause some of them.

use serde_json::{Value, json};
use simulators::front::{Act, Config, MoveTarget, On, RuleSubject, Switches, What};

use super::caller::{Caller, Came, finish, import, quick, start};

fn act(what: What) -> Act {
    let by = "agent.one@example.com".to_owned();
    Act { by, on: On::Conversation("cnv_1".to_owned()), what }
}

fn column<'a>(page: &'a Came, pointer: &str) -> Vec<&'a str> {
    let results = page.body["_results"].as_array().unwrap();
    results.iter().map(|event| event.pointer(pointer).and_then(Value::as_str).unwrap()).collect()
}

async fn voicemail(caller: &Caller, external_id: &str, subject: &str) {
    let mut body = import(external_id, true, 1_754_900_000);
    body["subject"] = json!(subject);
    assert_eq!(caller.post("/inboxes/inb_1/imported_messages", body).await.status, 202);
}

#[tokio::test]
async fn events_name_their_source_newest_first() {
    for (move_target, pointer) in
        [(MoveTarget::List, "/target/data/0/name"), (MoveTarget::One, "/target/data/name")]
    {
        let switches = Switches { move_target, ..Switches::default() };
        let (front, caller) = start(Config { switches, ..quick() }).await;
        voicemail(&caller, "1", "Missed").await;
        front.settled().await;
        front.act(&act(What::Archive)).unwrap();
        caller.send("PATCH", "/conversations/cnv_1", Some(&json!({"status": "open"}))).await;
        front.act(&act(What::Assign(Some("agent.two@example.com".to_owned())))).unwrap();
        front.act(&act(What::Move("Support".to_owned()))).unwrap();
        let all = caller.get("/events").await;
        assert_eq!(column(&all, "/type"), ["move", "assign", "reopen", "archive"]);
        let sources = column(&all, "/source/_meta/type");
        assert_eq!(sources, ["teammate", "teammate", "api", "teammate"]);
        assert_eq!(all.body["_results"][0].pointer(pointer), Some(&json!("Support")));
        let some = caller.get("/events?q[types][]=archive&q[types][]=assign&limit=5").await;
        assert_eq!(column(&some, "/type"), ["assign", "archive"]);
        let elsewhere = caller.get("/events?q[inboxes][]=inb_3").await;
        assert_eq!(column(&elsewhere, "/type"), ["move"]);
        let own = caller.get("/conversations/cnv_1/events").await;
        assert_eq!(column(&own, "/id"), ["evt_4", "evt_3", "evt_2", "evt_1"]);
        assert_eq!(caller.get("/events/evt_1").await.body["type"], "archive");
        assert_eq!(caller.get("/events?limit=16").await.status, 400);
        front.stop().await;
    }
}

#[tokio::test]
async fn events_are_cut_by_time_and_come_in_pages_of_15() {
    let (front, caller) = start(quick()).await;
    voicemail(&caller, "1", "Missed").await;
    front.settled().await;
    for _ in 0..10 {
        front.act(&act(What::Archive)).unwrap();
        front.act(&act(What::Reopen)).unwrap();
    }
    let first = caller.get("/events").await;
    assert_eq!(first.body["_results"].as_array().unwrap().len(), 15);
    let next = first.body["_pagination"]["next"].as_str().unwrap();
    let path = next.replace("https://example-company.api.frontapp.example", "");
    assert_eq!(caller.get(&path).await.body["_results"].as_array().unwrap().len(), 5);
    let oldest_s = caller.get("/events/evt_1").await.body["emitted_at"].as_f64().unwrap();
    let before = caller.get(&format!("/events?q[before]={oldest_s:.3}")).await;
    assert_eq!(before.body["_results"], json!([]));
    let after = caller.get(&format!("/events?q[after]={:.3}", oldest_s - 1.0)).await;
    assert_eq!(after.body["_results"].as_array().unwrap().len(), 15);
    finish(front).await;
}

#[tokio::test]
async fn imports_leave_events_or_not() {
    for (imports_emit_events, expected, sources) in
        [(true, vec!["assign", "inbound"], vec!["api", "inboxes"]), (false, vec![], vec![])]
    {
        let switches = Switches { imports_emit_events, ..Switches::default() };
        let (front, caller) = start(Config { switches, ..quick() }).await;
        let mut body = import("1", true, 1_754_900_000);
        body["assignee_id"] = json!("tea_1");
        caller.post("/inboxes/inb_1/imported_messages", body).await;
        front.settled().await;
        let events = caller.get("/events").await;
        assert_eq!(column(&events, "/type"), expected);
        assert_eq!(column(&events, "/source/_meta/type"), sources);
        finish(front).await;
    }
}

#[tokio::test]
async fn the_two_recipes_of_the_article_run() {
    let (front, caller) = start(Config { company_rules: true, ..quick() }).await;
    voicemail(&caller, "1", "Voicemail").await;
    front.settled().await;
    assert_eq!(front.snapshot().conversations[0].inboxes, ["Voicemails"]);
    front.act(&act(What::Archive)).unwrap();
    assert_eq!(front.snapshot().conversations[0].inboxes, ["Aircall Phone"]);
    assert_eq!(front.snapshot().conversations[0].status, "archived");
    let comment = |body: &str| json!({"body": body, "author_id": "tea_1"});
    caller.post("/conversations/cnv_1/comments", comment("a quiet word")).await;
    assert_eq!(front.snapshot().conversations[0].tags, [""; 0]);
    caller.post("/conversations/cnv_1/comments", comment("said Test twice")).await;
    assert_eq!(front.snapshot().conversations[0].tags, ["Test"]);
    front.act(&act(What::Reopen)).unwrap();
    caller.send("PATCH", "/conversations/cnv_1", Some(&json!({"status": "archived"}))).await;
    assert_eq!(front.snapshot().conversations[0].tags, [""; 0]);
    let rules = caller.get("/company/rules").await;
    assert_eq!(rules.body["_results"].as_array().unwrap().len(), 4);
    finish(front).await;
}

#[tokio::test]
async fn the_voicemail_rule_waits_for_an_exact_subject_and_for_imports_that_fire_rules() {
    for (subject, skip, fire, reads, inbox) in [
        ("Voicemail", false, true, RuleSubject::Message, "Voicemails"),
        ("Voicemail - Support", false, true, RuleSubject::Message, "Aircall Phone"),
        ("Voicemail", true, true, RuleSubject::Message, "Aircall Phone"),
        ("Voicemail", false, false, RuleSubject::Message, "Aircall Phone"),
        ("Voicemail", false, true, RuleSubject::Conversation, "Voicemails"),
    ] {
        let switches = Switches {
            imports_fire_rules: fire,
            voicemail_rule_reads: reads,
            ..Switches::default()
        };
        let (front, caller) = start(Config { company_rules: true, switches, ..quick() }).await;
        let mut body = import("1", true, 1_754_900_000);
        body["subject"] = json!(subject);
        body["metadata"]["should_skip_rules"] = json!(skip);
        caller.post("/inboxes/inb_1/imported_messages", body).await;
        front.settled().await;
        assert_eq!(front.snapshot().conversations[0].inboxes, [inbox], "{subject} {skip} {fire}");
        finish(front).await;
    }
}
