//! What the dispatcher is told.

use std::time::Duration;

use schemas::TopicNames;
use secrecy::SecretString;

/// The dispatcher's part of the configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// Front's API, scheme and host, for example `https://api2.frontapp.com`.
    pub api_url: String,
    /// The API token.
    pub token: SecretString,
    /// The inbox that calls land in: a name or an id (`inb_...`).
    pub inbox: String,
    /// The type of imported messages: `custom`.
    pub message_type: String,
    /// Who logs what an agent without a teammate did: an e-mail or an id (`tea_...`).
    pub fallback_author: Option<String>,
    /// The company's requests per minute until headers teach better.
    pub requests_per_minute: f64,
    /// Our share of it, above 0, at most 1.
    pub budget_share: f64,
    /// Writes to one resource per second.
    pub requests_per_resource_s: u32,
    /// How long an answer may take, connecting included.
    pub timeout: Duration,
    /// Everything but writes to Front.
    pub dry_run: bool,
    /// Whether Front's events are polled: when no webhook brings them.
    pub poll_events: bool,
    /// How often they are polled.
    pub poll_every: Duration,
    /// How long after it was accepted an import is looked for first. Later looks follow at growing
    /// distances, in proportion.
    pub confirm_after: Duration,
    /// The topics' names.
    pub topics: TopicNames,
    /// How many partitions each topic has.
    pub partitions: u32,
}

impl Config {
    /// The defaults of the configuration, for one API and token.
    #[must_use]
    pub fn new(api_url: String, token: SecretString) -> Config {
        Config {
            api_url,
            token,
            inbox: "Aircall Phone".to_owned(),
            message_type: "custom".to_owned(),
            fallback_author: None,
            requests_per_minute: 50.0,
            budget_share: 1.0,
            requests_per_resource_s: 5,
            timeout: Duration::from_secs(30),
            dry_run: false,
            poll_events: true,
            poll_every: Duration::from_secs(45),
            confirm_after: Duration::from_secs(2),
            topics: TopicNames::with_prefix("callfold"),
            partitions: 12,
        }
    }

    /// How long after its intent a write may still start: long enough for a slow commit, short enough that
    /// a successor does not wait long.
    #[must_use]
    pub(crate) fn deadline_ms(&self) -> i64 {
        self.timeout_ms().min(5_000)
    }

    #[must_use]
    pub(crate) fn timeout_ms(&self) -> i64 {
        i64::try_from(self.timeout.as_millis()).unwrap_or(i64::MAX / 4)
    }

    #[must_use]
    pub(crate) fn confirm_ms(&self) -> i64 {
        i64::try_from(self.confirm_after.as_millis()).unwrap_or(i64::MAX / 4).max(1)
    }
}
