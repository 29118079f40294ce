//! What is worth telling: one function each, log line and counter together. Never a number, name, text,
//! token or contact key: effects, events and conversations are named by their ids.

use std::time::Duration;

use bytes::Bytes;
use eventlog::trace::TRACEPARENT;
use eventlog::{Header, Offset, Stored};
use metrics::{counter, gauge, histogram};
use schemas::{EffectKey, OutcomeState, Status};
use tracing::{debug, error, info, warn};

/// Makes a write's span part of the trace of its command.
pub(crate) fn follow(span: &tracing::Span, trace: Option<&Bytes>) {
    let Some(value) = trace.cloned() else { return };
    let headers = vec![Header { name: TRACEPARENT.to_owned(), value }];
    let (key, value) = (Bytes::new(), None);
    let record = Stored { offset: Offset::START, time_ms: 0, key, value, headers };
    eventlog::trace::follow(span, &record);
}

pub(crate) fn active(unfinished: usize) {
    info!(unfinished, "this process is the active dispatcher");
}

pub(crate) fn inactive(why: &str) {
    info!(why, "this process is no longer the active dispatcher");
}

pub(crate) fn restarting(why: &str) {
    counter!("callfold_dispatcher_restarts_total").increment(1);
    warn!(why, "the dispatcher reads its ledger again");
}

pub(crate) fn store_rebuilt(why: &str) {
    warn!(why, "the dispatcher's local store is rebuilt from the log");
}

pub(crate) fn committed(records: usize, took: Duration) {
    histogram!("callfold_dispatcher_commit_seconds").record(took.as_secs_f64());
    counter!("callfold_dispatcher_records_total").increment(records as u64);
}

pub(crate) fn commit_failed(why: &str) {
    counter!("callfold_dispatcher_commit_failures_total").increment(1);
    warn!(why, "a commit was not made and is tried again");
}

pub(crate) fn commands_read(count: usize) {
    counter!("callfold_dispatcher_commands_total").increment(count as u64);
}

pub(crate) fn command_unreadable(topic: &str, partition: u32, offset: u64, why: &str) {
    counter!("callfold_dispatcher_unreadable_total").increment(1);
    error!(topic, partition, offset, why, "a record cannot be read and is passed over");
}

pub(crate) fn damage_skipped(topic: &str, partition: u32, from: u64, to: u64) {
    error!(topic, partition, from, to, "damaged records were passed over: their effects are lost");
}

pub(crate) fn ledger_damaged(topic: &str, partition: u32, from: u64, to: u64) {
    error!(
        topic,
        partition,
        from,
        to,
        "entries of the ledger are damaged: what they were about is looked for before it is sent again"
    );
}

pub(crate) fn request(purpose: &'static str, status: Option<u16>, took: Duration) {
    let class = status.map_or("none", |status| match status {
        200..=299 => "2xx",
        300..=399 => "3xx",
        429 => "429",
        400..=499 => "4xx",
        _ => "5xx",
    });
    counter!("callfold_dispatcher_requests_total", "purpose" => purpose, "status" => class)
        .increment(1);
    histogram!("callfold_dispatcher_request_seconds", "purpose" => purpose)
        .record(took.as_secs_f64());
}

pub(crate) fn purpose(purpose: &'static str) {
    counter!("callfold_dispatcher_purposes_total", "purpose" => purpose).increment(1);
}

pub(crate) fn moved(effect: &EffectKey, state: OutcomeState, reason: Option<&str>) {
    let word = state.name();
    counter!("callfold_dispatcher_moves_total", "state" => word).increment(1);
    match state {
        OutcomeState::Parked | OutcomeState::Unknown => {
            warn!(%effect, state = word, reason, "an effect needs a person");
        }
        OutcomeState::Queued
        | OutcomeState::Intended
        | OutcomeState::InDoubt
        | OutcomeState::Accepted
        | OutcomeState::Done
        | OutcomeState::Skipped => debug!(%effect, state = word, reason, "an effect moved"),
    }
}

pub(crate) fn call_logged() {
    counter!("callfold_dispatcher_calls_logged_total").increment(1);
}

/// Nothing before the first call: a gauge at 0 would read as free of cost.
pub(crate) fn requests_per_call(requests: i64, calls: i64) {
    if calls > 0 {
        gauge!("callfold_dispatcher_requests_per_call").set(requests as f64 / calls as f64);
    }
}

pub(crate) fn decided_to_sent(ms: i64) {
    histogram!("callfold_dispatcher_decided_to_sent_seconds").record(ms.max(0) as f64 / 1_000.0);
}

pub(crate) fn held(sentence: &str) {
    warn!(sentence, "the dispatcher is held");
}

pub(crate) fn released() {
    info!("the dispatcher goes on");
}

pub(crate) fn illegal_move(effect: &EffectKey, error: &crate::attempt::IllegalMove) {
    counter!("callfold_dispatcher_illegal_moves_total").increment(1);
    error!(%effect, %error, "an effect was told something that cannot have happened");
}

pub(crate) fn front_event(kind: &'static str) {
    counter!("callfold_dispatcher_front_events_total", "kind" => kind).increment(1);
}

pub(crate) fn status(status: &Status) {
    gauge!("callfold_dispatcher_queued").set(status.queued as f64);
    gauge!("callfold_dispatcher_in_doubt").set(status.in_doubt as f64);
    gauge!("callfold_dispatcher_accepted").set(status.accepted as f64);
    gauge!("callfold_dispatcher_parked").set(status.parked as f64);
    gauge!("callfold_dispatcher_unknown").set(status.unknown as f64);
    gauge!("callfold_dispatcher_budget_per_minute").set(status.budget_per_minute);
    gauge!("callfold_dispatcher_budget_available").set(status.budget_available);
}
