//! The fold: `step(state, event, context) -> (state, commands)`, total and pure. What it cannot use
//! it reports as an anomaly.

use schemas::{
    Attribute, CallEvent, CallState, Command, Conversation, Decider, Direction, EventId,
    FrontChange, FrontEvent, TimeMs,
};

use crate::emit::{Context, Emission, attribute};
use crate::plan::Plan;
use crate::{facts, front_facts, thread, totals};

/// What an event touches: its contact's conversation and, of a call's event, that call. Neither
/// grows with the number of the contact's calls, and nothing else is loaded. Boxed, because a step
/// takes them in and gives them back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// The contact's conversation.
    pub conversation: Box<Conversation>,
    /// The call; none for an event that is about the conversation only.
    pub call: Option<Box<CallState>>,
}

/// What happened.
#[derive(Debug, Clone, Copy)]
pub enum Event<'a> {
    /// Aircall said something about the call.
    Call(&'a CallEvent),
    /// Something happened to the conversation in Front.
    Front(&'a FrontEvent),
    /// Everything that happened until this time is known: what waits for it need not wait longer.
    Reached(TimeMs),
}

/// Something odd that an event showed. It changes nothing, but somebody may want to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Anomaly {
    /// The event came without the state that it is about, or with another's.
    NotItsState,
    /// The call ended before it started or was answered.
    EndsBeforeItBegins,
    /// An ended call's direction is not known.
    NoDirection,
    /// A change in Front that this version has no use for.
    UnusedChange,
}

impl Anomaly {
    /// Its name in logs and metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Anomaly::NotItsState => "not_its_state",
            Anomaly::EndsBeforeItBegins => "ends_before_it_begins",
            Anomaly::NoDirection => "no_direction",
            Anomaly::UnusedChange => "unused_change",
        }
    }
}

/// What came of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The new state.
    pub state: State,
    /// What is asked for now that was not asked for before, in the order in which Front is to have
    /// it.
    pub commands: Vec<Command>,
    /// The conversation is another one than before.
    pub conversation_changed: bool,
    /// The call is another one than before.
    pub call_changed: bool,
    /// What was odd.
    pub anomaly: Option<Anomaly>,
}

/// Takes one event in.
#[must_use]
pub fn step(state: State, event: Event<'_>, context: Context<'_>) -> Step {
    let mut step = Step {
        state,
        commands: Vec::new(),
        conversation_changed: false,
        call_changed: false,
        anomaly: None,
    };
    match event {
        Event::Call(event) => of_call(&mut step, event, context),
        Event::Front(event) => of_front(&mut step, event, context),
        Event::Reached(reached) => of_time(&mut step, reached, context),
    }
    step
}

fn of_call(step: &mut Step, event: &CallEvent, context: Context<'_>) {
    let State { conversation, call: Some(call) } = &mut step.state else {
        step.anomaly = Some(Anomaly::NotItsState);
        return;
    };
    if event.call_id != call.call_id || event.contact != conversation.contact {
        step.anomaly = Some(Anomaly::NotItsState);
        return;
    }
    let before = call.receipts.first_at.map(|_| totals::of_call(&call.facts));
    step.call_changed = facts::join(call, event);
    if !step.call_changed {
        return;
    }
    let after = totals::of_call(&call.facts);
    step.conversation_changed = totals::update(conversation, before, after, call);
    step.anomaly = odd(call);
    emit(step, &event.event_id, None, context);
}

fn of_time(step: &mut Step, reached: TimeMs, context: Context<'_>) {
    let Some(call) = &step.state.call else {
        step.anomaly = Some(Anomaly::NotItsState);
        return;
    };
    if call.due_at.is_none_or(|due_at| due_at > reached) {
        return;
    }
    let Some(cause) = newest_event(call).cloned() else { return };
    step.call_changed = true;
    emit(step, &cause, Some(reached), context);
}

/// The newest event that still has a say about the call: what waited is caused by it.
pub(crate) fn newest_event(call: &CallState) -> Option<&EventId> {
    call.facts.stamps.last().map(|stamp| &stamp.event_id)
}

fn emit(step: &mut Step, cause: &EventId, reached: Option<TimeMs>, context: Context<'_>) {
    let State { conversation, call: Some(call) } = &mut step.state else { return };
    let plan = Plan::of(call, context.config, context.rules);
    let commands = &mut step.commands;
    Emission { context, conversation, call, cause, commands }.run(&plan, reached);
    step.conversation_changed |= !step.commands.is_empty();
}

fn of_front(step: &mut Step, event: &FrontEvent, context: Context<'_>) {
    let conversation = &mut step.state.conversation;
    if event.contact != conversation.contact {
        step.anomaly = Some(Anomaly::NotItsState);
        return;
    }
    if let FrontChange::Other(_) = event.change {
        step.anomaly = Some(Anomaly::UnusedChange);
    }
    step.conversation_changed = front_facts::join(conversation, event);
    if step.conversation_changed {
        step.commands.extend(restore_archive(conversation, context));
    }
}

/// B04: a late activity of ours does not open what somebody archived after its call. If Front
/// reopened it all the same, it is archived again, once per reopening.
fn restore_archive(conversation: &mut Conversation, context: Context<'_>) -> Option<Command> {
    let status = conversation.status.as_ref()?;
    let reopening = conversation.late_reopening.as_ref()?;
    let somebody = status.decision.decider > Decider::Call;
    let meanwhile = status.decision.cause_at > reopening.cause_at
        && status.decision.cause_at < reopening.emitted_at;
    let answered = conversation.restored_after.as_ref() == Some(&reopening.event_id);
    if !(somebody && meanwhile && thread::is_archived(conversation)) || answered {
        return None;
    }
    let (cause, cause_at) = (reopening.event_id.clone(), status.decision.cause_at);
    conversation.restored_after = Some(cause.clone());
    Some(attribute(context, conversation, Attribute::Archived(true), &cause, cause_at))
}

fn odd(call: &CallState) -> Option<Anomaly> {
    let facts = &call.facts;
    let ended_at = facts.ended_at?;
    if facts.started_at.max(facts.answered_at) > Some(ended_at) {
        Some(Anomaly::EndsBeforeItBegins)
    } else if facts.direction == Direction::Unknown {
        Some(Anomaly::NoDirection)
    } else {
        None
    }
}
