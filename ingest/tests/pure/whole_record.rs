//! Every field of the record at once: dropping or swapping a mapping fails here.

use ingest::NORMALISER_REVISION;
use schemas::{
    AgentId, CallEvent, CallId, CallStatus, Comment, CommentId, Contact, Direction, EventId,
    LineId, Origin, Person, Tag, TagId, Team, TeamId, Text, TimeMs,
};

use crate::bodies::{RECEIVED_AT, event, full};

fn person(id: i64, name: &str, email: &str) -> Option<Person> {
    Some(Person { id: AgentId(id), name: Some(name.into()), email: Some(email.into()) })
}

#[test]
fn b20_every_field_of_a_full_body_arrives() {
    let text = |text: &str| Some(Text::from(text));
    let unshared = |text: &str| Some(text.to_owned());
    let expected = CallEvent {
        event_id: EventId::try_from("ID".to_owned()).unwrap(),
        event: "call.comm_assets_generated".to_owned(),
        snapshot_at: TimeMs(1_767_261_700_000),
        received_at: RECEIVED_AT,
        origin: Origin::Webhook,
        normaliser_revision: NORMALISER_REVISION,
        replaces: None,
        clears: Vec::new(),
        contact: Contact::from_e164("+443308180000").unwrap(),
        contact_number: text("+443308180000"),
        contact_number_received: unshared("+44 330 818 0000"),
        contact_name: text("First Last"),
        call_id: CallId::try_from(3_049_915_377).unwrap(),
        call_uuid: Some("CA00000000000000000000000000000001".into()),
        direction: Direction::Inbound,
        status: CallStatus::Done,
        missed_call_reason: text("no_available_agent"),
        started_at: Some(TimeMs(1_767_261_600_000)),
        answered_at: Some(TimeMs(1_767_261_610_000)),
        ended_at: Some(TimeMs(1_767_261_630_000)),
        duration_received_s: Some(29),
        callback_of_call_id: CallId::try_from(3_049_915_000).ok(),
        line_id: Some(LineId::try_from(31).unwrap()),
        line_name: text("Support line"),
        line_number: text("+43720880000"),
        line_country: text("AT"),
        line_time_zone: text("Europe/Vienna"),
        teams: vec![
            Team { id: TeamId(61), name: text("First team") },
            Team { id: TeamId(62), name: text("Second team") },
        ],
        agent: person(101, "Agent One", "one@example.com"),
        assigned_to: person(102, "Agent Two", "two@example.com"),
        transferred_by: person(103, "Agent Three", "three@example.com"),
        transferred_to: person(104, "Agent Four", "four@example.com"),
        external_transferred_to: text("+33176360695"),
        asset_url: text("https://assets.aircall.example/calls/3049915377/page"),
        has_recording: true,
        has_voicemail: true,
        comments: vec![Comment {
            id: CommentId(71),
            content: "first line\nsecond line".into(),
            posted_at: Some(TimeMs(1_767_261_650_000)),
            posted_by: person(105, "Agent Five", "five@example.com"),
        }],
        tags: vec![Tag {
            id: TagId(81),
            name: text("Tag name"),
            tagged_at: Some(TimeMs(1_767_261_660_000)),
        }],
        archived: Some(true),
    };
    let made = event(&full());
    let expected = CallEvent { event_id: made.event_id.clone(), ..expected };
    assert_eq!(made, expected);
}

#[test]
fn the_origin_and_the_receipt_are_what_the_caller_says() {
    let seen =
        ingest::Seen { received_at: TimeMs(5), origin: Origin::Backfill, default_region: None };
    let made = ingest::normalise(full().to_string().as_bytes(), &seen).unwrap();
    assert_eq!((made.received_at, made.origin), (TimeMs(5), Origin::Backfill));
}
