//! How a command that looks gets at the log: on Kafka by reading it; else through the running
//! process's socket, or, when nothing runs, by opening the log read-only.

mod client;
mod following;
pub mod socket_path;

use std::path::Path;
use std::sync::Arc;

use eventlog::embedded::ReadOnlyLog;
use eventlog::{LogReader, SystemClock};
use schemas::TopicNames;
use serde_json::Value as Json;

pub use following::events;

use crate::config::Settings;
use crate::failure::Failure;
use crate::process::log;
use crate::view::conversation::ConversationView;
use crate::view::events::Query;
use crate::view::known::Known;
use crate::view::spool::SpoolView;
use crate::view::status::{Place, StatusView};
use crate::view::{Names, ViewError, conversation, events as records, status};

/// A log within reach.
pub enum Reach {
    /// A process holds it and answers on its socket.
    Running(client::Client),
    /// It can be read without asking anybody.
    Log(Readable),
}

/// A log that can be read: nobody holds it, or brokers have it.
pub struct Readable {
    log: Arc<dyn LogReader>,
    names: Names,
    /// Where it is, as configured.
    place: Place,
    /// What was lost of it.
    lost: Option<String>,
    /// Nothing comes as long as we read it: nobody works on it.
    stopped: bool,
}

/// Where the log of these settings is.
#[must_use]
pub fn place(settings: &Settings) -> Place {
    match &settings.log.kafka {
        None => Place { kind: "embedded", what: settings.log.dir.display().to_string() },
        Some(kafka) => Place {
            kind: "kafka",
            what: format!("{}/{}", kafka.brokers, settings.log.topic_prefix),
        },
    }
}

/// The names that the settings give the topics.
#[must_use]
pub fn names(settings: &Settings) -> Names {
    Names {
        topics: TopicNames::with_prefix(&settings.log.topic_prefix),
        partitions: settings.log.partitions,
    }
}

/// Gets at the log of these settings.
///
/// # Errors
/// No log there, or one that cannot be opened.
pub async fn reach(settings: &Settings) -> Result<Reach, Failure> {
    if let Some(kafka) = &settings.log.kafka {
        let log = log::look_on_brokers(settings, kafka, Arc::new(SystemClock)).await?;
        let (names, place) = (names(settings), place(settings));
        return Ok(Reach::Log(Readable { log, names, place, lost: None, stopped: false }));
    }
    if let Some(client) = running(settings).await? {
        return Ok(Reach::Running(client));
    }
    Ok(stopped(settings, log::embedded::open_read_only(&settings.log.dir)?))
}

fn stopped(settings: &Settings, log: Arc<ReadOnlyLog>) -> Reach {
    let (names, place) = (names_of(log.as_ref(), settings), place(settings));
    let lost = log.lost().map(|lost| lost.to_string());
    Reach::Log(Readable { log, names, place, lost, stopped: true })
}

/// The names and partitions that a log has itself: the configuration may say something else since.
fn names_of(log: &dyn LogReader, settings: &Settings) -> Names {
    let mut names = names(settings);
    if let Some(spec) = log.topics().first() {
        names.partitions = spec.partitions;
        if let Some((prefix, _)) = spec.topic.as_str().rsplit_once('.') {
            names.topics = TopicNames::with_prefix(prefix);
        }
    }
    names
}

/// The process that holds the log of these settings, if one answers.
///
/// # Errors
/// A socket that is there and may not be used.
pub async fn running(settings: &Settings) -> Result<Option<client::Client>, Failure> {
    client::connect(&settings.log.dir).await
}

/// Whether a process answers on the socket in this folder.
///
/// # Errors
/// A socket that is there and may not be used.
pub async fn answers(dir: &Path) -> Result<bool, Failure> {
    Ok(client::connect(dir).await?.is_some())
}

/// What runs and what waits, on the log and in the spool of this machine.
///
/// # Errors
/// As [`reach`] and [`Reach::status`]; where the brokers are away, what the spool holds is said too.
pub async fn status(settings: &Settings) -> Result<StatusView, Failure> {
    if settings.log.kafka.is_none() {
        return reach(settings).await?.status().await;
    }
    let spool = spool(settings).await?;
    let status = async { reach(settings).await?.status().await };
    match (status.await, spool) {
        (Ok(view), spool) => Ok(StatusView { spool, ..view }),
        (Err(Failure::Away(why)), Some(spool)) => {
            Err(Failure::Away(format!("{why}; the spool of this machine: {}", spool.sentence())))
        }
        (Err(failure), _) => Err(failure),
    }
}

/// The spool in `log.dir`, of whoever has it open or left it; none when there never was one.
async fn spool(settings: &Settings) -> Result<Option<SpoolView>, Failure> {
    let dir = &settings.log.dir;
    match client::connect(dir).await? {
        Some(client) => client.ask("/v1/spool", &Json::Null).await.map(Some),
        None => SpoolView::left_in(dir).await,
    }
}

impl Reach {
    /// What runs and what waits. Of a log that lost a whole segment nobody can say that: `run`
    /// would refuse it with the same sentence.
    ///
    /// # Errors
    /// A log or socket that cannot be read, a log that lost a segment.
    pub async fn status(&self) -> Result<StatusView, Failure> {
        match self {
            Reach::Running(client) => client.ask("/v1/status", &Json::Null).await,
            Reach::Log(Readable { lost: Some(lost), .. }) => Err(Failure::Failed(lost.clone())),
            Reach::Log(Readable { log, names, place, .. }) => {
                let mut known = Known::default();
                Ok(status::look(log.as_ref(), names, place, None, &mut known).await?)
            }
        }
    }

    /// One contact.
    ///
    /// # Errors
    /// A number that is none, or a log or socket that cannot be read.
    pub async fn conversation(&self, number: &str) -> Result<ConversationView, Failure> {
        match self {
            Reach::Running(client) => client.ask("/v1/conversation", &Json::from(number)).await,
            Reach::Log(Readable { log, names, .. }) => {
                Ok(conversation::look(log.as_ref(), names, number).await?)
            }
        }
    }

    /// A topic, line by line, until its end, the limit, or, where a running process is asked to
    /// follow, until that ends. `tell` may end it with an error of its own. A stopped log is read
    /// to its end and let go of: nothing comes there, and a start must not wait for us.
    ///
    /// # Errors
    /// A request that makes no sense, or a log or socket that cannot be read.
    async fn events_once(
        self,
        query: Query,
        mut tell: impl FnMut(&str) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        match self {
            Reach::Running(client) => {
                let follow = query.follow;
                match client.stream("/v1/events", &query, tell).await? {
                    client::StreamEnd::Cut(failure) if !follow => Err(failure),
                    client::StreamEnd::Cut(_) | client::StreamEnd::Whole => Ok(()),
                }
            }
            Reach::Log(Readable { log, names, stopped, .. }) => {
                let query = Query { follow: query.follow && !stopped, ..query };
                let mut lines = records::spawn(log, &names, query)?;
                while let Some(line) = lines.recv().await {
                    tell(&line?.to_string())?;
                }
                Ok(())
            }
        }
    }
}

impl From<ViewError> for Failure {
    fn from(error: ViewError) -> Failure {
        match error {
            ViewError::Request(_) => Failure::Usage(error.to_string()),
            ViewError::Log(_) | ViewError::Damage(_) => Failure::because("reading the log", &error),
        }
    }
}
