//! What the Kafka log tells: a function for each thing worth telling.

use std::sync::LazyLock;

use rdkafka::config::RDKafkaLogLevel;
use tokio::time::Instant;
use tracing::{debug, error, info, warn};

use super::repeats::Repeats;

/// Of all clients of this process: they all meet the same brokers.
static REPEATS: LazyLock<Repeats> = LazyLock::new(Repeats::default);

/// A line of librdkafka's own log. Its errors are mostly about a broker that is away, which it
/// mends itself; what cannot be mended comes back as an error of a call. What it says again and again is
/// told once in a while, with how many were kept back.
pub(super) fn librdkafka_says(level: RDKafkaLogLevel, facility: &str, message: &str) {
    match level {
        RDKafkaLogLevel::Emerg | RDKafkaLogLevel::Alert | RDKafkaLogLevel::Critical => {
            error!(facility, "librdkafka: {message}");
        }
        RDKafkaLogLevel::Error | RDKafkaLogLevel::Warning => {
            let Some(kept_back) = REPEATS.tell(Instant::now(), message) else { return };
            warn!(facility, kept_back, "librdkafka: {message}");
        }
        RDKafkaLogLevel::Notice | RDKafkaLogLevel::Info | RDKafkaLogLevel::Debug => {
            debug!(facility, "librdkafka: {message}");
        }
    }
}

/// The appender has a fresh producer.
pub(super) fn producer_renewed(why: &str) {
    warn!(reason = why, "the appender's producer failed for good; a fresh one takes over");
}

/// A librdkafka call took longer than it may.
pub(super) fn writer_hangs(writer: &str) {
    error!(writer, "a commit does not return; the writer is given up and must be reopened");
}

/// A commit was taken back.
pub(super) fn commit_aborted(writer: &str, why: &str) {
    warn!(writer, reason = why, "a commit was aborted; it can be tried again");
}

/// The slots of a member changed.
pub(super) fn slots_changed(role: &str, what: &str, slots: &[u32]) {
    info!(role, change = what, ?slots, "membership: slots {what}");
}

/// This process did not run for a while.
pub(super) fn was_suspended(role: &str, seconds: u64) {
    warn!(role, seconds, "this process stood still; its slots are given up and asked for again");
}

/// A member did not let go of its slots in time.
pub(super) fn not_released(role: &str, slots: &[u32]) {
    warn!(role, ?slots, "revoked slots were not released in time; they are lost");
}

/// How far was read could not be told to the group.
pub(super) fn lag_not_told(role: &str, why: &str) {
    warn!(role, reason = why, "lag monitors do not see how far this member has read");
}

/// Something of the adapter's own ended with a panic.
pub(super) fn ended_badly(what: &str, why: &str) {
    error!(what, reason = why, "{what} ended badly");
}
