//! B05: the subject sticks while the conversation is open.

use schemas::FrontChange;

use crate::events::{Call, agent, by_teammate};
use crate::simulation::{Simulation, s};

fn answered(simulation: &mut Simulation, id: i64, at: i64) {
    let call = Call::inbound(id, s(at)).answered(s(at + 5), Some(agent(1))).ended(s(at + 20));
    simulation.call(&call.event("call.hungup", s(at + 20)));
}

fn missed(simulation: &mut Simulation, id: i64, at: i64) {
    simulation.call(&Call::inbound(id, s(at)).ended(s(at + 20)).event("call.ended", s(at + 50)));
    simulation.until(s(at + 99));
}

fn voicemail(simulation: &mut Simulation, id: i64, at: i64) {
    let call = Call::inbound(id, s(at)).ended(s(at + 20)).voicemail();
    simulation.call(&call.event("call.voicemail_left", s(at + 53)));
}

fn subjects(simulation: &Simulation) -> Vec<String> {
    simulation
        .keys()
        .iter()
        .map(|key| format!("{key} {}", simulation.activity(key).subject))
        .collect()
}

#[test]
fn b05_subject_sticks_until_archived() {
    let mut simulation = Simulation::usual();
    missed(&mut simulation, 1, 0);
    answered(&mut simulation, 2, 1000);
    simulation.front(&by_teammate(FrontChange::Archived, s(2000)));
    answered(&mut simulation, 3, 3000);
    missed(&mut simulation, 4, 4000);
    assert_eq!(
        subjects(&simulation),
        [
            "call:1:main Missed call - Support",
            "call:2:main Missed call - Support",
            "call:2:duration Missed call - Support",
            "call:3:main Inbound answered call - Support",
            "call:3:duration Inbound answered call - Support",
            "call:4:main Inbound answered call - Support",
        ]
    );
}

#[test]
fn b05_a_reopened_conversation_keeps_its_subject() {
    let mut simulation = Simulation::usual();
    missed(&mut simulation, 1, 0);
    simulation.front(&by_teammate(FrontChange::Archived, s(2000)));
    simulation.front(&by_teammate(FrontChange::Reopened, s(2010)));
    answered(&mut simulation, 3, 3000);
    assert_eq!(simulation.activity("call:3:main").subject, "Missed call - Support");
}

#[test]
fn b05_voicemail_activities_are_bare_and_later_calls_name_the_line() {
    let mut simulation = Simulation::usual();
    voicemail(&mut simulation, 1, 0);
    answered(&mut simulation, 2, 1000);
    voicemail(&mut simulation, 3, 2000);
    assert_eq!(
        subjects(&simulation),
        [
            "call:1:main Voicemail",
            "call:1:voicemail Voicemail",
            "call:2:main Voicemail - Support",
            "call:2:duration Voicemail - Support",
            "call:3:main Voicemail",
            "call:3:voicemail Voicemail",
        ]
    );
}

#[test]
fn b05_a_voicemail_in_a_conversation_that_another_call_opened_leaves_its_subject() {
    let mut simulation = Simulation::usual();
    answered(&mut simulation, 1, 0);
    voicemail(&mut simulation, 2, 1000);
    answered(&mut simulation, 3, 2000);
    assert_eq!(simulation.activity("call:2:main").subject, "Voicemail");
    assert_eq!(simulation.activity("call:3:main").subject, "Inbound answered call - Support");
}

#[test]
fn b05_the_first_call_after_an_archive_sets_the_subject_also_when_it_is_a_voicemail() {
    let mut simulation = Simulation::usual();
    missed(&mut simulation, 1, 0);
    simulation.front(&by_teammate(FrontChange::Archived, s(500)));
    voicemail(&mut simulation, 2, 1000);
    answered(&mut simulation, 3, 2000);
    assert_eq!(simulation.activity("call:3:main").subject, "Voicemail - Support");
}

#[test]
fn b05_an_archive_that_is_known_only_after_the_next_call_counts_for_none() {
    let mut simulation = Simulation::usual();
    missed(&mut simulation, 1, 0);
    answered(&mut simulation, 2, 1000);
    // It happened before call 2, which has opened the conversation since.
    let late = by_teammate(FrontChange::Archived, s(900));
    simulation.front(&schemas::FrontEvent { received_at: s(1100), ..late });
    answered(&mut simulation, 3, 2000);
    assert_eq!(simulation.activity("call:3:main").subject, "Missed call - Support");
}

#[test]
fn b05_control_characters_in_a_line_name_become_spaces() {
    let mut simulation = Simulation::usual();
    let call = Call::inbound(1, s(0)).ended(s(20));
    let call = call.change(|call| call.line_name = Some("A\n*B*\u{7}".into()));
    simulation.call(&call.event("call.ended", s(50)));
    simulation.settle();
    let main = simulation.activity("call:1:main");
    assert_eq!(main.subject, "Missed call - A *B* ");
    assert!(main.body.starts_with("Missed call - A \\*B\\*\nLine: A \\*B\\* ("));
}
