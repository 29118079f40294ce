//! What clients without a context of their own do with what librdkafka says.

use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::KafkaError;

use super::telemetry;

/// Passes it on to the log.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Told;

impl ClientContext for Told {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        telemetry::librdkafka_says(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        telemetry::librdkafka_says(RDKafkaLogLevel::Warning, &error.to_string(), reason);
    }
}

impl ConsumerContext for Told {}
