//! One journey per row of the article that describes Aircall's own integration, and the product's
//! own promises beside them.

mod archives;
mod logged;
mod rules;

use simulators::aircall::bodies::{CallBody, LineBody, UserBody};

use crate::journey::Journey;

/// E-mail of the agent who takes most calls; a Front teammate.
pub const AGENT_ONE: &str = "agent.one@example.com";
/// E-mail of the agent to whom calls are transferred; a Front teammate.
pub const AGENT_TWO: &str = "agent.two@example.com";
/// The caller's number as Front has it.
pub const CALLER: &str = "+33199001234";
/// The caller's number as Aircall writes it.
pub const CALLER_WRITTEN: &str = "+33 1 99 00 12 34";

/// All journeys; `base` (Unix seconds) is when the first call of each starts.
#[must_use]
pub fn all(base: i64) -> Vec<Journey> {
    let mut all = logged::journeys(base);
    all.extend(archives::journeys(base));
    all.extend(rules::journeys(base));
    all
}

fn agent_one() -> UserBody {
    UserBody::new(7, "Agent One", AGENT_ONE)
}

fn agent_two() -> UserBody {
    UserBody::new(8, "Agent Two", AGENT_TWO)
}

/// An agent who has no seat in Front.
fn agent_without_seat() -> UserBody {
    UserBody::new(9, "Agent Nine", "agent.nine@example.com")
}

/// A line that one agent answers.
fn user_line() -> LineBody {
    LineBody::new(501, "Direct line", "+33 1 99 00 00 01")
}

/// A line that a team answers.
fn team_line() -> LineBody {
    LineBody::new(502, "Support", "+33 1 99 00 00 02")
}

fn inbound(id: i64, at: i64) -> CallBody {
    CallBody::inbound(id).line(team_line()).customer(CALLER_WRITTEN).started_at(at)
}

fn outbound(id: i64, at: i64) -> CallBody {
    CallBody::outbound(id).line(team_line()).customer(CALLER_WRITTEN).started_at(at)
}

/// An inbound call that agent one took after 12 s and that lasted 205 s.
fn answered(id: i64, at: i64) -> CallBody {
    inbound(id, at).agent(&agent_one()).answered_at(at + 12).ended_at(at + 217)
}

/// An inbound call that rang for 17 s and that nobody took.
fn missed(id: i64, at: i64) -> CallBody {
    inbound(id, at).ended_at(at + 17).missed_reason("agents_did_not_answer")
}
