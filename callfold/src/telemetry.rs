//! Logs, metrics and traces of this process: set up once, at the start, and flushed at the end.

mod instruments;
mod otlp;
mod targets;

use std::io::IsTerminal;
use std::time::Duration;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

use crate::config::settings::Telemetry;
use crate::failure::Failure;
use crate::terminal;

/// Upper bounds of latency histograms in seconds: from a memory hit to Front's worst minute.
const LATENCY_BOUNDS_S: [f64; 14] =
    [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0, 120.0];

/// How long the last traces and metrics may take on their way out: a collector that is away must
/// not hold a restart.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(3);

/// What was set up.
pub struct Installed {
    /// Renders `/metrics`.
    pub prometheus: PrometheusHandle,
    traces: Option<SdkTracerProvider>,
    metrics: Option<SdkMeterProvider>,
}

/// Sets up logs on standard error, Prometheus metrics, and OTLP export when an endpoint is set.
/// Must be called inside a tokio runtime, once.
///
/// # Errors
/// A wrong filter, an exporter that cannot be made, or a second call.
pub fn install(settings: &Telemetry) -> Result<Installed, Failure> {
    let filter = targets::filter(&settings.log)?;
    let (traces, meters) = match &settings.otlp_endpoint {
        Some(endpoint) => (Some(otlp::traces(endpoint)?), Some(otlp::metrics(endpoint)?)),
        None => (None, None),
    };
    let exporting = traces.as_ref().map(|provider| {
        tracing_opentelemetry::layer()
            .with_tracer(provider.tracer("callfold"))
            .with_location(false)
            .with_threads(false)
            .with_filter(targets::own_spans())
    });
    tracing_subscriber::registry()
        .with(exporting)
        .with(lines(settings.format.as_deref()).with_filter(filter))
        .try_init()
        .map_err(|error| Failure::because("setting up logs", &error))?;
    let prometheus = recorder(meters.as_ref())?;
    Ok(Installed { prometheus, traces, metrics: meters })
}

type BoxedLayer<S> = Box<dyn Layer<S> + Send + Sync>;

fn lines<S>(format: Option<&str>) -> BoxedLayer<S>
where
    S: tracing::Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a>,
{
    let is_text = format.map_or_else(|| std::io::stderr().is_terminal(), |it| it == "text");
    let layer = fmt::layer().with_writer(std::io::stderr);
    if is_text {
        layer.with_ansi(terminal::is_error_coloured()).boxed()
    } else {
        layer.json().flatten_event(true).boxed()
    }
}

fn recorder(meters: Option<&SdkMeterProvider>) -> Result<PrometheusHandle, Failure> {
    let prometheus = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &LATENCY_BOUNDS_S)
        .map_err(|error| Failure::because("setting up metrics", &error))?
        .build_recorder();
    let handle = prometheus.handle();
    let installed = match meters {
        Some(provider) => {
            metrics::set_global_recorder(instruments::Both::new(prometheus, provider))
                .map_err(|error| error.to_string())
        }
        None => metrics::set_global_recorder(prometheus).map_err(|error| error.to_string()),
    };
    installed.map_err(|error| Failure::because("setting up metrics", &error))?;
    Ok(handle)
}

impl Installed {
    /// Sends what has not been sent yet, and gives up after a few seconds.
    pub async fn flush(self) {
        let sent = tokio::task::spawn_blocking(move || {
            if let Some(traces) = self.traces {
                // A collector that is away is no reason to fail a shutdown.
                let _ = traces.shutdown_with_timeout(FLUSH_TIMEOUT);
            }
            if let Some(metrics) = self.metrics {
                let _ = metrics.shutdown_with_timeout(FLUSH_TIMEOUT);
            }
        });
        let _ = sent.await;
    }
}
