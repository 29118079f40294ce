//! Reads one partition: a place in a shared consumer, and what is known of its end.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use tokio::time::{Instant, timeout_at};

use super::core::{Core, stopped};
use super::fetchers::Lease;
use super::{ends, failure, message};
use crate::{Batch, LogError, Offset, Partition, ReadError, Reader, Stored, Topic};

/// How long an empty queue is taken for a pause between two fetches, where records came before and no end did.
/// A fetch of a busy partition takes a few milliseconds; to ask for the ends takes as long, and has to be done
/// for every pause.
const PAUSE: Duration = Duration::from_millis(10);

pub(super) struct KafkaReader {
    // Goes before the consumers that the core ends.
    lease: Lease,
    core: Arc<Core>,
    topic: Topic,
    partition: Partition,
    position: Offset,
    /// The last thing in the queue said that the partition ends there, at that time.
    at_end: bool,
    /// Records came, and since then nothing that says that there are no more.
    flows: bool,
    /// What came behind records that were returned; it is answered next time.
    pending: Option<KafkaError>,
}

impl KafkaReader {
    pub(super) async fn open(
        core: Arc<Core>,
        topic: &Topic,
        partition: Partition,
        from: Offset,
    ) -> Result<KafkaReader, LogError> {
        core.alive()?;
        let (inside, named) = (core.clone(), topic.clone());
        let lease = move || inside.fetchers.lease(&named, partition, from);
        let lease = failure::blocking("the opening of a reader", lease).await?;
        let topic = topic.clone();
        Ok(KafkaReader {
            core,
            topic,
            partition,
            lease,
            position: from,
            at_end: false,
            flows: false,
            pending: None,
        })
    }

    /// What is in the queue now, up to `records_max`.
    fn drain(&mut self, records_max: usize) -> Result<Vec<Stored>, KafkaError> {
        if let Some(error) = self.pending.take() {
            return Err(error);
        }
        let mut records = Vec::new();
        while records.len() < records_max {
            match self.lease.queue.poll(Duration::ZERO) {
                None => break,
                Some(Ok(message)) => {
                    let stored = message::stored(&message);
                    self.at_end = false;
                    // A batch that begins before the offset may come as a whole.
                    if stored.offset >= self.position {
                        self.position = stored.offset.next();
                        self.flows = true;
                        records.push(stored);
                    }
                }
                Some(Err(KafkaError::PartitionEOF(_))) => self.at_end = true,
                Some(Err(error)) if records.is_empty() => return Err(error),
                Some(Err(error)) => {
                    self.pending = Some(error);
                    break;
                }
            }
        }
        Ok(records)
    }

    /// What follows from an error in the queue: nothing, a jump over what retention took, or an
    /// end.
    async fn answer(&mut self, error: KafkaError) -> Result<(), ReadError> {
        let attempted = format!("read {} partition {}", self.topic, self.partition.0);
        match error.rdkafka_error_code() {
            Some(RDKafkaErrorCode::AutoOffsetReset | RDKafkaErrorCode::OffsetOutOfRange) => {
                let ends = ends::of(&self.core, &self.topic, self.partition).await?;
                if self.position > ends.end {
                    let what = format!(
                        "offset {} is asked for and the log ends at {}: records were lost, or it \
                         is another log",
                        self.position.0, ends.end.0
                    );
                    let source = std::io::Error::other(what);
                    return Err(LogError::Io { attempted, source }.into());
                }
                self.position = self.position.max(ends.start);
                self.fetch_again().await?;
                Ok(())
            }
            Some(RDKafkaErrorCode::BadMessage) => Err(ReadError::Damaged {
                topic: self.topic.clone(),
                partition: self.partition,
                offset: self.position,
                what: "its checksum is wrong".to_owned(),
            }),
            _ if failure::may_pass(&error) => Ok(()),
            _ => Err(failure::io(attempted, &error).into()),
        }
    }

    /// Fetches again from the position.
    async fn fetch_again(&mut self) -> Result<(), LogError> {
        self.at_end = false;
        let (again, from, topic) = (self.lease.again(), self.position, self.topic.clone());
        let fetch = move || {
            again.from(from).map_err(|error| failure::io(format!("read {topic} again"), &error))
        };
        failure::blocking("a fetch", fetch).await
    }

    /// Whether everything before `end` was taken from the queue. Markers of transactions are taken
    /// with the records before them, without being seen.
    async fn has_passed(&self, end: Offset) -> Result<bool, LogError> {
        let (consumer, topic) = (self.lease.consumer(), self.topic.clone());
        let partition = self.partition;
        let passed = move || Ok(Lease::passed(&consumer, &topic, partition));
        let passed = failure::blocking("a question for a position", passed).await?;
        Ok(passed.is_some_and(|passed| passed >= end))
    }
}

#[async_trait]
impl Reader for KafkaReader {
    async fn next(&mut self, records_max: usize) -> Result<Batch, ReadError> {
        let mut ended = self.core.ended.subscribe();
        loop {
            match self.drain(records_max.max(1)) {
                Ok(records) if records.is_empty() => {}
                Ok(records) => return Ok(Batch { records }),
                Err(error) => self.answer(error).await?,
            }
            tokio::select! {
                () = self.lease.woken.notified() => {}
                _ = ended.wait_for(|ended| *ended) => return Err(stopped().into()),
            }
        }
    }

    async fn next_if_any(&mut self, records_max: usize) -> Result<Batch, ReadError> {
        let pause_ends = Instant::now() + PAUSE;
        let mut end = None;
        // Whether what comes was fetched after the end was asked for.
        let mut fetched_again = false;
        loop {
            self.core.alive()?;
            match self.drain(records_max) {
                Ok(records) if !records.is_empty() || records_max == 0 => {
                    return Ok(Batch { records });
                }
                Ok(_) => {}
                Err(error) => self.answer(error).await?,
            }
            if self.flows && !self.at_end {
                // It may have been told of what was taken long ago.
                if timeout_at(pause_ends, self.lease.woken.notified()).await.is_ok() {
                    continue;
                }
                self.flows = false;
            }
            let (end, deadline) = match end {
                Some(end) => end,
                None => {
                    let now = ends::of(&self.core, &self.topic, self.partition).await?.end;
                    end = Some((now, Instant::now() + self.core.options.request_timeout));
                    // Records may have come while the question was under way.
                    continue;
                }
            };
            let empty_to_the_end = fetched_again && self.at_end;
            if self.position >= end || empty_to_the_end || self.has_passed(end).await? {
                self.position = self.position.max(end);
                return Ok(Batch::default());
            }
            if self.at_end {
                // That end may be an older one, with records behind it. Only one that is fetched
                // from now on can be relied on.
                self.fetch_again().await?;
                fetched_again = true;
                continue;
            }
            if timeout_at(deadline, self.lease.woken.notified()).await.is_err() {
                let attempted = format!("read {} partition {}", self.topic, self.partition.0);
                let source = std::io::Error::from(std::io::ErrorKind::TimedOut);
                return Err(LogError::Io { attempted, source }.into());
            }
        }
    }

    fn position(&self) -> Offset {
        self.position
    }

    async fn skip_damage(&mut self) -> Result<(Offset, Offset), LogError> {
        let from = self.position;
        self.position = from.next();
        self.fetch_again().await?;
        Ok((from, self.position))
    }
}
