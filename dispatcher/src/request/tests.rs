//! The requests, byte for byte where Front's documents say so.

use super::*;
use schemas::{
    Action, Agent, AgentId, CallId, CommentAction, Customer, EffectKey, EventId, TimeMs,
};

pub(crate) fn number() -> Contact {
    Contact::from_e164("+33612345678").unwrap()
}

fn activity(inbound: bool) -> Activity {
    Activity {
        inbound,
        subject: "Missed call - Support".into(),
        body: "Missed call - Support\nAircall call 7".into(),
        shown_at: TimeMs(1_754_900_000_999),
        customer: Customer { handle: "+33612345678".into(), name: Some("A Caller".into()) },
        line_handle: "+33187654321".into(),
        author: None,
        assignee: None,
        inbox_id: None,
        is_archived: false,
    }
}

fn command(action: Action) -> Command {
    let call_id = CallId::try_from(7).unwrap();
    Command {
        contact: number(),
        effect_key: EffectKey::of_call(call_id, "main"),
        revision: 1,
        action,
        settles: vec![],
        after: vec![],
        call_id: Some(call_id),
        cause: EventId::try_from("e1".to_owned()).unwrap(),
        cause_at: TimeMs(1),
        decided_at: TimeMs(2),
        rule: None,
        config_version: "1".into(),
        rules_version: "0".into(),
    }
}

fn thread(conversation_id: Option<&str>, generation: i32) -> Thread {
    Thread {
        generation,
        contact_id: Some("crd_1".into()),
        conversation_id: conversation_id.map(Into::into),
        ..Thread::new(number())
    }
}

fn ids() -> Resolved {
    Resolved {
        inbox_id: Some("inb_1".into()),
        author_id: Some("tea_1".into()),
        assignee_id: Some("tea_2".into()),
        tag_id: Some("tag_3".into()),
        external_id: None,
    }
}

fn imported(inbound: bool, thread: &Thread, resolved: &Resolved) -> Value {
    let activity = activity(inbound);
    let command = command(Action::Activity(activity.clone()));
    let request = import(&command, &activity, thread, resolved, "custom").unwrap();
    assert_eq!(request.path, "/inboxes/inb_1/imported_messages");
    serde_json::from_str(&request.body.unwrap()).unwrap()
}

#[test]
fn b11_a_missed_call_is_logged_by_the_customer() {
    let none = Resolved { author_id: Some("tea_1".into()), assignee_id: None, ..ids() };
    assert_eq!(
        imported(true, &thread(None, 1), &none),
        json!({
            "sender": {"handle": "+33612345678", "name": "A Caller"},
            "to": ["+33187654321"],
            "subject": "Missed call - Support",
            "body": "Missed call - Support\nAircall call 7",
            "external_id": "callfold:+33612345678:call:7:main",
            "created_at": 1_754_900_000,
            "type": "custom",
            "metadata": {
                "thread_ref": "callfold:+33612345678",
                "is_inbound": true,
                "is_archived": false,
                "should_skip_rules": false,
            },
        })
    );
}

#[test]
fn b11_b12_an_answered_call_is_logged_by_the_agent_and_assigned() {
    let body = imported(false, &thread(Some("cnv_5"), 1), &ids());
    assert_eq!(body["sender"], json!({"handle": "+33187654321", "author_id": "tea_1"}));
    assert_eq!(body["to"], json!(["+33612345678"]));
    assert_eq!(body["assignee_id"], "tea_2");
    assert_eq!(body["conversation_id"], "cnv_5");
    assert!(body["metadata"].get("thread_ref").is_none());
}

#[test]
fn b11_without_a_teammate_there_is_no_author() {
    let nobody = Resolved { author_id: None, assignee_id: None, ..ids() };
    let body = imported(false, &thread(None, 1), &nobody);
    assert_eq!(body["sender"], json!({"handle": "+33187654321"}));
    assert!(body.get("assignee_id").is_none());
}

#[test]
fn b03_a_later_generation_has_its_own_ids() {
    let body = imported(true, &thread(None, 2), &ids());
    assert_eq!(body["external_id"], "callfold:+33612345678:call:7:main:g2");
    assert_eq!(body["metadata"]["thread_ref"], "callfold:+33612345678:g2");
}

#[test]
fn b30_what_was_tried_under_one_external_id_is_never_tried_under_another() {
    for (tried, generation, kept) in [
        ("callfold:call:7:main", 1, Some("callfold:call:7:main")),
        ("callfold:+336:call:7:main", 1, Some("callfold:+336:call:7:main")),
        ("callfold:call:7:main:g2", 2, Some("callfold:call:7:main:g2")),
        ("callfold:call:7:main", 2, None),
    ] {
        let id = kept_external_id(&json!({"external_id": tried}).to_string(), generation);
        assert_eq!(id.as_deref(), kept, "{tried} {generation}");
        let resolved = Resolved { external_id: id, ..ids() };
        let body = imported(true, &thread(None, generation), &resolved);
        let new = external_id(&command(Action::Activity(activity(true))), generation);
        assert_eq!(body["external_id"], kept.unwrap_or(&new));
    }
}

#[test]
fn b01_a_contact_is_made_with_both_handles_and_found_by_the_phone() {
    assert_eq!(contact(&number()).path, "/contacts/alt%3Aphone%3A%2B33612345678");
    let body: Value =
        serde_json::from_str(&create_contact(&number(), "A Caller").body.unwrap()).unwrap();
    assert_eq!(
        body,
        json!({"name": "A Caller", "handles": [
            {"handle": "+33612345678", "source": "phone"},
            {"handle": "+33612345678", "source": "custom"},
        ]})
    );
    let nobody = Contact::anonymous(None);
    assert_eq!(contact(&nobody).path, "/contacts/alt%3Acustom%3Aanonymous%3A0");
    let body: Value =
        serde_json::from_str(&create_contact(&nobody, "Anonymous caller").body.unwrap()).unwrap();
    assert_eq!(body["handles"], json!([{"handle": "anonymous:0", "source": "custom"}]));
}

#[test]
fn b10_a_comment_names_its_teammate() {
    let text =
        CommentAction { body: "Hi\n[call 7 comment 9]".into(), mark: String::new(), author: None };
    let request = comment(&"cnv_5".into(), &text.body, Some(&"tea_1".into()));
    assert_eq!(request.path, "/conversations/cnv_5/comments");
    let body: Value = serde_json::from_str(&request.body.unwrap()).unwrap();
    assert_eq!(body, json!({"body": "Hi\n[call 7 comment 9]", "author_id": "tea_1"}));
}

#[test]
fn attributes_are_set_where_front_has_them() {
    let agent = Agent { id: AgentId(1), email: None };
    for (change, method, path, body) in [
        (
            Attribute::Assignee(Some(agent)),
            Method::Put,
            "/assignee",
            json!({"assignee_id": "tea_2"}),
        ),
        (Attribute::Assignee(None), Method::Put, "/assignee", json!({"assignee_id": null})),
        (Attribute::Inbox("Support".into()), Method::Patch, "", json!({"inbox_id": "inb_1"})),
        (Attribute::Archived(true), Method::Patch, "", json!({"status": "archived"})),
        (Attribute::Archived(false), Method::Patch, "", json!({"status": "open"})),
        (Attribute::TagOn("x".into()), Method::Post, "/tags", json!({"tag_ids": ["tag_3"]})),
        (Attribute::TagOff("x".into()), Method::Delete, "/tags", json!({"tag_ids": ["tag_3"]})),
    ] {
        let request = attribute(&"cnv_5".into(), &change, &ids()).unwrap();
        assert_eq!(request.method, method);
        assert_eq!(request.path, format!("/conversations/cnv_5{path}"));
        assert_eq!(serde_json::from_str::<Value>(&request.body.unwrap()).unwrap(), body);
    }
    assert_eq!(
        attribute(&"cnv_5".into(), &Attribute::TagOn("x".into()), &Resolved::default()),
        None
    );
}

#[test]
fn a_link_to_the_next_page_never_leads_to_another_host() {
    let list = json!({"_pagination": {"next": "https://other.example/events?page_token=x"}});
    assert_eq!(next_page(&list, "s").unwrap().path, "/events?page_token=x");
    assert_eq!(next_page(&json!({"_pagination": {"next": null}}), "s"), None);
}

#[test]
fn events_are_asked_for_by_type_and_time() {
    assert_eq!(
        events(&["archive", "move"], 1_754_900_000_007, 1_754_900_060_000).path,
        "/events?limit=15&q%5Btypes%5D%5B%5D=archive&q%5Btypes%5D%5B%5D=move\
         &q%5Bafter%5D=1754900000.007&q%5Bbefore%5D=1754900060.000"
    );
}
