//! Everything that ingest tells: log lines, spans and counters. Ids only, never a number, a name,
//! a token or a body.

use std::time::Duration;

use eventlog::log::AppendFailure;
use metrics::{counter, histogram};
use schemas::{CallEvent, Source};
use tracing::{Span, debug, error, info, info_span, warn};

use crate::answer::Answer;
use crate::front_signature::Refusal;
use crate::normalise::NoCall;
use crate::seldom::Seldom;

/// Names of events that are counted under their own name. Others share one: a metric's labels
/// must not grow with what strangers write.
const EVENTS_COUNTED: [&str; 19] = [
    "call.created",
    "call.ringing_on_agent",
    "call.agent_declined",
    "call.answered",
    "call.hold",
    "call.unhold",
    "call.transferred",
    "call.external_transferred",
    "call.unsuccessful_transfer",
    "call.ivr_option_selected",
    "call.hungup",
    "call.ended",
    "call.voicemail_left",
    "call.comm_assets_generated",
    "call.assigned",
    "call.archived",
    "call.tagged",
    "call.untagged",
    "call.commented",
];

pub(crate) fn listening(address: Option<std::net::SocketAddr>) {
    info!(address = address.map(tracing::field::display), "webhooks are taken");
}

pub(crate) fn stopping() {
    info!("no new connections are taken, requests under way are finished");
}

pub(crate) fn stopped() {
    info!("all requests are finished");
}

/// While there are no file descriptors this comes 20 times a second: one in a while is a warning.
pub(crate) fn accept_failed(error: &std::io::Error, failures: &Seldom, now_ms: i64) {
    counter!("callfold_ingest_accept_failures_total").increment(1);
    match failures.tell(now_ms) {
        Some(others) => warn!(%error, others, "a connection could not be accepted, going on"),
        None => debug!(%error, "a connection could not be accepted either"),
    }
}

/// Hyper's errors name what went wrong with a connection, never its bytes.
pub(crate) fn connection_failed(error: &hyper::Error) {
    counter!("callfold_ingest_connection_failures_total").increment(1);
    debug!(%error, "a connection ended badly");
}

/// Counts an answer and tells it. Strangers can make as many refusals as they like: of those only
/// one in a while is a warning, and it says how many others there were.
pub(crate) fn answered(source: Source, answer: Answer, refusals: &Seldom, now_ms: i64) {
    let source = source_label(source);
    counter!("callfold_ingest_requests_total", "source" => source, "answer" => answer.label())
        .increment(1);
    match answer {
        Answer::Durable | Answer::NotWanted | Answer::NotDurable => {}
        Answer::NotAuthentic => not_authentic(source, refusals.tell(now_ms)),
        Answer::NoSuchPlace
        | Answer::OtherMethod
        | Answer::NotJson
        | Answer::Broken
        | Answer::TooLarge
        | Answer::TooSlow
        | Answer::Busy => {
            debug!(source, answer = answer.label(), "a request was refused");
        }
    }
}

fn not_authentic(source: &'static str, others: Option<u64>) {
    match others {
        Some(others) => warn!(source, others, "a request was refused: it is not authentic"),
        None => debug!(source, "a request was refused: it is not authentic either"),
    }
}

pub(crate) fn acknowledged(after: Duration) {
    histogram!("callfold_ingest_acknowledged_seconds").record(after.as_secs_f64());
}

pub(crate) fn span_of(made: &Result<CallEvent, NoCall>) -> Span {
    match made {
        Ok(event) => {
            info_span!("webhook", event_id = %event.event_id, call_id = %event.call_id)
        }
        Err(NoCall::OtherEvent { event_id, .. }) => info_span!("webhook", %event_id),
        Err(NoCall::Rejected(rejection)) => {
            info_span!("webhook", event_id = %rejection.event_id)
        }
    }
}

pub(crate) fn received(made: &Result<CallEvent, NoCall>) {
    match made {
        Ok(event) => {
            counter!("callfold_ingest_events_total", "event" => counted_name(&event.event))
                .increment(1);
            debug!(event_id = %event.event_id, call_id = %event.call_id, "an event is durable");
        }
        Err(NoCall::OtherEvent { event_id, .. }) => {
            counter!("callfold_ingest_other_events_total").increment(1);
            debug!(%event_id, "an event of another family is kept as it came");
        }
        Err(NoCall::Rejected(rejection)) => {
            let reason = rejection.reason.clone();
            counter!("callfold_ingest_rejected_total", "reason" => reason).increment(1);
            warn!(
                event_id = %rejection.event_id,
                reason = rejection.reason,
                "an authentic body cannot be understood: it is kept, see the topic `rejected`"
            );
        }
    }
}

pub(crate) fn front_refused(refusal: Refusal) {
    debug!(%refusal, "a request to the Front webhook was refused");
}

/// The failure's own words: they speak of disks and brokers, not of records.
pub(crate) fn append_failed(failure: &AppendFailure) {
    counter!("callfold_ingest_append_failures_total").increment(1);
    error!(%failure, "a webhook could not be stored and was answered so; its sender will repeat it");
}

fn counted_name(event: &str) -> &'static str {
    EVENTS_COUNTED.into_iter().find(|name| *name == event).unwrap_or("other")
}

const fn source_label(source: Source) -> &'static str {
    match source {
        Source::Aircall => "aircall",
        Source::Front => "front",
        Source::Unknown => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Error, Write};
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Told(Arc<Mutex<Vec<u8>>>);

    impl Write for Told {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn without_descriptors_one_failed_accept_in_a_while_is_a_warning() {
        let told = Told::default();
        let writer = told.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::INFO)
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        let failures = Seldom::default();
        tracing::subscriber::with_default(subscriber, || {
            for now_ms in (0..=30_000).step_by(50) {
                accept_failed(&Error::other("too many open files"), &failures, now_ms);
            }
        });
        let told = String::from_utf8(told.0.lock().unwrap().clone()).unwrap();
        assert_eq!(told.matches("could not be accepted").count(), 2, "{told}");
        assert!(told.contains("others=599"), "{told}");
    }
}
