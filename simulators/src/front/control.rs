//! The control endpoints under `/_sim`, for a simulator that runs in another process. They take no
//! token, cost no budget and are not recorded: they are no part of Front.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

use super::act::Act;
use super::config::{Limits, WebhookTarget};
use super::faults::Faults;
use super::records::{Counts, RecordedRequest};
use super::shared::Shared;
use crate::snapshot::Snapshot;
use crate::spec::Violation;

/// What `PUT /_sim/outage` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutageSwitch {
    /// Whether nothing works from now on.
    pub on: bool,
}

/// What `GET /_sim/settled` answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// Whether every accepted import can be seen.
    pub settled: bool,
    /// How many cannot yet.
    pub pending: usize,
}

#[derive(Deserialize)]
struct From {
    /// The ordinal of the first request to answer.
    #[serde(default)]
    from: usize,
}

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/snapshot", get(snapshot))
        .route("/requests", get(requests))
        .route("/counts", get(counts))
        .route("/settled", get(settled))
        .route("/act", post(act))
        .route("/faults", put(faults))
        .route("/outage", put(outage))
        .route("/scopes", put(scopes))
        .route("/limits", put(limits))
        .route("/token", put(token))
        .route("/violations", get(violations))
        .route("/webhook", put(webhook))
}

async fn snapshot(State(shared): State<Arc<Shared>>) -> Json<Snapshot> {
    Json(shared.snapshot())
}

async fn requests(
    State(shared): State<Arc<Shared>>,
    Query(From { from }): Query<From>,
) -> Json<Vec<RecordedRequest>> {
    let gate = shared.gate();
    Json(gate.records.requests.iter().skip(from).cloned().collect())
}

async fn counts(State(shared): State<Arc<Shared>>) -> Json<Counts> {
    Json(shared.gate().records.counts.clone())
}

async fn settled(State(shared): State<Arc<Shared>>) -> Json<Settled> {
    let pending = *shared.pending.borrow();
    Json(Settled { settled: pending == 0, pending })
}

async fn act(State(shared): State<Arc<Shared>>, Json(act): Json<Act>) -> Response {
    match shared.act(&act) {
        Ok(_) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => (StatusCode::UNPROCESSABLE_ENTITY, error.to_string()).into_response(),
    }
}

async fn faults(State(shared): State<Arc<Shared>>, Json(faults): Json<Faults>) -> StatusCode {
    shared.set_faults(faults);
    StatusCode::NO_CONTENT
}

async fn outage(
    State(shared): State<Arc<Shared>>,
    Json(OutageSwitch { on }): Json<OutageSwitch>,
) -> StatusCode {
    shared.gate().dice.outage(on);
    StatusCode::NO_CONTENT
}

async fn scopes(State(shared): State<Arc<Shared>>, Json(scopes): Json<Vec<String>>) -> StatusCode {
    shared.gate().world.config.scopes = scopes;
    StatusCode::NO_CONTENT
}

async fn limits(State(shared): State<Arc<Shared>>, Json(limits): Json<Limits>) -> StatusCode {
    shared.set_limits(limits);
    StatusCode::NO_CONTENT
}

async fn token(State(shared): State<Arc<Shared>>, Json(token): Json<String>) -> StatusCode {
    shared.gate().world.config.token = token;
    StatusCode::NO_CONTENT
}

async fn violations(State(shared): State<Arc<Shared>>) -> Json<Vec<Violation>> {
    Json(shared.gate().violations.iter().cloned().collect())
}

async fn webhook(State(shared): State<Arc<Shared>>, Json(target): Json<WebhookTarget>) -> Response {
    match shared.save_webhook(target).await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => (StatusCode::UNPROCESSABLE_ENTITY, error.to_string()).into_response(),
    }
}
