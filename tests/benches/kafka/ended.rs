//! The webhook that ends an answered call of one of some callers.

use bytes::Bytes;
use simulators::aircall::bodies::{CallBody, LineBody, UserBody};
use tests::journey::TOKEN;
use tests::journeys::AGENT_ONE;

/// Callers, all of whom Front and callfold know before anything is measured.
pub const CALLERS: usize = 20;

/// The number of a call's import in its effect's key.
pub fn mark(call: usize) -> String {
    format!("call:{}:main", 1_000 + call)
}

/// The webhook that ends an answered call of one of the callers.
pub fn ended(call: usize, now: i64) -> Bytes {
    let id = 1_000 + i64::try_from(call).expect("few calls");
    let agent = UserBody::new(7, "Agent One", AGENT_ONE);
    let line = LineBody::new(502, "Support", "+33 1 99 00 00 02");
    let caller = format!("+33 1 99 00 12 {:02}", call % CALLERS);
    let started = now - 300;
    CallBody::inbound(id)
        .line(line)
        .customer(&caller)
        .started_at(started)
        .agent(&agent)
        .answered_at(started + 12)
        .ended_at(now)
        .event("call.ended", now)
        .to_bytes(TOKEN)
}
