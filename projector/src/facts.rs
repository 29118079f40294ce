//! The facts of a call: a join of its events. The same set of events in any order, with any
//! repeats, gives the same facts; absent never erases (B20, B21).
//!
//! A fact is a register: of two writes the one with the greater stamp stays. A stamp is
//! (snapshot time, event id, normaliser revision). The stamps that still have something to say
//! stand once, sorted, in `stamps`, and each fact has its stamp's place there: comparing places is
//! comparing stamps.

mod comments;
mod register;
mod stamps;
pub mod tags;

use schemas::{CallEvent, CallFacts, CallState, CallStatus, Direction, Receipts, TimeMs};

use register::{Field, Join};

/// Takes `event` into the facts and receipts of its call. True when that changed anything.
pub fn join(call: &mut CallState, event: &CallEvent) -> bool {
    let stamp = stamps::place(&mut call.facts, event);
    let mut changed = registers(&mut call.facts, event, stamp);
    changed |= flags(&mut call.facts, event);
    changed |= comments::join(&mut call.facts, event, stamp);
    changed |= tags::join(&mut call.facts, event);
    stamps::prune(&mut call.facts);
    changed | receipts(&mut call.receipts, event)
}

fn registers(facts: &mut CallFacts, event: &CallEvent, stamp: i32) -> bool {
    let mut join = Join::new(&mut facts.written_by, &event.clears, stamp);
    join.put(Field::MissedCallReason, &mut facts.missed_call_reason, &event.missed_call_reason);
    join.put(Field::StartedAt, &mut facts.started_at, &event.started_at);
    join.put(Field::AnsweredAt, &mut facts.answered_at, &event.answered_at);
    join.put(Field::EndedAt, &mut facts.ended_at, &event.ended_at);
    let callback = &event.callback_of_call_id;
    join.put(Field::CallbackOfCallId, &mut facts.callback_of_call_id, callback);
    join.put(Field::ContactNumber, &mut facts.contact_number, &event.contact_number);
    join.put(Field::ContactName, &mut facts.contact_name, &event.contact_name);
    join.put(Field::LineId, &mut facts.line_id, &event.line_id);
    join.put(Field::LineName, &mut facts.line_name, &event.line_name);
    join.put(Field::LineNumber, &mut facts.line_number, &event.line_number);
    join.put(Field::LineCountry, &mut facts.line_country, &event.line_country);
    join.put(Field::LineTimeZone, &mut facts.line_time_zone, &event.line_time_zone);
    join.put(Field::AssignedTo, &mut facts.assigned_to, &event.assigned_to);
    join.put(Field::AssetUrl, &mut facts.asset_url, &event.asset_url);
    join.put(Field::Archived, &mut facts.archived, &event.archived);
    if names_the_handler(event) {
        join.put(Field::Agent, &mut facts.agent, &event.agent);
    }
    if is_transfer(event) {
        join.put(Field::TransferredBy, &mut facts.transferred_by, &event.transferred_by);
        join.put(Field::TransferredTo, &mut facts.transferred_to, &event.transferred_to);
        let external = &event.external_transferred_to;
        join.put(Field::ExternalTransferredTo, &mut facts.external_transferred_to, external);
    }
    if event.direction != Direction::Unknown {
        join.set(Field::Direction, &mut facts.direction, event.direction);
    }
    if !event.teams.is_empty() || join.clears("teams") {
        join.set_from(Field::Teams, &mut facts.teams, &event.teams);
    }
    if event.has_recording || join.clears("has_recording") {
        join.set(Field::HasRecording, &mut facts.has_recording, event.has_recording);
    }
    let voicemail = event.has_voicemail || event.event == "call.voicemail_left";
    if voicemail || join.clears("has_voicemail") {
        join.set(Field::HasVoicemail, &mut facts.has_voicemail, voicemail);
    }
    join.changed()
}

/// The user on a snapshot is who took or made the call only from the answer on, of an outbound
/// call from the beginning; before that, and in `call.ringing_on_agent` and `call.agent_declined`
/// at any time, it is who the call rings.
fn names_the_handler(event: &CallEvent) -> bool {
    match event.event.as_str() {
        "call.ringing_on_agent" | "call.agent_declined" => false,
        _ => event.direction == Direction::Outbound || shows_an_answer(event),
    }
}

fn shows_an_answer(event: &CallEvent) -> bool {
    event.answered_at.is_some()
        || event.status == CallStatus::Answered
        || event.event == "call.answered"
}

/// B06: only these prove a transfer. The `transferred_*` fields of other events stay after a
/// failed one.
fn is_transfer(event: &CallEvent) -> bool {
    matches!(event.event.as_str(), "call.transferred" | "call.external_transferred")
}

/// Facts that only ever become true, and the status, which only ever advances.
fn flags(facts: &mut CallFacts, event: &CallEvent) -> bool {
    let advances = progress(event.status) > progress(facts.status);
    if advances {
        facts.status = event.status;
    }
    let changes = [
        advances,
        raise(&mut facts.answered_seen, shows_an_answer(event)),
        raise(&mut facts.ended_seen, event.event == "call.ended"),
        raise(&mut facts.transferred, is_transfer(event)),
    ];
    changes.contains(&true)
}

fn raise(flag: &mut bool, seen: bool) -> bool {
    let changed = seen && !*flag;
    *flag |= seen;
    changed
}

fn progress(status: CallStatus) -> u8 {
    match status {
        CallStatus::Unknown => 0,
        CallStatus::Initial => 1,
        CallStatus::Answered => 2,
        CallStatus::Done => 3,
    }
}

/// B13: when it was first in hand. Least of all receipts, so order does not matter here either.
fn receipts(receipts: &mut Receipts, event: &CallEvent) -> bool {
    let media = event.has_recording || event.has_voicemail || event.event == "call.voicemail_left";
    let changes = [
        earliest(&mut receipts.first_at, true, event.received_at),
        earliest(&mut receipts.ended_at, event.ended_at.is_some(), event.received_at),
        earliest(&mut receipts.media_at, media, event.received_at),
    ];
    changes.contains(&true)
}

fn earliest(known: &mut Option<TimeMs>, applies: bool, at: TimeMs) -> bool {
    let changed = applies && known.is_none_or(|known| at < known);
    if changed {
        *known = Some(at);
    }
    changed
}
