//! Looking at a log: functions over what can be read of it, so that they work inside the running
//! process and on a stopped log alike. They return documents; the commands print them.

pub mod conversation;
pub mod decode;
pub mod effect;
pub mod events;
pub mod known;
pub mod outage;
pub mod rendered;
pub mod scan;
pub mod spool;
pub mod status;

use schemas::{TopicKind, TopicNames};

/// What a view needs to know beside the log.
#[derive(Debug, Clone)]
pub struct Names {
    /// The topics' names.
    pub topics: TopicNames,
    /// How many partitions each topic has.
    pub partitions: u32,
}

impl Names {
    /// The log's topic of this kind.
    #[must_use]
    pub fn topic(&self, kind: TopicKind) -> eventlog::Topic {
        eventlog::Topic::new(&self.topics.name(kind))
    }
}

/// Why a view could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ViewError {
    /// The log could not be read.
    #[error(transparent)]
    Log(#[from] eventlog::LogError),
    /// Damaged bytes.
    #[error("{0}; `callfold events --skip-damage` reads past it")]
    Damage(eventlog::ReadError),
    /// The request makes no sense; the sentence says what does.
    #[error("{0}")]
    Request(String),
}

impl From<eventlog::ReadError> for ViewError {
    fn from(error: eventlog::ReadError) -> Self {
        match error {
            eventlog::ReadError::Log(error) => ViewError::Log(error),
            damage @ eventlog::ReadError::Damaged { .. } => ViewError::Damage(damage),
        }
    }
}
