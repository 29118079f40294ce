#![doc = include_str!("../README.md")]

pub mod partitioner;
pub mod record;
pub mod topic;

pub mod clock;
pub mod log;

pub use clock::{Clock, ManualClock, SystemClock};
pub use log::{
    AppendError, Appender, Batch, CommitError, Ends, Identity, Log, LogError, LogReader,
    Membership, MembershipChange, ReadError, Reader, Writer, WriterName,
};
pub use record::{Header, Offset, Partition, Record, Stored};
pub use topic::{Cleanup, Topic, TopicSpec};
