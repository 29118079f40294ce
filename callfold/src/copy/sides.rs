//! Both logs of a copy: found where a person says they are, checked, and opened.

use std::path::Path;
use std::sync::Arc;

use eventlog::embedded::{OpenError, open_read_only, topics_in};
use eventlog::{Clock, Log, LogReader, TopicSpec, WriterName};
use schemas::{TopicKind, TopicNames};

use super::place::Place;
use crate::config::resolve::Resolved;
use crate::config::settings::kafka_at;
use crate::config::{Role, Settings};
use crate::failure::Failure;
use crate::process::{log, prefix};
use crate::reach;
use crate::view::Names;

/// The configuration that everything beside the places comes from.
pub struct Configured<'a> {
    /// As it was read.
    pub resolved: &'a Resolved,
    /// As it is used.
    pub settings: &'a Settings,
}

/// The log that is read.
pub struct Source {
    /// It.
    pub log: Arc<dyn LogReader>,
    /// Its topics.
    pub names: Names,
}

/// The log that is filled.
pub struct Target {
    settings: Settings,
    /// Its topics.
    pub names: Names,
    /// Whether there is one already.
    pub is_there: bool,
}

impl Configured<'_> {
    /// The settings of the log at `place`.
    fn at(&self, place: &Place) -> Settings {
        let mut settings = self.settings.clone();
        match place {
            Place::Embedded { dir } => {
                settings.log.dir.clone_from(dir);
                settings.log.kafka = None;
            }
            Place::Kafka { brokers, prefix } => {
                settings.log.kafka = Some(kafka_at(self.resolved, brokers));
                settings.log.topic_prefix.clone_from(prefix);
            }
        }
        settings
    }

    /// Opens the source. On brokers, whoever had its writers is fenced: what stands still there now and
    /// wakes later can announce nothing to Front any more.
    ///
    /// # Errors
    /// No log, one that somebody works on, one that lost records, or what the log says.
    pub async fn source(&self, place: &Place, clock: Arc<dyn Clock>) -> Result<Source, Failure> {
        let mut settings = self.at(place);
        match place {
            Place::Embedded { dir } => {
                let (prefix, partitions) = shape(dir, &settings.log.topic_prefix)?;
                let log = stopped(dir)?;
                let topics = TopicNames::with_prefix(&prefix);
                Ok(Source { log, names: Names { topics, partitions } })
            }
            Place::Kafka { .. } => {
                let kafka = settings.log.kafka.clone().expect("set for brokers");
                let partitions = log::kafka::partitions(&settings, &kafka).await?;
                let absent = || Failure::Failed(format!("there is no log at {place}"));
                settings.log.partitions = partitions.ok_or_else(absent)?;
                nobody_works(&settings, place).await?;
                let read = log::look_on_brokers(&settings, &kafka, clock.clone()).await?;
                fence(&*log::kafka::open(&settings, &kafka, clock).await?, &settings).await?;
                Ok(Source { log: read, names: reach::names(&settings) })
            }
        }
    }

    /// Finds the target, without making anything. It gets `wanted` partitions, or those that it has, or as
    /// many as the source.
    ///
    /// # Errors
    /// One that somebody works on, one that has another number of partitions, or what the log says.
    pub async fn target(
        &self,
        place: &Place,
        wanted: Option<u32>,
        of_source: u32,
    ) -> Result<Target, Failure> {
        let mut settings = self.at(place);
        let has = match &settings.log.kafka {
            Some(kafka) => log::kafka::partitions(&settings, kafka).await?,
            None => {
                prefix::check(&settings)?;
                let topics = topics_in(&settings.log.dir).map_err(|error| failed(&error))?;
                topics.first().map(|spec| spec.partitions)
            }
        };
        if let (Some(has), Some(wanted)) = (has, wanted)
            && has != wanted
        {
            return Err(Failure::Usage(format!(
                "{place} has {has} partitions, not {wanted}: leave --partitions out, or choose \
                 another target"
            )));
        }
        settings.log.partitions = has.or(wanted).unwrap_or(of_source);
        if has.is_some() && settings.log.kafka.is_some() {
            nobody_works(&settings, place).await?;
        }
        let names = reach::names(&settings);
        Ok(Target { settings, names, is_there: has.is_some() })
    }
}

impl Target {
    /// Opens it; makes it first where it is not there.
    ///
    /// # Errors
    /// What the log says.
    pub async fn open(&self, clock: Arc<dyn Clock>) -> Result<log::Open, Failure> {
        if let Some(kafka) = self.settings.log.kafka.as_ref().filter(|_| !self.is_there) {
            let differences = log::kafka::create(&self.settings, kafka).await?;
            if !differences.is_empty() {
                return Err(Failure::Failed(differences.join("; ")));
            }
        }
        log::open(&self.settings, clock).await
    }
}

/// Prefix and partitions of the log in a folder.
fn shape(dir: &Path, configured: &str) -> Result<(String, u32), Failure> {
    let topics = topics_in(dir).map_err(|error| failed(&error))?;
    let last = format!(".{}", TopicKind::Calls.short_name());
    let found: Vec<(&str, &TopicSpec)> = topics
        .iter()
        .filter_map(|spec| Some((spec.topic.as_str().strip_suffix(&last)?, spec)))
        .collect();
    let chosen = match found.as_slice() {
        [one] => Some(one),
        many => many.iter().find(|(prefix, _)| *prefix == configured),
    };
    let absent = || Failure::Failed(format!("there is no log in {}", dir.display()));
    chosen.map(|(prefix, spec)| ((*prefix).to_owned(), spec.partitions)).ok_or_else(absent)
}

/// A log in a folder that nobody works on; nobody can begin to as long as it is held.
fn stopped(dir: &Path) -> Result<Arc<dyn LogReader>, Failure> {
    let log = open_read_only(dir).map_err(|error| match error {
        OpenError::Held { holder, .. } => Failure::Failed(format!(
            "process {holder} works on the log in {}: stop it first, a log that is copied must stand \
             still",
            dir.display()
        )),
        other => failed(&other),
    })?;
    if let Some(lost) = log.lost() {
        return Err(failed(&lost));
    }
    let id_space = &log.identity().id_space;
    if id_space != log::ID_SPACE {
        return Err(Failure::Failed(format!(
            "the log in {} numbers its schemas in the id space {id_space:?}, not in {:?}: it belongs to \
             another registry",
            dir.display(),
            log::ID_SPACE
        )));
    }
    Ok(log)
}

/// No service is a member of the log on these brokers.
async fn nobody_works(settings: &Settings, place: &Place) -> Result<(), Failure> {
    let kafka = settings.log.kafka.as_ref().expect("asked of brokers only");
    for role in [Role::Projector, Role::Dispatcher] {
        let members = log::kafka::members(settings, kafka, role).await?;
        if members > 0 {
            return Err(Failure::Failed(format!(
                "{members} of callfold {role} work on {place}: stop all processes of that log first, \
                 ingest too (one that was killed counts for ten seconds more)"
            )));
        }
    }
    Ok(())
}

async fn fence(log: &dyn Log, settings: &Settings) -> Result<(), Failure> {
    let projectors = (0..settings.log.partitions).map(|at| format!("projector/{at}"));
    for name in projectors.chain(["dispatcher".to_owned()]) {
        log.writer(&WriterName(name)).await.map_err(|error| failed(&error))?;
    }
    Ok(())
}

fn failed(error: &dyn std::fmt::Display) -> Failure {
    Failure::Failed(error.to_string())
}
