//! B06 and B07: what a call is called and how it is cut into activities, in both layouts.

use projector::{Layout, Lines};
use schemas::{AgentId, Contact, Direction, LineId};

use crate::events::{Call, agent};
use crate::simulation::{Simulation, config, s};

fn logged(layout: Layout, call: &Call, name: &str) -> String {
    let mut simulation = Simulation::with(|config| config.layout = layout);
    simulation.call(&call.event(name, s(247)));
    simulation.transcript()
}

fn answered() -> Call {
    let call = Call::inbound(7, s(0)).answered(s(12), Some(agent(1))).ended(s(217)).recording();
    call.change(|call| call.contact_name = Some("Ada <Example>".into())).comment(
        91,
        "Wants *two*\n<b>boxes</b>",
        s(100),
        Some(agent(1)),
    )
}

fn voicemail() -> Call {
    Call::inbound(7, s(0)).ended(s(217)).voicemail()
}

#[test]
fn b07_separate_layout() {
    insta::assert_snapshot!(
        [
            logged(Layout::Separate, &answered(), "call.ended"),
            logged(Layout::Separate, &voicemail(), "call.voicemail_left"),
        ]
        .join("\n")
    );
}

#[test]
fn b07_compact_layout() {
    insta::assert_snapshot!(
        [
            logged(Layout::Compact, &answered(), "call.ended"),
            logged(Layout::Compact, &voicemail(), "call.voicemail_left"),
        ]
        .join("\n")
    );
}

#[test]
fn b07_compact_waits_for_the_link_or_the_gathered_end_and_a_later_link_is_one_more_activity() {
    let mut simulation = Simulation::with(|config| config.layout = Layout::Compact);
    let call = Call::inbound(7, s(0)).answered(s(12), Some(agent(1))).ended(s(30));
    simulation.call(&call.event("call.hungup", s(30)));
    assert!(simulation.keys().is_empty(), "the link may come with call.ended");
    simulation.call(&call.event("call.ended", s(60)));
    assert_eq!(simulation.keys(), ["call:7:main"]);
    simulation.call(&call.recording().event("call.comm_assets_generated", s(90)));
    simulation.settle();
    assert_eq!(simulation.keys(), ["call:7:main", "call:7:recording"]);
}

#[test]
fn b07_compact_does_not_wait_for_the_link_of_a_call_that_has_none() {
    let mut simulation = Simulation::with(|config| config.layout = Layout::Compact);
    let call = Call::outbound(7, s(0)).change(|call| call.agent = Some(agent(1))).ended(s(20));
    simulation.call(&call.event("call.hungup", s(20)));
    assert_eq!(simulation.keys(), ["call:7:main"]);
}

#[test]
fn b11_a_line_is_known_by_its_number_else_by_its_id() {
    for (number, id, handle) in [
        (Some("+12025550100"), Some(11), "+12025550100"),
        (Some("Sip line"), Some(11), "line:11"),
        (None, Some(11), "line:11"),
        (None, None, "line:0"),
    ] {
        let mut simulation = Simulation::usual();
        let call = Call::inbound(7, s(0)).answered(s(5), Some(agent(1))).ended(s(20));
        let call = call.change(|call| {
            call.line_number = number.map(Into::into);
            call.line_id = id.map(|id| LineId::try_from(id).unwrap());
        });
        simulation.call(&call.event("call.hungup", s(20)));
        assert_eq!(simulation.activity("call:7:main").line_handle, handle);
    }
}

#[test]
fn b07_compact_waits_no_longer_than_the_settle_time() {
    let mut simulation = Simulation::with(|config| config.layout = Layout::Compact);
    let call = Call::inbound(7, s(0)).answered(s(12), Some(agent(1))).ended(s(30));
    simulation.call(&call.event("call.hungup", s(30)));
    simulation.until(s(74));
    assert!(simulation.keys().is_empty());
    simulation.until(s(75));
    assert_eq!(simulation.keys(), ["call:7:main"]);
}

#[test]
fn b06_what_a_call_was_follows_from_direction_answer_and_voicemail() {
    let call = |direction| Call::starts(7, direction, s(0));
    let end = |call: Call| call.ended(s(20));
    for (call, subject) in [
        (end(call(Direction::Inbound).answered(s(5), Some(agent(1)))), "Inbound answered call"),
        (end(call(Direction::Outbound).answered(s(5), Some(agent(1)))), "Outbound answered call"),
        (end(call(Direction::Outbound)), "Outbound unanswered call"),
        (end(call(Direction::Inbound)), "Missed call"),
        (end(call(Direction::Inbound)).voicemail(), "Voicemail"),
        // Whatever the reason says.
        (
            end(call(Direction::Inbound).answered(s(5), Some(agent(1))))
                .change(|call| call.missed_call_reason = Some("short_abandoned".into())),
            "Inbound answered call",
        ),
    ] {
        let mut simulation = Simulation::usual();
        simulation.call(&call.event("call.ended", s(50)));
        simulation.settle();
        let main = simulation.activity("call:7:main");
        assert!(main.body.starts_with(subject), "{subject}");
        assert!(main.subject.starts_with(subject), "{subject}");
    }
}

fn transfer(event: &str) -> String {
    let mut simulation = Simulation::usual();
    let call = Call::inbound(7, s(0)).answered(s(12), Some(agent(1)));
    simulation.call(&call.event("call.answered", s(12)));
    let ringing = call.clone().change(|call| call.agent = Some(agent(3)));
    simulation.call(&ringing.event("call.ringing_on_agent", s(58)));
    let handed = call.change(|call| {
        call.transferred_by = Some(agent(1));
        call.transferred_to = Some(agent(2));
        if event == "call.transferred" {
            call.agent = Some(agent(2));
        }
    });
    simulation.call(&handed.event(event, s(60)));
    simulation.call(&handed.ended(s(217)).event("call.hungup", s(217)));
    simulation.transcript()
}

#[test]
fn b06_a_transfer_names_who_took_it_and_from_whom() {
    insta::assert_snapshot!(transfer("call.transferred"));
}

#[test]
fn b06_a_failed_transfer_is_none_though_its_fields_stay() {
    insta::assert_snapshot!(transfer("call.unsuccessful_transfer"));
}

#[test]
fn b06_after_a_transfer_whose_taker_is_not_told_the_agent_is_who_it_went_to() {
    let mut simulation = Simulation::usual();
    let call = Call::inbound(7, s(0)).answered(s(12), Some(agent(1)));
    let handed = call.change(|call| {
        call.transferred_by = Some(agent(1));
        call.transferred_to = Some(agent(2));
    });
    simulation.call(&handed.event("call.transferred", s(60)));
    simulation.call(&handed.ended(s(90)).event("call.hungup", s(90)));
    assert_eq!(simulation.activity("call:7:main").author.as_ref().unwrap().id, AgentId(2));
}

#[test]
fn b11_who_it_rang_is_not_who_took_it() {
    let mut simulation = Simulation::usual();
    let call = Call::inbound(7, s(0)).change(|call| call.agent = Some(agent(5)));
    simulation.call(&call.event("call.created", s(0)));
    simulation.call(&call.event("call.ringing_on_agent", s(1)));
    simulation.call(&call.event("call.agent_declined", s(2)));
    let end = Call::inbound(7, s(0)).ended(s(20));
    simulation.call(&end.event("call.ended", s(50)));
    simulation.settle();
    let main = simulation.activity("call:7:main");
    assert!(main.inbound, "logged by the customer");
    assert_eq!((&main.author, &main.assignee), (&None, &None));
    assert!(!main.body.contains("Agent"));
}

#[test]
fn b11_an_agent_who_is_not_named_any_more_stays_the_agent() {
    let mut simulation = Simulation::usual();
    let call = Call::inbound(7, s(0)).answered(s(12), Some(agent(1)));
    simulation.call(&call.event("call.answered", s(12)));
    let end = call.ended(s(30)).change(|call| call.agent = None);
    simulation.call(&end.event("call.ended", s(60)));
    assert_eq!(simulation.activity("call:7:main").author.as_ref().unwrap().id, AgentId(1));
}

#[test]
fn b11_an_outbound_call_is_logged_by_the_agent_also_when_nobody_took_it() {
    let mut simulation = Simulation::usual();
    let call = Call::outbound(7, s(0)).change(|call| call.agent = Some(agent(1))).ended(s(20));
    simulation.call(&call.event("call.hungup", s(20)));
    let main = simulation.activity("call:7:main");
    assert!(!main.inbound);
    assert_eq!(main.author.as_ref().unwrap().id, AgentId(1));
    assert_eq!(main.assignee, None, "only who took a call gets the conversation");
}

#[test]
fn b02_an_anonymous_caller_is_named_by_the_line() {
    let line = LineId::try_from(11).unwrap();
    let contact = Contact::anonymous(Some(line));
    let mut simulation = Simulation::new(config(), contact.clone());
    let call = Call::inbound(7, s(0)).ended(s(20)).change(|call| {
        call.contact = contact;
        call.contact_number = None;
    });
    simulation.call(&call.event("call.ended", s(50)));
    simulation.settle();
    let main = simulation.activity("call:7:main");
    assert_eq!(main.customer.handle, "anonymous:11");
    assert!(main.body.contains("\nCustomer: anonymous\n"));
}

#[test]
fn b14_only_the_lines_that_are_included_are_logged_and_the_others_are_known() {
    for (lines, logged) in [
        (Lines::All, 1),
        (Lines::Only(vec!["11".to_owned()]), 1),
        (Lines::Only(vec!["Sales".to_owned(), "Support".to_owned()]), 1),
        (Lines::Only(vec!["Sales".to_owned()]), 0),
        (Lines::Only(Vec::new()), 0),
    ] {
        let mut simulation = Simulation::with(|config| config.lines = lines);
        simulation.call(&Call::inbound(7, s(0)).ended(s(20)).event("call.ended", s(50)));
        simulation.settle();
        assert_eq!(simulation.keys().len(), logged);
        assert_eq!(simulation.conversation.totals.missed, 1);
    }
}

#[test]
fn b08_the_duration_comes_from_timestamps_whatever_aircall_says() {
    let mut simulation = Simulation::usual();
    let call = Call::inbound(7, s(0)).answered(s(12), Some(agent(1))).ended(s(217));
    let call = call.change(|call| call.duration_received_s = Some(999));
    simulation.call(&call.event("call.ended", s(247)));
    let body = &simulation.activity("call:7:duration").body;
    assert_eq!(body, "Duration: 3 min 25 s (waited 12 s)\nAircall call 7");
}

#[test]
fn b11_whom_a_transfer_rings_is_not_who_took_it() {
    let mut simulation = Simulation::usual();
    let call = Call::inbound(7, s(0)).answered(s(12), Some(agent(1)));
    simulation.call(&call.event("call.answered", s(12)));
    let ringing = call.clone().change(|call| call.agent = Some(agent(3)));
    simulation.call(&ringing.event("call.ringing_on_agent", s(20)));
    simulation.call(&ringing.event("call.agent_declined", s(25)));
    let end = call.ended(s(30)).change(|call| call.agent = None);
    simulation.call(&end.event("call.hungup", s(30)));
    assert_eq!(simulation.activity("call:7:main").author.as_ref().unwrap().id, AgentId(1));
}
