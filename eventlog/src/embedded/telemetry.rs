//! What the embedded log tells: one named function per thing worth telling.

use std::path::Path;

use super::finding::Finding;

/// The log cannot go on. Someone should act: look at the disk, then start the process again.
pub(crate) fn log_stopped(dir: &Path, why: &str) {
    tracing::error!(dir = %dir.display(), "the log has stopped and must be reopened: {why}");
}

/// A commit was refused because there is no space.
pub(crate) fn no_space(dir: &Path, why: &str) {
    tracing::error!(dir = %dir.display(), "nothing can be appended until there is space: {why}");
}

/// A full segment stays open because there is no space for the next one.
pub(crate) fn segment_not_closed(dir: &Path, why: &str) {
    tracing::warn!(dir = %dir.display(), "a full segment grows on: {why}");
}

/// An open found something wrong.
pub(crate) fn found(dir: &Path, finding: &Finding) {
    tracing::warn!(dir = %dir.display(), "the log was not as it was left: {finding}");
}

/// The cleaner put a smaller segment in the place of others.
pub(crate) fn cleaned(dir: &Path, segments: usize, bytes_before: u64, bytes_after: u64) {
    tracing::info!(dir = %dir.display(), segments, bytes_before, bytes_after, "cleaned segments");
}

/// The cleaner could not do its work; it tries again later.
pub(crate) fn not_cleaned(dir: &Path, why: &str) {
    tracing::warn!(dir = %dir.display(), "segments were not cleaned, trying again later: {why}");
}
