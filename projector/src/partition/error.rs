//! Why the work on a partition failed, and whether it may be taken up again.

use eventlog::store::StoreError;
use eventlog::{CommitError, LogError, ReadError};

use crate::batch::BatchError;

/// Why a partition's work ended in failure.
#[derive(Debug, thiserror::Error)]
pub enum PartitionError {
    /// The log failed.
    #[error(transparent)]
    Log(#[from] LogError),
    /// An input or the state cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A commit can never be made.
    #[error(transparent)]
    Commit(CommitError),
    /// The local store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A state in the local store cannot be read.
    #[error("a state in the local store cannot be read: {0}; delete the store, it is rebuilt")]
    State(#[from] schemas::DecodeError),
}

impl PartitionError {
    /// Whether it helps to take the partition up from the log again, later: brokers come back, so does
    /// space, and a local store is made anew. A log on this machine that has failed says that it has
    /// stopped.
    pub(super) fn may_pass(&self) -> bool {
        match self {
            PartitionError::Log(LogError::Io { .. })
            | PartitionError::Read(ReadError::Log(LogError::Io { .. })) => true,
            PartitionError::Store(error) => error.may_pass(),
            PartitionError::Log(_)
            | PartitionError::Read(_)
            | PartitionError::Commit(_)
            | PartitionError::State(_) => false,
        }
    }
}

impl From<BatchError> for PartitionError {
    fn from(error: BatchError) -> PartitionError {
        match error {
            BatchError::Store(error) => PartitionError::Store(error),
            BatchError::State(error) => PartitionError::State(error),
        }
    }
}
