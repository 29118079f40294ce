//! The questions that Front's documentation leaves open, where a switch is not proved elsewhere:
//! both answers of each.

use serde_json::json;
use simulators::front::{
    Act, BodyShown, CommentSource, Config, DuplicateStatus, EqualTimes, ExternalIdScope, On,
    Simulator, Span, Switches, What,
};
use simulators::snapshot::EntryView;

use super::caller::{Caller, finish, import, quick, start};
use super::standing_clock::StandingClock;

async fn front(switches: Switches) -> (Simulator, Caller) {
    start(Config { switches, ..quick() }).await
}

async fn shown(front: &Simulator, caller: &Caller, inbox: usize, external_id: &str) -> u16 {
    let path = format!("/inboxes/inb_{inbox}/imported_messages");
    let answer = caller.post(&path, import(external_id, true, 1_754_900_000)).await;
    front.settled().await;
    answer.status
}

fn act(what: What) -> Act {
    let by = "agent.one@example.com".to_owned();
    Act { by, on: On::Conversation("cnv_1".to_owned()), what }
}

#[tokio::test]
async fn an_external_id_is_unique_in_the_company_or_in_its_inbox() {
    for (external_id_scope, messages) in
        [(ExternalIdScope::Company, 1), (ExternalIdScope::Inbox, 2)]
    {
        let (front, caller) = front(Switches { external_id_scope, ..Switches::default() }).await;
        shown(&front, &caller, 1, "same").await;
        shown(&front, &caller, 3, "same").await;
        assert_eq!(front.snapshot().conversations[0].entries.len(), messages);
        finish(front).await;
    }
}

#[tokio::test]
async fn a_reference_leads_across_inboxes_or_ends_at_one() {
    for (thread_ref_across_inboxes, conversations) in [(true, 1), (false, 2)] {
        let switches = Switches { thread_ref_across_inboxes, ..Switches::default() };
        let (front, caller) = front(switches).await;
        shown(&front, &caller, 1, "1").await;
        shown(&front, &caller, 3, "2").await;
        assert_eq!(front.snapshot().conversations.len(), conversations);
        finish(front).await;
    }
}

#[tokio::test]
async fn an_import_follows_a_merge_or_counts_its_conversation_as_unknown() {
    for (import_follows_merge, status) in [(true, 202), (false, 404)] {
        let (front, caller) = front(Switches { import_follows_merge, ..Switches::default() }).await;
        shown(&front, &caller, 1, "1").await;
        let mut other = import("2", true, 1_754_900_000);
        other["metadata"]["thread_ref"] = json!("other");
        caller.post("/inboxes/inb_1/imported_messages", other).await;
        front.settled().await;
        front.act(&act(What::Merge(On::Conversation("cnv_2".to_owned())))).unwrap();
        let mut late = import("3", true, 1_754_900_000);
        late["conversation_id"] = json!("cnv_1");
        let answer = caller.post("/inboxes/inb_1/imported_messages", late).await;
        assert_eq!(answer.status, status);
        finish(front).await;
    }
}

#[tokio::test]
async fn an_import_takes_a_teammates_alias_or_refuses_it() {
    for (import_takes_teammate_alias, status) in [(true, 202), (false, 400)] {
        let switches = Switches { import_takes_teammate_alias, ..Switches::default() };
        let (front, caller) = front(switches).await;
        let mut body = import("1", false, 1_754_900_000);
        body["sender"]["author_id"] = json!("alt:email:agent.one@example.com");
        let answer = caller.post("/inboxes/inb_1/imported_messages", body).await;
        assert_eq!(answer.status, status);
        finish(front).await;
    }
}

#[tokio::test]
async fn a_custom_message_shows_its_reference_or_hides_it() {
    for (custom_message_shows_thread_ref, reference) in
        [(true, json!("contact:+33612345678")), (false, json!(null))]
    {
        let switches = Switches { custom_message_shows_thread_ref, ..Switches::default() };
        let (front, caller) = front(switches).await;
        shown(&front, &caller, 1, "1").await;
        let message = caller.get("/messages/msg_1").await;
        assert_eq!(message.body["metadata"]["thread_ref"], reference);
        assert_eq!(message.body["metadata"]["external_id"], json!(null), "never for this token");
        finish(front).await;
    }
}

#[tokio::test]
async fn a_body_shows_as_it_was_sent_or_as_html() {
    for (body_shown, body, text) in [
        (BodyShown::AsSent, json!("a < b\nc"), json!("a < b\nc")),
        (BodyShown::Html, json!("<p>a &lt; b<br>\nc</p>"), json!(null)),
    ] {
        let (front, caller) = front(Switches { body_shown, ..Switches::default() }).await;
        let mut sent = import("1", true, 1_754_900_000);
        sent["body"] = json!("a < b\nc");
        caller.post("/inboxes/inb_1/imported_messages", sent).await;
        front.settled().await;
        let message = caller.get("/messages/msg_1").await;
        assert_eq!((&message.body["body"], &message.body["text"]), (&body, &text));
        finish(front).await;
    }
}

#[tokio::test]
async fn a_merged_contacts_id_resolves_or_is_gone() {
    for (merged_contact_resolves, status) in [(true, 200), (false, 404)] {
        let switches = Switches { merged_contact_resolves, ..Switches::default() };
        let (front, caller) = front(switches).await;
        for handle in ["one", "two"] {
            let handles = json!([{"handle": handle, "source": "custom"}]);
            caller.post("/contacts", json!({"handles": handles})).await;
        }
        caller.post("/contacts/merge", json!({"contact_ids": ["crd_1", "crd_2"]})).await;
        assert_eq!(caller.get("/contacts/crd_2").await.status, status);
        finish(front).await;
    }
}

#[tokio::test]
async fn a_comment_reopens_or_not_and_its_event_names_the_api_or_the_author() {
    for (comment_reopens, status, comment_event_source, source) in [
        (true, "unassigned", CommentSource::Api, "api"),
        (false, "archived", CommentSource::Author, "teammate"),
        (true, "unassigned", CommentSource::Author, "teammate"),
    ] {
        let switches = Switches { comment_reopens, comment_event_source, ..Switches::default() };
        let (front, caller) = front(switches).await;
        shown(&front, &caller, 1, "1").await;
        front.act(&act(What::Archive)).unwrap();
        let comment = json!({"body": "x", "author_id": "tea_1"});
        caller.post("/conversations/cnv_1/comments", comment).await;
        assert_eq!(front.snapshot().conversations[0].status, status);
        let events = caller.get("/events?q[types][]=comment").await;
        assert_eq!(events.body["_results"][0]["source"]["_meta"]["type"], source);
        let reopened = caller.get("/events?q[types][]=reopen").await;
        for event in reopened.body["_results"].as_array().unwrap() {
            assert_eq!(event["source"]["_meta"]["type"], "api");
        }
        finish(front).await;
    }
}

#[tokio::test]
async fn a_tag_name_that_is_taken_is_refused() {
    for (duplicate_tag, status) in
        [(DuplicateStatus::Conflict409, 409), (DuplicateStatus::Bad400, 400)]
    {
        let (front, caller) = front(Switches { duplicate_tag, ..Switches::default() }).await;
        assert_eq!(caller.post("/company/tags", json!({"name": "Test"})).await.status, status);
        finish(front).await;
    }
}

#[tokio::test]
async fn messages_of_one_second_show_by_arrival_or_the_newest_first() {
    for (equal_times, expected) in
        [(EqualTimes::ByArrival, ["1", "2"]), (EqualTimes::NewestFirst, ["2", "1"])]
    {
        let (front, caller) = front(Switches { equal_times, ..Switches::default() }).await;
        shown(&front, &caller, 1, "1").await;
        shown(&front, &caller, 1, "2").await;
        assert_eq!(external_ids(&front), expected);
        finish(front).await;
    }
}

#[tokio::test(start_paused = true)]
async fn imports_of_one_thread_show_in_order_or_in_any() {
    let sent: Vec<String> = (0..20).map(|ordinal| ordinal.to_string()).collect();
    for imports_in_order in [true, false] {
        let switches = Switches {
            imports_in_order,
            equal_times: EqualTimes::ByArrival,
            ..Switches::default()
        };
        let visible_delay_ms = Span { min: 1_000, max: 15_000 };
        let clock = StandingClock::hold();
        let (front, caller) = start(Config { switches, visible_delay_ms, ..quick() }).await;
        for external_id in &sent {
            let body = import(external_id, true, 1_754_900_000);
            caller.post("/inboxes/inb_1/imported_messages", body).await;
        }
        drop(clock);
        front.settled().await;
        assert_eq!(external_ids(&front) == sent, imports_in_order);
        finish(front).await;
    }
}

fn external_ids(front: &Simulator) -> Vec<String> {
    let mut snapshot = front.snapshot();
    let entries = snapshot.conversations.remove(0).entries.into_iter();
    entries
        .filter_map(|entry| match entry {
            EntryView::Message { external_id, .. } => Some(external_id),
            EntryView::Comment { .. } => None,
        })
        .collect()
}
