//! What time decides belongs to the trace of the call's newest event.

use opentelemetry::trace::TracerProvider;
use schemas::TimeMs;
use tracing_subscriber::layer::SubscriberExt;

use crate::centre::{Centre, START};
use crate::events::Call;

const HANGUP: &str = "00-0000000000000000000000000000000a-000000000000000a-01";
const ENDED: &str = "00-0000000000000000000000000000000b-000000000000000b-01";
const LATE: &str = "00-0000000000000000000000000000000c-000000000000000c-01";
const REPEAT: &str = "00-0000000000000000000000000000000d-000000000000000d-01";

fn s(seconds: i64) -> TimeMs {
    START.plus_ms(seconds * 1000)
}

/// Gives every span of this process a trace, as an exporter does. Not of one thread only: what
/// `tracing` remembers of a place is what the thread that reached it first has.
fn export_traces() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let provider = opentelemetry_sdk::trace::SdkTracerProvider::builder().build();
        let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
        let subscriber = tracing_subscriber::registry().with(layer);
        tracing::subscriber::set_global_default(subscriber).unwrap();
    });
}

/// The id in the middle of a W3C `traceparent`.
fn trace_id(traceparent: &str) -> &str {
    traceparent.split('-').nth(1).unwrap()
}

#[tokio::test(start_paused = true)]
async fn b13_a_missed_call_belongs_to_the_trace_of_its_newest_event() {
    export_traces();
    for restarts in [false, true] {
        let centre = Centre::new();
        let running = centre.start();
        let missed = Call::inbound(7, s(-20)).ended(s(-3));
        centre.traced_call(&missed.event("call.hungup", s(-3)), Some(HANGUP)).await;
        let ended = missed.event("call.ended", s(0));
        centre.traced_call(&ended, Some(ENDED)).await;
        // Neither an older event that comes late nor a repeat takes its place.
        let late = Call::inbound(7, s(-20)).tag(1).event("call.tagged", s(-15));
        centre.traced_call(&late, Some(LATE)).await;
        centre.traced_call(&ended, Some(REPEAT)).await;
        centre.folded().await;
        let running = if restarts {
            running.stop().await;
            centre.start()
        } else {
            running
        };
        assert_eq!(trace_id(&centre.traces_of_commands(1).await[0]), trace_id(ENDED));
        assert_eq!(centre.commands(1).await[0].decided_at, s(42));
        running.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn b13_a_missed_call_without_a_trace_is_logged_like_any_other() {
    export_traces();
    let centre = Centre::new();
    let running = centre.start();
    let missed = Call::inbound(7, s(-20)).ended(s(-3));
    centre.traced_call(&missed.event("call.hungup", s(-3)), Some("no trace at all")).await;
    centre.call(&missed.event("call.ended", s(0))).await;
    assert_eq!(centre.commands(1).await[0].decided_at, s(42));
    running.stop().await;
}
