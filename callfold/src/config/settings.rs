//! The settings as the program uses them: typed, complete, checked.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use secrecy::SecretString;

use super::keys::KEYS;
use super::resolve::Resolved;
use super::value::Value;

/// All of it.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `log.*`
    pub log: Log,
    /// `ingest.*`
    pub ingest: Ingest,
    /// `aircall.*`
    pub aircall: Aircall,
    /// `front.*`
    pub front: Front,
    /// `templates.*` that are set, by the name after `templates.`.
    pub templates: BTreeMap<&'static str, String>,
    /// `telemetry.*`
    pub telemetry: Telemetry,
}

/// `log.*`
#[derive(Debug, Clone)]
pub struct Log {
    /// Where everything lies; with Kafka the local stores.
    pub dir: PathBuf,
    /// The brokers that keep the log; none: it is embedded.
    pub kafka: Option<Kafka>,
    /// The first part of topic names.
    pub topic_prefix: String,
    /// Partitions of each topic.
    pub partitions: u32,
}

/// `log.brokers` and what goes with it.
#[derive(Debug, Clone)]
pub struct Kafka {
    /// `host:port`, separated by commas.
    pub brokers: String,
    /// Brokers that hold each partition.
    pub replication: u16,
    /// The registry that numbers schemas, perhaps with credentials; none: the numbers are our own.
    pub registry_url: Option<SecretString>,
    /// A name of this process that stays the same when it starts again; none: every start is a new member.
    pub member: Option<String>,
    /// librdkafka's own properties; some are secrets.
    pub librdkafka: BTreeMap<String, SecretString>,
}

/// `ingest.*`
#[derive(Debug, Clone)]
pub struct Ingest {
    /// Where webhooks arrive.
    pub listen: SocketAddr,
    /// The secret end of the path.
    pub path_secret: Option<SecretString>,
}

/// `aircall.*`
#[derive(Debug, Clone)]
pub struct Aircall {
    /// Its API.
    pub api_url: String,
    /// Id and token of the API key.
    pub credentials: Option<(String, SecretString)>,
    /// Tokens that webhooks may carry.
    pub webhook_tokens: Vec<SecretString>,
    /// The lines to log; none: all.
    pub lines: Option<Vec<String>>,
    /// Whether events of the others are kept.
    pub keep_other_lines: bool,
    /// The wait for a voicemail.
    pub settle_s: i64,
    /// Whose comments are copied.
    pub comments: Comments,
    /// ISO country.
    pub region: Option<String>,
}

/// `front.*`
#[derive(Debug, Clone)]
pub struct Front {
    /// Its API.
    pub api_url: String,
    /// The API token.
    pub token: Option<SecretString>,
    /// The application's secret.
    pub app_secret: Option<SecretString>,
    /// Name or id.
    pub inbox: String,
    /// How a call is cut into activities.
    pub layout: Layout,
    /// No writes.
    pub dry_run: bool,
    /// Type of imports.
    pub message_type: String,
    /// E-mail or id.
    pub fallback_author: Option<String>,
    /// The first guess of the company's limit.
    pub requests_per_minute: u32,
    /// Our part of it.
    pub budget_share: f64,
    /// To one conversation or contact.
    pub requests_per_resource_s: u32,
    /// Until a request is in doubt.
    pub timeout_s: u64,
    /// How the assignee is set.
    pub assign: Assign,
}

/// `aircall.comments`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comments {
    /// Those of answered calls.
    Answered,
    /// All.
    All,
}

/// `front.layout`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// One activity per piece of information.
    Separate,
    /// One for all.
    Compact,
}

/// `front.assign`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assign {
    /// With the import.
    Import,
    /// By its own request.
    Put,
}

/// `telemetry.*`
#[derive(Debug, Clone)]
pub struct Telemetry {
    /// Where health, readiness and metrics answer.
    pub listen: SocketAddr,
    /// The filter.
    pub log: String,
    /// `text` or `json`; none: by the terminal.
    pub format: Option<String>,
    /// Where traces and metrics go.
    pub otlp_endpoint: Option<String>,
}

/// The settings of a configuration in which nothing is left to correct.
///
/// # Panics
/// When `resolved` still has problems: `check` does not come here then.
#[must_use]
pub fn of(resolved: &Resolved) -> Settings {
    let read = Read(resolved);
    Settings {
        log: Log {
            dir: PathBuf::from(read.text("log.dir")),
            kafka: (read.text("log.kind") == "kafka").then(|| {
                let brokers = read.text_if_set("log.brokers");
                kafka_at(resolved, &brokers.expect("kafka without brokers is refused"))
            }),
            topic_prefix: read.text("log.topic_prefix"),
            partitions: read.whole("log.partitions"),
        },
        ingest: Ingest {
            listen: read.address("ingest.listen"),
            path_secret: read.secret("ingest.path_secret"),
        },
        aircall: Aircall {
            api_url: read.text("aircall.api_url"),
            credentials: read.text_if_set("aircall.api_id").zip(read.secret("aircall.api_token")),
            webhook_tokens: read.secrets("aircall.webhook_token"),
            lines: read.list("aircall.lines"),
            keep_other_lines: read.switch("aircall.keep_other_lines"),
            settle_s: read.whole("aircall.settle_s"),
            comments: match read.text("aircall.comments").as_str() {
                "all" => Comments::All,
                _ => Comments::Answered,
            },
            region: read.text_if_set("aircall.region"),
        },
        front: front(&read),
        templates: templates(resolved),
        telemetry: Telemetry {
            listen: read.address("telemetry.listen"),
            log: read.text("telemetry.log"),
            format: read.text_if_set("telemetry.format"),
            otlp_endpoint: read.text_if_set("telemetry.otlp_endpoint"),
        },
    }
}

/// What the configuration says of any brokers, for those at `brokers`.
///
/// # Panics
/// As [`of`].
#[must_use]
pub fn kafka_at(resolved: &Resolved, brokers: &str) -> Kafka {
    let read = Read(resolved);
    let passed_on = read.0.passed_on().iter().filter_map(|(property, set)| match &set.value {
        Value::Secrets(secrets) => Some((property.clone(), secrets.first()?.clone())),
        _ => None,
    });
    Kafka {
        brokers: brokers.to_owned(),
        replication: read.whole("log.replication"),
        registry_url: read.secret("log.registry_url"),
        member: read.text_if_set("log.member"),
        librdkafka: passed_on.collect(),
    }
}

fn front(read: &Read<'_>) -> Front {
    Front {
        api_url: read.text("front.api_url"),
        token: read.secret("front.token"),
        app_secret: read.secret("front.app_secret"),
        inbox: read.text("front.inbox"),
        layout: match read.text("front.layout").as_str() {
            "compact" => Layout::Compact,
            _ => Layout::Separate,
        },
        dry_run: read.switch("front.dry_run"),
        message_type: read.text("front.message_type"),
        fallback_author: read.text_if_set("front.fallback_author"),
        requests_per_minute: read.whole("front.requests_per_minute"),
        budget_share: read.share("front.budget_share"),
        requests_per_resource_s: read.whole("front.requests_per_resource_s"),
        timeout_s: read.whole("front.timeout_s"),
        assign: match read.text("front.assign").as_str() {
            "put" => Assign::Put,
            _ => Assign::Import,
        },
    }
}

fn templates(resolved: &Resolved) -> BTreeMap<&'static str, String> {
    KEYS.iter()
        .filter_map(|key| {
            let short = key.name.strip_prefix("templates.")?;
            Some((short, Read(resolved).text_if_set(key.name)?))
        })
        .collect()
}

/// Reading by name: the kind in the table says which of these fits, and a default is there where
/// nothing may be missing.
struct Read<'a>(&'a Resolved);

impl Read<'_> {
    fn value(&self, name: &str) -> Option<&Value> {
        self.0.get(name).map(|set| &set.value)
    }

    fn text_if_set(&self, name: &str) -> Option<String> {
        match self.value(name) {
            Some(Value::Text(text)) => Some(text.clone()),
            _ => None,
        }
    }

    fn text(&self, name: &str) -> String {
        self.text_if_set(name).expect("a text key with a default")
    }

    fn whole<T: TryFrom<i64>>(&self, name: &str) -> T {
        match self.value(name) {
            Some(Value::Whole(number)) => {
                T::try_from(*number).ok().expect("the key's range fits its type")
            }
            _ => panic!("{name} is a whole number with a default"),
        }
    }

    fn share(&self, name: &str) -> f64 {
        match self.value(name) {
            Some(Value::Share(share)) => *share,
            _ => panic!("{name} is a share with a default"),
        }
    }

    fn switch(&self, name: &str) -> bool {
        match self.value(name) {
            Some(Value::Switch(on)) => *on,
            _ => panic!("{name} is a switch with a default"),
        }
    }

    fn list(&self, name: &str) -> Option<Vec<String>> {
        match self.value(name) {
            Some(Value::List(list)) => list.clone(),
            _ => None,
        }
    }

    fn secrets(&self, name: &str) -> Vec<SecretString> {
        match self.value(name) {
            Some(Value::Secrets(secrets)) => secrets.clone(),
            _ => Vec::new(),
        }
    }

    fn secret(&self, name: &str) -> Option<SecretString> {
        self.secrets(name).into_iter().next()
    }

    fn address(&self, name: &str) -> SocketAddr {
        self.text(name).parse().expect("checked when it was read")
    }
}
