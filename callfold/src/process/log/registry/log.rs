//! A log whose records have a registry's ids, for whoever writes and reads callfold's own: ids are
//! translated on the way, everything else passes as it is.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

use async_trait::async_trait;
use eventlog::{
    AppendError, AppendFailure, Appender, Batch, CommitError, Dated, Ends, Identity, Log, LogError,
    LogReader, Membership, Offset, Partition, ReadError, Reader, Record, Stored, Topic, TopicSpec,
    Writer, WriterName,
};

use super::ids::Ids;

/// The log, to work with or only to look at.
pub(super) struct Numbered<L: ?Sized> {
    pub(super) inner: Arc<L>,
    pub(super) ids: Arc<Ids>,
}

#[async_trait]
impl<L: LogReader + ?Sized> LogReader for Numbered<L> {
    fn identity(&self) -> &Identity {
        self.inner.identity()
    }

    fn topics(&self) -> &[TopicSpec] {
        self.inner.topics()
    }

    async fn ends(&self, topic: &Topic, partition: Partition) -> Result<Ends, LogError> {
        self.inner.ends(topic, partition).await
    }

    async fn reader(
        &self,
        topic: &Topic,
        partition: Partition,
        from: Offset,
    ) -> Result<Box<dyn Reader>, LogError> {
        let inner = self.inner.reader(topic, partition, from).await?;
        let place = format!("{topic} partition {}", partition.0);
        let (ids, waiting) = (self.ids.clone(), VecDeque::new());
        Ok(Box::new(NumberedReader { inner, ids, place, waiting }))
    }
}

#[async_trait]
impl Log for Numbered<dyn Log> {
    async fn ready(&self) -> Result<(), LogError> {
        self.inner.ready().await
    }

    fn appender(&self) -> Result<Arc<dyn Appender>, LogError> {
        let inner = self.inner.appender()?;
        Ok(Arc::new(NumberedAppender { inner, ids: self.ids.clone() }))
    }

    async fn writer(&self, name: &WriterName) -> Result<Box<dyn Writer>, LogError> {
        let inner = self.inner.writer(name).await?;
        Ok(Box::new(NumberedWriter { inner, ids: self.ids.clone() }))
    }

    async fn join(&self, role: &str, slots: u32) -> Result<Box<dyn Membership>, LogError> {
        self.inner.join(role, slots).await
    }
}

struct NumberedAppender {
    inner: Arc<dyn Appender>,
    ids: Arc<Ids>,
}

#[async_trait]
impl Appender for NumberedAppender {
    async fn append(&self, records: Vec<Record>) -> Result<Vec<Offset>, AppendError> {
        if let Err(error) = writable(&self.ids, &records) {
            return Err(AppendError { not_durable: records, cause: AppendFailure::Log(error) });
        }
        self.inner.append(outward(&self.ids, records)).await.map_err(|error| {
            // Whoever gets them back sends them here again.
            let back = |record: Record| {
                let value = record.value.map(|value| self.ids.inward(value));
                Record { value, ..record }
            };
            AppendError {
                not_durable: error.not_durable.into_iter().map(back).collect(),
                cause: error.cause,
            }
        })
    }
}

struct NumberedWriter {
    inner: Box<dyn Writer>,
    ids: Arc<Ids>,
}

#[async_trait]
impl Writer for NumberedWriter {
    fn name(&self) -> &WriterName {
        self.inner.name()
    }

    async fn commit(&mut self, records: Vec<Record>) -> Result<Vec<Offset>, CommitError> {
        writable(&self.ids, &records)?;
        self.inner.commit(outward(&self.ids, records)).await
    }

    async fn commit_dated(&mut self, records: Vec<Dated>) -> Result<Vec<Offset>, CommitError> {
        let times: Vec<i64> = records.iter().map(|dated| dated.time_ms).collect();
        let records: Vec<Record> = records.into_iter().map(|dated| dated.record).collect();
        writable(&self.ids, &records)?;
        let records = outward(&self.ids, records).into_iter().zip(times);
        let dated = records.map(|(record, time_ms)| Dated { record, time_ms });
        self.inner.commit_dated(dated.collect()).await
    }
}

/// Every version that this callfold writes was registered at the opening; anything else is a mistake of
/// ours, and must not get onto the log under a number that means something else there.
fn writable(ids: &Ids, records: &[Record]) -> Result<(), LogError> {
    match ids.first_unwritable(records.iter().filter_map(|record| record.value.as_ref())) {
        None => Ok(()),
        Some(id) => Err(LogError::Stopped(format!("{id}: it was not registered at the start"))),
    }
}

fn outward(ids: &Ids, records: Vec<Record>) -> Vec<Record> {
    let translated = |record: Record| {
        let value = record.value.map(|value| ids.outward(value));
        Record { value, ..record }
    };
    records.into_iter().map(translated).collect()
}

struct NumberedReader {
    inner: Box<dyn Reader>,
    ids: Arc<Ids>,
    /// Topic and partition, for a person.
    place: String,
    /// Read, and not returned: a registry that is asked meanwhile may fail, and the call be dropped.
    waiting: VecDeque<Stored>,
}

impl NumberedReader {
    async fn give(&mut self, records_max: usize) -> Result<Batch, ReadError> {
        let values = |waiting: &VecDeque<Stored>| {
            let values = waiting.iter().map(|stored| stored.value.as_ref());
            self.ids.first_unasked(values)
        };
        while let Some((at, id)) = values(&self.waiting) {
            self.ids.learn(id).await.map_err(|error| {
                let offset = self.waiting[at].offset.0;
                LogError::Io {
                    attempted: format!("ask for schema id {id} of {} offset {offset}", self.place),
                    source: io::Error::other(error),
                }
            })?;
        }
        let given = self.waiting.len().min(records_max);
        let translated = |stored: Stored| {
            let value = stored.value.map(|value| self.ids.inward(value));
            Stored { value, ..stored }
        };
        Ok(Batch { records: self.waiting.drain(..given).map(translated).collect() })
    }
}

#[async_trait]
impl Reader for NumberedReader {
    async fn next(&mut self, records_max: usize) -> Result<Batch, ReadError> {
        if self.waiting.is_empty() {
            self.waiting.extend(self.inner.next(records_max).await?.records);
        }
        self.give(records_max).await
    }

    async fn next_if_any(&mut self, records_max: usize) -> Result<Batch, ReadError> {
        if self.waiting.is_empty() {
            self.waiting.extend(self.inner.next_if_any(records_max).await?.records);
        }
        self.give(records_max).await
    }

    fn position(&self) -> Offset {
        self.waiting.front().map_or_else(|| self.inner.position(), |first| first.offset)
    }

    async fn skip_damage(&mut self) -> Result<(Offset, Offset), LogError> {
        // Damage is told by the inner reader alone, so nothing waits here then.
        self.inner.skip_damage().await
    }
}
