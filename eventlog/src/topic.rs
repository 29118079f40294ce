//! A topic and what it keeps.

use std::sync::Arc;
use std::time::Duration;

/// The name of a topic, cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Topic(Arc<str>);

impl Topic {
    /// A topic by its full name, prefix included.
    #[must_use]
    pub fn new(name: &str) -> Topic {
        Topic(Arc::from(name))
    }

    /// The full name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Topic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// How long compaction keeps a tombstone, counted from its append. A local store that was brought
/// up to date longer ago than this may have missed one, and is rebuilt. A week: a service that was
/// stopped over a long weekend still catches up, and a tombstone is some hundred bytes.
pub const TOMBSTONES_KEPT: Duration = Duration::from_hours(7 * 24);

/// What a log may throw away. Both may be on: then a record goes when it is older than the
/// retention, and before that when a newer one has its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cleanup {
    /// Of each key only the newest record is kept.
    pub compact: bool,
    /// Records older than this are dropped; none keeps them for ever.
    pub retention: Option<Duration>,
}

/// A topic as a log is told to have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicSpec {
    /// Its name.
    pub topic: Topic,
    /// How many partitions, the same for all topics of one log.
    pub partitions: u32,
    /// What may be thrown away.
    pub cleanup: Cleanup,
}
