//! The trace context on a record: written where a record is made, followed where it is read, so
//! that one call is one trace from the webhook to Front. Without an exporter nothing is written.

use std::collections::HashMap;

use bytes::Bytes;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TraceContextExt;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::{Header, Stored};

/// The header's name, from W3C Trace Context.
pub const TRACEPARENT: &str = "traceparent";

/// The header that names the current span; none when no exporter is installed.
#[must_use]
pub fn inject() -> Option<Header> {
    let context = tracing::Span::current().context();
    if !context.span().span_context().is_valid() {
        return None;
    }
    let mut carrier = HashMap::new();
    TraceContextPropagator::new().inject_context(&context, &mut carrier);
    let value = carrier.remove(TRACEPARENT)?;
    Some(Header { name: TRACEPARENT.to_owned(), value: Bytes::from(value) })
}

/// The longest header that is kept. Today's version has 55 bytes; a later one may append to that.
const TRACEPARENT_BYTES_MAX: usize = 128;

/// The header of `record` as text, to be kept where a trace must outlive its record; none when there
/// is none, or none that can be read.
#[must_use]
pub fn traceparent(record: &Stored) -> Option<&str> {
    let value = std::str::from_utf8(record.header(TRACEPARENT)?).ok()?;
    (value.len() <= TRACEPARENT_BYTES_MAX).then_some(value)
}

/// Makes `span` a child of the span that wrote `record`. Must be called before the span is entered
/// for the first time; a record without the header, or with one that cannot be read, changes
/// nothing.
pub fn follow(span: &tracing::Span, record: &Stored) {
    if let Some(value) = traceparent(record) {
        follow_kept(span, value);
    }
}

/// [`follow`] for a header that was kept as text.
pub fn follow_kept(span: &tracing::Span, traceparent: &str) {
    let carrier = HashMap::from([(TRACEPARENT.to_owned(), traceparent.to_owned())]);
    let parent = TraceContextPropagator::new().extract(&carrier);
    if parent.span().span_context().is_valid() {
        // Refused only when the span is disabled or no exporter is installed: then there is no
        // trace to continue.
        let _ = span.set_parent(parent);
    }
}
