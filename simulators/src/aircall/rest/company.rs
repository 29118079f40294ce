//! The company itself: its lines, users and teams.

use std::sync::Arc;

use axum::Json;
use axum::extract::{OriginalUri, Path, Query, State as Shared};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::answer::{PageQuery, not_found};
use crate::aircall::centre::{Agent, Line, Team};
use crate::aircall::simulator::State;
use crate::aircall::snapshot_at;

pub(super) async fn company(Shared(state): Shared<Arc<State>>) -> Response {
    let centre = &state.centre;
    Json(json!({"company": {
        "name": "Example Calls",
        "users_count": centre.agents.len(),
        "numbers_count": centre.lines.len(),
    }}))
    .into_response()
}

pub(super) async fn numbers(
    Shared(state): Shared<Arc<State>>,
    Query(page): Query<PageQuery>,
    OriginalUri(uri): OriginalUri,
) -> Response {
    let mut items: Vec<Value> = state.centre.lines.iter().map(|line| number_body(line)).collect();
    if page.descending() {
        items.reverse();
    }
    page.answer("numbers", &items, &state.base_url, &uri.to_string())
}

/// Only the detail has the users of a line.
pub(super) async fn number(Shared(state): Shared<Arc<State>>, Path(id): Path<i64>) -> Response {
    let Some(line) = state.centre.lines.iter().find(|line| line.id == id) else {
        return not_found();
    };
    let mut number = number_body(line);
    number["users"] = users_of(&state, &line.agents);
    Json(json!({"number": number})).into_response()
}

pub(super) async fn teams(
    Shared(state): Shared<Arc<State>>,
    Query(page): Query<PageQuery>,
    OriginalUri(uri): OriginalUri,
) -> Response {
    let mut items: Vec<Value> =
        state.centre.teams.iter().map(|team| team_body(&state, team)).collect();
    if page.descending() {
        items.reverse();
    }
    page.answer("teams", &items, &state.base_url, &uri.to_string())
}

pub(super) async fn team(Shared(state): Shared<Arc<State>>, Path(id): Path<i64>) -> Response {
    match state.centre.teams.iter().find(|team| team.id == id) {
        Some(team) => Json(json!({"team": team_body(&state, team)})).into_response(),
        None => not_found(),
    }
}

pub(super) async fn users(
    Shared(state): Shared<Arc<State>>,
    Query(page): Query<PageQuery>,
    OriginalUri(uri): OriginalUri,
) -> Response {
    let mut items: Vec<Value> = state.centre.agents.iter().map(|agent| user_body(agent)).collect();
    if page.descending() {
        items.reverse();
    }
    page.answer("users", &items, &state.base_url, &uri.to_string())
}

/// By id or by e-mail.
pub(super) async fn user(Shared(state): Shared<Arc<State>>, Path(id): Path<String>) -> Response {
    let mut agents = state.centre.agents.iter();
    match agents.find(|agent| agent.id.to_string() == id || agent.email == id) {
        Some(agent) => Json(json!({"user": user_body(agent)})).into_response(),
        None => not_found(),
    }
}

fn number_body(line: &Line) -> Value {
    let mut number = snapshot_at::line(line).to_webhook();
    number["created_at"] = json!("2025-01-02T11:41:01.000Z");
    number["priority"] = Value::Null;
    number
}

fn user_body(agent: &Agent) -> Value {
    snapshot_at::user(agent).to_rest()
}

fn team_body(state: &State, team: &Team) -> Value {
    json!({
        "id": team.id,
        "direct_link": format!("https://api.aircall.io/v1/teams/{}", team.id),
        "name": team.name,
        "created_at": "2025-01-02T11:41:01.000Z",
        "users": users_of(state, &team.agents),
    })
}

fn users_of(state: &State, ids: &[i64]) -> Value {
    state
        .centre
        .agents
        .iter()
        .filter(|agent| ids.contains(&agent.id))
        .map(|a| user_body(a))
        .collect()
}
