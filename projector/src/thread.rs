//! What the conversation is like now, from Front's events and from what was asked for: archived or
//! open (B04), its subject (B05), its inbox (B04) and its assignee (B12).

use schemas::{
    AgentId, AskedAssignment, CallFacts, CallId, Conversation, Decider, InboxId, Subject, Text,
    TimeMs,
};

use crate::qualification::Qualification;
use crate::templates::Templates;

/// Whether it is archived: somebody archived it, and no main activity was decided since.
#[must_use]
pub fn is_archived(conversation: &Conversation) -> bool {
    conversation.status.as_ref().is_some_and(|status| {
        status.archived
            && conversation.opened_at.is_none_or(|opened| status.decision.cause_at >= opened)
    })
}

/// The inbox that later activities follow to; none is the configured one. Moves by the customer's
/// own rules count like moves by people: it is where the conversation lies.
#[must_use]
pub fn inbox(conversation: &Conversation) -> Option<&InboxId> {
    conversation
        .inbox
        .as_ref()
        .filter(|inbox| inbox.decision.decider != Decider::Call)
        .map(|inbox| &inbox.inbox_id)
}

/// The subject of a main activity that is decided now, which it opens the conversation with. It
/// sticks until the conversation is archived; voicemail activities carry their bare subject.
pub fn open_with(
    conversation: &mut Conversation,
    call_id: CallId,
    facts: &CallFacts,
    templates: &Templates,
    decided_at: TimeMs,
) -> Text {
    let qualification = Qualification::of(facts);
    if conversation.subject.is_none() || is_archived(conversation) {
        let text = templates.stored_subject(qualification, facts);
        conversation.subject = Some(Subject { text, call_id, decided_at });
    }
    conversation.opened_at = conversation.opened_at.max(Some(decided_at));
    subject(conversation, qualification, facts, templates)
}

/// The subject of an activity of a call.
#[must_use]
pub fn subject(
    conversation: &Conversation,
    qualification: Qualification,
    facts: &CallFacts,
    templates: &Templates,
) -> Text {
    match (qualification, &conversation.subject) {
        (Qualification::Voicemail, _) | (_, None) => templates.subject(qualification, facts),
        (_, Some(subject)) => subject.text.clone(),
    }
}

/// Whether the call that ended at `ended_at` may assign the conversation to its agent: nobody
/// decided since, no newer call did, and it was not asked for yet. Takes note when it may.
pub fn may_assign(
    conversation: &mut Conversation,
    ended_at: TimeMs,
    call_id: CallId,
    agent_id: AgentId,
) -> bool {
    let decided_since = conversation.assignee.as_ref().is_some_and(|assignee| {
        assignee.decision.decider > Decider::Call && assignee.decision.cause_at >= ended_at
    });
    let asked_since = conversation.asked_assignment.as_ref().is_some_and(|asked| {
        (asked.cause_at, asked.call_id) > (ended_at, call_id)
            || (asked.call_id, asked.agent_id) == (call_id, agent_id)
    });
    if decided_since || asked_since {
        return false;
    }
    conversation.asked_assignment = Some(AskedAssignment { cause_at: ended_at, call_id, agent_id });
    true
}
