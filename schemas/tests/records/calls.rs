//! Values of what comes in: call events, bodies and rejections.

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use schemas::{
    CallEvent, CallId, CallStatus, Comment, CommentId, Direction, LineId, Origin, Raw, Rejection,
    Source, Tag, TagId, Team, TeamId, TimeMs,
};

use crate::sample::{
    Sample, call_id, contact, event, event_id, line_id, maybe_given, maybe_shared, maybe_text,
    person, shared, somebody, someone, text, time,
};

fn origin() -> BoxedStrategy<Origin> {
    prop_oneof![
        Just(Origin::Webhook),
        Just(Origin::Reconciliation),
        Just(Origin::Backfill),
        Just(Origin::Renormalised),
        Just(Origin::Unknown),
    ]
    .boxed()
}

fn source() -> BoxedStrategy<Source> {
    prop_oneof![Just(Source::Aircall), Just(Source::Front), Just(Source::Unknown)].boxed()
}

fn direction() -> BoxedStrategy<Direction> {
    prop_oneof![Just(Direction::Inbound), Just(Direction::Outbound), Just(Direction::Unknown)]
        .boxed()
}

fn status() -> BoxedStrategy<CallStatus> {
    prop_oneof![
        Just(CallStatus::Initial),
        Just(CallStatus::Answered),
        Just(CallStatus::Done),
        Just(CallStatus::Unknown),
    ]
    .boxed()
}

fn comment() -> BoxedStrategy<Comment> {
    (any::<i64>(), shared(), of(time()), of(person()))
        .prop_map(|(id, content, posted_at, posted_by)| Comment {
            id: CommentId(id),
            content,
            posted_at,
            posted_by,
        })
        .boxed()
}

fn tag() -> BoxedStrategy<Tag> {
    (any::<i64>(), maybe_shared(), of(time()))
        .prop_map(|(id, name, tagged_at)| Tag { id: TagId(id), name, tagged_at })
        .boxed()
}

fn team() -> BoxedStrategy<Team> {
    (any::<i64>(), maybe_shared()).prop_map(|(id, name)| Team { id: TeamId(id), name }).boxed()
}

impl Sample for CallEvent {
    fn full() -> CallEvent {
        let at = |second: i64| TimeMs::from_seconds(1_700_000_000 + second);
        CallEvent {
            event_id: event("3f0a"),
            event: "call.ended".to_owned(),
            snapshot_at: at(100),
            received_at: TimeMs(1_700_000_101_234),
            origin: Origin::Webhook,
            normaliser_revision: 1,
            replaces: Some(event("2e1b")),
            clears: vec!["agent".to_owned()],
            contact: someone(),
            contact_number: Some("+12025550123".into()),
            contact_number_received: Some("+1 202-555-0123".to_owned()),
            contact_name: Some("Grace".into()),
            call_id: CallId::try_from(3_000_000_007).unwrap(),
            call_uuid: Some("CA7".into()),
            direction: Direction::Inbound,
            status: CallStatus::Done,
            missed_call_reason: Some("no_available_agent".into()),
            started_at: Some(at(0)),
            answered_at: Some(at(10)),
            ended_at: Some(at(99)),
            duration_received_s: Some(99),
            callback_of_call_id: CallId::try_from(3_000_000_001).ok(),
            line_id: Some(LineId::try_from(42).unwrap()),
            line_name: Some("Support".into()),
            line_number: Some("+12025550199".into()),
            line_country: Some("US".into()),
            line_time_zone: Some("America/New_York".into()),
            teams: vec![Team { id: TeamId(5), name: Some("First level".into()) }],
            agent: Some(somebody(1)),
            assigned_to: Some(somebody(2)),
            transferred_by: Some(somebody(3)),
            transferred_to: Some(somebody(4)),
            external_transferred_to: Some("+12025550155".into()),
            asset_url: Some("https://assets.example.com/7".into()),
            has_recording: true,
            has_voicemail: true,
            comments: vec![Comment {
                id: CommentId(8),
                content: "call back\non Monday".into(),
                posted_at: Some(at(120)),
                posted_by: Some(somebody(1)),
            }],
            tags: vec![Tag { id: TagId(9), name: Some("urgent".into()), tagged_at: Some(at(130)) }],
            archived: Some(false),
        }
    }

    fn any() -> BoxedStrategy<CallEvent> {
        let head = (
            event_id(),
            text(),
            time(),
            time(),
            origin(),
            any::<i32>(),
            of(event_id()),
            vec(text(), 0..3),
        );
        let party = (contact(), maybe_shared(), maybe_text(), maybe_shared());
        let call = (call_id(), maybe_given(), direction(), status(), maybe_shared());
        let times = (of(time()), of(time()), of(time()), of(any::<i64>()), of(any::<i64>()));
        let line = (of(line_id()), maybe_shared(), maybe_shared(), maybe_shared(), maybe_shared());
        let people = (of(person()), of(person()), of(person()), of(person()), maybe_shared());
        let rest = (
            vec(team(), 0..3),
            maybe_shared(),
            any::<bool>(),
            any::<bool>(),
            vec(comment(), 0..3),
            vec(tag(), 0..3),
            of(any::<bool>()),
        );
        (head, party, call, times, line, people, rest)
            .prop_map(|(head, party, call, times, line, people, rest)| CallEvent {
                event_id: head.0,
                event: head.1,
                snapshot_at: head.2,
                received_at: head.3,
                origin: head.4,
                normaliser_revision: head.5,
                replaces: head.6,
                clears: head.7,
                contact: party.0,
                contact_number: party.1,
                contact_number_received: party.2,
                contact_name: party.3,
                call_id: call.0,
                call_uuid: call.1,
                direction: call.2,
                status: call.3,
                missed_call_reason: call.4,
                started_at: times.0,
                answered_at: times.1,
                ended_at: times.2,
                duration_received_s: times.3,
                callback_of_call_id: times.4.and_then(|id| CallId::try_from(id).ok()),
                line_id: line.0,
                line_name: line.1,
                line_number: line.2,
                line_country: line.3,
                line_time_zone: line.4,
                teams: rest.0,
                agent: people.0,
                assigned_to: people.1,
                transferred_by: people.2,
                transferred_to: people.3,
                external_transferred_to: people.4,
                asset_url: rest.1,
                has_recording: rest.2,
                has_voicemail: rest.3,
                comments: rest.4,
                tags: rest.5,
                archived: rest.6,
            })
            .boxed()
    }
}

impl Sample for Raw {
    fn full() -> Raw {
        Raw {
            event_id: event("3f0a"),
            source: Source::Aircall,
            origin: Origin::Webhook,
            event: Some("call.ended".to_owned()),
            received_at: TimeMs(1_700_000_101_234),
            body: br#"{"event":"call.ended","token":""}"#.to_vec(),
        }
    }

    fn any() -> BoxedStrategy<Raw> {
        (event_id(), source(), origin(), maybe_text(), time(), vec(any::<u8>(), 0..40))
            .prop_map(|(event_id, source, origin, event, received_at, body)| Raw {
                event_id,
                source,
                origin,
                event,
                received_at,
                body,
            })
            .boxed()
    }
}

impl Sample for Rejection {
    fn full() -> Rejection {
        Rejection {
            event_id: event("3f0a"),
            source: Source::Front,
            event: Some("call.ended".to_owned()),
            reason: "call_id_missing".to_owned(),
            detail: "data has no id".to_owned(),
            normaliser_revision: 1,
            received_at: TimeMs(1_700_000_101_234),
        }
    }

    fn any() -> BoxedStrategy<Rejection> {
        (event_id(), source(), maybe_text(), text(), text(), any::<i32>(), time())
            .prop_map(
                |(event_id, source, event, reason, detail, normaliser_revision, received_at)| {
                    Rejection {
                        event_id,
                        source,
                        event,
                        reason,
                        detail,
                        normaliser_revision,
                        received_at,
                    }
                },
            )
            .boxed()
    }
}
