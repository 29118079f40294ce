//! A contact's conversation as a person reads it: a pure function of the states on the log.

use schemas::{
    CallId, CallState, Conversation, EmittedPiece, InboxId, Piece, TeammateId, Text, TimeMs,
};
use serde::Serialize;

use crate::qualification::{Durations, Qualification, final_agent};
use crate::thread;

/// The whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConversationView {
    /// Archived as far as Front's events and our own main activities tell.
    pub archived: bool,
    /// The subject that sticks while it stays open.
    pub subject: Option<String>,
    /// The inbox (`inb_...`) that somebody moved it to; none is the configured one.
    pub inbox_id: Option<InboxId>,
    /// The teammate (`tea_...`) that somebody assigned it to.
    pub assignee_id: Option<TeammateId>,
    /// Calls of which anything is known.
    pub calls_known: i64,
    /// Calls that were missed, voicemails not counted.
    pub calls_missed: i64,
    /// Milliseconds talked in all ended calls.
    pub talk_ms: i64,
    /// The calls, in the order of their starts.
    pub calls: Vec<CallView>,
}

/// One call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CallView {
    /// Aircall's id.
    pub call_id: CallId,
    /// What it was, in words; none while it goes on.
    pub qualification: Option<&'static str>,
    /// The line's name.
    pub line: Option<String>,
    /// Who took or made it.
    pub agent: Option<String>,
    /// When it started.
    pub started_at: Option<TimeMs>,
    /// When it ended.
    pub ended_at: Option<TimeMs>,
    /// Milliseconds of talk.
    pub talk_ms: Option<i64>,
    /// Milliseconds until somebody answered, or until the end.
    pub wait_ms: Option<i64>,
    /// Why nothing more is asked for yet: a sentence.
    pub waits: Option<String>,
    /// Until when, when it is a matter of time.
    pub due_at: Option<TimeMs>,
    /// What was asked for, oldest first.
    pub pieces: Vec<PieceView>,
}

/// A piece of information that Front was asked to take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PieceView {
    /// Its effect key.
    pub effect_key: String,
    /// Its revision, from 1.
    pub revision: i32,
    /// The subject that it was sent with, of an activity of its own.
    pub subject: Option<String>,
    /// It is part of the main activity.
    pub within_main: bool,
    /// The event that caused it.
    pub cause: String,
    /// When it was decided.
    pub decided_at: TimeMs,
}

/// The view of a conversation and those of its calls that are given.
#[must_use]
pub fn conversation(conversation: &Conversation, calls: &[CallState]) -> ConversationView {
    let mut calls: Vec<_> = calls.iter().collect();
    calls.sort_by_key(|call| (call.facts.started_at, call.call_id));
    ConversationView {
        archived: thread::is_archived(conversation),
        subject: conversation.subject.as_ref().map(|subject| subject.text.to_string()),
        inbox_id: thread::inbox(conversation).cloned(),
        assignee_id: conversation.assignee.as_ref().and_then(|fact| fact.teammate_id.clone()),
        calls_known: conversation.totals.calls,
        calls_missed: conversation.totals.missed,
        talk_ms: conversation.totals.talk_ms,
        calls: calls.into_iter().map(call).collect(),
    }
}

fn call(call: &CallState) -> CallView {
    let facts = &call.facts;
    let durations = Durations::of(facts);
    CallView {
        call_id: call.call_id,
        qualification: facts.ended_at.map(|_| Qualification::of(facts).words()),
        line: facts.line_name.as_ref().map(Text::to_string),
        agent: final_agent(facts).and_then(|agent| agent.name.as_ref()).map(Text::to_string),
        started_at: facts.started_at,
        ended_at: facts.ended_at,
        talk_ms: durations.talk_ms,
        wait_ms: facts.ended_at.and(durations.wait_ms),
        waits: waits(call),
        due_at: call.due_at,
        pieces: call.emitted.iter().map(|emitted| piece(call.call_id, emitted)).collect(),
    }
}

fn waits(call: &CallState) -> Option<String> {
    let logged = call.emitted.iter().any(|emitted| emitted.piece == Piece::Main);
    let why = match (call.facts.ended_at, logged, call.due_at) {
        (None, _, _) => "the call has not ended",
        (Some(_), false, Some(_)) => "something may still come: a voicemail, an agent or a link",
        (Some(_), false, None) => "its line is not logged in Front",
        (Some(_), true, Some(_)) => "the page of the recording or voicemail is not known yet",
        (Some(_), true, None) => return None,
    };
    Some(why.to_owned())
}

fn piece(call_id: CallId, emitted: &EmittedPiece) -> PieceView {
    PieceView {
        effect_key: emitted.piece.effect_key(call_id, emitted.comment_id).into(),
        revision: emitted.revision,
        subject: emitted.subject.as_ref().map(Text::to_string),
        within_main: emitted.within_main,
        cause: emitted.cause.to_string(),
        decided_at: emitted.decided_at,
    }
}
