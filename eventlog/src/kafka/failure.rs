//! What librdkafka says went wrong, as the port says it.

use std::io::ErrorKind;

use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use super::telemetry;
use crate::LogError;

/// A failed attempt, with what was attempted.
pub(super) fn io(attempted: impl Into<String>, error: &KafkaError) -> LogError {
    let kind = if may_pass(error) { ErrorKind::Other } else { ErrorKind::PermissionDenied };
    LogError::Io { attempted: attempted.into(), source: std::io::Error::new(kind, sentence(error)) }
}

/// The error as a person needs it.
pub(super) fn sentence(error: &KafkaError) -> String {
    with_a_way(error.to_string())
}

/// librdkafka's sentences for what a build without TLS lacks: TLS itself, and SCRAM, which needs the same
/// library.
const LACKS_TLS: [&str; 2] = ["OpenSSL not available", "No provider for SASL mechanism SCRAM"];

fn with_a_way(told: String) -> String {
    if LACKS_TLS.iter().any(|lack| told.contains(lack)) {
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
    let is_of_this_build =
        matches!(error, KafkaError::ClientConfig(..) | KafkaError::ClientCreation(_));
    !is_of_this_build
        && !matches!(
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_build_without_tls_lacks_is_said_with_the_way_to_it() {
        for told in [
            "Client creation error: OpenSSL not available at build time",
            "Client creation error: No provider for SASL mechanism SCRAM-SHA-256: recompile librdkafka",
        ] {
            let told = with_a_way(told.to_owned());
            assert!(told.contains("build it with the cargo feature `tls`"), "{told}");
        }
        assert_eq!(with_a_way("brokers are down".to_owned()), "brokers are down");
    }

    #[test]
    fn what_a_client_cannot_be_made_of_does_not_pass() {
        let refused = KafkaError::ClientCreation("no such thing".to_owned());
        assert!(!io("make a consumer", &refused).may_pass());
        let away = KafkaError::MetadataFetch(RDKafkaErrorCode::BrokerTransportFailure);
        assert!(io("ask for topics", &away).may_pass());
    }
}
