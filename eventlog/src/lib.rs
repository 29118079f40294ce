#![doc = include_str!("../README.md")]

pub mod admission;
pub mod partitioner;
pub mod patience;
pub mod reached;
pub mod record;
pub mod topic;

// --- edge ---

#[cfg(feature = "bench")]
pub mod bench;
pub mod clock;
#[cfg(feature = "contract")]
pub mod contract;
pub mod embedded;
#[cfg(feature = "kafka")]
pub mod kafka;
pub mod log;
mod membership;
pub mod memory;
mod progress;
pub mod spool;
pub mod store;
pub mod trace;

pub use clock::{Clock, ManualClock, SystemClock};
pub use log::{
    AppendError, AppendFailure, Appender, Batch, CommitError, Ends, Identity, Log, LogError,
    LogReader, Membership, MembershipChange, ReadError, Reader, Writer, WriterName,
};
pub use patience::{FENCED_MAX, Patience};
pub use progress::{Heard, Progress};
pub use reached::{Reached, Rebuild};
pub use record::{Dated, Header, Offset, Partition, Record, Stored};
pub use topic::{Cleanup, TOMBSTONES_KEPT, Topic, TopicSpec};
