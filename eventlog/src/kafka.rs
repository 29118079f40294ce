//! The log on Apache Kafka: the same promises as on one machine, kept by brokers.
//!
//! | port | here |
//! |---|---|
//! | appender | one idempotent producer, `acks=all` |
//! | writer | a transactional producer; its name is the `transactional.id`, and opening it fences |
//! | reader | a place in a shared consumer that sees committed records only and joins no group |
//! | membership | a consumer group for each role; slots are partitions of one topic |
//! | identity | the first record of `<prefix>.identity` |
//!
//! Nothing outside this module names the client library.

mod appender;
#[cfg(feature = "bench")]
pub mod bare;
mod core;
mod ends;
mod failure;
mod fetchers;
mod identity;
pub mod lag;
mod members;
mod message;
#[cfg(feature = "contract")]
pub mod mock;
mod open_error;
mod options;
mod parcel;
pub mod present;
mod reader;
mod repeats;
mod settings;
mod telemetry;
mod told;
pub mod topics;
mod writer;

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use rdkafka::consumer::Consumer;
use tokio::sync::watch;

pub use open_error::OpenError;
pub use options::{Options, refusal};
pub use settings::Mismatch;

use self::core::Core;
use crate::admission::place_of;
use crate::{
    Appender, Clock, Ends, Identity, Log, LogError, LogReader, Membership, Offset, Partition,
    Reader, Topic, TopicSpec, Writer, WriterName,
};
use appender::KafkaAppender;
use fetchers::Fetchers;

/// A log on Kafka. It may be open in any number of processes.
pub struct KafkaLog {
    core: Arc<Core>,
    identity: Identity,
    appender: OnceLock<Arc<KafkaAppender>>,
    read_only: bool,
}

/// Opens the log. Its topics must be there, see [`topics::create`]; the first open says who the
/// log is.
///
/// # Errors
/// [`OpenError`]: brokers that cannot be reached, topics that do not fit, another log than was meant.
pub async fn open(
    options: Options,
    topics: Vec<TopicSpec>,
    clock: Arc<dyn Clock>,
) -> Result<Arc<KafkaLog>, OpenError> {
    let core = connect(options, topics, clock).await?;
    let identity = identity::load_or_create(&core).await?;
    Ok(Arc::new(KafkaLog { core, identity, appender: OnceLock::new(), read_only: false }))
}

/// Opens the log to look at it: nothing is written, and nobody is fenced.
///
/// # Errors
/// As [`open`]; and a log that nobody has opened to write yet.
pub async fn open_read_only(
    options: Options,
    topics: Vec<TopicSpec>,
    clock: Arc<dyn Clock>,
) -> Result<Arc<KafkaLog>, OpenError> {
    let core = connect(options, topics, clock).await?;
    let identity = identity::load(&core).await?.ok_or(OpenError::New)?;
    Ok(Arc::new(KafkaLog { core, identity, appender: OnceLock::new(), read_only: true }))
}

async fn connect(
    options: Options,
    topics: Vec<TopicSpec>,
    clock: Arc<dyn Clock>,
) -> Result<Arc<Core>, OpenError> {
    let refused = options.refused();
    if !refused.is_empty() {
        return Err(OpenError::Refused(refused));
    }
    let fetchers = Fetchers::start(&options)?;
    let ended = watch::Sender::new(false);
    let core = Arc::new(Core { options, topics, clock, fetchers, ended });
    let mut mismatches = Vec::new();
    for spec in core.topics.iter().chain(&[settings::identity_spec(&core.options)]) {
        let (asked, topic) = (core.clone(), spec.topic.clone());
        let ask = move || {
            let timeout = asked.options.request_timeout;
            topics::shape_of(asked.fetchers.any().client(), &topic, timeout)
        };
        match failure::blocking("a question for topics", ask).await? {
            Some((partitions, _)) if partitions == spec.partitions => {}
            Some((partitions, _)) => mismatches.push(settings::other_partitions(spec, partitions)),
            None => mismatches.push(settings::missing(spec)),
        }
    }
    if mismatches.is_empty() { Ok(core) } else { Err(OpenError::Topics(mismatches)) }
}

impl KafkaLog {
    /// Ends everything that belongs to this handle: appenders, writers, readers and members fail
    /// from now on. What was acknowledged is on the brokers already.
    pub fn close(&self) {
        self.core.ended.send_replace(true);
    }

    fn writable(&self) -> Result<(), LogError> {
        if self.read_only {
            return Err(LogError::ReadOnly);
        }
        self.core.alive()
    }
}

impl Drop for KafkaLog {
    fn drop(&mut self) {
        self.close();
    }
}

#[async_trait]
impl LogReader for KafkaLog {
    fn identity(&self) -> &Identity {
        &self.identity
    }

    fn topics(&self) -> &[TopicSpec] {
        &self.core.topics
    }

    async fn ends(&self, topic: &Topic, partition: Partition) -> Result<Ends, LogError> {
        place_of(&self.core.topics, topic, partition)?;
        self.core.alive()?;
        ends::of(&self.core, topic, partition).await
    }

    async fn reader(
        &self,
        topic: &Topic,
        partition: Partition,
        from: Offset,
    ) -> Result<Box<dyn Reader>, LogError> {
        place_of(&self.core.topics, topic, partition)?;
        Ok(Box::new(reader::KafkaReader::open(self.core.clone(), topic, partition, from).await?))
    }
}

#[async_trait]
impl Log for KafkaLog {
    /// Asks the brokers: partitions that have a leader they would also take an append for, as far as
    /// anybody can know without one.
    async fn ready(&self) -> Result<(), LogError> {
        self.writable()?;
        let core = self.core.clone();
        let ask = move || topics::all_led(&core);
        failure::blocking("a question to the brokers", ask).await
    }

    fn appender(&self) -> Result<Arc<dyn Appender>, LogError> {
        self.writable()?;
        if let Some(appender) = self.appender.get() {
            return Ok(appender.clone());
        }
        // Of two who are first at once, one producer is made in vain.
        let made = Arc::new(KafkaAppender::new(self.core.clone())?);
        Ok(self.appender.get_or_init(|| made).clone())
    }

    async fn writer(&self, name: &WriterName) -> Result<Box<dyn Writer>, LogError> {
        self.writable()?;
        Ok(Box::new(writer::KafkaWriter::open(self.core.clone(), name).await?))
    }

    async fn join(&self, role: &str, slots: u32) -> Result<Box<dyn Membership>, LogError> {
        self.writable()?;
        Ok(Box::new(members::KafkaMember::join(&self.core, role, slots)?))
    }
}
