//! `GET /v1/calls` and `GET /v1/calls/:id`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{OriginalUri, Path, Query, State as Shared};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::{PageQuery, not_found};
use crate::aircall::centre::GeneratedCall;
use crate::aircall::simulator::State;
use crate::aircall::snapshot_at::body_at;

/// The list goes back six months; a single call can be read for longer.
const LISTED_S: i64 = 183 * 86_400;

/// The filters of the list.
#[derive(Debug, Deserialize)]
pub(super) struct CallsQuery {
    from: Option<i64>,
    to: Option<i64>,
    fetch_contact: Option<bool>,
}

pub(super) async fn list(
    Shared(state): Shared<Arc<State>>,
    Query(page): Query<PageQuery>,
    Query(query): Query<CallsQuery>,
    OriginalUri(uri): OriginalUri,
) -> Response {
    let now = state.now();
    let oldest = query.from.unwrap_or(i64::MIN).max(now - LISTED_S);
    let newest = query.to.unwrap_or(i64::MAX).min(now);
    // Both ends of the filter are about the start of the call.
    let mut calls: Vec<&GeneratedCall> = state
        .centre
        .calls
        .iter()
        .filter(|call| (oldest..=newest).contains(&call.started_at))
        .collect();
    calls.sort_by_key(|call| (call.started_at, call.id));
    if page.descending() {
        calls.reverse();
    }
    let with_contact = query.fetch_contact == Some(true);
    let items: Vec<Value> = calls.iter().map(|call| rest_body(call, now, with_contact)).collect();
    page.answer("calls", &items, &state.base_url, &uri.to_string())
}

pub(super) async fn one(
    Shared(state): Shared<Arc<State>>,
    Path(id): Path<i64>,
    Query(query): Query<CallsQuery>,
) -> Response {
    let now = state.now();
    let call = state.centre.calls.iter().find(|call| call.id == id && call.started_at <= now);
    match call {
        Some(call) => {
            let with_contact = query.fetch_contact == Some(true);
            Json(json!({"call": rest_body(call, now, with_contact)})).into_response()
        }
        None => not_found(),
    }
}

fn rest_body(call: &GeneratedCall, now: i64, with_contact: bool) -> Value {
    body_at(call, now, "rest").to_rest(now, with_contact)
}
