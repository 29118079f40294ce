//! What Front's events tell of a conversation (B23): a join, in which of two decisions about an
//! attribute the newer cause stands, and on equal times a person before a rule before a call.

use schemas::{
    Actor, AssigneeFact, Conversation, Decider, Decision, FrontChange, FrontEvent, InboxFact,
    LateReopening, StatusFact,
};

/// Takes `event` into the conversation's facts. True when that changed anything.
pub fn join(conversation: &mut Conversation, event: &FrontEvent) -> bool {
    let decision = decision(event);
    match &event.change {
        FrontChange::Archived => status(conversation, decision, true),
        FrontChange::Reopened => {
            late_reopening(conversation, event) | status(conversation, decision, false)
        }
        FrontChange::Moved { inbox_id, inbox_name } => {
            let (inbox_id, inbox_name) = (inbox_id.clone(), inbox_name.clone());
            keep(&mut conversation.inbox, InboxFact { decision, inbox_id, inbox_name }, |fact| {
                &fact.decision
            })
        }
        FrontChange::Assigned { teammate_id, email } => {
            let (teammate_id, email) = (Some(teammate_id.clone()), email.clone());
            assignee(conversation, AssigneeFact { decision, teammate_id, email })
        }
        FrontChange::Unassigned => {
            assignee(conversation, AssigneeFact { decision, teammate_id: None, email: None })
        }
        // Merging and deletion come with the thread's generations; tags with the rules.
        FrontChange::Tagged { .. }
        | FrontChange::Untagged { .. }
        | FrontChange::Merged { .. }
        | FrontChange::Trashed
        | FrontChange::Restored
        | FrontChange::Other(_) => false,
    }
}

/// An echo counts as the call that caused it, at the time of its cause: it must not look newer
/// than what a person did in between.
fn decision(event: &FrontEvent) -> Decision {
    let decider = match event.actor {
        Actor::Callfold => Decider::Call,
        Actor::Teammate | Actor::Rule | Actor::Api | Actor::Unknown if event.echo_of.is_some() => {
            Decider::Call
        }
        Actor::Teammate => Decider::Person,
        Actor::Rule | Actor::Api | Actor::Unknown => Decider::Rule,
    };
    Decision { cause_at: event.cause_at, decider, event_id: event.event_id.clone() }
}

fn status(conversation: &mut Conversation, decision: Decision, archived: bool) -> bool {
    keep(&mut conversation.status, StatusFact { decision, archived }, |fact| &fact.decision)
}

fn assignee(conversation: &mut Conversation, fact: AssigneeFact) -> bool {
    keep(&mut conversation.assignee, fact, |fact| &fact.decision)
}

fn keep<T>(known: &mut Option<T>, new: T, decision: impl Fn(&T) -> &Decision) -> bool {
    let newer = known.as_ref().is_none_or(|known| decision(&new) > decision(known));
    if newer {
        *known = Some(new);
    }
    newer
}

/// B04: only a main activity may open the conversation. Any other activity of ours after which
/// Front reopens it did so against its own `is_archived`.
fn late_reopening(conversation: &mut Conversation, event: &FrontEvent) -> bool {
    let Some(effect) = &event.echo_of else { return false };
    if effect.as_str().ends_with(":main") || effect.as_str().starts_with("conversation:") {
        return false;
    }
    let reopening = LateReopening {
        emitted_at: event.emitted_at,
        event_id: event.event_id.clone(),
        cause_at: event.cause_at,
    };
    let newer = conversation.late_reopening.as_ref().is_none_or(|known| reopening > *known);
    if newer {
        conversation.late_reopening = Some(reopening);
    }
    newer
}
