//! The embedded log: one series of segment files for all topics, on a local file system.
//!
//! A group commit is one frame and one sync; what was not synced is neither acknowledged nor
//! visible. One process opens a directory, and everybody in it shares one handle. The bytes are
//! described in [`mod@format`].

mod block;
mod cleaner;
mod committer;
mod core;
pub mod files;
pub mod finding;
pub mod format;
pub mod frame;
mod identity;
pub mod lanes;
mod load;
mod lock;
mod manifest;
mod newest;
mod open;
mod open_error;
mod options;
mod peek;
mod plan;
mod read_only;
mod reader;
mod request;
mod rest;
mod rewrite;
pub mod scan;
pub mod segment;
mod telemetry;
mod tip;
mod view;
mod write;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use async_trait::async_trait;
use tokio::sync::oneshot;

pub use block::{BlockCursor, Malformed};
pub use open::{open, open_read_only, open_with};
pub use open_error::{LostFile, OpenError};
pub use options::Options;
pub use peek::topics_in;
pub use read_only::ReadOnlyLog;

use self::cleaner::Chore;
use self::core::Core;
use crate::membership::{Everything, Told};
use crate::{
    Appender, Ends, Identity, Log, LogError, LogReader, Membership, Offset, Partition, Reader,
    Topic, TopicSpec, Writer, WriterName,
};
use finding::Finding;
use request::Request;
use write::Queue;

/// An embedded log, open to write. [`EmbeddedLog::close`] ends it in order; dropping it ends it
/// too, and the next open then reads the last segment again.
pub struct EmbeddedLog {
    core: Arc<Core>,
    queue: Queue,
    chores: SyncSender<Chore>,
    /// Tells the committer to end as a crash would.
    dropped: Arc<AtomicBool>,
    /// Tells the cleaner to end.
    stopping: Arc<AtomicBool>,
    commits: Mutex<Option<JoinHandle<()>>>,
    cleans: Mutex<Option<JoinHandle<()>>>,
}

impl EmbeddedLog {
    /// What the open found wrong, told once and not fixed: see [`Finding`].
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.core.findings
    }

    /// Closes the growing segment and cleans everything that can be, due or not: each key of a
    /// compacted topic has one record then, and nothing is older than its retention. For tests, and
    /// for somebody who needs the space now.
    ///
    /// # Errors
    /// A log that has stopped, or a cleaning that failed; nothing is lost then.
    pub async fn clean_now(&self) -> Result<(), LogError> {
        let stopped = || self.core.stop_reason();
        let (done, rotated) = oneshot::channel();
        self.queue.requests.send(Request::Rotate { done }).await.map_err(|_| stopped())?;
        rotated.await.map_err(|_| stopped())??;
        let (done, cleaned) = oneshot::channel();
        let chores = self.chores.clone();
        let told = tokio::task::spawn_blocking(move || chores.send(Chore::Everything(done))).await;
        told.map_err(|_| stopped())?.map_err(|_| stopped())?;
        let attempted = format!("clean the log in {}", self.core.dir.display());
        cleaned
            .await
            .map_err(|_| stopped())?
            .map_err(|why| LogError::Io { attempted, source: std::io::Error::other(why) })
    }

    /// Finishes what waits, closes the segment and lets go of the directory. Everything that was
    /// not taken in before fails with [`LogError::Stopped`].
    pub async fn close(&self) {
        let cleans = self.end_cleaner();
        // A panic there was told by the hook; it must not become one here.
        let _ = tokio::task::spawn_blocking(move || cleans.map(JoinHandle::join)).await;
        let (done, closed) = oneshot::channel();
        if self.queue.requests.send(Request::Close { done }).await.is_ok() {
            // An error means that it had ended already.
            let _ = closed.await;
        }
    }

    /// Ends without closing the segment, as a crash would: what was acknowledged is there, and the
    /// next open reads the last segment frame by frame. Waits for the frame that is being written.
    pub fn abandon(&self) {
        self.dropped.store(true, Ordering::SeqCst);
        // When the queue is full the committer is busy and sees the flag after its frame.
        let _ = self.queue.requests.try_send(Request::Wake);
        let commits = self.commits.lock().unwrap_or_else(PoisonError::into_inner).take();
        for thread in [commits, self.end_cleaner()].into_iter().flatten() {
            // A panic there was told by the hook; it must not become one here.
            let _ = thread.join();
        }
    }

    fn end_cleaner(&self) -> Option<JoinHandle<()>> {
        self.stopping.store(true, Ordering::SeqCst);
        // When there is no room the cleaner is busy and sees the flag before its next run.
        let _ = self.chores.try_send(Chore::Stop);
        let cleans = self.cleans.lock().unwrap_or_else(PoisonError::into_inner).take();
        cleans.inspect(|thread| thread.thread().unpark())
    }
}

impl Drop for EmbeddedLog {
    fn drop(&mut self) {
        self.abandon();
    }
}

#[async_trait]
impl LogReader for EmbeddedLog {
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
        let reader = reader::EmbeddedReader::new(self.core.clone(), topic, partition, from)?;
        Ok(Box::new(reader))
    }
}

#[async_trait]
impl Log for EmbeddedLog {
    async fn ready(&self) -> Result<(), LogError> {
        self.queue.alive()?;
        self.queue.ready().await
    }

    fn appender(&self) -> Result<Arc<dyn Appender>, LogError> {
        self.queue.alive()?;
        Ok(Arc::new(write::EmbeddedAppender { queue: self.queue.clone() }))
    }

    async fn writer(&self, name: &WriterName) -> Result<Box<dyn Writer>, LogError> {
        let generation = self.queue.fence(name).await?;
        let (queue, name) = (self.queue.clone(), name.clone());
        Ok(Box::new(write::EmbeddedWriter { queue, name, generation }))
    }

    async fn join(&self, role: &str, slots: u32) -> Result<Box<dyn Membership>, LogError> {
        self.queue.alive()?;
        Ok(Box::new(Everything::of(role, slots, Told::default())))
    }
}
