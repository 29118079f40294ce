//! B20, B21: facts one by one: what a correction clears, what only ever advances, what is kept of
//! the stamps, and what the totals are made of.

use schemas::{CallEvent, CallFacts, CallId, CallState, CallStatus, EventId, Team, TeamId, Totals};

use crate::events::{Call, agent, contact};
use crate::simulation::{Simulation, s};

fn facts(events: &[CallEvent]) -> CallState {
    let mut call = CallState::new(contact(), events[0].call_id);
    for event in events {
        projector::facts::join(&mut call, event);
    }
    call
}

/// The fields of the facts that are registers, as values: what a correction may clear.
fn registers(facts: &CallFacts) -> Vec<(String, serde_json::Value)> {
    let serde_json::Value::Object(fields) = serde_json::to_value(facts).unwrap() else {
        panic!("facts are an object");
    };
    let not_registers = [
        "stamps",
        "written_by",
        "status",
        "answered_seen",
        "ended_seen",
        "transferred",
        "comments",
        "tags",
        "newest_snapshot_at",
        "newest_untagged_at",
    ];
    fields.into_iter().filter(|(name, _)| !not_registers.contains(&name.as_str())).collect()
}

#[test]
fn b20_a_correction_clears_what_it_names_and_nothing_else() {
    let full = Call::outbound(7, s(0)).answered(s(5), Some(agent(1))).ended(s(20)).recording();
    let full = full.change(|call| {
        call.missed_call_reason = Some("no_available_agent".into());
        call.callback_of_call_id = CallId::try_from(3).ok();
        call.contact_name = Some("Ada".into());
        call.teams = vec![Team { id: TeamId(1), name: None }];
        call.assigned_to = Some(agent(2));
        call.transferred_by = Some(agent(3));
        call.transferred_to = Some(agent(4));
        call.external_transferred_to = Some("+12025550199".into());
        call.has_voicemail = true;
        call.archived = Some(true);
    });
    let first = full.event("call.transferred", s(20));
    let known = registers(&facts(std::slice::from_ref(&first)).facts);
    let empty = registers(&CallFacts::default());
    assert_eq!(known.len(), 23);
    for (name, value) in &known {
        assert!(!empty.contains(&(name.clone(), value.clone())), "{name} is known");
        if name == "direction" {
            // It is never unknown again: a correction can only name the other one.
            continue;
        }
        let mut correction = Call::inbound(7, s(0)).event("call.transferred", s(20));
        for cleared in [&mut correction.contact_number, &mut correction.line_name] {
            *cleared = None;
        }
        correction.line_number = None;
        correction.line_country = None;
        correction.line_time_zone = None;
        correction.line_id = None;
        correction.started_at = None;
        correction.archived = None;
        correction.direction = schemas::Direction::Unknown;
        correction.status = CallStatus::Answered;
        correction.replaces = Some(first.event_id.clone());
        correction.event_id = EventId::try_from("correction".to_owned()).unwrap();
        correction.normaliser_revision = 2;
        correction.clears = vec![name.clone()];
        let cleared = registers(&facts(&[first.clone(), correction]).facts);
        for ((name, value), (_, before)) in cleared.iter().zip(&known) {
            let is_empty = empty.contains(&(name.clone(), value.clone()));
            assert_eq!(is_empty, value != before, "{name} is empty or as before");
        }
        let changed: Vec<_> =
            cleared.iter().filter(|field| !known.contains(field)).map(|field| &field.0).collect();
        assert_eq!(changed, [name]);
    }
}

#[test]
fn b20_the_status_and_what_was_seen_only_ever_advance() {
    let status = |status| {
        Call::inbound(7, s(0))
            .change(|call| call.status = status)
            .event(&format!("call.{status:?}"), s(10))
    };
    let (initial, done) = (status(CallStatus::Initial), status(CallStatus::Done));
    let (unknown, answered) = (status(CallStatus::Unknown), status(CallStatus::Answered));
    for (events, expected) in [
        (vec![unknown.clone()], CallStatus::Unknown),
        (vec![initial.clone(), unknown], CallStatus::Initial),
        (vec![initial.clone(), answered.clone()], CallStatus::Answered),
        (vec![answered.clone(), initial], CallStatus::Answered),
        (vec![answered.clone(), done.clone()], CallStatus::Done),
        (vec![done, answered], CallStatus::Done),
    ] {
        assert_eq!(facts(&events).facts.status, expected);
    }
    let call = Call::inbound(7, s(0)).change(|call| call.status = CallStatus::Unknown);
    for (name, expected) in [
        ("call.created", (false, false, false)),
        ("call.answered", (true, false, false)),
        ("call.ended", (false, true, false)),
        ("call.transferred", (false, false, true)),
        ("call.external_transferred", (false, false, true)),
        ("call.unsuccessful_transfer", (false, false, false)),
    ] {
        let after = [call.event(name, s(1)), call.event("call.tagged", s(2))];
        let known = facts(&after).facts;
        assert_eq!((known.answered_seen, known.ended_seen, known.transferred), expected, "{name}");
    }
    let known = facts(&[call.answered(s(5), None).event("call.hungup", s(9))]).facts;
    assert!(known.answered_seen, "the time of an answer shows one as well");
}

#[test]
fn b13_receipts_are_those_of_the_first_event_that_told_it() {
    let call = Call::inbound(7, s(0));
    let ended = call.clone().ended(s(20));
    let late = |event: CallEvent, seconds| CallEvent { received_at: s(seconds), ..event };
    let receipts = |events: &[CallEvent]| {
        let receipts = facts(events).receipts;
        (receipts.first_at, receipts.ended_at, receipts.media_at)
    };
    let created = call.event("call.created", s(0));
    let recorded = ended.clone().change(|call| call.has_recording = true);
    let left = ended.clone().change(|call| call.has_voicemail = true);
    assert_eq!(receipts(std::slice::from_ref(&created)), (Some(s(0)), None, None));
    let hangup = late(ended.event("call.hungup", s(20)), 25);
    let again = late(ended.event("call.ended", s(50)), 21);
    let both = (Some(s(0)), Some(s(21)), None);
    assert_eq!(receipts(&[created.clone(), hangup.clone(), again.clone()]), both);
    assert_eq!(receipts(&[again, hangup, created]), both);
    for event in [
        late(recorded.event("call.ended", s(50)), 60),
        late(left.event("call.ended", s(50)), 60),
        late(ended.event("call.voicemail_left", s(50)), 60),
    ] {
        assert_eq!(receipts(&[event]), (Some(s(60)), Some(s(60)), Some(s(60))));
    }
}

#[test]
fn b21_any_number_of_stamps_is_kept_as_long_as_a_fact_names_them() {
    let comments = 150;
    let written = |id: i64, at: i64| {
        let call = Call::inbound(7, s(0)).comment(id, &format!("{id} at {at}"), s(at), None);
        call.event(&format!("call.commented{id}"), s(at))
    };
    // Every other one first, then those between them: places move while there are many.
    let order =
        (0..comments).step_by(2).chain((0..comments).skip(1).step_by(2).collect::<Vec<_>>());
    let mut events: Vec<_> = order.map(|id| written(id, 100 + id)).collect();
    let call = facts(&events);
    let count = usize::try_from(comments).unwrap();
    assert_eq!(call.facts.stamps.len(), count);
    for comment in &call.facts.comments {
        let stamp = &call.facts.stamps[usize::try_from(comment.written_by - 1).unwrap()];
        assert_eq!(stamp.snapshot_at, s(100 + comment.id.0), "comment {}", comment.id);
        assert_eq!(comment.content, format!("{} at {}", comment.id, 100 + comment.id.0));
    }
    // Those that write the first eighty anew take the stamps of eighty away.
    events.extend((0..80).map(|id| written(id, 1_000 + id)));
    let call = facts(&events);
    assert_eq!(call.facts.stamps.len(), count);
    assert!(call.facts.stamps.is_sorted());
    let newest = (0..comments).fold(Call::inbound(7, s(0)), |call, id| {
        call.comment(id, "all at once", s(100 + id), None)
    });
    events.push(newest.event("call.commented", s(5_000)));
    let call = facts(&events);
    assert_eq!(call.facts.stamps.len(), 1);
    assert!(call.facts.comments.iter().all(|comment| comment.content == "all at once"));
}

#[test]
fn b21_totals_count_each_call_once_as_what_it_was_in_the_end() {
    let mut simulation = Simulation::usual();
    let answered = |id| Call::inbound(id, s(0)).answered(s(10), Some(agent(1))).ended(s(40));
    for call in [
        answered(1),
        Call::outbound(2, s(0)).answered(s(5), Some(agent(1))).ended(s(30)),
        Call::outbound(3, s(0)).ended(s(50)),
        Call::inbound(4, s(0)).ended(s(45)),
        Call::inbound(5, s(0)).ended(s(45)),
        Call::inbound(6, s(0)).ended(s(45)).voicemail(),
    ] {
        simulation.call(&call.event("call.hungup", s(50)));
    }
    simulation.call(&Call::inbound(7, s(60)).event("call.created", s(60)));
    let counted = Totals {
        calls: 7,
        inbound_answered: 1,
        outbound_answered: 1,
        outbound_unanswered: 1,
        missed: 2,
        voicemails: 1,
        talk_ms: 55_000,
    };
    assert_eq!(simulation.conversation.totals, counted);
    assert_eq!(simulation.conversation.last_call_ended_at, Some(s(50)));
    // A missed one turns out to be answered, another to have a voicemail; an answer moves.
    simulation.call(&Call::inbound(4, s(0)).answered(s(20), None).event("call.answered", s(70)));
    simulation.call(&Call::inbound(5, s(0)).voicemail().event("call.voicemail_left", s(70)));
    simulation.call(&answered(1).answered(s(15), None).event("call.ended", s(70)));
    let moved =
        Totals { inbound_answered: 2, missed: 0, voicemails: 2, talk_ms: 75_000, ..counted };
    assert_eq!(simulation.conversation.totals, moved);
}

#[test]
fn the_newest_sixteen_calls_that_go_on_are_named() {
    let mut simulation = Simulation::usual();
    let begin = |id: i64| Call::inbound(id, s(id)).event("call.created", s(id));
    let open = |simulation: &Simulation| {
        simulation.conversation.open_calls.iter().map(|id| id.get()).collect::<Vec<_>>()
    };
    for id in (10..26).rev() {
        simulation.call(&CallEvent { received_at: s(100), ..begin(id) });
    }
    assert_eq!(open(&simulation), (10..26).collect::<Vec<_>>());
    simulation.call(&CallEvent { received_at: s(100), ..begin(9) });
    assert_eq!(open(&simulation), (10..26).collect::<Vec<_>>(), "older than all");
    simulation.call(&CallEvent { received_at: s(100), ..begin(26) });
    assert_eq!(open(&simulation), (11..27).collect::<Vec<_>>());
    simulation.call(&Call::inbound(12, s(0)).ended(s(90)).event("call.hungup", s(100)));
    assert!(!open(&simulation).contains(&12));
    assert_eq!(open(&simulation).len(), 15);
}

/// A snapshot of a call with one tag of this name, or without.
fn tagged(at: i64, name: Option<&str>) -> CallEvent {
    let call = Call::outbound(7, s(0)).tag(1).change(|call| match name {
        Some(name) => call.tags[0].name = Some(name.into()),
        None => call.tags.clear(),
    });
    call.event("call.tagged", s(at))
}

#[test]
fn b20_a_tag_is_called_as_the_newest_snapshot_calls_it() {
    let (older, newer) = (tagged(1, Some("vip")), tagged(2, Some("very important")));
    for events in [[older.clone(), newer.clone()], [newer, older]] {
        let name = facts(&events).facts.tags[0].name.clone();
        assert_eq!(name.as_deref(), Some("very important"));
    }
}

#[test]
fn b20_a_tag_is_on_as_long_as_the_newest_snapshot_has_it() {
    let history =
        [tagged(1, Some("vip")), tagged(2, None), tagged(3, Some("vip")), tagged(4, None)];
    for (seen, on) in [(1, true), (2, false), (3, true), (4, false)] {
        let mut events = history[..seen].to_vec();
        for _ in 0..2 {
            let tag = facts(&events).facts.tags[0].clone();
            assert_eq!(projector::facts::tags::is_on(&tag), on, "after {seen}");
            events.reverse();
        }
    }
}
