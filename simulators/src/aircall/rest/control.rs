//! `/_sim`: what another process may ask of the simulator, which no real Aircall has.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Json;
use axum::extract::State as Shared;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::app_error;
use crate::aircall::centre::GeneratedCall;
use crate::aircall::send::{SendOptions, send_all};
use crate::aircall::simulator::State;

/// Where to send, with which token, and how.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SendRequest {
    url: String,
    token: String,
    #[serde(default)]
    options: SendOptions,
}

/// Answers when everything is sent, with the report.
pub(super) async fn send(
    Shared(state): Shared<Arc<State>>,
    Json(request): Json<SendRequest>,
) -> Response {
    let known = state.webhooks().find(&request.url, &request.token).cloned();
    let webhook = known.unwrap_or_else(|| {
        state.webhooks().add(&request.url, None, Vec::new(), request.token.clone())
    });
    match send_all(&state, &webhook, &request.options).await {
        Ok(report) => Json(report).into_response(),
        Err(error) => app_error(StatusCode::BAD_REQUEST, &error.to_string()),
    }
}

pub(super) async fn progress(Shared(state): Shared<Arc<State>>) -> Json<Value> {
    let progress = &state.progress;
    Json(json!({
        "planned": progress.planned.load(Ordering::Relaxed),
        "finished": progress.finished.load(Ordering::Relaxed),
        "acknowledged": progress.acknowledged.load(Ordering::Relaxed),
    }))
}

/// The truth about every call.
pub(super) async fn calls(Shared(state): Shared<Arc<State>>) -> Json<Value> {
    Json(state.centre.calls.iter().map(truth).collect())
}

fn truth(call: &GeneratedCall) -> Value {
    json!({
        "id": call.id,
        "qualification": format!("{:?}", call.qualification()),
        "line": call.line.id,
        "agent": call.agent().map(|agent| agent.id),
        "started_at": call.started_at,
        "answered_at": call.answered_at,
        "ended_at": call.ended_at,
        "talk_s": call.talk_s(),
        "wait_s": call.wait_s(),
        "comments": call.comments.len(),
    })
}
