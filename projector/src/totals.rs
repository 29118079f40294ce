//! What a call adds to the counts of its contact: a function of its facts, so that the totals are
//! the same in whatever order events come.

use schemas::{CallFacts, CallState, Conversation, Totals};

use crate::qualification::{Durations, Qualification};

/// How many calls that have not ended a conversation names. A contact has one or two at a time;
/// more only when Aircall's events about their ends were lost.
const OPEN_CALLS_MAX: usize = 16;

/// What the call adds.
#[must_use]
pub fn of_call(facts: &CallFacts) -> Totals {
    let mut totals = Totals { calls: 1, ..Totals::default() };
    if facts.ended_at.is_none() {
        return totals;
    }
    let qualification = Qualification::of(facts);
    let count = match qualification {
        Qualification::InboundAnswered => &mut totals.inbound_answered,
        Qualification::OutboundAnswered => &mut totals.outbound_answered,
        Qualification::OutboundUnanswered => &mut totals.outbound_unanswered,
        Qualification::Missed => &mut totals.missed,
        Qualification::Voicemail => &mut totals.voicemails,
    };
    *count = 1;
    totals.talk_ms = Durations::of(facts).talk_ms.unwrap_or_default();
    totals
}

/// Puts `after` in the place of `before` in the conversation's counts, and keeps its list of open
/// calls. True when that changed anything.
pub fn update(
    conversation: &mut Conversation,
    before: Option<Totals>,
    after: Totals,
    call: &CallState,
) -> bool {
    let mut changed = before != Some(after);
    if changed {
        let before = before.unwrap_or_default();
        let totals = &mut conversation.totals;
        totals.calls += after.calls - before.calls;
        totals.inbound_answered += after.inbound_answered - before.inbound_answered;
        totals.outbound_answered += after.outbound_answered - before.outbound_answered;
        totals.outbound_unanswered += after.outbound_unanswered - before.outbound_unanswered;
        totals.missed += after.missed - before.missed;
        totals.voicemails += after.voicemails - before.voicemails;
        totals.talk_ms =
            totals.talk_ms.saturating_add(after.talk_ms.saturating_sub(before.talk_ms));
    }
    changed |= track_open(conversation, call);
    if call.facts.ended_at > conversation.last_call_ended_at {
        conversation.last_call_ended_at = call.facts.ended_at;
        changed = true;
    }
    changed
}

fn track_open(conversation: &mut Conversation, call: &CallState) -> bool {
    let open = &mut conversation.open_calls;
    match (open.binary_search(&call.call_id), call.facts.ended_at) {
        (Ok(at), Some(_)) => {
            open.remove(at);
            true
        }
        (Err(at), None) => {
            if open.len() < OPEN_CALLS_MAX {
                open.insert(at, call.call_id);
                true
            } else if at > 0 {
                open.insert(at, call.call_id);
                open.remove(0);
                true
            } else {
                false
            }
        }
        (Ok(_), None) | (Err(_), Some(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use schemas::{CallId, Contact, TimeMs};

    use super::*;

    fn contact() -> Contact {
        Contact::try_from("+33612345678".to_owned()).unwrap()
    }

    fn call(id: i64) -> CallState {
        CallState::new(contact(), CallId::try_from(id).unwrap())
    }

    /// So many of each count.
    fn each(count: i64) -> Totals {
        Totals {
            calls: count,
            inbound_answered: count,
            outbound_answered: count,
            outbound_unanswered: count,
            missed: count,
            voicemails: count,
            talk_ms: count,
        }
    }

    #[test]
    fn b21_what_a_call_turned_out_to_be_takes_the_place_of_what_it_seemed() {
        let mut conversation = Conversation::new(contact());
        conversation.totals = each(50);
        assert!(update(&mut conversation, Some(each(7)), each(3), &call(1)));
        assert_eq!(conversation.totals, each(46));
        assert!(update(&mut conversation, None, each(3), &call(1)));
        assert_eq!(conversation.totals, each(49));
    }

    #[test]
    fn b21_an_update_says_whether_it_changed_anything() {
        let mut conversation = Conversation::new(contact());
        let mut ended = call(1);
        ended.facts.ended_at = Some(TimeMs(5));
        for (call, changes) in
            [(call(1), true), (call(1), false), (ended.clone(), true), (ended, false)]
        {
            assert_eq!(update(&mut conversation, Some(each(1)), each(1), &call), changes);
        }
    }

    #[test]
    fn b21_of_calls_that_never_end_the_newest_are_named() {
        let mut conversation = Conversation::new(contact());
        let many = i64::try_from(OPEN_CALLS_MAX).unwrap();
        for id in 2..2 + many {
            assert!(track_open(&mut conversation, &call(id)));
        }
        assert!(!track_open(&mut conversation, &call(1)), "an older one is not named");
        assert!(track_open(&mut conversation, &call(2 + many)));
        let named: Vec<i64> = conversation.open_calls.iter().map(|id| id.get()).collect();
        assert_eq!(named, (3..3 + many).collect::<Vec<_>>());
    }
}
