//! What ingest is told.

use schemas::TopicNames;
use secrecy::SecretString;

use crate::KeptLines;

/// What ingest is told. Every secret is masked in its `Debug`.
#[derive(Debug, Clone)]
pub struct Config {
    /// With it Aircall's webhooks go to `/webhooks/aircall/<secret>` and nowhere else.
    pub path_secret: Option<SecretString>,
    /// The tokens of Aircall's webhooks; several while one is being replaced.
    pub aircall_tokens: Vec<SecretString>,
    /// The signing secret of the Front application; without it `/webhooks/front` answers 404.
    pub front_app_secret: Option<SecretString>,
    /// The region of numbers without a plus on lines without a country, ISO 3166 alpha-2.
    pub default_region: Option<String>,
    /// The lines whose events are kept.
    pub kept_lines: KeptLines,
    /// Connections at once; [`crate::limits::CONNECTIONS_MAX`], or fewer where the system gives fewer files.
    pub connections_max: usize,
    /// Whether the schemas are served to readers of the log: not where a registry numbers them.
    pub serves_schemas: bool,
    /// The topics' names.
    pub topics: TopicNames,
    /// How many partitions every topic has.
    pub partitions: u32,
}
