//! A log in memory that is opened with a registry, as a service and as somebody who looks do it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use callfold::config::{self, Needs, Settings};
use callfold::failure::Failure;
use callfold::process::log::{self, registry};
use eventlog::memory::MemoryLog;
use eventlog::{Log, LogReader, ManualClock, Offset, Partition, Record, Stored, Topic};
use schemas::{Position, TimeMs, TopicKind, TopicNames};
use secrecy::SecretString;
use tempfile::TempDir;

pub struct Stage {
    pub settings: Settings,
    pub url: String,
    /// The log as it lies there, with the registry's ids.
    pub log: Arc<MemoryLog>,
    /// How often it was opened to work with it.
    pub opened: AtomicUsize,
    pub dir: TempDir,
}

impl Stage {
    pub fn new(url: &str) -> Stage {
        let dir = tempfile::tempdir().unwrap();
        let no_file = |_: &str| Err(std::io::Error::other("no file"));
        let folder = dir.path().join("data").display().to_string();
        let variables = [("CALLFOLD_LOG__DIR", folder.as_str()), ("CALLFOLD_LOG__PARTITIONS", "1")];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let (_, settings) = config::check(None, &variables, &no_file, Needs::Look).unwrap();
        let log = MemoryLog::new(log::topics(&settings), Arc::new(ManualClock::at(1_000)));
        Stage { settings, url: url.to_owned(), log, opened: AtomicUsize::new(0), dir }
    }

    /// Opens the log to work with it, as on brokers.
    pub async fn open(&self) -> Result<Arc<dyn Log>, Failure> {
        let log: Arc<dyn Log> = self.log.clone();
        let url = SecretString::from(self.url.clone());
        let open = async {
            self.opened.fetch_add(1, Ordering::SeqCst);
            Ok(log)
        };
        registry::open(&self.settings, &url, open).await
    }

    /// What `open` says when it refuses.
    pub async fn refused(&self) -> String {
        match self.open().await {
            Ok(_) => panic!("it was opened"),
            Err(failure) => failure.to_string(),
        }
    }

    /// Opens the log as another machine does that only looks.
    pub fn look(&self) -> Arc<dyn LogReader> {
        let elsewhere = self.dir.path().join("elsewhere");
        let mut settings = self.settings.clone();
        settings.log.dir = elsewhere.clone();
        let url = SecretString::from(self.url.clone());
        let log: Arc<dyn LogReader> = self.log.clone();
        let looking = registry::look(&settings, &url, log).unwrap();
        assert!(!elsewhere.exists(), "who looks writes nothing");
        looking
    }

    /// The file with the ids.
    pub fn remembered(&self) -> std::path::PathBuf {
        self.settings.log.dir.join("registry.json")
    }
}

pub fn topic(kind: TopicKind) -> Topic {
    Topic::new(&TopicNames::with_prefix("callfold").name(kind))
}

/// A record of ours.
pub fn record(key: &str) -> Record {
    let position = Position {
        writer: key.to_owned(),
        inputs: Vec::new(),
        front_cursor: None,
        at: TimeMs(1_000),
    };
    valued(key, Some(Bytes::from(schemas::encode(&position))))
}

pub fn valued(key: &str, value: Option<Bytes>) -> Record {
    Record {
        topic: topic(TopicKind::Outcomes),
        partition: Partition(0),
        key: Bytes::copy_from_slice(key.as_bytes()),
        value,
        headers: Vec::new(),
    }
}

/// All records of the topic of [`record`].
pub async fn read_all(log: &dyn LogReader) -> Vec<Stored> {
    let reader = log.reader(&topic(TopicKind::Outcomes), Partition(0), Offset::START).await;
    reader.unwrap().next_if_any(100).await.unwrap().records
}

/// The schema ids of all records of that topic.
pub async fn ids(log: &dyn LogReader) -> BTreeSet<u32> {
    let values = read_all(log).await.into_iter().filter_map(|stored| stored.value);
    values.map(|value| schemas::codec::schema_id(&value).unwrap()).collect()
}
