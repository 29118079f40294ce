//! What people and calls decide about a whole conversation: author, assignee, inbox, status.

use super::config::{Act, ModelConfig, PersonAct};
use crate::aircall::centre::{Agent, GeneratedCall};

/// The teammate of an agent: the lower-case e-mail, if Front has it.
pub(super) fn teammate(agent: &Agent) -> Option<String> {
    agent.in_front.then(|| agent.email.to_lowercase())
}

/// Who logs an answered or outgoing call.
pub(super) fn author_of(call: &GeneratedCall, config: &ModelConfig) -> Option<String> {
    let own = call.agent().and_then(|agent| teammate(agent));
    own.or_else(|| config.fallback_author.as_ref().map(|email| email.to_lowercase()))
}

/// Where the conversation lies: where a person moved it last.
pub(super) fn inbox(acts: &[&PersonAct], config: &ModelConfig) -> String {
    let mut inbox = (i64::MIN, config.inbox.clone());
    for act in acts {
        if let Act::Move(to) = &act.act
            && act.at >= inbox.0
        {
            inbox = (act.at, to.clone());
        }
    }
    inbox.1
}

/// A call's main activity opens the conversation, a person archives and opens it.
pub(super) fn archived(
    calls: &[&GeneratedCall],
    acts: &[&PersonAct],
    config: &ModelConfig,
) -> Vec<bool> {
    let of_person = |act: &&&PersonAct| matches!(act.act, Act::Archive | Act::Reopen);
    let Some(last) = acts.iter().filter(of_person).max_by_key(|act| act.at) else {
        return vec![false];
    };
    let opened_later = calls.iter().any(|call| last.at < call.ended_at);
    if last.act == Act::Reopen || opened_later {
        return vec![false];
    }
    let perhaps = calls.iter().any(|call| last.at <= call.ended_at + config.overtake_s);
    if perhaps && !last.settled { vec![true, false] } else { vec![true] }
}

/// Who may be assigned: the newest cause wins, a person before a call. An answered call is such a cause
/// at its answer or at its end: where that makes a difference, both may be right.
pub(super) fn assignees(
    calls: &[&GeneratedCall],
    acts: &[&PersonAct],
    config: &ModelConfig,
) -> Vec<Option<String>> {
    let ended = |call: &GeneratedCall| call.ended_at;
    let answered = |call: &GeneratedCall| call.answered_at.unwrap_or(call.ended_at);
    let logged = |call: &GeneratedCall| call.ended_at + config.overtake_s;
    let mut all = winners(calls, acts, ended);
    all.extend(winners(calls, acts, answered));
    if acts.iter().any(|act| !act.settled) {
        all.extend(winners(calls, acts, logged));
    }
    let mut distinct: Vec<Option<String>> = Vec::new();
    for one in all {
        if !distinct.contains(&one) {
            distinct.push(one);
        }
    }
    distinct
}

/// The last assignment when a call's lies at `time`. Behind the assignment of an agent without a
/// teammate, which Front cannot show, lies an earlier one, or none if that came too late to matter.
fn winners(
    calls: &[&GeneratedCall],
    acts: &[&PersonAct],
    time: impl Fn(&GeneratedCall) -> i64,
) -> Vec<Option<String>> {
    // (time, a person's, who: none inside is an agent whom Front does not know)
    let mut causes: Vec<(i64, bool, Option<Option<String>>)> = Vec::new();
    for call in calls.iter().filter(|call| call.answered_at.is_some()) {
        if let Some(agent) = call.agent() {
            causes.push((time(call), false, teammate(agent).map(Some)));
        }
    }
    for act in acts {
        if let Act::Assign(to) = &act.act {
            causes.push((act.at, true, Some(to.as_ref().map(|email| email.to_lowercase()))));
        }
    }
    causes.sort_by_key(|(at, person, _)| (*at, *person));
    let newest = causes.last().map(|(at, person, _)| (*at, *person));
    let mut allowed = Vec::new();
    let mut unknown_behind = false;
    for (at, person, who) in causes.into_iter().rev() {
        let tied = Some((at, person)) == newest;
        if !tied && !unknown_behind {
            break;
        }
        match who {
            Some(who) => {
                allowed.push(who);
                if !tied && person {
                    return allowed;
                }
            }
            None => unknown_behind = true,
        }
    }
    if allowed.is_empty() || unknown_behind {
        allowed.push(None);
    }
    allowed
}
