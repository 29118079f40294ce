//! Imports: accepted, visible later, recognised when repeated, threaded, under every answer to what
//! the documentation leaves open.

use serde_json::{Value, json};
use simulators::front::{
    Act, Config, ConversationSubject, DuplicateImport, On, Switches, UnknownConversation, What,
};
use simulators::snapshot::{ConversationView, EntryView, Snapshot};

use super::caller::{Caller, finish, import, quick, start};
use super::standing_clock::StandingClock;

const IMPORTS: &str = "/inboxes/inb_1/imported_messages";
const CUSTOMER: &str = "+33612345678";

fn with(switches: Switches) -> Config {
    Config { switches, ..quick() }
}

fn act(what: What) -> Act {
    let by = "agent.one@example.com".to_owned();
    Act { by, on: On::Contact(CUSTOMER.to_owned()), what }
}

fn only(snapshot: Snapshot) -> ConversationView {
    let [conversation] = <[_; 1]>::try_from(snapshot.conversations).unwrap();
    conversation
}

async fn posted(caller: &Caller, body: Value) -> String {
    let accepted = caller.post(IMPORTS, body).await;
    assert_eq!(accepted.status, 202, "{:?}", accepted.body);
    accepted.body["message_uid"].as_str().unwrap().to_owned()
}

#[tokio::test(start_paused = true)]
async fn an_import_is_accepted_at_once_and_visible_within_15_seconds() {
    let clock = StandingClock::hold();
    let (front, caller) = start(Config { limits: quick().limits, ..Config::default() }).await;
    let uid = posted(&caller, import("call:1:main", true, 1_754_900_000)).await;
    let early = caller.get(&format!("/messages/alt:uid:{uid}")).await;
    let began = tokio::time::Instant::now();
    drop(clock);
    front.settled().await;
    let _clock = StandingClock::hold();
    assert!(began.elapsed().as_secs() <= 15);
    let late = caller.get(&format!("/messages/alt:uid:{uid}")).await;
    assert_eq!((early.status, late.status), (404, 200));
    assert_eq!(late.body["subject"], "Missed call - Support FR");
    let seen = only(front.snapshot());
    assert_eq!((seen.contact_handle.as_str(), seen.status.as_str()), (CUSTOMER, "unassigned"));
    assert_eq!(seen.inboxes, ["Aircall Phone"]);
    assert_eq!(seen.participants, ["agent.one@example.com", "agent.two@example.com"]);
    finish(front).await;
}

#[tokio::test]
async fn a_repeat_is_never_imported_twice_whatever_it_is_answered() {
    for (duplicate_import, status, same_uid, found) in [
        (DuplicateImport::SameUid, 202, true, 200),
        (DuplicateImport::NewUidResolves, 202, false, 200),
        (DuplicateImport::NewUidNeverResolves, 202, false, 404),
        (DuplicateImport::Refused400, 400, false, 404),
        (DuplicateImport::Refused409, 409, false, 404),
    ] {
        let (front, caller) =
            start(with(Switches { duplicate_import, ..Switches::default() })).await;
        let first = posted(&caller, import("call:1:main", true, 1_754_900_000)).await;
        let again = caller.post(IMPORTS, import("call:1:main", true, 1_754_900_000)).await;
        front.settled().await;
        assert_eq!(again.status, status, "{duplicate_import:?}");
        let uid = again.body["message_uid"].as_str().unwrap_or("none");
        assert_eq!(uid == first, same_uid, "{duplicate_import:?}");
        let message = caller.get(&format!("/messages/alt:uid:{uid}")).await;
        assert_eq!(message.status, found, "{duplicate_import:?}");
        assert_eq!(only(front.snapshot()).entries.len(), 1);
        assert_eq!(front.counts().repeats_recognised, 1);
        assert!(front.requests()[1].was_duplicate);
        finish(front).await;
    }
}

#[tokio::test]
async fn messages_thread_by_conversation_then_reference_then_sender() {
    let (front, caller) = start(quick()).await;
    posted(&caller, import("1", true, 1)).await;
    posted(&caller, import("2", false, 2)).await;
    front.settled().await;
    let home = only(front.snapshot());
    let mut named = import("3", true, 3);
    named["conversation_id"] = json!(home.id);
    named["metadata"]["thread_ref"] = json!("another");
    posted(&caller, named).await;
    let mut by_sender = import("4", true, 4);
    by_sender["metadata"].as_object_mut().unwrap().remove("thread_ref");
    posted(&caller, by_sender).await;
    let mut stranger = import("5", true, 5);
    stranger["sender"]["handle"] = json!("+33699999999");
    stranger["metadata"].as_object_mut().unwrap().remove("thread_ref");
    posted(&caller, stranger).await;
    front.settled().await;
    let snapshot = front.snapshot();
    let sizes: Vec<usize> =
        snapshot.conversations.iter().map(|conversation| conversation.entries.len()).collect();
    assert_eq!(sizes, [4, 1]);
    finish(front).await;
}

#[tokio::test]
async fn without_a_reference_all_that_a_line_sends_is_one_conversation() {
    let (front, caller) = start(quick()).await;
    for customer in ["+33611111111", "+33622222222"] {
        let mut body = import(customer, false, 1);
        body["to"] = json!([customer]);
        body["metadata"].as_object_mut().unwrap().remove("thread_ref");
        posted(&caller, body).await;
        front.settled().await;
    }
    assert_eq!(only(front.snapshot()).entries.len(), 2);
    finish(front).await;
}

#[tokio::test]
async fn an_import_reopens_an_archived_conversation_or_not() {
    for (import_reopens_archived, status) in [(true, "unassigned"), (false, "archived")] {
        let (front, caller) =
            start(with(Switches { import_reopens_archived, ..Switches::default() })).await;
        posted(&caller, import("1", true, 1)).await;
        front.settled().await;
        front.act(&act(What::Archive)).unwrap();
        posted(&caller, import("2", true, 2)).await;
        front.settled().await;
        assert_eq!(only(front.snapshot()).status, status);
        finish(front).await;
    }
}

#[tokio::test]
async fn imports_are_archived_unless_they_say_otherwise() {
    for (later_import_archives_open, status) in [(true, "archived"), (false, "unassigned")] {
        let (front, caller) =
            start(with(Switches { later_import_archives_open, ..Switches::default() })).await;
        let mut silent = import("1", true, 1);
        silent["metadata"].as_object_mut().unwrap().remove("is_archived");
        posted(&caller, silent.clone()).await;
        front.settled().await;
        assert_eq!(only(front.snapshot()).status, "archived");
        front.act(&act(What::Reopen)).unwrap();
        silent["external_id"] = json!("2");
        posted(&caller, silent).await;
        front.settled().await;
        assert_eq!(only(front.snapshot()).status, status);
        finish(front).await;
    }
}

#[tokio::test]
async fn the_conversation_shows_one_of_its_subjects() {
    for (conversation_subject, shown) in [
        (ConversationSubject::First, "one"),
        (ConversationSubject::Latest, "four"),
        (ConversationSubject::LatestWhenReopened, "three"),
    ] {
        let (front, caller) =
            start(with(Switches { conversation_subject, ..Switches::default() })).await;
        for (ordinal, subject) in [(1, "one"), (2, "two"), (3, "three"), (4, "four")] {
            let mut body = import(subject, true, ordinal);
            body["subject"] = json!(subject);
            posted(&caller, body).await;
            front.settled().await;
            if subject == "two" {
                front.act(&act(What::Archive)).unwrap();
            }
        }
        assert_eq!(only(front.snapshot()).subject, shown, "{conversation_subject:?}");
        finish(front).await;
    }
}

#[tokio::test]
async fn an_unknown_conversation_is_refused_or_loses_the_message() {
    for (unknown_conversation, status) in
        [(UnknownConversation::Refused, 404), (UnknownConversation::LostLater, 202)]
    {
        let (front, caller) =
            start(with(Switches { unknown_conversation, ..Switches::default() })).await;
        let mut body = import("1", true, 1);
        body["conversation_id"] = json!("cnv_99");
        assert_eq!(caller.post(IMPORTS, body).await.status, status);
        front.settled().await;
        assert_eq!(front.snapshot().conversations, []);
        finish(front).await;
    }
}

#[tokio::test]
async fn an_outbound_import_has_its_agent_as_author_and_assignee() {
    let (front, caller) = start(quick()).await;
    let mut body = import("1", false, 1_754_900_000);
    body["sender"]["author_id"] = json!("tea_2");
    body["assignee_id"] = json!("tea_2");
    body["tags"] = json!(["Test", "New"]);
    posted(&caller, body).await;
    let mut inbound = import("2", true, 1_754_900_001);
    inbound["sender"]["author_id"] = json!("tea_2");
    posted(&caller, inbound).await;
    front.settled().await;
    let seen = only(front.snapshot());
    let agent = Some("agent.two@example.com".to_owned());
    assert_eq!((&seen.assignee, seen.status.as_str()), (&agent, "assigned"));
    assert_eq!(seen.tags, ["New", "Test"]);
    let authors: Vec<Option<String>> = seen
        .entries
        .into_iter()
        .map(|entry| match entry {
            EntryView::Message { author, .. } | EntryView::Comment { author, .. } => author,
        })
        .collect();
    assert_eq!(authors, [agent, None]);
    finish(front).await;
}

#[tokio::test]
async fn a_custom_message_finds_the_phone_contact_or_makes_a_second_one() {
    for (custom_type_links_phone, contacts) in [(true, 1), (false, 2)] {
        let (front, caller) =
            start(with(Switches { custom_type_links_phone, ..Switches::default() })).await;
        let phone = json!({"handles": [{"handle": CUSTOMER, "source": "phone"}], "name": "A"});
        assert_eq!(caller.post("/contacts", phone).await.status, 201);
        posted(&caller, import("1", true, 1)).await;
        front.settled().await;
        assert_eq!(front.snapshot().contacts.len(), contacts);
        finish(front).await;
    }
}

#[tokio::test]
async fn another_inbox_is_added_or_not() {
    for (import_adds_inbox, inboxes) in
        [(true, vec!["Aircall Phone", "Support"]), (false, vec!["Aircall Phone"])]
    {
        let (front, caller) =
            start(with(Switches { import_adds_inbox, ..Switches::default() })).await;
        posted(&caller, import("1", true, 1)).await;
        front.settled().await;
        let mut body = import("2", true, 2);
        body["conversation_id"] = json!("cnv_1");
        caller.post("/inboxes/inb_3/imported_messages", body).await;
        front.settled().await;
        assert_eq!(only(front.snapshot()).inboxes, inboxes);
        finish(front).await;
    }
}
