//! One answered call of each contact, for benches.

use schemas::{CallEvent, Contact, TimeMs};

use crate::events::{Call, agent};

const START: TimeMs = TimeMs(1_790_000_000_000);

/// Events of a call.
pub const PHASES: usize = 6;

/// The event of this phase of one answered call with a recording and a comment, as Aircall sends it. The last
/// one alone tells everything.
pub fn event(phase: usize, contact: usize, call: i64) -> CallEvent {
    let start = START.plus_ms(i64::try_from(contact).unwrap() * 10);
    let at = |seconds: i64| start.plus_ms(seconds * 1000);
    let ringing = Call::inbound(call, start);
    let answered = ringing.clone().answered(at(12), Some(agent(1)));
    let ended = answered.clone().ended(at(217));
    let mut event = match phase {
        0 => ringing.event("call.created", at(0)),
        1 => ringing.event("call.ringing_on_agent", at(1)),
        2 => answered.event("call.answered", at(12)),
        3 => ended.event("call.hungup", at(217)),
        4 => ended.recording().event("call.ended", at(247)),
        _ => ended
            .recording()
            .comment(9, "Called about the invoice", at(230), Some(agent(1)))
            .event("call.commented", at(260)),
    };
    let number = format!("+1202{contact:07}");
    event.contact = Contact::from_e164(&number).unwrap();
    event.contact_number = Some(number.into());
    // As long as the hash that stands on the log.
    let id = format!("{:032x}", (call as u128) << 8 | phase as u128);
    event.event_id = id.try_into().unwrap();
    event
}
