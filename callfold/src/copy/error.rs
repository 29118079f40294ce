//! Why a copy ended before its end, and what to do.

use eventlog::{CommitError, LogError, ReadError};

use crate::failure::Failure;
use crate::view::ViewError;

/// Why.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// There are records in the target that no copy has written.
    #[error(
        "the target is not empty: copy into a folder that is not there yet, or under a prefix without \
         topics"
    )]
    NotEmpty,
    /// The target holds the copy of another log.
    #[error(
        "the target holds an unfinished copy of another log, {from}: go on with that one, or choose \
         another target"
    )]
    OfAnother {
        /// Where that one was.
        from: String,
    },
    /// The source, or the number of partitions, is not what it was when the copy began.
    #[error(
        "this copy was begun with another state of the source or another number of partitions: \
         something has worked on the source since; remove the target and begin again"
    )]
    OtherPlan,
    /// The source was written to meanwhile.
    #[error(
        "the source was written to while it was copied ({topic} partition {partition}): stop \
         everything that works on it, remove the target and begin again"
    )]
    Written {
        /// The topic.
        topic: String,
        /// The partition.
        partition: u32,
    },
    /// Both are one log.
    #[error("source and target are the same log")]
    SameLog,
    /// Another copy has begun.
    #[error("another `callfold copy` into the same target has taken over")]
    TakenOver,
    /// The target did not take a commit.
    #[error("the target does not take records: {0}; the same command goes on where this one ended")]
    Commit(String),
    /// A log cannot be read.
    #[error("{0}; a copy has everything or is none, so nothing is passed over")]
    Damage(ReadError),
    /// A log failed.
    #[error("{0}; the same command goes on where this one ended")]
    Log(#[from] LogError),
}

impl From<ReadError> for CopyError {
    fn from(error: ReadError) -> CopyError {
        match error {
            ReadError::Log(error) => CopyError::Log(error),
            damage @ ReadError::Damaged { .. } => CopyError::Damage(damage),
        }
    }
}

impl From<ViewError> for CopyError {
    fn from(error: ViewError) -> CopyError {
        match error {
            ViewError::Log(error) => CopyError::Log(error),
            ViewError::Damage(error) => CopyError::Damage(error),
            ViewError::Request(why) => CopyError::Commit(why),
        }
    }
}

impl From<CommitError> for CopyError {
    fn from(error: CommitError) -> CopyError {
        match error {
            CommitError::Fenced(_) => CopyError::TakenOver,
            CommitError::Log(error) => CopyError::Log(error),
            other @ (CommitError::Retry(_)
            | CommitError::Unknown(_)
            | CommitError::TooLarge { .. }) => CopyError::Commit(other.to_string()),
        }
    }
}

impl From<CopyError> for Failure {
    fn from(error: CopyError) -> Failure {
        Failure::Failed(error.to_string())
    }
}
