//! The events of a call as they truly happened, before delivery scrambles them.

use std::sync::Arc;

use rand::Rng;
use rand_chacha::ChaCha12Rng;

use super::centre::{Agent, Direction, GeneratedCall, MediaEvent, Transfer, TransferTo};

/// One event: when its payload was built and whose phone it is about.
#[derive(Debug, Clone)]
pub(super) struct Moment {
    /// Unix seconds.
    pub(super) at: i64,
    /// Aircall's name of the event.
    pub(super) event: &'static str,
    /// The user of a ringing or declined event, who is not the one who took the call.
    pub(super) ringing: Option<Arc<Agent>>,
}

/// Seconds from the end of a call to `call.ended`: measured 30 and 31.
const ENDED_AFTER_S: std::ops::RangeInclusive<i64> = 30..=31;

/// All events of the call by time.
pub(super) fn moments(rng: &mut ChaCha12Rng, call: &GeneratedCall) -> Vec<Moment> {
    let mut all = Vec::new();
    let mut add = |at, event| all.push(Moment { at, event, ringing: None });
    match call.direction {
        Direction::Inbound => add(call.started_at, "call.created"),
        Direction::Outbound => add((call.started_at + 2).min(call.ended_at), "call.created"),
    }
    if let Some((_, at)) = call.ivr_option {
        add(at, "call.ivr_option_selected");
    }
    if let Some(at) = call.answered_at {
        add(at, "call.answered");
    }
    if let Some((from, to)) = call.hold {
        add(from, "call.hold");
        add(to, "call.unhold");
    }
    if let Some(Transfer { at, to, .. }) = &call.transfer {
        add(
            *at,
            match to {
                TransferTo::Colleague { .. } => "call.transferred",
                TransferTo::External(_) => "call.external_transferred",
                TransferTo::Failed(_) => "call.unsuccessful_transfer",
            },
        );
    }
    add(call.ended_at, "call.hungup");
    let ended_event_at = call.ended_at + rng.random_range(ENDED_AFTER_S);
    add(ended_event_at, "call.ended");
    after(call, ended_event_at, &mut add);
    for (agent, at, declines) in &call.rang {
        let ringing = Some(agent.clone());
        all.push(Moment { at: *at, event: "call.ringing_on_agent", ringing: ringing.clone() });
        if *declines {
            let at = at + call.wait_s() / 2;
            all.push(Moment { at, event: "call.agent_declined", ringing });
        }
    }
    all.sort_by_key(|moment| moment.at);
    all
}

/// What can come after the end.
fn after(call: &GeneratedCall, ended_event_at: i64, add: &mut impl FnMut(i64, &'static str)) {
    match call.media.map(|media| (media.first_in, media.known_at)) {
        Some((MediaEvent::VoicemailLeft, at)) => add(at, "call.voicemail_left"),
        Some((MediaEvent::CommAssets, at)) => add(at, "call.comm_assets_generated"),
        Some((MediaEvent::Ended, _)) => {
            let voicemail = call.answered_at.is_none();
            let event =
                if voicemail { "call.voicemail_left" } else { "call.comm_assets_generated" };
            add(ended_event_at + 3, event);
        }
        None => {}
    }
    for comment in &call.comments {
        add(comment.at, "call.commented");
    }
    for tag in &call.tags {
        add(tag.at, "call.tagged");
        if let Some(at) = tag.removed_at {
            add(at, "call.untagged");
        }
    }
    if let Some((_, at)) = call.assigned {
        add(at, "call.assigned");
    }
    if let Some(at) = call.archived_at {
        add(at, "call.archived");
    }
}
