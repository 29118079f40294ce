//! Appends and commits in memory.

use std::sync::Arc;

use async_trait::async_trait;

use super::{Shared, State};
use crate::admission::{Refusal, admit};
use crate::log::AppendFailure;
use crate::{
    AppendError, Appender, CommitError, Dated, LogError, Offset, Record, Writer, WriterName,
};

/// How a commit or append fails on purpose, in a test of whoever commits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// As a full disk: nothing is written, try again.
    Retry,
    /// The result is not known, and it was written.
    UnknownWritten,
    /// The result is not known, and it was not written.
    UnknownLost,
}

pub(super) struct MemoryAppender {
    pub(super) shared: Arc<Shared>,
    pub(super) epoch: u64,
}

#[async_trait]
impl Appender for MemoryAppender {
    async fn append(&self, records: Vec<Record>) -> Result<Vec<Offset>, AppendError> {
        let places = match admit(&self.shared.topics, &records) {
            Ok(places) => places,
            Err(refusal) => return Err(refused(records, refusal)),
        };
        let mut state = self.shared.state();
        if state.epoch != self.epoch {
            return Err(AppendError { not_durable: records, cause: stopped().into() });
        }
        let given_back = if state.failure.is_some() { records.clone() } else { Vec::new() };
        match write(&self.shared, &mut state, &places, records, None) {
            Ok(offsets) => Ok(offsets),
            Err(why) => {
                Err(AppendError { not_durable: given_back, cause: AppendFailure::Retry(why.0) })
            }
        }
    }
}

pub(super) struct MemoryWriter {
    pub(super) shared: Arc<Shared>,
    pub(super) epoch: u64,
    pub(super) name: WriterName,
    pub(super) generation: u64,
}

#[async_trait]
impl Writer for MemoryWriter {
    fn name(&self) -> &WriterName {
        &self.name
    }

    async fn commit(&mut self, records: Vec<Record>) -> Result<Vec<Offset>, CommitError> {
        self.commit_at(records, None)
    }

    async fn commit_dated(&mut self, records: Vec<Dated>) -> Result<Vec<Offset>, CommitError> {
        let (records, times) = records.into_iter().map(|it| (it.record, it.time_ms)).unzip();
        self.commit_at(records, Some(times))
    }
}

impl MemoryWriter {
    /// Commits; `times_ms` are those of the records, none is now.
    fn commit_at(
        &self,
        records: Vec<Record>,
        times_ms: Option<Vec<i64>>,
    ) -> Result<Vec<Offset>, CommitError> {
        let places = admit(&self.shared.topics, &records).map_err(|refusal| match refusal {
            Refusal::TooLarge { bytes, bytes_max } => CommitError::TooLarge { bytes, bytes_max },
            Refusal::Log(error) => CommitError::Log(error),
        })?;
        let mut state = self.shared.state();
        if state.epoch != self.epoch {
            return Err(stopped().into());
        }
        if state.generations.get(&self.name) != Some(&self.generation) {
            return Err(CommitError::Fenced(self.name.clone()));
        }
        let written = write(&self.shared, &mut state, &places, records, times_ms);
        written.map_err(|Injected(why, failure)| match failure {
            Failure::Retry => CommitError::Retry(why),
            Failure::UnknownWritten | Failure::UnknownLost => CommitError::Unknown(why),
        })
    }
}

struct Injected(String, Failure);

/// Adds all records, then shows all of them: readers take the same lock.
fn write(
    shared: &Shared,
    state: &mut State,
    places: &[usize],
    records: Vec<Record>,
    times_ms: Option<Vec<i64>>,
) -> Result<Vec<Offset>, Injected> {
    let failure = if records.is_empty() { None } else { state.failure.take() };
    if let Some(failure @ (Failure::Retry | Failure::UnknownLost)) = failure {
        return Err(Injected("a failure that a test asked for".to_owned(), failure));
    }
    let times_ms = times_ms.unwrap_or_else(|| vec![shared.clock.now_ms(); records.len()]);
    let mut offsets = Vec::with_capacity(records.len());
    for ((record, place), time_ms) in records.into_iter().zip(places).zip(times_ms) {
        let lane = &mut state.lanes[*place][record.partition.0 as usize];
        let offset = lane.ends().end;
        lane.push(offset, record, time_ms);
        lane.show(offset.next());
        offsets.push(offset);
    }
    match failure {
        Some(failure) => Err(Injected("a failure that a test asked for".to_owned(), failure)),
        None => Ok(offsets),
    }
}

fn stopped() -> LogError {
    LogError::Stopped("it was opened again under another handle".to_owned())
}

fn refused(records: Vec<Record>, refusal: Refusal) -> AppendError {
    let cause = match refusal {
        Refusal::TooLarge { bytes, bytes_max } => AppendFailure::TooLarge { bytes, bytes_max },
        Refusal::Log(error) => error.into(),
    };
    AppendError { not_durable: records, cause }
}
