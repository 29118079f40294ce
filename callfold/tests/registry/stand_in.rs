//! A registry as far as callfold asks one: subjects, ids by content, and compatibility as a test says.
//! It can be away and come back, with what it held or without.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// What it holds, and what it was asked.
#[derive(Debug, Default)]
pub struct Held {
    /// Schemas by their ids, which count from 1.
    pub schemas: Vec<String>,
    /// Subject and id, in the order of registration.
    pub registered: Vec<(String, usize)>,
    /// The subject under which nothing of ours is compatible.
    pub incompatible: Option<String>,
    /// Method and path of each request.
    pub asked: Vec<String>,
    /// The `authorization` of the last request.
    pub authorization: Option<String>,
    /// What everything is answered with instead.
    pub instead: Option<StatusCode>,
}

impl Held {
    /// The id of a schema, which it gets if it has none.
    pub fn number(&mut self, schema: &str) -> usize {
        let known = self.schemas.iter().position(|known| known == schema);
        known.unwrap_or_else(|| {
            self.schemas.push(schema.to_owned());
            self.schemas.len() - 1
        }) + 1
    }
}

type Shared = Arc<Mutex<Held>>;

/// The registry.
pub struct StandIn {
    held: Shared,
    address: SocketAddr,
    serving: Option<JoinHandle<()>>,
}

impl StandIn {
    pub async fn start() -> StandIn {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut stand_in = StandIn { held: Shared::default(), address, serving: None };
        stand_in.serve(listener);
        stand_in
    }

    fn serve(&mut self, listener: TcpListener) {
        let routes = routes(self.held.clone());
        self.serving =
            Some(tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() }));
    }

    pub fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap()
    }

    pub fn url(&self) -> String {
        format!("http://{}/apis/ccompat/v7", self.address)
    }

    /// Nobody listens any more.
    pub async fn stop(&mut self) {
        let serving = self.serving.take().unwrap();
        serving.abort();
        assert!(serving.await.unwrap_err().is_cancelled());
    }

    /// Listens again where it did.
    pub async fn start_again(&mut self) {
        self.serve(TcpListener::bind(self.address).await.unwrap());
    }

    /// How many registrations it was asked for.
    pub fn registrations(&self) -> usize {
        let is_one = |asked: &&String| asked.starts_with("POST") && asked.ends_with("/versions");
        self.held().asked.iter().filter(is_one).count()
    }
}

fn routes(held: Shared) -> Router {
    let api = Router::new()
        .route("/subjects/{subject}", post(registered))
        .route("/subjects/{subject}/versions", post(register))
        .route("/compatibility/subjects/{subject}/versions/latest", post(check))
        .route("/schemas/ids/{id}", get(schema))
        .layer(from_fn_with_state(held.clone(), noted))
        .with_state(held);
    Router::new().nest("/apis/ccompat/v7", api)
}

async fn noted(
    State(held): State<Shared>,
    headers: HeaderMap,
    request: Request,
    next: Next,
) -> Response {
    let instead = {
        let mut held = held.lock().unwrap();
        held.asked.push(format!("{} {}", request.method(), request.uri().path()));
        let authorization = headers.get("authorization").and_then(|it| it.to_str().ok());
        held.authorization = authorization.map(str::to_owned);
        held.instead
    };
    match instead {
        Some(status) => (status, "<html>not now</html>").into_response(),
        None => next.run(request).await,
    }
}

fn missing(code: u32) -> Response {
    let body = json!({ "error_code": code, "message": "not found" });
    (StatusCode::NOT_FOUND, Json(body)).into_response()
}

async fn registered(
    State(held): State<Shared>,
    Path(subject): Path<String>,
    Json(body): Json<Value>,
) -> Response {
    let held = held.lock().unwrap();
    let mut of_subject = held.registered.iter().filter(|(it, _)| *it == subject).peekable();
    if of_subject.peek().is_none() {
        return missing(40_401);
    }
    let found = of_subject.find(|(_, id)| held.schemas[id - 1] == body["schema"].as_str().unwrap());
    match found {
        Some((_, id)) => Json(json!({ "subject": subject, "id": id })).into_response(),
        None => missing(40_403),
    }
}

async fn check(State(held): State<Shared>, Path(subject): Path<String>) -> Response {
    let held = held.lock().unwrap();
    if held.incompatible.as_ref() == Some(&subject) {
        let messages = ["reader type: LONG not compatible with writer type: STRING"];
        return Json(json!({ "is_compatible": false, "messages": messages })).into_response();
    }
    match held.registered.iter().any(|(it, _)| *it == subject) {
        true => Json(json!({ "is_compatible": true })).into_response(),
        false => missing(40_401),
    }
}

async fn register(
    State(held): State<Shared>,
    Path(subject): Path<String>,
    Json(body): Json<Value>,
) -> Response {
    let mut held = held.lock().unwrap();
    let id = held.number(body["schema"].as_str().unwrap());
    held.registered.push((subject, id));
    Json(json!({ "id": id })).into_response()
}

async fn schema(State(held): State<Shared>, Path(id): Path<usize>) -> Response {
    let held = held.lock().unwrap();
    match id.checked_sub(1).and_then(|at| held.schemas.get(at)) {
        Some(schema) => Json(json!({ "schema": schema })).into_response(),
        None => missing(40_403),
    }
}
