//! B13 and its neighbours: what is logged when.

use schemas::TimeMs;

use crate::events::{Call, agent};
use crate::simulation::{START, Simulation, s};

fn missed() -> Call {
    Call::inbound(7, s(0)).change(|call| {
        call.missed_call_reason = Some("agents_did_not_answer".into());
    })
}

/// A missed call that ends at +17 s, with a voicemail that is known `after_s` after its end.
fn voicemail_after(after_s: i64) -> String {
    let mut simulation = Simulation::usual();
    simulation.call(&missed().event("call.created", s(0)));
    simulation.call(&missed().ended(s(17)).event("call.hungup", s(17)));
    simulation.call(&missed().ended(s(17)).event("call.ended", s(48)));
    let left = missed().ended(s(17)).voicemail().event("call.voicemail_left", s(17 + after_s));
    simulation.call(&left);
    simulation.transcript()
}

#[test]
fn b13_a_voicemail_33_seconds_after_the_end_is_a_voicemail() {
    insta::assert_snapshot!(voicemail_after(33));
}

#[test]
fn b13_a_voicemail_44_seconds_after_the_end_is_a_voicemail() {
    insta::assert_snapshot!(voicemail_after(44));
}

#[test]
fn b13_a_voicemail_50_seconds_after_the_end_is_a_further_activity() {
    insta::assert_snapshot!(voicemail_after(50));
}

#[test]
fn b13_the_wait_counts_from_the_first_receipt_of_the_end_when_that_is_later() {
    let mut simulation = Simulation::usual();
    let ended = missed().ended(s(17)).event("call.ended", s(48));
    simulation.call(&schemas::CallEvent { received_at: s(600), ..ended.clone() });
    assert_eq!(simulation.calls.values().next().unwrap().due_at, Some(s(645)));
    // A second delivery of the same end does not begin the wait anew; an earlier one shortens it.
    simulation.call(&schemas::CallEvent { received_at: s(620), ..ended });
    assert_eq!(simulation.calls.values().next().unwrap().due_at, Some(s(645)));
    simulation.until(s(644));
    assert!(simulation.keys().is_empty());
    simulation.until(s(645));
    assert_eq!(simulation.keys(), ["call:7:main"]);
}

#[test]
fn b13_an_answered_call_is_logged_when_it_ends_and_a_hangup_hours_late_adds_nothing() {
    let mut simulation = Simulation::usual();
    let call = Call::inbound(7, s(0)).answered(s(12), Some(agent(1)));
    simulation.call(&call.event("call.answered", s(12)));
    let call = call.ended(s(217));
    simulation.call(&call.clone().recording().event("call.ended", s(247)));
    let late = call.event("call.hungup", s(217));
    simulation.call(&schemas::CallEvent { received_at: s(4 * 3600), ..late });
    insta::assert_snapshot!(simulation.transcript());
}

#[test]
fn b13_an_answer_that_comes_after_the_end_is_waited_for_only_by_name() {
    let mut simulation = Simulation::usual();
    let answered = Call::inbound(7, s(0)).answered(s(12), Some(agent(1)));
    let end = answered.clone().ended(s(30)).change(|call| call.agent = None);
    simulation.call(&end.event("call.ended", s(60)));
    let late = answered.event("call.answered", s(12));
    simulation.call(&schemas::CallEvent { received_at: s(70), ..late });
    insta::assert_snapshot!(simulation.transcript());
}

#[test]
fn b13_an_answered_call_without_an_agent_waits_for_one_until_the_settle_time() {
    let mut simulation = Simulation::usual();
    let call = Call::inbound(7, s(0)).answered(s(12), None).ended(s(30));
    simulation.call(&call.event("call.hungup", s(30)));
    assert!(simulation.keys().is_empty());
    simulation.until(s(75));
    assert_eq!(simulation.keys(), ["call:7:main", "call:7:duration"]);
    assert_eq!(simulation.activity("call:7:main").author, None);
    assert!(!simulation.activity("call:7:main").inbound);
}

#[test]
fn b13_an_unanswered_outbound_call_is_logged_when_it_ends() {
    let mut simulation = Simulation::usual();
    let call = Call::outbound(7, s(0)).change(|call| call.agent = Some(agent(1))).ended(s(20));
    simulation.call(&call.event("call.hungup", s(20)));
    assert_eq!(simulation.keys(), ["call:7:main"]);
}

#[test]
fn b13_a_call_that_goes_on_is_not_logged() {
    let mut simulation = Simulation::usual();
    let call = Call::inbound(7, s(0)).answered(s(12), Some(agent(1))).comment(1, "x", s(13), None);
    simulation.call(&call.event("call.commented", s(13)));
    simulation.settle();
    assert!(simulation.keys().is_empty());
    assert_eq!(simulation.conversation.open_calls.len(), 1);
}

#[test]
fn b09_a_recording_without_a_page_is_said_to_be_in_aircall_after_ten_minutes() {
    let mut simulation = Simulation::usual();
    let call = Call::inbound(7, s(0)).answered(s(12), Some(agent(1))).ended(s(30));
    let call = call.change(|call| call.has_recording = true);
    simulation.call(&call.event("call.ended", s(60)));
    simulation.until(s(659));
    assert_eq!(simulation.keys(), ["call:7:main", "call:7:duration"]);
    simulation.until(s(660));
    assert_eq!(
        simulation.activity("call:7:recording").body,
        "Recording: in Aircall\nAircall call 7"
    );
}

#[test]
fn b09_the_page_goes_out_as_soon_as_it_is_known() {
    let mut simulation = Simulation::usual();
    let call = Call::inbound(7, s(0)).answered(s(12), Some(agent(1))).ended(s(30));
    let signed = call.clone().change(|call| call.has_recording = true);
    simulation.call(&signed.event("call.ended", s(60)));
    simulation.call(&call.recording().event("call.comm_assets_generated", s(90)));
    assert_eq!(simulation.commands.last().unwrap().decided_at, s(90));
    assert_eq!(
        simulation.activity("call:7:recording").body,
        "Recording: https://assets.example.com/calls/7/recording\nAircall call 7"
    );
    simulation.settle();
    assert_eq!(simulation.keys().len(), 3, "and is not said to be in Aircall as well");
}

/// What was sent stays as it was sent, and a piece is sent once: see ARCHITECTURE.md.
#[test]
fn b09_a_page_that_is_known_after_in_aircall_was_said_adds_nothing() {
    let mut simulation = Simulation::usual();
    let call = Call::inbound(7, s(0)).answered(s(12), Some(agent(1))).ended(s(30));
    let signed = call.clone().change(|call| call.has_recording = true);
    simulation.call(&signed.event("call.ended", s(60)));
    simulation.until(s(660));
    simulation.call(&call.recording().event("call.comm_assets_generated", s(700)));
    simulation.settle();
    assert_eq!(simulation.keys(), ["call:7:main", "call:7:duration", "call:7:recording"]);
    assert_eq!(
        simulation.activity("call:7:recording").body,
        "Recording: in Aircall\nAircall call 7"
    );
}

#[test]
fn b10_a_comment_three_days_later_adds_only_itself() {
    let mut simulation = Simulation::usual();
    let call = Call::inbound(7, s(0)).answered(s(12), Some(agent(1))).ended(s(217)).recording();
    let call = call.comment(91, "Call back", s(220), Some(agent(1)));
    simulation.call(&call.event("call.ended", s(247)));
    let late = call.comment(92, "Call back", s(3 * 86_400), Some(agent(2)));
    simulation.call(&late.event("call.commented", s(3 * 86_400)));
    insta::assert_snapshot!(simulation.transcript());
}

#[test]
fn b10_comments_wait_for_the_main_activity_and_come_oldest_first() {
    let mut simulation = Simulation::usual();
    let call = Call::inbound(7, s(0)).answered(s(12), Some(agent(1)));
    let call = call.comment(5, "second", s(20), Some(agent(1)));
    let call = call.comment(9, "first", s(15), Some(agent(1)));
    let call = call.comment(2, "unknown when", s(0), None);
    let call = call.change(|call| call.comments[2].posted_at = None);
    simulation.call(&call.event("call.commented", s(21)));
    assert!(simulation.keys().is_empty());
    simulation.call(&call.ended(s(30)).event("call.hungup", s(30)));
    assert_eq!(
        simulation.keys(),
        [
            "call:7:main",
            "call:7:duration",
            "call:7:comment:2",
            "call:7:comment:9",
            "call:7:comment:5"
        ]
    );
    let after: Vec<_> = simulation.commands.iter().map(|command| command.after.len()).collect();
    assert_eq!(after, [0, 1, 1, 1, 1], "all but main wait for main");
}

#[test]
fn b10_comments_of_a_missed_call_are_logged_only_when_all_are() {
    let call = missed().ended(s(17)).comment(1, "later", s(20), Some(agent(1)));
    let keys = |comments| {
        let mut simulation = Simulation::with(|config| config.comments = comments);
        simulation.call(&call.event("call.commented", s(20)));
        simulation.settle();
        simulation.keys().len()
    };
    assert_eq!(keys(projector::Comments::Answered), 1);
    assert_eq!(keys(projector::Comments::All), 2);
}

#[test]
fn b10_a_comment_says_when_it_was_written_when_that_was_over_two_minutes_after_the_end() {
    for (after_ms, says) in [(0, false), (120_000, false), (120_001, true)] {
        let mut simulation = Simulation::usual();
        let call = Call::inbound(7, s(0)).answered(s(12), Some(agent(1))).ended(s(30));
        let call = call.comment(1, "x", s(30).plus_ms(after_ms), None);
        simulation.call(&call.event("call.commented", s(160)));
        let schemas::Action::Comment(comment) = &simulation.commands.last().unwrap().action else {
            panic!("the comment is the last");
        };
        assert_eq!(comment.body.contains("\nWritten "), says, "{after_ms} ms after the end");
    }
}

#[test]
fn b08_an_answer_whose_time_is_not_told_has_no_duration() {
    let mut simulation = Simulation::usual();
    let call = Call::inbound(7, s(0)).change(|call| call.agent = Some(agent(1)));
    simulation.call(&call.event("call.answered", s(12)));
    simulation.call(&call.ended(s(30)).event("call.hungup", s(30)));
    simulation.settle();
    assert_eq!(simulation.keys(), ["call:7:main"]);
}

#[test]
fn b13_a_call_of_unknown_direction_waits_for_it_until_the_settle_time() {
    let mut simulation = Simulation::usual();
    let call = Call::starts(7, schemas::Direction::Unknown, s(0));
    let call = call.answered(s(12), Some(agent(1))).ended(s(30));
    simulation.call(&call.event("call.hungup", s(30)));
    assert!(simulation.keys().is_empty());
    simulation.until(s(75));
    assert_eq!(simulation.keys(), ["call:7:main", "call:7:duration"]);
}

#[test]
fn b20_times_beyond_every_calendar_are_taken_as_they_are() {
    let mut simulation = Simulation::usual();
    let call = Call::inbound(7, TimeMs(i64::MIN)).ended(TimeMs(i64::MAX));
    simulation.call(&call.event("call.ended", START));
    simulation.settle();
    assert_eq!(simulation.keys(), ["call:7:main"]);
    assert!(!simulation.activity("call:7:main").body.contains("Started"));
}
