//! The log that the configuration names: opened to work with, or only to look.

pub mod embedded;
#[cfg(feature = "kafka")]
pub mod kafka;
#[cfg(not(feature = "kafka"))]
#[path = "log/no_kafka.rs"]
pub mod kafka;
pub mod registry;

use std::sync::Arc;
use std::time::Duration;

use eventlog::embedded::EmbeddedLog;
use eventlog::{Cleanup, Clock, Log, LogReader, Topic, TopicSpec};
use schemas::{TopicKind, TopicNames};

use crate::config::Settings;
use crate::config::settings::Kafka;
use crate::failure::Failure;

/// The numbering of schema ids: our own, fixed ones. A log that a registry numbers is another.
pub(crate) const ID_SPACE: &str = "callfold";

/// An open log.
#[derive(Clone)]
pub enum Open {
    /// In a folder of this machine; this process holds it.
    Embedded(Arc<EmbeddedLog>),
    /// On brokers; others work on it too.
    Kafka(Arc<dyn Log>),
}

impl Open {
    /// To work with.
    #[must_use]
    pub fn log(&self) -> Arc<dyn Log> {
        match self {
            Open::Embedded(log) => log.clone(),
            Open::Kafka(log) => log.clone(),
        }
    }

    /// To look at.
    #[must_use]
    pub fn reader(&self) -> Arc<dyn LogReader> {
        self.log()
    }

    /// Closes it: everything durable already is.
    pub async fn close(self) {
        match self {
            Open::Embedded(log) => log.close().await,
            // It closes with its last handle: nothing that was acknowledged is in this process alone.
            Open::Kafka(_) => {}
        }
    }
}

/// Opens the log that the settings name.
///
/// # Errors
/// What the log says: held, of another version, not to be reached, topics that do not fit.
pub async fn open(settings: &Settings, clock: Arc<dyn Clock>) -> Result<Open, Failure> {
    match &settings.log.kafka {
        None => embedded::open(settings, clock).await.map(Open::Embedded),
        Some(kafka) => {
            let log = kafka::open(settings, kafka, clock);
            let log = match &kafka.registry_url {
                Some(url) => registry::open(settings, url, log).await?,
                None => log.await?,
            };
            Ok(Open::Kafka(log))
        }
    }
}

/// Opens the log on brokers to look at it.
///
/// # Errors
/// As [`open`]; and a log on which no service has ever run.
pub async fn look_on_brokers(
    settings: &Settings,
    kafka: &Kafka,
    clock: Arc<dyn Clock>,
) -> Result<Arc<dyn LogReader>, Failure> {
    let log = kafka::open_read_only(settings, kafka, clock).await?;
    match &kafka.registry_url {
        Some(url) => registry::look(settings, url, log),
        None => Ok(log),
    }
}

/// Every topic with what it keeps.
#[must_use]
pub fn topics(settings: &Settings) -> Vec<TopicSpec> {
    let names = TopicNames::with_prefix(&settings.log.topic_prefix);
    TopicKind::ALL
        .into_iter()
        .map(|kind| {
            let keeps = kind.keeps();
            let retention = keeps
                .retention_days
                .map(|days| Duration::from_secs(u64::from(days) * 24 * 60 * 60));
            TopicSpec {
                topic: Topic::new(&names.name(kind)),
                partitions: settings.log.partitions,
                cleanup: Cleanup { compact: keeps.compact, retention },
            }
        })
        .collect()
}
