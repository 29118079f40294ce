//! The port: what every log gives, and what it promises.
//!
//! ```text
//!              start                    position              end
//!   partition:  |  0   1   .   3   4   .   6   7   8   .  |
//!                           ^ gap (compacted)   ^ next read     ^ next append
//! ```
//! A reader sees committed records only, in the order of their offsets, each once. Offsets grow and
//! are never given twice, and the next append gets `end` or a higher one: on brokers a commit ends
//! with a marker that takes an offset, and what was taken back keeps its own. So nothing may be
//! counted by subtracting offsets. Where there were appends only, offsets follow each other.
//!
//! What an append or a commit returned is durable: it survives the loss of the process. On one
//! machine it is on the disk; on brokers it is in the memory of as many as must be in sync, which
//! survives the power loss of all but one of them.

use std::fmt;

use async_trait::async_trait;

use crate::{Dated, Offset, Partition, Record, Stored, Topic, TopicSpec};

/// Who a log is. It is written at the log's creation and never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// A random id: two logs never share it.
    pub log_id: String,
    /// Which numbering of schema ids its records use.
    pub id_space: String,
    /// The format version of what is on disk.
    pub format_version: u32,
}

/// Where a partition starts and ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ends {
    /// No record that can be read is before it. It is the first such record where the log knows; after
    /// a compaction brokers do not.
    pub start: Offset,
    /// The offset after the last committed record, or after the gap behind it.
    pub end: Offset,
}

/// What a reader got.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Batch {
    /// In the order of their offsets; empty only when a non-waiting read found nothing.
    pub records: Vec<Stored>,
}

/// The name of a writer, for example `projector/3`. One owner at a time.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct WriterName(pub String);

impl fmt::Display for WriterName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why the log could not be used at all.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// A topic that this log was not opened with.
    #[error("topic {0} is not part of this log: it was opened without it")]
    UnknownTopic(Topic),
    /// A partition outside the topic.
    #[error("topic {topic} has no partition {partition}", partition = .partition.0)]
    UnknownPartition {
        /// The topic.
        topic: Topic,
        /// The partition that was asked for.
        partition: Partition,
    },
    /// The log was opened to be read only.
    #[error("this log was opened read-only: stop the process that holds it, then open it to write")]
    ReadOnly,
    /// The log has stopped after a failure and must be reopened.
    #[error("the log has stopped: {0}; reopen it")]
    Stopped(String),
    /// There is no space: nothing is appended until there is some again.
    #[error("nothing can be appended until there is space: {0}")]
    Full(String),
    /// The log's storage failed.
    #[error("{attempted}: {source}")]
    Io {
        /// What was attempted, and on what.
        attempted: String,
        /// What the system said.
        source: std::io::Error,
    },
}

impl LogError {
    /// Whether the same may succeed later without anybody's help: something could not be reached, and
    /// nobody said no.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        match self {
            LogError::Io { source, .. } => source.kind() != std::io::ErrorKind::PermissionDenied,
            LogError::Full(_) => true,
            LogError::UnknownTopic(_)
            | LogError::UnknownPartition { .. }
            | LogError::ReadOnly
            | LogError::Stopped(_) => false,
        }
    }
}

/// Why an append did not become durable.
#[derive(Debug, thiserror::Error)]
#[error("{} of the records are not durable: {cause}", not_durable.len())]
pub struct AppendError {
    /// The records that are not known to be durable, given back. The others are.
    pub not_durable: Vec<Record>,
    /// Why.
    pub cause: AppendFailure,
}

/// What an appender's owner can do about a failed append.
#[derive(Debug, thiserror::Error)]
pub enum AppendFailure {
    /// Try again later: no space, no broker.
    #[error("try again later: {0}")]
    Retry(String),
    /// This record can never be appended.
    #[error("a record is too large: {bytes} bytes, at most {bytes_max}")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        bytes_max: usize,
    },
    /// The log itself failed.
    #[error(transparent)]
    Log(#[from] LogError),
}

/// Why a commit did not happen, or may have.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// Somebody opened this writer's name since, and no later commit of this writer will succeed.
    /// Stop. Nothing of the commit appears after that opening; when it was under way just then, it
    /// may have been made before, as whoever opened the name sees.
    #[error("writer {0} was taken over by another owner")]
    Fenced(WriterName),
    /// Nothing was written; the same commit may be tried again.
    #[error("the commit was not made, try again: {0}")]
    Retry(String),
    /// Whether it was written is not known: drop what is in memory, reopen the writer, read to the
    /// end.
    #[error("whether the commit was made is not known: {0}; reopen the writer and read to the end")]
    Unknown(String),
    /// A record is too large; nothing was written.
    #[error("a record is too large: {bytes} bytes, at most {bytes_max}")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        bytes_max: usize,
    },
    /// The log itself failed; nothing was written.
    #[error(transparent)]
    Log(#[from] LogError),
}

/// Why a read failed.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Bytes are damaged. The reader stays where it is; [`Reader::skip_damage`] goes past.
    #[error("damage in {topic} partition {partition} at offset {offset}: {what}",
        partition = .partition.0, offset = .offset.0)]
    Damaged {
        /// The topic.
        topic: Topic,
        /// The partition.
        partition: Partition,
        /// The first offset that cannot be read.
        offset: Offset,
        /// What is wrong with it.
        what: String,
    },
    /// The log itself failed.
    #[error(transparent)]
    Log(#[from] LogError),
}

/// The reading half: all that a command which only looks needs.
#[async_trait]
pub trait LogReader: Send + Sync + 'static {
    /// Who this log is.
    fn identity(&self) -> &Identity;

    /// The topics it was opened with.
    fn topics(&self) -> &[TopicSpec];

    /// Where a partition starts and ends now. Everything whose append or commit returned before
    /// the call is before `end`. Waits for commits that are under way, so a commit is in the ends of
    /// all its partitions or of none, in whatever order they are asked for.
    ///
    /// # Errors
    /// An unknown topic or partition, or a log that failed.
    async fn ends(&self, topic: &Topic, partition: Partition) -> Result<Ends, LogError>;

    /// A reader that starts at `from`, or at the first offset after it that exists.
    ///
    /// # Errors
    /// An unknown topic or partition, or a log that failed.
    async fn reader(
        &self,
        topic: &Topic,
        partition: Partition,
        from: Offset,
    ) -> Result<Box<dyn Reader>, LogError>;
}

/// An ordered, durable, partitioned log.
#[async_trait]
pub trait Log: LogReader {
    /// Whether an append would be taken now. It is tried where the last one was refused, not
    /// remembered: whoever sends nothing to a log that is not ready must hear that it is again.
    ///
    /// # Errors
    /// [`LogError::Full`], or why the log has stopped.
    async fn ready(&self) -> Result<(), LogError>;

    /// An appender, shared by everybody in the process.
    ///
    /// # Errors
    /// When the log was opened read-only or has stopped.
    fn appender(&self) -> Result<std::sync::Arc<dyn Appender>, LogError>;

    /// Opens the writer of this name and fences whoever had it before: from the return of this
    /// call on, none of the old owner's commits succeeds, and one that was under way is either
    /// wholly visible already or never will be.
    ///
    /// # Errors
    /// When the log was opened read-only or has stopped.
    async fn writer(&self, name: &WriterName) -> Result<Box<dyn Writer>, LogError>;

    /// Joins the members of `role`, who share `slots` slots among them; at most as many as the
    /// log's topics have partitions, because on brokers a slot is a partition.
    ///
    /// # Errors
    /// When the log was opened read-only or has stopped.
    async fn join(&self, role: &str, slots: u32) -> Result<Box<dyn Membership>, LogError>;
}

/// Appends records to many topics and partitions. Concurrent appends share a sync.
#[async_trait]
pub trait Appender: Send + Sync + 'static {
    /// Appends `records` and returns when all of them are durable, with their offsets in the order
    /// given. Records for one partition keep their order. Not atomic across topics: after an error
    /// or a crash some may be there, and a repeat of the same records completes it (their keys
    /// make a repeat collapse).
    ///
    /// # Errors
    /// Gives back every record that is not known to be durable.
    async fn append(&self, records: Vec<Record>) -> Result<Vec<Offset>, AppendError>;
}

/// A named writer with one owner.
#[async_trait]
pub trait Writer: Send + 'static {
    /// Its name.
    fn name(&self) -> &WriterName;

    /// Writes all of `records` or none, durably; readers see them together or not at all. The
    /// offsets come in the order given. An empty commit succeeds unless fenced.
    ///
    /// Not cancel safe: a dropped call counts as [`CommitError::Unknown`].
    ///
    /// # Errors
    /// See [`CommitError`]: each says what the owner does next.
    async fn commit(&mut self, records: Vec<Record>) -> Result<Vec<Offset>, CommitError>;

    /// Like [`Writer::commit`], of records that keep the times they have: what another log took in
    /// long ago must not be kept for its whole retention once more. For who carries a log over; all
    /// others append now.
    ///
    /// # Errors
    /// As [`Writer::commit`].
    async fn commit_dated(&mut self, records: Vec<Dated>) -> Result<Vec<Offset>, CommitError>;
}

/// Reads one partition of one topic, committed records only.
#[async_trait]
pub trait Reader: Send + 'static {
    /// Waits until there is a record, then gives up to `records_max` of those that are there.
    /// Follows the log without polling. Cancel safe: what was not returned is returned next time.
    ///
    /// # Errors
    /// Damage, or a log that failed.
    async fn next(&mut self, records_max: usize) -> Result<Batch, ReadError>;

    /// Like [`Reader::next`], but returns an empty batch at the end instead of waiting.
    ///
    /// # Errors
    /// Damage, or a log that failed.
    async fn next_if_any(&mut self, records_max: usize) -> Result<Batch, ReadError>;

    /// The offset that is read next: after the last record that was returned. At the end of the
    /// log it reaches the partition's `end` even across a gap, once a read has returned empty.
    fn position(&self) -> Offset;

    /// After [`ReadError::Damaged`]: goes to the first readable offset behind the damage and says
    /// which offsets `(first, next readable)` were passed over.
    ///
    /// # Errors
    /// When the log failed.
    async fn skip_damage(&mut self) -> Result<(Offset, Offset), LogError>;
}

/// What changed about the slots that a member owns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MembershipChange {
    /// These slots are now this member's.
    Granted(Vec<u32>),
    /// These slots go to somebody else: finish what is begun, then answer
    /// [`Membership::released`].
    Revoked(Vec<u32>),
    /// These slots are somebody else's already: stop at once.
    Lost(Vec<u32>),
}

/// Who owns which slot of a role. On the embedded log one process owns all, at once and for ever.
#[async_trait]
pub trait Membership: Send + 'static {
    /// Waits for the next change. Cancel safe.
    ///
    /// # Errors
    /// When the log failed.
    async fn change(&mut self) -> Result<MembershipChange, LogError>;

    /// Says how far the owner of `slot` has read the slot's partition of the role's topic, for
    /// whoever watches a group's lag from outside. A role with fewer slots than its topic has
    /// partitions may name the others too, while it owns any. Nothing rests on it: positions are
    /// records. It does not wait, and may be called as often as one likes.
    fn reached(&self, slot: u32, next: Offset) {
        let _ = (slot, next);
    }

    /// Says that the work on revoked slots has ended.
    ///
    /// # Errors
    /// When the log failed.
    async fn released(&mut self, slots: &[u32]) -> Result<(), LogError>;

    /// Leaves the role, so that others need not wait for a timeout.
    ///
    /// # Errors
    /// When the log failed.
    async fn leave(self: Box<Self>) -> Result<(), LogError>;
}
