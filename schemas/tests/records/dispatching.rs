//! Values of what goes to Front and comes from it: commands, outcomes, Front's events and the
//! dispatcher's own records.

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use schemas::{
    Action, Activity, Actor, Agent, AgentId, Attempt, Attribute, CallId, Command, CommentAction,
    Customer, FrontChange, FrontEvent, Input, Outcome, OutcomeState, Position, Status, Thread,
    TimeMs,
};

use crate::sample::{
    Sample, call_id, contact, effect_key, event, event_id, given, maybe_given, maybe_shared,
    maybe_text, shared, some_effect, someone, text, time,
};

fn agent() -> BoxedStrategy<Agent> {
    (any::<i64>(), maybe_shared()).prop_map(|(id, email)| Agent { id: AgentId(id), email }).boxed()
}

fn activity() -> BoxedStrategy<Activity> {
    let texts = (shared(), text(), shared(), shared(), maybe_shared(), maybe_given());
    (any::<bool>(), any::<bool>(), time(), of(agent()), of(agent()), texts)
        .prop_map(|(inbound, is_archived, shown_at, author, assignee, texts)| Activity {
            inbound,
            subject: texts.0,
            body: texts.1,
            shown_at,
            customer: Customer { handle: texts.2, name: texts.4 },
            line_handle: texts.3,
            author,
            assignee,
            inbox_id: texts.5,
            is_archived,
        })
        .boxed()
}

fn action() -> BoxedStrategy<Action> {
    prop_oneof![
        activity().prop_map(Action::Activity),
        (text(), text(), of(agent()))
            .prop_map(|(body, mark, author)| Action::Comment(CommentAction { body, mark, author })),
        of(agent()).prop_map(|agent| Action::Attribute(Attribute::Assignee(agent))),
        text().prop_map(|inbox| Action::Attribute(Attribute::Inbox(inbox))),
        any::<bool>().prop_map(|archived| Action::Attribute(Attribute::Archived(archived))),
        text().prop_map(|tag| Action::Attribute(Attribute::TagOn(tag))),
        text().prop_map(|tag| Action::Attribute(Attribute::TagOff(tag))),
        Just(Action::Withdraw),
    ]
    .boxed()
}

impl Sample for Command {
    fn full() -> Command {
        let agent = Agent { id: AgentId(1), email: Some("agent1@example.com".into()) };
        Command {
            contact: someone(),
            effect_key: some_effect("main"),
            revision: 1,
            action: Action::Activity(Activity {
                inbound: true,
                subject: "Missed call - Support".into(),
                body: "Missed call - Support\nAircall call 3000000007".to_owned(),
                shown_at: TimeMs::from_seconds(1_700_000_099),
                customer: Customer { handle: "+12025550123".into(), name: Some("Grace".into()) },
                line_handle: "+12025550199".into(),
                author: Some(agent.clone()),
                assignee: Some(agent),
                inbox_id: Some("inb_1".into()),
                is_archived: true,
            }),
            settles: vec![some_effect("main"), some_effect("duration")],
            after: vec![some_effect("voicemail")],
            call_id: Some(CallId::try_from(3_000_000_007).unwrap()),
            cause: event("3f0a"),
            cause_at: TimeMs::from_seconds(1_700_000_100),
            decided_at: TimeMs(1_700_000_101_240),
            rule: Some("voicemails".to_owned()),
            config_version: "c1".into(),
            rules_version: "r1".into(),
        }
    }

    fn any() -> BoxedStrategy<Command> {
        let keys = (vec(effect_key(), 0..3), vec(effect_key(), 0..3));
        let why = (event_id(), time(), time(), maybe_text(), shared(), shared());
        (contact(), effect_key(), any::<i32>(), action(), keys, of(call_id()), why)
            .prop_map(|(contact, effect_key, revision, action, keys, call_id, why)| Command {
                contact,
                effect_key,
                revision,
                action,
                settles: keys.0,
                after: keys.1,
                call_id,
                cause: why.0,
                cause_at: why.1,
                decided_at: why.2,
                rule: why.3,
                config_version: why.4,
                rules_version: why.5,
            })
            .boxed()
    }
}

fn change() -> BoxedStrategy<FrontChange> {
    prop_oneof![
        Just(FrontChange::Archived),
        Just(FrontChange::Reopened),
        (given(), maybe_text())
            .prop_map(|(inbox_id, inbox_name)| FrontChange::Moved { inbox_id, inbox_name }),
        (given(), maybe_text())
            .prop_map(|(teammate_id, email)| FrontChange::Assigned { teammate_id, email }),
        Just(FrontChange::Unassigned),
        (given(), maybe_text()).prop_map(|(tag_id, name)| FrontChange::Tagged { tag_id, name }),
        (given(), maybe_text()).prop_map(|(tag_id, name)| FrontChange::Untagged { tag_id, name }),
        given().prop_map(|into| FrontChange::Merged { into }),
        Just(FrontChange::Trashed),
        Just(FrontChange::Restored),
        "[A-Z]{1,8}".prop_map(FrontChange::Other),
    ]
    .boxed()
}

fn actor() -> BoxedStrategy<Actor> {
    prop_oneof![
        Just(Actor::Teammate),
        Just(Actor::Rule),
        Just(Actor::Callfold),
        Just(Actor::Api),
        Just(Actor::Unknown),
    ]
    .boxed()
}

impl Sample for FrontEvent {
    fn full() -> FrontEvent {
        FrontEvent {
            event_id: event("evt_1"),
            contact: someone(),
            conversation_id: "cnv_1".into(),
            change: FrontChange::Moved {
                inbox_id: "inb_2".into(),
                inbox_name: Some("Voicemails".to_owned()),
            },
            actor: Actor::Teammate,
            teammate_id: Some("tea_1".into()),
            emitted_at: TimeMs(1_700_000_200_500),
            cause_at: TimeMs(1_700_000_200_500),
            echo_of: Some(some_effect("main")),
            received_at: TimeMs(1_700_000_201_000),
        }
    }

    fn any() -> BoxedStrategy<FrontEvent> {
        let who = (actor(), maybe_given(), of(effect_key()));
        (event_id(), contact(), given(), change(), who, (time(), time(), time()))
            .prop_map(|(event_id, contact, conversation_id, change, who, times)| FrontEvent {
                event_id,
                contact,
                conversation_id,
                change,
                actor: who.0,
                teammate_id: who.1,
                emitted_at: times.0,
                cause_at: times.1,
                echo_of: who.2,
                received_at: times.2,
            })
            .boxed()
    }
}

fn state() -> BoxedStrategy<OutcomeState> {
    proptest::sample::select(OutcomeState::ALL.to_vec()).boxed()
}

/// The names that stand in headers are those of the schema.
#[test]
fn a_state_has_one_name() {
    for state in OutcomeState::ALL {
        let written = serde_json::to_value(state).unwrap();
        assert_eq!(written, state.name());
        assert_eq!(OutcomeState::from_name(state.name().as_bytes()), Some(state));
    }
    assert_eq!(OutcomeState::from_name(b"in doubt"), None);
    assert_eq!(OutcomeState::InDoubt.words(), "in doubt");
}

fn attempt() -> BoxedStrategy<Attempt> {
    (any::<i32>(), time(), time(), any::<i32>(), of(any::<i32>()), maybe_text(), of(time()))
        .prop_map(|(number, intended_at, deadline, generation, status, verdict, answered_at)| {
            Attempt { number, intended_at, deadline, generation, status, verdict, answered_at }
        })
        .boxed()
}

impl Sample for Outcome {
    fn full() -> Outcome {
        Outcome {
            contact: someone(),
            effect_key: some_effect("main"),
            revision: 1,
            call_id: Some(CallId::try_from(3_000_000_007).unwrap()),
            state: OutcomeState::Accepted,
            reason: Some("Front answered 400".to_owned()),
            attempt: Some(Attempt {
                number: 2,
                intended_at: TimeMs(1_700_000_102_000),
                deadline: TimeMs(1_700_000_132_000),
                generation: 1,
                status: Some(202),
                verdict: Some("done".to_owned()),
                answered_at: Some(TimeMs(1_700_000_102_150)),
            }),
            message_uid: Some("FMID1".into()),
            message_id: Some("msg_1".into()),
            comment_id: Some("com_1".into()),
            conversation_id: Some("cnv_1".into()),
            repeat_recognised: true,
            waiting_revision: Some(2),
            command: Some(vec![0, 1, 2, 0xff]),
            cause_at: TimeMs::from_seconds(1_700_000_100),
            at: TimeMs(1_700_000_102_151),
        }
    }

    fn any() -> BoxedStrategy<Outcome> {
        let ids = (maybe_given(), maybe_given(), maybe_given(), maybe_given());
        let rest = (any::<bool>(), of(any::<i32>()), of(vec(any::<u8>(), 0..40)), time(), time());
        let what = (effect_key(), any::<i32>(), of(call_id()), state());
        (contact(), what, maybe_text(), of(attempt()), ids, rest)
            .prop_map(|(contact, what, reason, attempt, ids, rest)| Outcome {
                contact,
                effect_key: what.0,
                revision: what.1,
                call_id: what.2,
                state: what.3,
                reason,
                attempt,
                message_uid: ids.0,
                message_id: ids.1,
                comment_id: ids.2,
                conversation_id: ids.3,
                repeat_recognised: rest.0,
                waiting_revision: rest.1,
                command: rest.2,
                cause_at: rest.3,
                at: rest.4,
            })
            .boxed()
    }
}

impl Sample for Thread {
    fn full() -> Thread {
        Thread {
            contact: someone(),
            generation: 2,
            contact_id: Some("crd_1".into()),
            conversation_id: Some("cnv_2".into()),
            former_conversation_ids: vec!["cnv_1".into()],
            at: TimeMs(1_700_000_102_151),
            assignee_decided_at: Some(TimeMs(1_700_000_090_001)),
            inbox_decided_at: Some(TimeMs(1_700_000_090_002)),
            status_decided_at: Some(TimeMs(1_700_000_090_003)),
            tag_decisions: vec!["1700000090004 urgent".to_owned()],
            inbox_id: Some("inb_2".into()),
            inbox_at: Some(TimeMs(1_700_000_090_005)),
        }
    }

    fn any() -> BoxedStrategy<Thread> {
        let ids = (maybe_given(), maybe_given(), vec(given(), 0..3));
        let decided = (of(time()), of(time()), of(time()));
        let rest = (vec(text(), 0..3), maybe_given(), of(time()));
        (contact(), any::<i32>(), ids, time(), decided, rest)
            .prop_map(|(contact, generation, ids, at, decided, rest)| Thread {
                contact,
                generation,
                contact_id: ids.0,
                conversation_id: ids.1,
                former_conversation_ids: ids.2,
                at,
                assignee_decided_at: decided.0,
                inbox_decided_at: decided.1,
                status_decided_at: decided.2,
                tag_decisions: rest.0,
                inbox_id: rest.1,
                inbox_at: rest.2,
            })
            .boxed()
    }
}

impl Sample for Position {
    fn full() -> Position {
        let input = |topic: &str| Input {
            topic: topic.to_owned(),
            partition: 3,
            next_offset: 5_000_000_000,
        };
        Position {
            writer: "projector/3".to_owned(),
            inputs: vec![input("callfold.calls"), input("callfold.front")],
            front_cursor: Some(TimeMs(1_700_000_200_500)),
            at: TimeMs(1_700_000_201_000),
        }
    }

    fn any() -> BoxedStrategy<Position> {
        let input = (text(), any::<i32>(), any::<i64>())
            .prop_map(|(topic, partition, next_offset)| Input { topic, partition, next_offset });
        (text(), vec(input, 0..3), of(time()), time())
            .prop_map(|(writer, inputs, front_cursor, at)| Position {
                writer,
                inputs,
                front_cursor,
                at,
            })
            .boxed()
    }
}

impl Sample for Status {
    fn full() -> Status {
        Status {
            at: TimeMs(1_700_000_201_000),
            state: "held".to_owned(),
            reason: Some("the token lacks the scope messages:write".to_owned()),
            queued: 1,
            intended: 2,
            in_doubt: 3,
            accepted: 4,
            parked: 5,
            unknown: 6,
            budget_per_minute: 50.0,
            budget_available: 2.5,
            requests: 7,
            rejected_429: 8,
        }
    }

    fn any() -> BoxedStrategy<Status> {
        let counts = proptest::array::uniform8(any::<i64>());
        // Halves: JSON text does not give every double back to the last bit.
        let half = any::<i32>().prop_map(|halves| f64::from(halves) / 2.0);
        let budget = (half.clone(), half);
        (time(), text(), maybe_text(), counts, budget)
            .prop_map(|(at, state, reason, counts, budget)| Status {
                at,
                state,
                reason,
                queued: counts[0],
                intended: counts[1],
                in_doubt: counts[2],
                accepted: counts[3],
                parked: counts[4],
                unknown: counts[5],
                budget_per_minute: budget.0,
                budget_available: budget.1,
                requests: counts[6],
                rejected_429: counts[7],
            })
            .boxed()
    }
}
