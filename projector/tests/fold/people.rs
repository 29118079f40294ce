//! B04, B12, B23: what people do in Front stands.

use projector::Assign;
use schemas::{Action, Actor, AgentId, Attribute, EffectKey, FrontChange};

use crate::events::{Call, agent, by_teammate, contact, echo, front_event};
use crate::simulation::{Simulation, s};

fn answered(id: i64, at: i64) -> Call {
    Call::inbound(id, s(at)).answered(s(at + 5), Some(agent(id))).ended(s(at + 20))
}

fn moved(inbox: &str) -> FrontChange {
    FrontChange::Moved { inbox_id: inbox.into(), inbox_name: None }
}

fn assigned(teammate: &str) -> FrontChange {
    FrontChange::Assigned { teammate_id: teammate.into(), email: None }
}

fn key(text: &str) -> EffectKey {
    EffectKey::try_from(text.to_owned()).unwrap()
}

#[test]
fn b04_later_calls_follow_the_conversation_to_another_inbox() {
    let mut simulation = Simulation::usual();
    simulation.call(&answered(1, 0).event("call.hungup", s(20)));
    assert_eq!(simulation.activity("call:1:main").inbox_id, None, "the configured one");
    simulation.front(&by_teammate(moved("inb_2"), s(100)));
    // Known late, but older: it does not move it back.
    let late = by_teammate(moved("inb_1"), s(90));
    simulation.front(&schemas::FrontEvent { received_at: s(110), ..late });
    simulation.call(&answered(2, 200).event("call.hungup", s(220)));
    assert_eq!(simulation.activity("call:2:main").inbox_id, Some("inb_2".into()));
    assert_eq!(simulation.activity("call:2:duration").inbox_id, Some("inb_2".into()));
    assert!(!simulation.keys().iter().any(|key| key.starts_with("conversation:")));
}

#[test]
fn b04_only_the_main_activity_opens_and_later_ones_carry_the_present_status() {
    let mut simulation = Simulation::usual();
    let call = answered(1, 0);
    simulation.call(&call.event("call.hungup", s(20)));
    simulation.front(&by_teammate(FrontChange::Archived, s(30)));
    simulation.call(&call.recording().event("call.ended", s(50)));
    simulation.call(&answered(2, 100).event("call.hungup", s(120)));
    let archived = |key| simulation.activity(key).is_archived;
    assert!(!archived("call:1:main"));
    assert!(!archived("call:1:duration"));
    assert!(archived("call:1:recording"));
    assert!(!archived("call:2:main"));
    assert!(!archived("call:2:duration"), "main has opened it");
}

fn reopened_by(effect: &str, repeats: usize) -> Vec<String> {
    let mut simulation = Simulation::usual();
    let call = answered(1, 0);
    simulation.call(&call.event("call.hungup", s(20)));
    simulation.front(&by_teammate(FrontChange::Archived, s(30)));
    simulation.call(&call.recording().event("call.ended", s(50)));
    for _ in 0..repeats {
        simulation.front(&echo(FrontChange::Reopened, &key(effect), s(20), s(55)));
    }
    let restored = simulation
        .commands
        .iter()
        .filter(|command| command.action == Action::Attribute(Attribute::Archived(true)));
    restored.map(|command| format!("{} #{}", command.effect_key, command.revision)).collect()
}

#[test]
fn b04_an_archive_is_restored_when_a_late_activity_reopened_it() {
    assert_eq!(reopened_by("call:1:recording", 1), ["conversation:status #1"]);
    assert_eq!(reopened_by("call:1:recording", 3), ["conversation:status #1"], "once");
    assert_eq!(reopened_by("call:1:main", 1), Vec::<String>::new(), "main may open it");
}

#[test]
fn b04_only_an_archive_between_the_calls_end_and_the_reopening_is_restored() {
    for (archived_at, restored) in [(19, 0), (20, 0), (21, 1), (54, 1), (55, 0), (56, 0)] {
        let mut simulation = Simulation::usual();
        let call = answered(1, 0);
        simulation.call(&call.event("call.hungup", s(20)));
        let archived = by_teammate(FrontChange::Archived, s(archived_at));
        simulation.front(&schemas::FrontEvent { received_at: s(56), ..archived });
        simulation.call(&call.recording().event("call.ended", s(57)));
        simulation.front(&echo(FrontChange::Reopened, &key("call:1:recording"), s(20), s(55)));
        let keys = simulation.keys();
        let archives = keys.iter().filter(|key| **key == "conversation:status").count();
        assert_eq!(archives, restored, "archived at +{archived_at} s");
    }
    // An archive of our own is nobody's decision.
    let mut simulation = Simulation::usual();
    simulation.call(&answered(1, 0).event("call.hungup", s(20)));
    simulation.front(&echo(FrontChange::Archived, &key("conversation:status"), s(30), s(31)));
    simulation.front(&echo(FrontChange::Reopened, &key("call:1:recording"), s(20), s(55)));
    assert!(!simulation.keys().contains(&"conversation:status"));
}

#[test]
fn b04_of_two_late_reopenings_the_newest_is_known_in_any_order() {
    let reopened = |at| echo(FrontChange::Reopened, &key("call:1:recording"), s(20), s(at));
    for order in [[55, 65], [65, 55]] {
        let mut simulation = Simulation::usual();
        for at in order {
            simulation.front(&schemas::FrontEvent { received_at: s(70), ..reopened(at) });
        }
        let known = simulation.conversation.late_reopening.unwrap();
        assert_eq!(known.emitted_at, s(65), "{order:?}");
    }
}

#[test]
fn b04_a_person_who_reopens_is_not_answered_with_an_archive() {
    let mut simulation = Simulation::usual();
    let call = answered(1, 0);
    simulation.call(&call.event("call.hungup", s(20)));
    simulation.front(&by_teammate(FrontChange::Archived, s(30)));
    simulation.front(&by_teammate(FrontChange::Reopened, s(40)));
    simulation.call(&call.recording().event("call.ended", s(50)));
    simulation.front(&echo(FrontChange::Reopened, &key("call:1:recording"), s(20), s(55)));
    assert!(!simulation.keys().contains(&"conversation:status"));
    assert!(!simulation.activity("call:1:recording").is_archived);
}

#[test]
fn b12_an_answered_call_is_assigned_with_its_main_activity() {
    let mut simulation = Simulation::usual();
    simulation.call(&answered(1, 0).event("call.hungup", s(20)));
    assert_eq!(simulation.activity("call:1:main").assignee.as_ref().unwrap().id, AgentId(1));
    assert_eq!(simulation.activity("call:1:duration").assignee, None);
}

#[test]
fn b12_put_assigns_by_an_effect_of_its_own_with_a_revision_per_call() {
    let mut simulation = Simulation::with(|config| config.assign = Assign::Put);
    simulation.call(&answered(1, 0).event("call.hungup", s(20)));
    simulation.call(&answered(2, 100).event("call.hungup", s(120)));
    assert_eq!(simulation.activity("call:1:main").assignee, None);
    let assignments: Vec<_> = simulation
        .commands
        .iter()
        .filter(|command| command.effect_key.as_str() == "conversation:assignee")
        .map(|command| (command.revision, command.cause_at, command.after.clone()))
        .collect();
    let after = |key_text: &str| vec![key(key_text)];
    assert_eq!(assignments, [(1, s(20), after("call:1:main")), (2, s(120), after("call:2:main"))]);
}

#[test]
fn b12_a_persons_newer_assignment_stands() {
    for (actor, at, assigns) in [
        (Actor::Teammate, 19, true),
        (Actor::Teammate, 20, false),
        (Actor::Teammate, 25, false),
        (Actor::Rule, 25, false),
    ] {
        for change in [assigned("tea_9"), FrontChange::Unassigned] {
            let mut simulation = Simulation::usual();
            simulation.front(&front_event(change, actor, s(at)));
            let end = answered(1, 0).event("call.hungup", s(20));
            simulation.call(&schemas::CallEvent { received_at: s(30), ..end });
            let assignee = &simulation.activity("call:1:main").assignee;
            assert_eq!(assignee.is_some(), assigns, "{actor:?} at +{at} s");
        }
    }
}

#[test]
fn b12_an_older_call_that_comes_late_does_not_take_the_conversation_from_a_newer_one() {
    let mut simulation = Simulation::usual();
    simulation.call(&answered(2, 100).event("call.hungup", s(120)));
    let old = answered(1, 0).event("call.hungup", s(20));
    simulation.call(&schemas::CallEvent { received_at: s(500), ..old });
    assert_eq!(simulation.activity("call:1:main").assignee, None);
}

#[test]
fn b23_the_echo_of_our_own_assignment_is_no_persons_decision() {
    let mut simulation = Simulation::usual();
    simulation.call(&answered(1, 0).event("call.hungup", s(20)));
    // It arrives after the next call ended, but its cause is the first call.
    simulation.front(&echo(assigned("tea_1"), &key("call:1:main"), s(20), s(121)));
    let next = answered(2, 100).event("call.hungup", s(120));
    simulation.call(&schemas::CallEvent { received_at: s(130), ..next });
    assert_eq!(simulation.activity("call:2:main").assignee.as_ref().unwrap().id, AgentId(2));
}

#[test]
fn b23_an_echo_counts_as_the_call_whoever_it_is_said_to_be_by() {
    for actor in [Actor::Callfold, Actor::Teammate, Actor::Api, Actor::Rule, Actor::Unknown] {
        let mut simulation = Simulation::usual();
        simulation.call(&answered(1, 0).event("call.hungup", s(20)));
        let own = echo(assigned("tea_1"), &key("call:1:main"), s(20), s(21));
        simulation.front(&schemas::FrontEvent { actor, ..own });
        // It ended in the same second, and nobody but the first call has decided since.
        simulation.call(&answered(2, 0).event("call.hungup", s(20)));
        let assignee = simulation.activity("call:2:main").assignee.as_ref();
        assert_eq!(assignee.map(|agent| agent.id), Some(AgentId(2)), "{actor:?}");
    }
}

#[test]
fn b12_a_call_whose_agent_turns_out_to_be_another_one_is_assigned_anew() {
    let mut simulation = Simulation::usual();
    let call = answered(1, 0);
    simulation.call(&call.event("call.hungup", s(20)));
    let taken = call.change(|call| {
        call.transferred_by = Some(agent(1));
        call.transferred_to = Some(agent(2));
    });
    let late = taken.event("call.transferred", s(15));
    simulation.call(&schemas::CallEvent { received_at: s(90), ..late.clone() });
    simulation.call(&schemas::CallEvent { received_at: s(95), ..late });
    assert_eq!(simulation.keys(), ["call:1:main", "call:1:duration", "conversation:assignee"]);
    let Action::Attribute(Attribute::Assignee(Some(agent))) = &simulation.commands[2].action else {
        panic!("the last command assigns");
    };
    assert_eq!(agent.id, AgentId(2));
}

#[test]
fn b23_an_echo_of_our_opening_does_not_hide_a_persons_archive() {
    let mut simulation = Simulation::usual();
    simulation.call(&answered(1, 0).event("call.hungup", s(20)));
    simulation.front(&by_teammate(FrontChange::Archived, s(30)));
    simulation.front(&echo(FrontChange::Reopened, &key("call:1:main"), s(20), s(40)));
    let missed = Call::inbound(2, s(100)).ended(s(120));
    simulation.call(&missed.event("call.ended", s(150)));
    simulation.settle();
    assert_eq!(simulation.activity("call:2:main").subject, "Missed call - Support");
}

#[test]
fn b23_joining_says_whether_the_conversation_changed_by_one_fact_or_by_two() {
    let mut conversation = schemas::Conversation::new(contact());
    // The status changes, and with it the newest reopening that came late.
    let both = echo(FrontChange::Reopened, &key("call:1:recording"), s(20), s(55));
    // Older than the status that is known, but a later reopening.
    let one = echo(FrontChange::Reopened, &key("call:1:link"), s(10), s(60));
    for (event, changes) in [(&both, true), (&both, false), (&one, true), (&one, false)] {
        assert_eq!(projector::front_facts::join(&mut conversation, event), changes);
    }
}

#[test]
fn b23_the_newest_decision_stands_in_any_order_of_arrival() {
    let events = [
        by_teammate(FrontChange::Archived, s(100)),
        front_event(FrontChange::Reopened, Actor::Rule, s(100)),
        by_teammate(moved("inb_2"), s(90)),
        front_event(moved("inb_3"), Actor::Rule, s(90)),
        by_teammate(assigned("tea_1"), s(50)),
        by_teammate(FrontChange::Unassigned, s(60)),
    ];
    let fold = |order: &mut dyn Iterator<Item = usize>| {
        let mut simulation = Simulation::usual();
        for at in order {
            simulation.front(&schemas::FrontEvent { received_at: s(200), ..events[at].clone() });
        }
        simulation.conversation
    };
    let forward = fold(&mut (0..events.len()));
    assert_eq!(forward, fold(&mut (0..events.len()).rev()));
    assert_eq!(forward, fold(&mut (0..2 * events.len()).map(|at| at % events.len())));
    assert!(forward.status.unwrap().archived, "on equal times a person before a rule");
    assert_eq!(forward.inbox.unwrap().inbox_id.as_str(), "inb_2");
    assert_eq!(forward.assignee.unwrap().teammate_id, None);
}

#[test]
fn b12_an_agent_who_becomes_known_after_main_still_gets_the_conversation() {
    for assign in [Assign::Import, Assign::Put] {
        let mut simulation = Simulation::with(|config| config.assign = assign);
        let end = Call::inbound(1, s(0)).answered(s(5), None).ended(s(20));
        simulation.call(&end.event("call.hungup", s(20)));
        simulation.until(s(100));
        let late = answered(1, 0).event("call.answered", s(5));
        simulation.call(&schemas::CallEvent { received_at: s(200), ..late.clone() });
        simulation.call(&schemas::CallEvent { received_at: s(300), ..late });
        assert_eq!(
            simulation.keys(),
            ["call:1:main", "call:1:duration", "conversation:assignee"],
            "{assign:?}"
        );
    }
}

#[test]
fn b04_a_reopening_is_answered_once_whatever_else_happens_in_front() {
    let mut simulation = Simulation::usual();
    let call = answered(1, 0);
    simulation.call(&call.event("call.hungup", s(20)));
    simulation.front(&by_teammate(FrontChange::Archived, s(30)));
    simulation.call(&call.recording().event("call.ended", s(50)));
    simulation.front(&echo(FrontChange::Reopened, &key("call:1:recording"), s(20), s(55)));
    simulation.front(&by_teammate(moved("inb_2"), s(60)));
    simulation.front(&echo(FrontChange::Archived, &key("conversation:status"), s(30), s(61)));
    let restored = simulation.keys().into_iter().filter(|key| *key == "conversation:status");
    assert_eq!(restored.count(), 1);
}
