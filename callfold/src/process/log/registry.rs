//! The log whose schemas a registry numbers (`log.registry_url`).
//!
//! The services know callfold's own ids only, and so does everything that decodes. Between them and
//! the log stands a log that translates ids (`log.rs`), by what is agreed on here at the opening:
//!
//! 1. ask the registry for every version of every schema (`subjects.rs` says under which subject),
//! 2. let it check all that it does not have, then register them, oldest first,
//! 3. compare with what this machine remembers of the log (`remembered.rs`), and remember it.
//!
//! All of that is before the first record. Where the registry is away, what is remembered does, if it
//! has every version that is written. From then on the registry is asked for ids only that nobody has
//! met before; who only looks never registers.

mod client;
mod ids;
mod log;
mod remembered;
mod subjects;
mod telemetry;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use eventlog::{Log, LogReader};
use schemas::registry::{Version, newest};
use schemas::{IdMap, TopicNames};
use secrecy::SecretString;

use crate::config::Settings;
use crate::failure::Failure;
use client::{Client, RegistryError};
use ids::Ids;
use log::Numbered;
use remembered::Remembered;

/// The numbering of such a log. Two registries are two numberings: what this machine remembers tells
/// them apart.
pub const ID_SPACE: &str = "registry";

/// Registers all schemas and then opens `log`, to work with it.
///
/// # Errors
/// A registry that refuses a schema, that numbers the log's schemas in another way, or that is away
/// while it is needed; and what `log` fails with.
pub async fn open(
    settings: &Settings,
    url: &SecretString,
    log: impl Future<Output = Result<Arc<dyn Log>, Failure>>,
) -> Result<Arc<dyn Log>, Failure> {
    let dir = &settings.log.dir;
    let client = Client::new(url).map_err(told)?;
    let names = TopicNames::with_prefix(&settings.log.topic_prefix);
    let remembered = Remembered::load(dir)?;
    let agreed = match agree(&client, &names).await {
        Ok(agreed) => Ok(agreed),
        Err(away) if away.is_away() => {
            // Also before the log is opened: a new one would be given its name.
            require_all(remembered.as_ref(), &away)?;
            Err(away)
        }
        Err(error) => return Err(told(error)),
    };
    let log = log.await?;
    let log_id = log.identity().log_id.clone();
    let before = remembered.filter(|remembered| remembered.log_id == log_id);
    let mut ids = before.as_ref().map(|before| before.ids.clone()).unwrap_or_default();
    match agreed {
        Ok(agreed) => merge(&client, dir, &mut ids, &agreed)?,
        Err(away) => {
            require_all(before.as_ref(), &away)?;
            telemetry::away(&away);
        }
    }
    let now = Remembered { log_id, ids };
    if before.as_ref() != Some(&now) {
        now.save(dir)?;
    }
    let ids = Arc::new(Ids::new(client, map_of(&now.ids)));
    Ok(Arc::new(Numbered { inner: log, ids }))
}

/// The same log to look at: ids that this machine does not remember are asked for when they are met.
///
/// # Errors
/// An address that is none.
pub fn look(
    settings: &Settings,
    url: &SecretString,
    log: Arc<dyn LogReader>,
) -> Result<Arc<dyn LogReader>, Failure> {
    let client = Client::new(url).map_err(told)?;
    // A file of another user, for example: the registry says the same.
    let remembered = Remembered::load(&settings.log.dir).ok().flatten();
    let of_this = remembered.filter(|it| it.log_id == log.identity().log_id);
    let map = map_of(&of_this.map(|it| it.ids).unwrap_or_default());
    Ok(Arc::new(Numbered { inner: log, ids: Arc::new(Ids::new(client, map)) }))
}

/// The registry's id for every version of ours; registers those that it does not have, when it refuses
/// none of them.
async fn agree(client: &Client, names: &TopicNames) -> Result<BTreeMap<u32, u32>, RegistryError> {
    let mut agreed = BTreeMap::new();
    let mut missing = Vec::new();
    for wanted in subjects::wanted(names) {
        match client.registered(&wanted.subject, wanted.version.json).await? {
            // The first is written where a registry gives a schema an id for each subject.
            Some(id) => _ = agreed.entry(wanted.version.id).or_insert(id),
            None => missing.push(wanted),
        }
    }
    for wanted in &missing {
        client.check(&wanted.subject, &called(wanted.version), wanted.version.json).await?;
    }
    for wanted in &missing {
        let name = called(wanted.version);
        let id = client.register(&wanted.subject, &name, wanted.version.json).await?;
        agreed.entry(wanted.version.id).or_insert(id);
    }
    telemetry::registered(&client.address(), agreed.len(), missing.len());
    Ok(agreed)
}

/// Adds what the registry says now to what is remembered.
///
/// # Errors
/// Two numbers for one schema: records of both would lie on the log, and of the older ones nobody could
/// say any more what they are.
fn merge(
    client: &Client,
    dir: &Path,
    ids: &mut BTreeMap<u32, u32>,
    agreed: &BTreeMap<u32, u32>,
) -> Result<(), Failure> {
    for (ours, theirs) in agreed {
        let had = *ids.entry(*ours).or_insert(*theirs);
        if had != *theirs {
            let name = schemas::registry::by_id(*ours).map(called).unwrap_or_default();
            return Err(Failure::Failed(format!(
                "the registry at {} gives {name} the id {theirs}, and the records of this log have {had} \
                 ({}): it is another registry, or it has lost what it held. Bring the old one back, or \
                 begin a new log under another log.topic_prefix; nothing was written",
                client.address(),
                Remembered::path(dir).display()
            )));
        }
    }
    Ok(())
}

/// Whether every version that this callfold writes is remembered.
///
/// # Errors
/// The first that is not.
fn require_all(remembered: Option<&Remembered>, away: &RegistryError) -> Result<(), Failure> {
    let known = |id: u32| remembered.is_some_and(|remembered| remembered.ids.contains_key(&id));
    match newest().find(|version| !known(version.id)) {
        None => Ok(()),
        Some(version) => Err(Failure::Failed(format!(
            "{away}; and the id of {} in this log is not known on this machine. A new schema cannot be registered \
             while the registry is away: start again when it is back; nothing was written",
            called(version)
        ))),
    }
}

fn map_of(ids: &BTreeMap<u32, u32>) -> IdMap {
    let mut map = IdMap::empty();
    for (ours, theirs) in ids {
        map.insert(*ours, *theirs);
    }
    map
}

/// A version as a person finds it in `callfold schemas list`.
fn called(version: &Version) -> String {
    format!("{} ({})", version.name, version.id)
}

fn told(error: RegistryError) -> Failure {
    match error {
        RegistryError::Address => Failure::Usage(error.to_string()),
        other => Failure::Failed(other.to_string()),
    }
}
