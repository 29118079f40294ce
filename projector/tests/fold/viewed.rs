//! What a person reads of a conversation.

use schemas::{CallState, FrontChange};

use crate::events::{Call, agent, by_teammate};
use crate::simulation::{Simulation, s};

#[test]
fn a_conversation_tells_what_each_call_was_what_was_asked_for_and_what_it_waits_for() {
    let mut simulation = Simulation::usual();
    let first = Call::inbound(1, s(0)).answered(s(12), Some(agent(1))).ended(s(30));
    let first = first.change(|call| call.has_recording = true);
    simulation.call(&first.event("call.hungup", s(30)));
    simulation.front(&by_teammate(FrontChange::Archived, s(40)));
    simulation.call(&Call::inbound(2, s(50)).ended(s(60)).event("call.hungup", s(60)));
    simulation.call(&Call::inbound(3, s(70)).event("call.created", s(70)));
    let calls: Vec<CallState> = simulation.calls.values().cloned().collect();
    let view = projector::view::conversation(&simulation.conversation, &calls);
    insta::assert_snapshot!(serde_json::to_string_pretty(&view).unwrap());
}
