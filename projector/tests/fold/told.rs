//! What a step tells beside its commands: whether states are other ones than before, and what was
//! odd about the event.

use projector::{Anomaly, Context, Event, Rules, State, Step, step};
use schemas::{
    CallEvent, CallId, CallState, Contact, Conversation, Direction, FrontChange, FrontEvent, TimeMs,
};

use crate::events::{Call, agent, by_teammate, contact, echo};
use crate::simulation::{config, s};

fn state(call: Option<i64>) -> State {
    let call = call.map(|id| CallState::new(contact(), CallId::try_from(id).unwrap()));
    State { conversation: Box::new(Conversation::new(contact())), call: call.map(Box::new) }
}

fn fold(state: State, event: Event<'_>, now: TimeMs) -> Step {
    step(state, event, Context { config: &config(), rules: &Rules::none(), now })
}

#[test]
fn b20_an_event_without_the_state_that_it_is_about_changes_nothing_and_is_odd() {
    let event = Call::inbound(7, s(0)).ended(s(20)).event("call.ended", s(20));
    let stranger = Contact::from_e164("+12025550177").unwrap();
    let of_stranger = CallEvent { contact: stranger.clone(), ..event.clone() };
    let archived = by_teammate(FrontChange::Archived, s(20));
    let in_strangers = FrontEvent { contact: stranger, ..archived.clone() };
    for (call, event) in [
        (None, Event::Call(&event)),
        (Some(8), Event::Call(&event)),
        (Some(7), Event::Call(&of_stranger)),
        (None, Event::Front(&in_strangers)),
        (None, Event::Reached(s(20))),
    ] {
        let told = fold(state(call), event, s(20));
        assert_eq!(told.anomaly, Some(Anomaly::NotItsState), "{event:?}");
        assert_eq!(told.state, state(call));
        assert!(told.commands.is_empty() && !told.call_changed && !told.conversation_changed);
    }
    for (call, event) in [(Some(7), Event::Call(&event)), (None, Event::Front(&archived))] {
        let told = fold(state(call), event, s(20));
        assert_eq!(told.anomaly, None);
        assert_ne!(told.state, state(call));
    }
}

#[test]
fn what_is_odd_about_a_call_is_told_with_its_name() {
    let call = |direction| Call::starts(7, direction, s(10));
    let known = Direction::Inbound;
    for (call, anomaly) in [
        (call(known).ended(s(20)), None),
        (call(known).ended(s(10)), None),
        (call(known).ended(s(9)), Some("ends_before_it_begins")),
        (call(known).answered(s(15), None).ended(s(15)), None),
        (call(known).answered(s(16), None).ended(s(15)), Some("ends_before_it_begins")),
        (call(Direction::Unknown).ended(s(20)), Some("no_direction")),
        (call(Direction::Outbound).ended(s(20)), None),
        (call(Direction::Unknown), None),
    ] {
        let event = call.event("call.hungup", s(20));
        let told = fold(state(Some(7)), Event::Call(&event), s(20));
        assert_eq!(told.anomaly.map(Anomaly::name), anomaly, "{event:?}");
    }
    let unused = by_teammate(FrontChange::Other("snoozed".to_owned()), s(20));
    let told = fold(state(None), Event::Front(&unused), s(20));
    assert_eq!(told.anomaly.map(Anomaly::name), Some("unused_change"));
    assert_eq!(Anomaly::NotItsState.name(), "not_its_state");
}

/// Folds `event` into `state` and checks what the step tells of its states.
fn checked(state: State, event: Event<'_>, now: TimeMs) -> State {
    let before = state.clone();
    let told = fold(state, event, now);
    assert_eq!(told.call_changed, told.state.call != before.call, "{event:?}");
    let other = told.state.conversation != before.conversation;
    // A conversation whose commands were asked for is kept, also when they left no mark on it.
    assert_eq!(told.conversation_changed, other || !told.commands.is_empty(), "{event:?}");
    told.state
}

#[test]
fn b21_a_step_tells_which_states_are_other_ones() {
    let call = Call::inbound(7, s(0)).answered(s(5), Some(agent(1)));
    let ended = call.clone().ended(s(20));
    let waits = ended.clone().change(|call| call.has_recording = true);
    let events = [
        call.event("call.answered", s(5)),
        call.event("call.tagged", s(6)),
        ended.event("call.hungup", s(20)),
        waits.event("call.ended", s(50)),
        ended.clone().comment(1, "x", s(60), None).event("call.commented", s(60)),
        ended.tag(1).event("call.tagged", s(70)),
    ];
    let key = schemas::EffectKey::try_from("call:7:recording".to_owned()).unwrap();
    let front = [
        by_teammate(FrontChange::Archived, s(30)),
        by_teammate(FrontChange::Archived, s(29)),
        echo(FrontChange::Reopened, &key, s(20), s(660)),
        echo(FrontChange::Reopened, &key, s(20), s(655)),
        by_teammate(FrontChange::Unassigned, s(700)),
        by_teammate(FrontChange::Trashed, s(701)),
    ];
    let mut known = state(Some(7));
    for event in events.iter().chain(&events) {
        known = checked(known, Event::Call(event), event.received_at);
        for seconds in [0, 600] {
            known = checked(known, Event::Reached(s(seconds)), s(seconds));
        }
    }
    known = checked(known, Event::Reached(s(649)), s(649));
    known = checked(known, Event::Reached(s(650)), s(650));
    assert_eq!(known.call.as_ref().unwrap().due_at, None, "everything was asked for");
    known.call = None;
    for event in front.iter().chain(&front) {
        known = checked(known, Event::Front(event), event.received_at);
    }
}
