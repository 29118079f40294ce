//! Values of what the projector keeps: conversations and calls.

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use schemas::{
    AgentId, AskedAssignment, AssigneeFact, CallFacts, CallId, CallState, CallStatus, CommentFact,
    CommentId, Conversation, Decider, Decision, Direction, EmittedAttribute, EmittedPiece,
    InboxFact, LateReopening, LineId, Piece, Receipts, Stamp, StatusFact, Subject, TagFact, TagId,
    Team, TeamId, TimeMs, Totals,
};

use crate::sample::{
    Sample, call_id, contact, effect_key, event, event_id, given, line_id, maybe_given,
    maybe_shared, maybe_text, person, shared, some_effect, somebody, someone, time,
};

const AT: TimeMs = TimeMs(1_790_000_000_000);

fn some_call() -> CallId {
    CallId::try_from(3_000_000_007).unwrap()
}

fn decision() -> Decision {
    Decision { cause_at: AT, decider: Decider::Person, event_id: event("evt_1") }
}

fn any_decision() -> BoxedStrategy<Decision> {
    let decider = prop_oneof![
        Just(Decider::Call),
        Just(Decider::Rule),
        Just(Decider::Person),
        Just(Decider::Unknown),
    ];
    (time(), decider, event_id())
        .prop_map(|(cause_at, decider, event_id)| Decision { cause_at, decider, event_id })
        .boxed()
}

fn piece() -> BoxedStrategy<Piece> {
    prop_oneof![
        Just(Piece::Main),
        Just(Piece::Duration),
        Just(Piece::Recording),
        Just(Piece::Voicemail),
        Just(Piece::Comment),
        Just(Piece::Unknown),
    ]
    .boxed()
}

impl Sample for Conversation {
    fn full() -> Self {
        Conversation {
            contact: someone(),
            totals: Totals {
                calls: 7,
                inbound_answered: 1,
                outbound_answered: 2,
                outbound_unanswered: 1,
                missed: 1,
                voicemails: 1,
                talk_ms: 205_000,
            },
            open_calls: vec![some_call()],
            last_call_ended_at: Some(AT),
            status: Some(StatusFact { decision: decision(), archived: true }),
            inbox: Some(InboxFact {
                decision: decision(),
                inbox_id: "inb_1".into(),
                inbox_name: Some("Sales".to_owned()),
            }),
            assignee: Some(AssigneeFact {
                decision: decision(),
                teammate_id: Some("tea_1".into()),
                email: Some("agent1@example.com".to_owned()),
            }),
            late_reopening: Some(LateReopening {
                emitted_at: AT,
                event_id: event("evt_2"),
                cause_at: AT,
            }),
            subject: Some(Subject {
                text: "Missed call - Support".into(),
                call_id: some_call(),
                decided_at: AT,
            }),
            opened_at: Some(AT),
            asked_assignment: Some(AskedAssignment {
                cause_at: AT,
                call_id: some_call(),
                agent_id: AgentId(5),
            }),
            restored_after: Some(event("evt_2")),
            attributes: vec![EmittedAttribute {
                effect_key: some_effect("x"),
                revision: 2,
                cause_at: AT,
                cause: event("evt_2"),
                decided_at: AT,
            }],
        }
    }

    fn any() -> BoxedStrategy<Self> {
        let status = (any_decision(), any::<bool>())
            .prop_map(|(decision, archived)| StatusFact { decision, archived });
        let inbox =
            (any_decision(), given(), maybe_text()).prop_map(|(decision, inbox_id, inbox_name)| {
                InboxFact { decision, inbox_id, inbox_name }
            });
        let assignee = (any_decision(), maybe_given(), maybe_text()).prop_map(
            |(decision, teammate_id, email)| AssigneeFact { decision, teammate_id, email },
        );
        let subject = (shared(), call_id(), time())
            .prop_map(|(text, call_id, decided_at)| Subject { text, call_id, decided_at });
        let attribute = (effect_key(), any::<i32>(), time(), event_id()).prop_map(
            |(effect_key, revision, at, cause)| EmittedAttribute {
                effect_key,
                revision,
                cause_at: at,
                cause,
                decided_at: at,
            },
        );
        let lists = (vec(call_id(), 0..3), vec(attribute, 0..3), any::<i64>());
        (contact(), of(status), of(inbox), of(assignee), of(subject), of(time()), lists)
            .prop_map(|(contact, status, inbox, assignee, subject, opened_at, lists)| {
                Conversation {
                    status,
                    inbox,
                    assignee,
                    subject,
                    opened_at,
                    open_calls: lists.0,
                    attributes: lists.1,
                    totals: Totals { calls: lists.2, ..Totals::default() },
                    ..Conversation::new(contact)
                }
            })
            .boxed()
    }
}

fn full_facts() -> CallFacts {
    CallFacts {
        stamps: vec![Stamp { snapshot_at: AT, event_id: event("abc"), normaliser_revision: 1 }],
        written_by: vec![1, 0],
        direction: Direction::Inbound,
        status: CallStatus::Done,
        answered_seen: true,
        ended_seen: true,
        transferred: true,
        missed_call_reason: Some("short_abandoned".into()),
        started_at: Some(AT),
        answered_at: Some(AT),
        ended_at: Some(AT),
        callback_of_call_id: CallId::try_from(6).ok(),
        contact_number: Some("+12025550123".into()),
        contact_name: Some("Ada".into()),
        line_id: Some(LineId::try_from(11).unwrap()),
        line_name: Some("Support".into()),
        line_number: Some("+12025550100".into()),
        line_country: Some("US".into()),
        line_time_zone: Some("America/New_York".into()),
        teams: vec![Team { id: TeamId(3), name: Some("Care".into()) }],
        agent: Some(somebody(1)),
        assigned_to: Some(somebody(2)),
        transferred_by: Some(somebody(3)),
        transferred_to: Some(somebody(1)),
        external_transferred_to: Some("+12025550199".into()),
        asset_url: Some("https://assets.example.com/calls/7/recording".into()),
        has_recording: true,
        has_voicemail: true,
        archived: Some(false),
        comments: vec![CommentFact {
            id: CommentId(9),
            content: "Test".into(),
            posted_at: Some(AT),
            posted_by: Some(somebody(1)),
            written_by: 1,
        }],
        tags: vec![TagFact {
            id: TagId(4),
            name: Some("urgent".into()),
            named_at: Some(AT),
            present_at: AT,
            absent_at: Some(AT),
            untagged_at: Some(AT),
        }],
        newest_snapshot_at: Some(AT),
        newest_untagged_at: Some(AT),
    }
}

impl Sample for CallState {
    fn full() -> Self {
        CallState {
            contact: someone(),
            call_id: some_call(),
            facts: full_facts(),
            receipts: Receipts { first_at: Some(AT), ended_at: Some(AT), media_at: Some(AT) },
            due_at: Some(AT),
            emitted: vec![EmittedPiece {
                piece: Piece::Comment,
                comment_id: Some(CommentId(9)),
                revision: 1,
                within_main: false,
                subject: Some("Voicemail".into()),
                cause: event("abc"),
                decided_at: AT,
            }],
            traceparent: Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned()),
        }
    }

    fn any() -> BoxedStrategy<Self> {
        let emitted =
            (piece(), of(any::<i64>()), any::<bool>(), maybe_shared(), event_id(), time())
                .prop_map(|(piece, comment_id, within_main, subject, cause, decided_at)| {
                    EmittedPiece {
                        piece,
                        comment_id: comment_id.map(CommentId),
                        revision: 1,
                        within_main,
                        subject,
                        cause,
                        decided_at,
                    }
                });
        let comment = (any::<i64>(), shared(), of(time()), of(person()), any::<i32>()).prop_map(
            |(id, content, posted_at, posted_by, written_by)| CommentFact {
                id: CommentId(id),
                content,
                posted_at,
                posted_by,
                written_by,
            },
        );
        let facts = (
            vec(any::<i32>(), 0..30),
            of(time()),
            of(line_id()),
            maybe_shared(),
            of(person()),
            vec(comment, 0..3),
        )
            .prop_map(|(written_by, ended_at, line_id, line_name, agent, comments)| CallFacts {
                written_by,
                ended_at,
                line_id,
                line_name,
                agent,
                comments,
                ..CallFacts::default()
            });
        (contact(), call_id(), facts, of(time()), vec(emitted, 0..4), maybe_text())
            .prop_map(|(contact, call_id, facts, due_at, emitted, traceparent)| CallState {
                facts,
                due_at,
                emitted,
                traceparent,
                receipts: Receipts { first_at: due_at, ..Receipts::default() },
                ..CallState::new(contact, call_id)
            })
            .boxed()
    }
}
