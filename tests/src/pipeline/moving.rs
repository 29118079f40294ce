//! A pipeline that moves: its log is copied to another place, and its services start there.

use std::process::Output;

use super::Pipeline;
use crate::child::Where;

/// Where a pipeline moves to.
#[derive(Debug, Clone)]
pub enum To {
    /// To brokers, where each role is a process of its own.
    Brokers {
        /// Their addresses.
        brokers: String,
        /// What the topics' names begin with.
        prefix: String,
    },
    /// To a new folder of this name, where `callfold run` works.
    Folder(String),
}

impl Pipeline {
    /// Stops everything in order.
    ///
    /// # Panics
    /// When something does not end well.
    pub async fn stop(&mut self) {
        for child in self.child.take().into_iter().chain(self.others.drain(..)) {
            let said = child.log();
            let status = child.stop().await;
            assert!(status.success(), "it ended with {status}: {said}");
        }
    }

    /// Where the log is, as `callfold copy` takes it.
    ///
    /// # Panics
    /// When the configuration is not as this folder's are.
    #[must_use]
    pub fn place(&self) -> String {
        match &self.start.log {
            Where::Folder(dir) => format!("embedded:{}", dir.display()),
            Where::Brokers => {
                let text = std::fs::read_to_string(&self.start.config).expect("it can be read");
                let of = |key: &str| {
                    let line = text.lines().find_map(|line| line.strip_prefix(key));
                    line.expect("it is written there").trim_matches([' ', '=', '"']).to_owned()
                };
                format!("kafka:{}/{}", of("brokers"), of("topic_prefix"))
            }
        }
    }

    /// `callfold copy` of the log to another place; what came of it.
    ///
    /// # Panics
    /// When it cannot be started.
    pub async fn copy(&self, to: &To, partitions: u32) -> Output {
        let to = match to {
            To::Brokers { brokers, prefix } => format!("kafka:{brokers}/{prefix}"),
            To::Folder(name) => format!("embedded:{}", self.dir().join(name).display()),
        };
        let (from, partitions) = (self.place(), partitions.to_string());
        let arguments =
            ["copy", "--from", &from, "--to", &to, "--partitions", &partitions, "--yes", "--json"];
        self.start.output_of(&arguments).await
    }

    /// Changes the configuration: from the next start on everything works there.
    ///
    /// # Panics
    /// When the file cannot be written.
    pub fn settle_at(&mut self, to: &To, partitions: u32) {
        let file = &self.start.config;
        let text = std::fs::read_to_string(file).expect("the configuration can be read");
        let (_, rest) = text.split_once("[ingest]").expect("it has a section of ingest");
        let (section, command, log) = match to {
            To::Brokers { brokers, prefix } => {
                let section = format!(
                    "kind = \"kafka\"\nbrokers = {brokers:?}\ntopic_prefix = {prefix:?}\n\
                     replication = 1\ndir = {:?}\n",
                    self.dir().join("ingest-data")
                );
                (section, "ingest", Where::Brokers)
            }
            To::Folder(name) => {
                let dir = self.dir().join(name);
                // The copy has given the folder's topics the prefix that is configured.
                let prefix = text.lines().find(|line| line.starts_with("topic_prefix"));
                let section = format!("dir = {dir:?}\n{}\n", prefix.unwrap_or_default());
                (section, "run", Where::Folder(dir))
            }
        };
        let text = format!("[log]\npartitions = {partitions}\n{section}[ingest]{rest}");
        std::fs::write(file, text).expect("the configuration can be written");
        (self.start.command, self.start.log) = (command, log);
    }
}
