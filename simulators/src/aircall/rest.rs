//! The routes of the API, and what every request passes first: authentication and the limit.

mod answer;
mod calls;
mod company;
mod control;
pub(super) mod limit;
mod webhooks;

use std::sync::{Arc, PoisonError};

use axum::Router;
use axum::extract::{Request, State as Shared};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine;
use serde_json::json;

use super::simulator::State;
use answer::{edge_error, not_found};

/// Everything the simulator serves.
pub(super) fn router(state: Arc<State>) -> Router {
    let api = Router::new()
        .route("/v1/ping", get(async || axum::Json(json!({"ping": "pong"}))))
        .route("/v1/company", get(company::company))
        .route("/v1/calls", get(calls::list))
        .route("/v1/calls/{id}", get(calls::one))
        .route("/v1/numbers", get(company::numbers))
        .route("/v1/numbers/{id}", get(company::number))
        .route("/v1/teams", get(company::teams))
        .route("/v1/teams/{id}", get(company::team))
        .route("/v2/users", get(company::users))
        .route("/v2/users/{id}", get(company::user))
        .route("/v1/webhooks", get(webhooks::list).post(webhooks::create))
        .route(
            "/v1/webhooks/{id}",
            get(webhooks::one).put(webhooks::update).delete(webhooks::delete),
        )
        .layer(from_fn_with_state(state.clone(), admit));
    let control = Router::new()
        .route("/_sim/send", post(control::send))
        .route("/_sim/progress", get(control::progress))
        .route("/_sim/calls", get(control::calls));
    api.merge(control).fallback(async || not_found()).with_state(state)
}

/// No credentials is 401, wrong ones are 403 (as the live service answers), too many requests 429.
async fn admit(Shared(state): Shared<Arc<State>>, request: Request, next: Next) -> Response {
    match credentials(request.headers()) {
        None => return edge_error(StatusCode::UNAUTHORIZED, "Unauthorized"),
        Some((id, token)) if id != state.config.api_id || token != state.config.api_token => {
            return edge_error(StatusCode::FORBIDDEN, "Forbidden");
        }
        Some(_) => {}
    }
    let asked = state.limit.lock().unwrap_or_else(PoisonError::into_inner).ask(state.uptime());
    match asked {
        Ok(()) => next.run(request).await,
        Err(full) => too_many(&state, &full),
    }
}

fn credentials(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Basic ")?;
    let bytes = base64::engine::general_purpose::STANDARD.decode(value).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (id, token) = text.split_once(':')?;
    Some((id.to_owned(), token.to_owned()))
}

/// The headers come only when the limit is reached; the unit of `Reset` is taken to be Unix seconds.
fn too_many(state: &State, full: &limit::Full) -> Response {
    let wait = full.wait_s;
    let mut answer = edge_error(StatusCode::TOO_MANY_REQUESTS, "Too Many Requests");
    let reset = state.now() + i64::try_from(wait).unwrap_or(0);
    let mut set = |name: &'static str, value: String| {
        let value = value.parse().expect("a number is a header value");
        answer.headers_mut().insert(name, value);
    };
    set("x-aircallapi-limit", full.limit.to_string());
    set("x-aircallapi-remaining", "0".to_owned());
    set("x-aircallapi-reset", reset.to_string());
    if state.config.retry_after {
        set("retry-after", wait.to_string());
    }
    answer.into_response()
}
