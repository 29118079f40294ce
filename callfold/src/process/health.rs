//! `/healthz`, `/readyz` and `/metrics` on `telemetry.listen`, apart from the public port.

use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::get;
use eventlog::LogReader;
use metrics_exporter_prometheus::PrometheusHandle;
use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::roles::Live;

#[derive(Clone)]
struct Shared {
    log: Arc<dyn LogReader>,
    live: Live,
    prometheus: PrometheusHandle,
}

/// Serves until `stop`.
pub async fn serve(
    listener: TcpListener,
    log: Arc<dyn LogReader>,
    live: Live,
    prometheus: PrometheusHandle,
    stop: CancellationToken,
) {
    let app = Router::new()
        .route("/healthz", get(|| async { "alive\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(Shared { log, live, prometheus });
    let served = axum::serve(listener, app).with_graceful_shutdown(stop.cancelled_owned()).await;
    if let Err(error) = served {
        tracing::error!(%error, "telemetry.listen no longer answers");
    }
}

/// 200 when webhooks can durably become commands, 503 when not; the reasons either way, and what
/// a person should know all the same.
async fn ready(State(shared): State<Shared>) -> impl IntoResponse {
    let live = shared.live.now();
    let mut reasons = live.process.not_ready;
    if let Some(trouble) = log_trouble(shared.log.as_ref()).await {
        reasons.push(trouble);
    }
    let notes: Vec<String> = live
        .roles
        .iter()
        .filter(|(_, role)| role.state == "held")
        .map(|(name, role)| match &role.reason {
            Some(reason) => format!("{name} is held: {reason}"),
            None => format!("{name} is held"),
        })
        .collect();
    let code = if reasons.is_empty() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (code, Json(json!({ "ready": reasons.is_empty(), "reasons": reasons, "notes": notes })))
}

async fn log_trouble(log: &dyn LogReader) -> Option<String> {
    let spec = log.topics().first()?;
    let looked = log.ends(&spec.topic, eventlog::Partition(0)).await;
    looked.err().map(|error| format!("the log cannot be used: {error}"))
}

async fn metrics(State(shared): State<Shared>) -> impl IntoResponse {
    shared.prometheus.run_upkeep();
    ([("content-type", "text/plain; version=0.0.4")], shared.prometheus.render())
}
