//! One call of a given kind: who, when, and what happened in it.

use std::sync::Arc;

use rand::{Rng, seq::IndexedRandom};
use rand_chacha::ChaCha12Rng;

use super::GenerateConfig;
use super::around::{ring, wrap_up};
use crate::aircall::bodies::Media;
use crate::aircall::centre::{
    Agent, CallMedia, CallTag, Customer, Direction, GeneratedCall, Line, MediaEvent, Team,
    Transfer, TransferTo,
};
use crate::aircall::numbers::contact_number;
use crate::aircall::words;

/// A call whose id, customer and comments' ids are still missing.
pub(super) type Draft = GeneratedCall;

/// What a call is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CallKind {
    InboundAnswered,
    OutboundAnswered,
    OutboundUnanswered,
    /// The index of the reason; one past the last is null.
    Missed(usize),
    Voicemail,
    IvrDrop,
    TransferToUser,
    TransferToTeam,
    TransferExternal,
    TransferFailed,
    CallbackRequest,
    SharedInbound,
    SharedOutbound,
    Anonymous,
    AgentWithoutFront,
    TwoEqualComments,
    LateComment,
    LineToLine,
}

impl CallKind {
    pub(super) const ALL: [Self; 25] = [
        Self::InboundAnswered,
        Self::OutboundAnswered,
        Self::OutboundUnanswered,
        Self::Missed(0),
        Self::Missed(1),
        Self::Missed(2),
        Self::Missed(3),
        Self::Missed(4),
        Self::Missed(5),
        Self::Missed(6),
        Self::Missed(7),
        Self::Voicemail,
        Self::IvrDrop,
        Self::TransferToUser,
        Self::TransferToTeam,
        Self::TransferExternal,
        Self::TransferFailed,
        Self::CallbackRequest,
        Self::SharedInbound,
        Self::SharedOutbound,
        Self::Anonymous,
        Self::AgentWithoutFront,
        Self::TwoEqualComments,
        Self::LateComment,
        Self::LineToLine,
    ];

    /// The frequencies of a busy week, in per cent.
    pub(super) fn weighted(rng: &mut ChaCha12Rng) -> Self {
        match rng.random_range(0..100) {
            0..34 => Self::InboundAnswered,
            34..50 => Self::OutboundAnswered,
            50..57 => Self::OutboundUnanswered,
            57..71 => Self::Missed(rng.random_range(0..=words::MISSED_REASON.len())),
            71..81 => Self::Voicemail,
            81..84 => Self::IvrDrop,
            84..87 => Self::TransferToUser,
            87..88 => Self::TransferToTeam,
            88..89 => Self::TransferExternal,
            89..91 => Self::TransferFailed,
            91..93 => Self::CallbackRequest,
            93..94 => Self::SharedInbound,
            94..95 => Self::SharedOutbound,
            95..97 => Self::Anonymous,
            97..98 => Self::TwoEqualComments,
            98..99 => Self::LateComment,
            _ => Self::LineToLine,
        }
    }
}

/// What a draft can choose from.
pub(super) struct Place<'a> {
    pub(super) config: &'a GenerateConfig,
    pub(super) lines: &'a [Arc<Line>],
    pub(super) agents: &'a [Arc<Agent>],
    pub(super) teams: &'a [Arc<Team>],
}

impl Place<'_> {
    pub(super) fn by_id(&self, id: i64) -> Arc<Agent> {
        let found = self.agents.iter().find(|agent| agent.id == id);
        found.expect("lines and teams are made of these agents").clone()
    }

    pub(super) fn any<T: Clone>(rng: &mut ChaCha12Rng, from: &[T]) -> T {
        from.choose(rng).expect("a centre has at least one of everything").clone()
    }

    fn agent_of(&self, rng: &mut ChaCha12Rng, line: &Line) -> Arc<Agent> {
        self.by_id(Self::any(rng, &line.agents))
    }

    fn other_than(&self, rng: &mut ChaCha12Rng, agent: &Agent) -> Arc<Agent> {
        let others: Vec<_> = self.agents.iter().filter(|other| other.id != agent.id).collect();
        Self::any(rng, &others).clone()
    }
}

/// One call of this kind, or the two of a call between two lines.
pub(super) fn draft(rng: &mut ChaCha12Rng, kind: CallKind, place: &Place<'_>) -> Vec<Draft> {
    let (wait, talk) = lengths(rng);
    let answered = match kind {
        CallKind::OutboundUnanswered
        | CallKind::Missed(_)
        | CallKind::Voicemail
        | CallKind::IvrDrop
        | CallKind::CallbackRequest => false,
        CallKind::Anonymous | CallKind::LineToLine => rng.random_bool(0.5),
        CallKind::InboundAnswered
        | CallKind::OutboundAnswered
        | CallKind::TransferToUser
        | CallKind::TransferToTeam
        | CallKind::TransferExternal
        | CallKind::TransferFailed
        | CallKind::SharedInbound
        | CallKind::SharedOutbound
        | CallKind::AgentWithoutFront
        | CallKind::TwoEqualComments
        | CallKind::LateComment => true,
    };
    let mut call = bare(rng, place, wait, if answered { Some(talk) } else { None });
    if matches!(
        kind,
        CallKind::OutboundAnswered | CallKind::OutboundUnanswered | CallKind::SharedOutbound
    ) || kind == CallKind::LineToLine
    {
        call.direction = Direction::Outbound;
    }
    if answered || call.direction == Direction::Outbound {
        call.first_agent = Some(place.agent_of(rng, &call.line));
    }
    shape(rng, kind, place, &mut call);
    if kind == CallKind::LineToLine {
        let other = far_end(rng, place, &mut call);
        return vec![call, other];
    }
    ring(rng, place, &mut call);
    if call.answered_at.is_some() {
        wrap_up(rng, place, kind, &mut call);
    }
    vec![call]
}

/// Seconds until the answer and of talk; one call in fifty takes over an hour.
fn lengths(rng: &mut ChaCha12Rng) -> (i64, i64) {
    let talk = if rng.random_bool(0.02) {
        rng.random_range(3_600..3_900)
    } else {
        rng.random_range(1..420)
    };
    (rng.random_range(1..45), talk)
}

fn bare(rng: &mut ChaCha12Rng, place: &Place<'_>, wait: i64, talk: Option<i64>) -> Draft {
    let line = Place::any(rng, place.lines);
    let length = wait + talk.unwrap_or(0);
    let span = place.config.span_s.max(super::SPAN_MIN_S);
    let started_at = place.config.start_at + rng.random_range(0..span - length);
    GeneratedCall {
        id: 0,
        seed: rng.random(),
        start_at: place.config.start_at,
        direction: Direction::Inbound,
        line,
        customer: Customer::Anonymous,
        started_at,
        answered_at: talk.map(|_| started_at + wait),
        ended_at: started_at + length,
        rang: Vec::new(),
        first_agent: None,
        transfer: None,
        hold: None,
        missed_reason: None,
        ivr_option: None,
        media: None,
        comments: Vec::new(),
        tags: Vec::new(),
        assigned: None,
        archived_at: None,
    }
}

/// What makes the kind.
fn shape(rng: &mut ChaCha12Rng, kind: CallKind, place: &Place<'_>, call: &mut Draft) {
    match kind {
        CallKind::Missed(reason) => {
            call.missed_reason = words::MISSED_REASON.get(reason).map(|&reason| reason.to_owned());
        }
        CallKind::IvrDrop => {
            if let Some(line) = place.lines.iter().find(|line| line.is_ivr) {
                call.line = line.clone();
            }
            call.missed_reason = Some("abandoned_in_ivr".to_owned());
            let option = Place::any(rng, &words::IVR_OPTION).to_owned();
            call.ivr_option = Some((option, call.started_at + call.wait_s() / 2));
        }
        CallKind::Voicemail => {
            call.missed_reason = Some("agents_did_not_answer".to_owned());
            call.media = Some(voicemail(rng, call.ended_at));
        }
        CallKind::CallbackRequest => {
            let tag = CallTag {
                id: 77,
                name: "Callback Request".to_owned(),
                by: None,
                at: call.ended_at,
                removed_at: None,
            };
            call.tags.push(tag);
            call.archived_at = Some(call.ended_at + rng.random_range(60..1_800));
        }
        CallKind::TransferToUser
        | CallKind::TransferToTeam
        | CallKind::TransferExternal
        | CallKind::TransferFailed => call.transfer = transfer(rng, kind, place, call),
        CallKind::SharedInbound | CallKind::SharedOutbound => call.first_agent = None,
        CallKind::AgentWithoutFront => {
            if let Some(agent) = place.agents.iter().find(|agent| !agent.in_front) {
                call.first_agent = Some(agent.clone());
            }
        }
        CallKind::Anonymous => {
            if call.answered_at.is_none() {
                call.missed_reason = Some("short_abandoned".to_owned());
            }
        }
        CallKind::InboundAnswered
        | CallKind::OutboundAnswered
        | CallKind::OutboundUnanswered
        | CallKind::TwoEqualComments
        | CallKind::LateComment
        | CallKind::LineToLine => {}
    }
}

fn voicemail(rng: &mut ChaCha12Rng, ended_at: i64) -> CallMedia {
    let (first_in, after) = match rng.random_range(0..10) {
        0..4 => (MediaEvent::Ended, rng.random_range(5..30)),
        4..9 => (MediaEvent::VoicemailLeft, rng.random_range(32..60)),
        _ => (MediaEvent::CommAssets, rng.random_range(60..180)),
    };
    CallMedia { kind: Media::Voicemail, known_at: ended_at + after, first_in }
}

fn transfer(
    rng: &mut ChaCha12Rng,
    kind: CallKind,
    place: &Place<'_>,
    call: &Draft,
) -> Option<Transfer> {
    let by = call.first_agent.clone()?;
    let answered = call.answered_at?;
    let at = answered + (call.ended_at - answered) / 2;
    let to = match kind {
        CallKind::TransferToTeam => {
            let team = Place::any(rng, place.teams);
            let named = place.by_id(*team.agents.first()?);
            let took = place.other_than(rng, &by);
            TransferTo::Colleague { named, took, forgotten: rng.random_bool(0.3) }
        }
        CallKind::TransferExternal => {
            TransferTo::External(contact_number(rng.random_range(20_000..30_000)))
        }
        CallKind::TransferFailed => TransferTo::Failed(place.other_than(rng, &by)),
        _ => {
            let took = place.other_than(rng, &by);
            TransferTo::Colleague { named: took.clone(), took, forgotten: rng.random_bool(0.3) }
        }
    };
    Some(Transfer { at, by, to })
}

/// The inbound half of a call between two lines: its own id, the other line as customer.
fn far_end(rng: &mut ChaCha12Rng, place: &Place<'_>, near: &mut Draft) -> Draft {
    let others: Vec<_> = place.lines.iter().filter(|line| line.id != near.line.id).collect();
    let line = Place::any(rng, &others).clone();
    let mut far = Draft { direction: Direction::Inbound, seed: rng.random(), ..near.clone() };
    far.customer = Customer::OwnLine(near.line.number.clone());
    near.customer = Customer::OwnLine(line.number.clone());
    far.line = line;
    far.first_agent = None;
    if far.answered_at.is_some() {
        far.first_agent = Some(place.agent_of(rng, &far.line));
    } else {
        far.missed_reason = Some("agents_did_not_answer".to_owned());
    }
    ring(rng, place, &mut far);
    far
}
