//! `/healthz`, `/readyz` and `/metrics` on `telemetry.listen`, apart from the public port.

use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::get;
use eventlog::spool::Spool;
use eventlog::{Log, LogError};
use metrics_exporter_prometheus::PrometheusHandle;
use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::opening::Opened;
use super::roles::Live;
use crate::view::spool::SpoolView;

/// What is asked for the answers.
#[derive(Clone)]
pub struct Asked {
    /// The log.
    pub opened: Opened,
    /// The roles.
    pub live: Live,
    /// The metrics.
    pub prometheus: PrometheusHandle,
    /// Where ingest keeps what the brokers do not take.
    pub spool: Option<Arc<Spool>>,
    /// The process only takes webhooks: with a spool it does that without the brokers.
    pub takes_only: bool,
}

/// Serves until `stop`.
pub async fn serve(listener: TcpListener, asked: Asked, stop: CancellationToken) {
    let app = Router::new()
        .route("/healthz", get(|| async { "alive\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(asked);
    let served = axum::serve(listener, app).with_graceful_shutdown(stop.cancelled_owned()).await;
    if let Err(error) = served {
        tracing::error!(%error, "telemetry.listen no longer answers");
    }
}

/// 200 when webhooks can durably become commands, or, where the process only takes them, be kept; 503
/// when not; the reasons either way, and what a person should know all the same.
async fn ready(State(asked): State<Asked>) -> impl IntoResponse {
    let live = asked.live.now();
    let mut notes: Vec<String> = live
        .roles
        .iter()
        .filter(|(_, role)| role.state == "held")
        .map(|(name, role)| match &role.reason {
            Some(reason) => format!("{name} is held: {reason}"),
            None => format!("{name} is held"),
        })
        .collect();
    let spool = asked.spool.as_deref().map(SpoolView::of);
    notes.extend(spool.filter(|spool| !spool.is_usual()).map(|spool| spool.sentence()));
    let of_roles = live.process.not_ready;
    let reasons = match asked.spool.as_deref().filter(|_| asked.takes_only) {
        Some(spool) if spool.has_room() => of_roles,
        Some(_) | None => reasons(of_roles, asked.opened.log()).await,
    };
    let code = if reasons.is_empty() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (code, Json(json!({ "ready": reasons.is_empty(), "reasons": reasons, "notes": notes })))
}

/// What keeps webhooks from durably becoming commands: of the roles, and of the log. The log is
/// asked each time, so readiness comes back with the space on its disk, also while nobody sends.
async fn reasons(mut of_roles: Vec<String>, log: Result<Arc<dyn Log>, LogError>) -> Vec<String> {
    let ready = match log {
        Ok(log) => log.ready().await,
        Err(error) => Err(error),
    };
    if let Err(error) = ready {
        of_roles.push(format!("the log cannot be used: {error}"));
    }
    of_roles
}

async fn metrics(State(asked): State<Asked>) -> impl IntoResponse {
    asked.prometheus.run_upkeep();
    ([("content-type", "text/plain; version=0.0.4")], asked.prometheus.render())
}

#[cfg(test)]
mod tests {
    use eventlog::memory::{Failure, MemoryLog};
    use eventlog::{Cleanup, ManualClock, Partition, Record, Topic, TopicSpec};

    use super::*;

    #[tokio::test]
    async fn readiness_goes_with_the_space_and_comes_back_with_it() {
        let topic = Topic::new("calls");
        let cleanup = Cleanup { compact: false, retention: None };
        let spec = TopicSpec { topic: topic.clone(), partitions: 1, cleanup };
        let log = MemoryLog::new(vec![spec], Arc::new(ManualClock::at(0)));
        assert_eq!(reasons(Vec::new(), Ok(log.clone())).await, Vec::<String>::new());

        log.fail_next(Failure::Retry);
        let told = reasons(vec!["projector is failed".to_owned()], Ok(log.clone())).await;
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[1].contains("the log cannot be used: nothing can be appended"), "{told:?}");

        let key = bytes::Bytes::from_static(b"k");
        let (partition, headers) = (Partition(0), Vec::new());
        let record = Record { topic, partition, key, value: None, headers };
        let appender = log.appender().expect("an open log has an appender");
        appender.append(vec![record]).await.expect_err("is refused as a full disk does");
        assert_eq!(reasons(Vec::new(), Ok(log.clone())).await, Vec::<String>::new());

        let _reopened = log.reopen();
        let told = reasons(Vec::new(), Ok(log.clone())).await;
        assert!(told[0].contains("the log has stopped"), "{told:?}");
    }
}
