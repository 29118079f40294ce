//! What everything that belongs to one open log shares.

use std::sync::Arc;

use tokio::sync::watch;

use super::fetchers::Fetchers;
use super::options::Options;
use crate::{Clock, LogError, TopicSpec};

/// The shared part of an open log.
pub(super) struct Core {
    pub(super) options: Options,
    pub(super) topics: Vec<TopicSpec>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) fetchers: Fetchers,
    /// Why the log has ended, once it has.
    pub(super) ended: watch::Sender<bool>,
}

impl Core {
    pub(super) fn alive(&self) -> Result<(), LogError> {
        if *self.ended.borrow() { Err(stopped()) } else { Ok(()) }
    }
}

pub(super) fn stopped() -> LogError {
    LogError::Stopped("it was closed".to_owned())
}
