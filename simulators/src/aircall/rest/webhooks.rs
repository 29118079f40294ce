//! `/v1/webhooks`: create, read, update, delete.

use std::sync::Arc;

use axum::Json;
use axum::extract::{OriginalUri, Path, Query, State as Shared};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::answer::{PageQuery, app_error, not_found};
use crate::aircall::simulator::State;
use crate::aircall::webhooks::{CALL_EVENTS, WEBHOOKS_MAX, Webhook, or_all};

/// What create and update take.
#[derive(Debug, Deserialize)]
pub(super) struct WebhookBody {
    url: Option<String>,
    custom_name: Option<String>,
    #[serde(default)]
    events: Vec<String>,
    active: Option<bool>,
}

/// `?events_action=add|remove` amends the list instead of replacing it.
#[derive(Debug, Deserialize)]
pub(super) struct EventsAction {
    events_action: Option<String>,
}

pub(super) async fn list(
    Shared(state): Shared<Arc<State>>,
    Query(page): Query<PageQuery>,
    OriginalUri(uri): OriginalUri,
) -> Response {
    let items: Vec<Value> = state.webhooks().all().iter().map(|hook| json!(hook)).collect();
    page.answer("webhooks", &items, &state.base_url, &uri.to_string())
}

pub(super) async fn one(Shared(state): Shared<Arc<State>>, Path(id): Path<String>) -> Response {
    match state.webhooks().get(&id) {
        Some(webhook) => shown(StatusCode::OK, webhook),
        None => not_found(),
    }
}

pub(super) async fn create(
    Shared(state): Shared<Arc<State>>,
    Json(body): Json<WebhookBody>,
) -> Response {
    let mut webhooks = state.webhooks();
    let Some(url) = body.url else {
        return app_error(StatusCode::BAD_REQUEST, "The url is missing");
    };
    if webhooks.all().len() >= WEBHOOKS_MAX {
        return app_error(StatusCode::BAD_REQUEST, "The limit of 100 webhooks is reached");
    }
    if !known(&body.events) {
        return app_error(StatusCode::BAD_REQUEST, "Some events are invalid");
    }
    let token = token_for(&url, webhooks.all().len());
    let webhook = webhooks.add(&url, body.custom_name, body.events, token);
    shown(StatusCode::CREATED, &webhook)
}

/// Without `events` the webhook is subscribed to everything, also when only `active` was meant.
pub(super) async fn update(
    Shared(state): Shared<Arc<State>>,
    Path(id): Path<String>,
    Query(action): Query<EventsAction>,
    Json(body): Json<WebhookBody>,
) -> Response {
    let mut webhooks = state.webhooks();
    let Some(webhook) = webhooks.get_mut(&id) else { return not_found() };
    if !known(&body.events) {
        return app_error(StatusCode::BAD_REQUEST, "Some events are invalid");
    }
    match action.events_action.as_deref() {
        Some("add") => {
            for event in body.events {
                if !webhook.events.contains(&event) {
                    webhook.events.push(event);
                }
            }
        }
        Some("remove") => webhook.events.retain(|event| !body.events.contains(event)),
        _ => webhook.events = or_all(body.events),
    }
    if let Some(url) = body.url {
        webhook.url = url;
    }
    if let Some(name) = body.custom_name {
        webhook.custom_name = Some(name);
    }
    if let Some(active) = body.active {
        webhook.active = active;
        webhook.failures = 0;
    }
    shown(StatusCode::OK, webhook)
}

pub(super) async fn delete(Shared(state): Shared<Arc<State>>, Path(id): Path<String>) -> Response {
    if state.webhooks().remove(&id) { StatusCode::NO_CONTENT.into_response() } else { not_found() }
}

/// Other families of events exist as well; only names without a family are refused.
fn known(events: &[String]) -> bool {
    events.iter().all(|event| {
        CALL_EVENTS.contains(&event.as_str())
            || (event.contains('.') && !event.starts_with("call."))
    })
}

/// 32 lower-case hex digits, another one for each webhook.
fn token_for(url: &str, count: usize) -> String {
    let hash = Sha256::digest(format!("{url} {count}").as_bytes());
    hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

fn shown(status: StatusCode, webhook: &Webhook) -> Response {
    (status, Json(json!({"webhook": webhook}))).into_response()
}
