//! What clients without a context of their own do with what librdkafka says.

use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use super::telemetry;

/// Passes it on to the log.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Told;

impl ClientContext for Told {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        telemetry::librdkafka_says(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        // A reader at the end of its partition is where it shall be.
        if matches!(error, KafkaError::Global(RDKafkaErrorCode::PartitionEOF)) {
            return;
        }
        telemetry::librdkafka_says(RDKafkaLogLevel::Warning, &error.to_string(), reason);
    }
}

impl ConsumerContext for Told {}
