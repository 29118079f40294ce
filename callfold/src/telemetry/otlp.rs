//! Export of traces and metrics by OTLP over HTTP (protobuf).

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use opentelemetry::KeyValue;
use opentelemetry_http::{HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{
    MetricExporter, Protocol, SpanExporter, WithExportConfig, WithHttpConfig,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider};
use opentelemetry_sdk::trace::SdkTracerProvider;

use crate::failure::Failure;

/// How often metrics are sent: half of what dashboards usually look at.
const METRICS_EVERY: Duration = Duration::from_secs(15);

/// How long the collector may take for one batch.
const EXPORT_TIMEOUT: Duration = Duration::from_secs(5);

/// The provider of traces that go to `endpoint`.
///
/// # Errors
/// An exporter that cannot be made.
pub fn traces(endpoint: &str) -> Result<SdkTracerProvider, Failure> {
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(Client::new()?)
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(format!("{endpoint}/v1/traces"))
        .with_timeout(EXPORT_TIMEOUT)
        .build()
        .map_err(|error| Failure::because("setting up telemetry.otlp_endpoint", &error))?;
    Ok(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource()).build())
}

/// The provider of metrics that go to `endpoint`.
///
/// # Errors
/// An exporter that cannot be made.
pub fn metrics(endpoint: &str) -> Result<SdkMeterProvider, Failure> {
    let exporter = MetricExporter::builder()
        .with_http()
        .with_http_client(Client::new()?)
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(format!("{endpoint}/v1/metrics"))
        .with_timeout(EXPORT_TIMEOUT)
        .build()
        .map_err(|error| Failure::because("setting up telemetry.otlp_endpoint", &error))?;
    let reader = PeriodicReader::builder(exporter).with_interval(METRICS_EVERY).build();
    Ok(SdkMeterProvider::builder().with_reader(reader).with_resource(resource()).build())
}

/// Who sends: without detectors, which would read the environment.
fn resource() -> Resource {
    Resource::builder_empty()
        .with_service_name("callfold")
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .build()
}

/// Sends a batch on the process's own runtime: exporters run on threads of their own that have
/// none.
#[derive(Debug, Clone)]
struct Client {
    http: reqwest::Client,
    runtime: tokio::runtime::Handle,
}

impl Client {
    fn new() -> Result<Client, Failure> {
        // The provider may be installed already, by a service's own client: the first one stays.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .timeout(EXPORT_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| Failure::because("setting up telemetry.otlp_endpoint", &error))?;
        Ok(Client { http, runtime: tokio::runtime::Handle::current() })
    }
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let request = reqwest::Request::try_from(request)?;
        let http = self.http.clone();
        let sent = self.runtime.spawn(async move {
            let answer = http.execute(request).await?.error_for_status()?;
            let status = answer.status();
            Ok::<_, reqwest::Error>((status, answer.bytes().await?))
        });
        let (status, body) = sent.await??;
        let mut response = Response::new(body);
        *response.status_mut() = status;
        Ok(response)
    }
}
