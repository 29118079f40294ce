//! A stopped log, opened to look at it: it takes a shared lock, skips what is torn and changes
//! nothing.

use std::sync::Arc;

use async_trait::async_trait;

use super::core::Core;
use super::finding::Finding;
use super::lock::DirLock;
use super::open_error::{LostFile, OpenError};
use super::reader::EmbeddedReader;
use crate::{Ends, Identity, LogError, LogReader, Offset, Partition, Reader, Topic, TopicSpec};

/// An embedded log, open to read.
pub struct ReadOnlyLog {
    pub(crate) core: Arc<Core>,
    pub(crate) _lock: DirLock,
}

impl ReadOnlyLog {
    /// What the open found wrong: see [`Finding`].
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.core.findings
    }

    /// Why the log could not be opened to write, when segments of it are gone.
    #[must_use]
    pub fn lost(&self) -> Option<OpenError> {
        let lost = LostFile::all_of(&self.core.findings);
        (!lost.is_empty()).then_some(OpenError::Lost { lost })
    }
}

#[async_trait]
impl LogReader for ReadOnlyLog {
    fn identity(&self) -> &Identity {
        &self.core.identity
    }

    fn topics(&self) -> &[TopicSpec] {
        &self.core.topics
    }

    async fn ends(&self, topic: &Topic, partition: Partition) -> Result<Ends, LogError> {
        self.core.ends(topic, partition)
    }

    async fn reader(
        &self,
        topic: &Topic,
        partition: Partition,
        from: Offset,
    ) -> Result<Box<dyn Reader>, LogError> {
        Ok(Box::new(EmbeddedReader::new(self.core.clone(), topic, partition, from)?))
    }
}
