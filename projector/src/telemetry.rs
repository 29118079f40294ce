//! What is worth telling about the projector: one function per thing, log line and counter
//! together. Ids only; a contact's key is a number and is never told.

use eventlog::{Offset, Partition, Topic};
use schemas::CallId;

use crate::step::Anomaly;

/// So many records of a partition's inputs were not read yet.
pub(crate) fn lag(partition: Partition, records: u64) {
    let partition = partition.0.to_string();
    metrics::gauge!("callfold_projector_lag_records", "partition" => partition).set(records as f64);
}

/// A batch was committed.
pub(crate) fn committed(partition: Partition, events: usize, commands: usize, seconds: f64) {
    let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    metrics::counter!("callfold_projector_events_total").increment(count(events));
    metrics::counter!("callfold_projector_commands_total").increment(count(commands));
    metrics::histogram!("callfold_projector_commit_seconds").record(seconds);
    tracing::debug!(partition = partition.0, events, commands, "committed a batch");
}

/// The local store was brought up to the log.
pub(crate) fn restored(partition: Partition, records: u64) {
    metrics::counter!("callfold_projector_restored_records_total").increment(records);
    tracing::info!(partition = partition.0, records, "brought the local store up to the log");
}

/// The local store cannot catch up and is rebuilt.
pub(crate) fn rebuilding(partition: Partition, why: &str) {
    tracing::info!(partition = partition.0, why, "rebuilding the local store from the log");
}

/// The whole store was emptied when it was opened.
pub(crate) fn store_emptied(why: &str) {
    tracing::warn!(why, "the local store was emptied and is rebuilt from the log");
}

/// Somebody else took the partition over.
pub(crate) fn fenced(partition: Partition) {
    metrics::counter!("callfold_projector_fenced_total").increment(1);
    tracing::warn!(partition = partition.0, "another projector took this partition over");
}

/// A commit was refused for now.
pub(crate) fn commit_refused(partition: Partition, why: &str, again_in_ms: u64) {
    metrics::counter!("callfold_projector_commit_retries_total").increment(1);
    tracing::warn!(partition = partition.0, why, again_in_ms, "a commit was not made yet");
}

/// Whether a commit was made is not known.
pub(crate) fn commit_unknown(partition: Partition, why: &str) {
    metrics::counter!("callfold_projector_commits_unknown_total").increment(1);
    tracing::warn!(
        partition = partition.0,
        why,
        "whether a commit was made is not known: reading the log to its end"
    );
}

/// The log, or the local store, cannot be had now.
pub(crate) fn interrupted(partition: Partition, why: &str) {
    metrics::counter!("callfold_projector_interruptions_total").increment(1);
    tracing::warn!(
        partition = partition.0,
        why,
        "the work on a partition was interrupted: it is taken up from the log again"
    );
}

/// A record on an input is not an event.
pub(crate) fn undecodable(topic: &Topic, partition: Partition, offset: Offset, why: &str) {
    metrics::counter!("callfold_projector_undecodable_total").increment(1);
    tracing::error!(
        topic = topic.as_str(),
        partition = partition.0,
        offset = offset.0,
        why,
        "a record is not an event and was passed over: a newer callfold may have written it"
    );
}

/// The fold met something odd.
pub(crate) fn anomaly(anomaly: Anomaly, call_id: Option<CallId>) {
    metrics::counter!("callfold_projector_anomalies_total", "kind" => anomaly.name()).increment(1);
    tracing::debug!(
        kind = anomaly.name(),
        call_id = call_id.map(CallId::get),
        "an event shows something odd"
    );
}
