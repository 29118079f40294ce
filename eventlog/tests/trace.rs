//! A trace goes from who writes a record to who reads it.

use eventlog::{Header, Offset, Stored, trace};
use opentelemetry::trace::{TraceContextExt, TracerProvider};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::layer::SubscriberExt;

fn stored(headers: Vec<Header>) -> Stored {
    Stored { offset: Offset(0), time_ms: 0, key: "k".into(), value: None, headers }
}

#[test]
fn without_an_exporter_nothing_is_written() {
    let span = tracing::info_span!("write");
    assert_eq!(span.in_scope(trace::inject), None);
}

#[test]
fn a_reader_continues_the_writers_trace() {
    let provider = opentelemetry_sdk::trace::SdkTracerProvider::builder().build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        let write = tracing::info_span!("write");
        let header = write.in_scope(trace::inject).expect("a span with an exporter has a context");
        assert_eq!(header.name, "traceparent");
        let read = tracing::info_span!("read");
        trace::follow(&read, &stored(vec![header]));
        let id = |span: &tracing::Span| span.context().span().span_context().trace_id();
        assert_eq!(id(&read), id(&write));
    });
}

#[test]
fn a_header_that_cannot_be_read_changes_nothing() {
    let provider = opentelemetry_sdk::trace::SdkTracerProvider::builder().build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        let read = tracing::info_span!("read");
        let junk = Header { name: "traceparent".to_owned(), value: vec![0xff, 0x00].into() };
        trace::follow(&read, &stored(vec![junk]));
        assert!(read.context().span().span_context().is_valid());
    });
}
