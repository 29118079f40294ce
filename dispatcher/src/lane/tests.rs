//! A lane against tables, and its order against any course of events.

use super::*;
use proptest::prelude::*;

fn key(name: &str) -> EffectKey {
    EffectKey::try_from(name.to_owned()).unwrap()
}

fn entry(name: &str, kind: Kind, order: u64, after: &[&str]) -> Entry {
    Entry {
        key: key(name),
        revision: 1,
        kind,
        state: OutcomeState::Queued,
        order,
        decided_at: TimeMs(0),
        not_before: 0,
        attempts: 0,
        failures: 0,
        maybe_there: false,
        assigns: None,
        after: after.iter().map(|name| key(name)).collect(),
    }
}

fn lane(entries: Vec<Entry>) -> Lane {
    let mut lane = Lane::default();
    for entry in entries {
        lane.push(entry);
    }
    lane
}

fn told(next: &Next<'_>) -> String {
    match next {
        Next::Idle => "idle".into(),
        Next::Busy => "busy".into(),
        Next::Later(at) => format!("later {at}"),
        Next::Seen => "seen".into(),
        Next::Send(entry) => format!("send {}", entry.key),
        Next::Repeat(entry) => format!("repeat {}", entry.key),
        Next::Look(entry) => format!("look {}", entry.key),
    }
}

fn run(lane: &mut Lane, name: &str, events: &[Event]) {
    for event in events {
        lane.step(&key(name), *event).unwrap();
    }
}

#[test]
fn b35_effects_go_out_in_the_order_of_the_log() {
    let mut lane = lane(vec![
        entry("call:1:duration", Kind::Activity, 2, &["call:1:main"]),
        entry("call:1:main", Kind::Activity, 1, &[]),
    ]);
    assert_eq!(told(&lane.next(0, false)), "send call:1:main");
    run(&mut lane, "call:1:main", &[Event::Announced, Event::Taken]);
    assert_eq!(told(&lane.next(0, true)), "send call:1:duration");
}

#[test]
fn b03_only_one_import_goes_by_reference_and_the_next_waits_for_its_conversation() {
    let entries = || {
        vec![
            entry("call:1:main", Kind::Activity, 1, &[]),
            entry("call:2:main", Kind::Activity, 2, &[]),
        ]
    };
    let mut first = lane(entries());
    run(&mut first, "call:1:main", &[Event::Announced, Event::Taken]);
    assert_eq!(told(&first.next(0, false)), "seen");
    assert_eq!(told(&first.next(0, true)), "send call:2:main");
    // Never shown: it goes by reference once more, and the next one still waits.
    run(&mut first, "call:1:main", &[Event::Lost]);
    let back = Entry { state: OutcomeState::InDoubt, ..entries().remove(0) };
    first.push(back);
    assert_eq!(told(&first.next(0, false)), "repeat call:1:main");
    run(&mut first, "call:1:main", &[Event::Announced, Event::Taken]);
    assert_eq!(told(&first.next(0, false)), "seen");
    // Nobody can say what became of it: then the next one is the first that can tell the conversation.
    run(&mut first, "call:1:main", &[Event::Undecidable]);
    assert_eq!(told(&first.next(0, false)), "send call:2:main");
    // What an earlier process sent by reference and left in doubt waits too.
    let mut restored = lane_of_one(Entry {
        state: OutcomeState::InDoubt,
        maybe_there: true,
        ..entry("call:2:main", Kind::Activity, 2, &[])
    });
    restored.push_accepted(key("call:1:main"), None);
    assert_eq!(told(&restored.next(0, false)), "seen");
    assert_eq!(told(&restored.next(0, true)), "repeat call:2:main");
}

#[test]
fn b35_a_parked_main_holds_its_own_call_and_nobody_else() {
    let mut lane = lane(vec![
        entry("call:1:main", Kind::Activity, 1, &[]),
        entry("call:1:duration", Kind::Activity, 2, &["call:1:main"]),
        entry("call:1:comment:9", Kind::Comment, 3, &["call:1:duration"]),
        entry("call:2:main", Kind::Activity, 4, &[]),
    ]);
    run(&mut lane, "call:1:main", &[Event::Announced, Event::Refused]);
    assert_eq!(told(&lane.next(0, true)), "send call:2:main");
    run(&mut lane, "call:2:main", &[Event::Announced, Event::Taken]);
    assert_eq!(told(&lane.next(0, true)), "idle");
    run(&mut lane, "call:1:main", &[Event::Redriven]);
    assert_eq!(told(&lane.next(0, true)), "send call:1:main");
}

#[test]
fn b35_a_comment_waits_for_the_conversation_only_while_it_can_come() {
    let mut lane = lane(vec![
        entry("call:1:comment:9", Kind::Comment, 1, &[]),
        entry("call:2:main", Kind::Activity, 2, &[]),
        entry("call:3:main", Kind::Activity, 3, &[]),
    ]);
    assert_eq!(
        told(&lane.next(0, false)),
        "send call:2:main",
        "no conversation can come otherwise"
    );
    run(&mut lane, "call:2:main", &[Event::Announced, Event::Taken]);
    assert_eq!(told(&lane.next(0, false)), "seen");
    assert_eq!(told(&lane.next(0, true)), "send call:1:comment:9");
}

#[test]
fn b31_what_is_in_doubt_holds_its_lane_and_a_comment_is_looked_for() {
    let mut lane = lane(vec![
        entry("call:1:comment:9", Kind::Comment, 1, &[]),
        entry("call:2:main", Kind::Activity, 2, &[]),
    ]);
    run(&mut lane, "call:1:comment:9", &[Event::Announced, Event::Ambiguous]);
    assert_eq!(told(&lane.next(0, true)), "look call:1:comment:9");
    lane.entry_mut(&key("call:1:comment:9")).unwrap().not_before = 7;
    assert_eq!(told(&lane.next(6, true)), "later 7");
    run(&mut lane, "call:1:comment:9", &[Event::Seen]);
    run(&mut lane, "call:2:main", &[Event::Announced, Event::Ambiguous]);
    assert_eq!(told(&lane.next(0, true)), "repeat call:2:main");
}

#[test]
fn b12_a_newer_assignment_waits_until_an_older_one_is_seen() {
    let to = |name, order, agent| Entry {
        assigns: Some(agent),
        ..entry(name, Kind::Activity, order, &[])
    };
    let mut lane = lane(vec![
        to("call:1:main", 1, AgentId(7)),
        to("call:2:main", 2, AgentId(7)),
        to("call:3:main", 3, AgentId(8)),
        entry("call:4:main", Kind::Activity, 4, &[]),
    ]);
    run(&mut lane, "call:1:main", &[Event::Announced, Event::Taken]);
    assert_eq!(told(&lane.next(0, true)), "send call:2:main", "to the same agent");
    run(&mut lane, "call:2:main", &[Event::Announced, Event::Taken]);
    assert_eq!(told(&lane.next(0, true)), "seen", "to another agent");
    run(&mut lane, "call:1:main", &[Event::Seen]);
    assert_eq!(told(&lane.next(0, true)), "seen");
    run(&mut lane, "call:2:main", &[Event::Seen]);
    assert_eq!(told(&lane.next(0, true)), "send call:3:main");
    // After a restart the ledger tells what was accepted before.
    let mut restored = lane_of_one(to("call:3:main", 3, AgentId(8)));
    restored.push_accepted(key("call:2:main"), Some(AgentId(7)));
    assert_eq!(told(&restored.next(0, true)), "seen");
}

fn lane_of_one(entry: Entry) -> Lane {
    lane(vec![entry])
}

#[test]
fn b33_waiting_changes_of_one_attribute_collapse_into_the_last() {
    let mut lane = lane(vec![entry("conversation:assignee", Kind::Attribute, 1, &[])]);
    let newer = Entry { revision: 2, ..entry("conversation:assignee", Kind::Attribute, 2, &[]) };
    assert_eq!(lane.push(newer).map(|dropped| dropped.revision), Some(1));
    assert_eq!(lane.entries().count(), 1);
}

#[test]
fn a_lane_with_a_request_under_way_does_nothing_else() {
    let mut lane = lane(vec![entry("call:1:main", Kind::Activity, 1, &[])]);
    lane.set_busy(true);
    assert_eq!(told(&lane.next(0, true)), "busy");
    assert!(!lane.is_empty());
}

proptest! {
    #[test]
    fn b35_what_is_sent_first_stood_first_whatever_happens(
        courses in prop::collection::vec(0u8..5, 1..12)
    ) {
        let entries = (0..courses.len())
            .map(|n| entry(&format!("call:{n}:main"), Kind::Activity, n as u64, &[]))
            .collect();
        let mut lane = lane(entries);
        let mut sent = Vec::new();
        let mut tries = 0;
        loop {
            let (name, first) = match lane.next(i64::MAX, true) {
                Next::Send(entry) => (entry.key.clone(), !entry.maybe_there),
                Next::Repeat(entry) | Next::Look(entry) => (entry.key.clone(), false),
                Next::Idle => break,
                other => panic!("{other:?}"),
            };
            if first && !sent.contains(&name) {
                sent.push(name.clone());
            }
            tries += 1;
            lane.step(&name, Event::Announced).unwrap();
            let number: usize = name.as_str().split(':').nth(1).unwrap().parse().unwrap();
            let event = match (courses[number], tries % 3) {
                (0, _) | (1..=3, 0) => Event::Taken,
                (1, _) => Event::Ambiguous,
                (2, _) => Event::RepeatNotApplied,
                (3, _) => Event::Ambiguous,
                _ => Event::Refused,
            };
            lane.step(&name, event).unwrap();
        }
        let expected: Vec<_> =
            (0..courses.len()).map(|n| key(&format!("call:{n}:main"))).collect();
        prop_assert_eq!(sent, expected);
    }
}
