//! The HTTP side: accepts connections, hands requests to the gate, and can close a connection
//! without an answer.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hyper::body::Incoming as IncomingBody;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tower::ServiceExt;

use super::gate::{Answer, Incoming};
use super::shared::Shared;
use super::{control, page};

/// Bodies at most, in bytes: imports of text stay far below, attachments are not simulated.
const BODY_BYTES_MAX: usize = 1 << 20;
/// Connections at once: more than a test's clients open, fewer than a process may have files.
const CONNECTIONS_MAX: usize = 512;

/// Marks a response that must not be sent.
#[derive(Debug, Clone, Copy)]
struct Cut;

/// Serves until the simulator stops.
pub(super) async fn run(shared: Arc<Shared>, listener: TcpListener) {
    let router = router(Arc::clone(&shared));
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let accepted = tokio::select! {
            () = shared.stop.cancelled() => return,
            accepted = accept(&listener, &places) => accepted,
        };
        let Ok((stream, place)) = accepted else { continue };
        let (router, shared_too) = (router.clone(), Arc::clone(&shared));
        shared.tasks.spawn(async move {
            tokio::select! {
                () = shared_too.stop.cancelled() => {}
                () = serve_connection(router, stream) => {}
            }
            drop(place);
        });
    }
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> io::Result<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.map_err(io::Error::other)?;
    let (stream, _) = listener.accept().await?;
    stream.set_nodelay(true)?;
    Ok((stream, place))
}

async fn serve_connection(router: Router, stream: TcpStream) {
    let service = service_fn(|request: hyper::Request<IncomingBody>| {
        let router = router.clone();
        async move {
            let response = match router.oneshot(request.map(Body::new)).await {
                Ok(response) => response,
                Err(never) => match never {},
            };
            match response.extensions().get::<Cut>() {
                Some(Cut) => Err(io::Error::other("cut on purpose")),
                None => Ok(response),
            }
        }
    });
    // An error here is a connection that one of the two sides ended: both are part of the game.
    let _ended = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .merge(page::routes())
        .nest("/_sim", control::routes())
        .fallback(api)
        .with_state(shared)
}

/// One request to the API. It runs as a task of its own: a client that goes away does not keep it
/// from taking effect.
async fn api(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let owner = Arc::clone(&shared);
    match owner.tasks.spawn(serve(shared, request)).await {
        Ok(response) => response,
        Err(_) => cut(),
    }
}

async fn serve(shared: Arc<Shared>, request: Request) -> Response {
    let arrived_ms = shared.clock.now_ms();
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_BYTES_MAX).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let authorization = parts.headers.get(header::AUTHORIZATION);
    let incoming = Incoming {
        arrived_ms,
        method: parts.method.as_str().to_owned(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().map(str::to_owned),
        authorization: authorization.and_then(|value| value.to_str().ok()).map(str::to_owned),
        body: body.to_vec(),
    };
    shared.arrived.send_modify(|arrived| *arrived += 1);
    let (fate, latency_ms) = shared.gate().throw();
    if latency_ms > 0 {
        tokio::time::sleep(Duration::from_millis(latency_ms)).await;
    }
    let answer = shared.gate().serve(&incoming, fate);
    shared.changed();
    shared.hold_answer(&incoming.method, &incoming.path).await;
    match answer {
        Answer::Reply { reply, headers } => respond(reply.status, reply.body, headers),
        Answer::Error(status) => html_error(status),
        Answer::Cut => cut(),
        Answer::Hang => {
            shared.stop.cancelled().await;
            cut()
        }
    }
}

fn respond(
    status: u16,
    body: Option<serde_json::Value>,
    headers: Vec<(&'static str, String)>,
) -> Response {
    let status = StatusCode::from_u16(status).expect("endpoints answer real statuses");
    let mut response = match body {
        Some(body) => (status, axum::Json(body)).into_response(),
        None => status.into_response(),
    };
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// What proxies answer when the server behind them does not: not Front's error body.
fn html_error(status: u16) -> Response {
    let status = StatusCode::from_u16(status).expect("faults draw real statuses");
    let body = format!("<html><body><h1>{status}</h1></body></html>");
    (status, [(header::CONTENT_TYPE, "text/html")], body).into_response()
}

fn cut() -> Response {
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(Cut);
    response
}
