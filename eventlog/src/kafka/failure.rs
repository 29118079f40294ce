//! What librdkafka says went wrong, as the port says it.

use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use super::telemetry;
use crate::LogError;

/// A failed attempt, with what was attempted.
pub(super) fn io(attempted: impl Into<String>, error: &KafkaError) -> LogError {
    LogError::Io { attempted: attempted.into(), source: std::io::Error::other(sentence(error)) }
}

/// The error as a person needs it.
pub(super) fn sentence(error: &KafkaError) -> String {
    let told = error.to_string();
    if told.contains("OpenSSL not available") {
        return format!(
            "this build has no TLS ({told}): build it with the cargo feature `tls`, which needs \
             the system's OpenSSL headers"
        );
    }
    told
}

/// Whether a producer with this error is of no use any more because its name has a new owner.
pub(super) fn is_fence(code: RDKafkaErrorCode) -> bool {
    matches!(
        code,
        RDKafkaErrorCode::Fenced
            | RDKafkaErrorCode::ProducerFenced
            | RDKafkaErrorCode::InvalidProducerEpoch
    )
}

/// Whether asking again later may help: the brokers are away or move, nobody said no.
pub(super) fn may_pass(error: &KafkaError) -> bool {
    !matches!(
        error.rdkafka_error_code(),
        Some(
            RDKafkaErrorCode::TopicAuthorizationFailed
                | RDKafkaErrorCode::GroupAuthorizationFailed
                | RDKafkaErrorCode::ClusterAuthorizationFailed
                | RDKafkaErrorCode::TransactionalIdAuthorizationFailed
                | RDKafkaErrorCode::SaslAuthenticationFailed
                | RDKafkaErrorCode::Authentication
                | RDKafkaErrorCode::InvalidArgument
        )
    )
}

/// Runs something that blocks on a thread for such things.
pub(super) async fn blocking<T: Send + 'static>(
    attempted: &str,
    work: impl FnOnce() -> Result<T, LogError> + Send + 'static,
) -> Result<T, LogError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => {
            telemetry::ended_badly(attempted, &error.to_string());
            Err(LogError::Stopped(format!("{attempted} ended in a panic")))
        }
    }
}
