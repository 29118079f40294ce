//! Appends and commits: encoded where the caller runs, written by the committer.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::{Semaphore, mpsc, oneshot};

use super::core::Core;
use super::request::{Encoded, NotWritten, Request, Write};
use crate::admission::{Refusal, admit, record_bytes};
use crate::{
    AppendError, AppendFailure, Appender, CommitError, Dated, LogError, Offset, Record, Writer,
    WriterName,
};

/// The way to the committer.
#[derive(Clone)]
pub(crate) struct Queue {
    pub(crate) core: Arc<Core>,
    pub(crate) requests: mpsc::Sender<Request>,
    /// Bytes that may wait.
    pub(crate) room: Arc<Semaphore>,
    pub(crate) room_bytes: u32,
}

impl Queue {
    async fn write(
        &self,
        places: &[usize],
        records: &[Record],
        times_ms: Option<&[i64]>,
        owner: Option<(WriterName, u64)>,
    ) -> Result<Vec<Offset>, NotWritten> {
        let bytes: usize = records.iter().map(record_bytes).sum();
        let share = u32::try_from(bytes).unwrap_or(u32::MAX).clamp(1, self.room_bytes);
        let stopped = || match self.core.stop_reason() {
            LogError::Stopped(why) => NotWritten::Stopped(why),
            other => NotWritten::Stopped(other.to_string()),
        };
        let room = self.room.clone().acquire_many_owned(share).await.map_err(|_| stopped())?;
        let lane_of = |at: usize, record: &Record| self.core.lane_at(places[at], record.partition);
        let (parts, order) = Encoded::new(records, times_ms, lane_of).split();
        let (done, answer) = oneshot::channel();
        let write = Write { parts, owner, done, _room: room };
        self.requests.send(Request::Write(write)).await.map_err(|_| stopped())?;
        match answer.await {
            Ok(bases) => Ok(Encoded::offsets(&order, &bases?)),
            Err(_) => Err(NotWritten::Unknown("the log's thread ended".to_owned())),
        }
    }

    pub(crate) async fn fence(&self, name: &WriterName) -> Result<u64, LogError> {
        let (done, answer) = oneshot::channel();
        let request = Request::Fence { name: name.clone(), done };
        self.requests.send(request).await.map_err(|_| self.core.stop_reason())?;
        answer.await.map_err(|_| self.core.stop_reason())?
    }

    /// Whether the committer would take a write.
    pub(crate) async fn ready(&self) -> Result<(), LogError> {
        let (done, answer) = oneshot::channel();
        let sent = self.requests.send(Request::Ready { done }).await;
        sent.map_err(|_| self.core.stop_reason())?;
        answer.await.map_err(|_| self.core.stop_reason())?
    }

    pub(crate) fn alive(&self) -> Result<(), LogError> {
        if self.core.stopped.get().is_some() { Err(self.core.stop_reason()) } else { Ok(()) }
    }
}

/// See [`Appender`].
pub(crate) struct EmbeddedAppender {
    pub(crate) queue: Queue,
}

#[async_trait]
impl Appender for EmbeddedAppender {
    async fn append(&self, records: Vec<Record>) -> Result<Vec<Offset>, AppendError> {
        let places = match admit(&self.queue.core.topics, &records) {
            Ok(places) => places,
            Err(Refusal::TooLarge { bytes, bytes_max }) => {
                let cause = AppendFailure::TooLarge { bytes, bytes_max };
                return Err(AppendError { not_durable: records, cause });
            }
            Err(Refusal::Log(error)) => {
                return Err(AppendError { not_durable: records, cause: error.into() });
            }
        };
        if records.is_empty() {
            return Ok(Vec::new());
        }
        let written = self.queue.write(&places, &records, None, None).await;
        written.map_err(|why| {
            let cause = match why {
                NotWritten::NoSpace(why) => AppendFailure::Retry(why),
                NotWritten::Unknown(why) | NotWritten::Stopped(why) => {
                    LogError::Stopped(why).into()
                }
                NotWritten::Fenced => unreachable!("an append has no owner who could be fenced"),
            };
            AppendError { not_durable: records, cause }
        })
    }
}

/// See [`Writer`].
pub(crate) struct EmbeddedWriter {
    pub(crate) queue: Queue,
    pub(crate) name: WriterName,
    pub(crate) generation: u64,
}

#[async_trait]
impl Writer for EmbeddedWriter {
    fn name(&self) -> &WriterName {
        &self.name
    }

    async fn commit(&mut self, records: Vec<Record>) -> Result<Vec<Offset>, CommitError> {
        self.commit_at(&records, None).await
    }

    async fn commit_dated(&mut self, records: Vec<Dated>) -> Result<Vec<Offset>, CommitError> {
        let (records, times_ms): (Vec<_>, Vec<_>) =
            records.into_iter().map(|it| (it.record, it.time_ms)).unzip();
        self.commit_at(&records, Some(&times_ms)).await
    }
}

impl EmbeddedWriter {
    async fn commit_at(
        &self,
        records: &[Record],
        times_ms: Option<&[i64]>,
    ) -> Result<Vec<Offset>, CommitError> {
        let places = admit(&self.queue.core.topics, records).map_err(|refusal| match refusal {
            Refusal::TooLarge { bytes, bytes_max } => CommitError::TooLarge { bytes, bytes_max },
            Refusal::Log(error) => CommitError::Log(error),
        })?;
        let owner = Some((self.name.clone(), self.generation));
        self.queue.write(&places, records, times_ms, owner).await.map_err(|why| match why {
            NotWritten::Fenced => CommitError::Fenced(self.name.clone()),
            NotWritten::NoSpace(why) => CommitError::Retry(why),
            NotWritten::Unknown(why) => CommitError::Unknown(why),
            NotWritten::Stopped(why) => CommitError::Log(LogError::Stopped(why)),
        })
    }
}
