//! What of the Kafka log can be set, with argued defaults, and what cannot.

use std::collections::BTreeMap;
use std::time::Duration;

use rdkafka::ClientConfig;
use secrecy::{ExposeSecret, SecretString};

use crate::Topic;
use crate::admission::RECORD_BYTES_MAX;

/// The largest batch that a producer sends, in bytes: the largest record, and room for what frames it.
pub(super) const BATCH_BYTES_MAX: usize = RECORD_BYTES_MAX + (64 << 10);

/// How long a broker may leave a request unanswered. Its answers take milliseconds.
const SOCKET_TIMEOUT: Duration = Duration::from_secs(10);

/// Where the brokers are, and how to talk to them.
#[derive(Debug, Clone)]
pub struct Options {
    /// `host:port` of some brokers, separated by commas; the others are found through them.
    pub brokers: String,
    /// Begins every name that is not a topic of the log's owner: `<prefix>.identity` (a topic),
    /// `<prefix>.<writer>` (transactional ids), `<prefix>.<role>` (consumer groups).
    pub prefix: String,
    /// Which numbering of schema ids the records use; a log with another one is refused.
    pub id_space: String,
    /// How many brokers hold each partition. 3 lets one be away without anybody noticing.
    pub replication: u16,
    /// The topic whose partitions are the slots of a role: what its members read first. A role that
    /// is not named here takes the first topic of the log.
    pub role_topics: BTreeMap<String, Topic>,
    /// A name for this process that stays the same when it starts again; then a restart within the
    /// session timeout moves no slot. None: every start is a new member.
    pub member: Option<String>,
    /// Whatever else librdkafka knows. It wins over the choices of this adapter, but not over what
    /// the log's promises rest on: see [`Options::refused`]. Any of it may be a password.
    pub librdkafka: BTreeMap<String, SecretString>,
    /// An append is given up, and its records given back, after this long. 30 s: several times what
    /// a new leader takes, and short enough for whoever waits.
    pub delivery_timeout: Duration,
    /// A commit is given up after this long, each of its two halves; also the longest time that a
    /// dead writer's open commit hides what lies behind it. 30 s, for the same reason.
    pub commit_timeout: Duration,
    /// A question to the brokers is given up after this long. 15 s.
    pub request_timeout: Duration,
    /// A member that is not heard of for this long loses its slots. 10 s: a pause of a busy machine
    /// is shorter, and so is the patience of whoever waits for a take-over.
    pub session_timeout: Duration,
    /// How often a member is heard of. 3 s: it takes three lost ones to lose the slots.
    pub heartbeat: Duration,
    /// How long a member may take to release slots that were revoked; then they are lost. 30 s, as
    /// a commit.
    pub release_timeout: Duration,
}

impl Options {
    /// The defaults for these brokers.
    #[must_use]
    pub fn new(brokers: &str, prefix: &str, id_space: &str) -> Options {
        Options {
            brokers: brokers.to_owned(),
            prefix: prefix.to_owned(),
            id_space: id_space.to_owned(),
            replication: 3,
            role_topics: BTreeMap::new(),
            member: None,
            librdkafka: BTreeMap::new(),
            delivery_timeout: Duration::from_secs(30),
            commit_timeout: Duration::from_secs(30),
            request_timeout: Duration::from_secs(15),
            session_timeout: Duration::from_secs(10),
            heartbeat: Duration::from_secs(3),
            release_timeout: Duration::from_secs(30),
        }
    }

    /// How many brokers must have an append before it is acknowledged: all but one, at least one.
    #[must_use]
    pub fn in_sync_min(&self) -> u16 {
        self.replication.saturating_sub(1).max(1)
    }

    /// The keys of [`Options::librdkafka`] that cannot be set, with the reason.
    #[must_use]
    pub fn refused(&self) -> Vec<String> {
        let told = |key: &String| Some(format!("`{key}` cannot be set: {}", refusal(key)?));
        self.librdkafka.keys().filter_map(told).collect()
    }

    pub(super) fn identity_topic(&self) -> Topic {
        Topic::new(&format!("{}.identity", self.prefix))
    }

    pub(super) fn named(&self, what: &str) -> String {
        format!("{}.{what}", self.prefix)
    }

    /// What all clients have in common, below what the user says.
    fn client(&self, kind: &str) -> ClientConfig {
        let mut config = ClientConfig::new();
        config
            .set("client.id", self.named(kind))
            // A broker that comes back is asked within a second, not within ten.
            .set("reconnect.backoff.max.ms", "1000")
            // A broker that is frozen is given up before an append is.
            .set("socket.timeout.ms", SOCKET_TIMEOUT.as_millis().to_string())
            .set("log.connection.close", "false");
        config
    }

    /// Adds what the user says, and then what the promises rest on.
    fn finished(&self, mut config: ClientConfig, guaranteed: &[(&str, &str)]) -> ClientConfig {
        for (key, value) in &self.librdkafka {
            config.set(key, value.expose_secret());
        }
        config.set("bootstrap.servers", &self.brokers);
        for (key, value) in guaranteed {
            config.set(*key, *value);
        }
        config
    }

    /// For the appender.
    pub(super) fn appending(&self) -> ClientConfig {
        let mut config = self.client("appender");
        config
            // A lonely record waits this long for company: a quarter of the 20 ms that it may take.
            .set("linger.ms", "5")
            .set("compression.type", "lz4")
            .set("message.timeout.ms", self.delivery_timeout.as_millis().to_string())
            // The appender has its own limit, and waits instead of refusing.
            .set("queue.buffering.max.messages", "0")
            .set("queue.buffering.max.kbytes", "1048576")
            .set("message.max.bytes", BATCH_BYTES_MAX.to_string());
        self.finished(config, &[("enable.idempotence", "true"), ("acks", "all")])
    }

    /// For the writer of this transactional id.
    pub(super) fn writing(&self, transactional_id: &str) -> ClientConfig {
        let mut config = self.client("writer");
        let timeout_ms = self.commit_timeout.as_millis().to_string();
        let socket_ms = self.commit_timeout.min(SOCKET_TIMEOUT).as_millis().to_string();
        config
            // No answer may be waited for longer than the whole commit.
            .set("socket.timeout.ms", socket_ms)
            // A commit brings its own company.
            .set("linger.ms", "0")
            .set("compression.type", "lz4")
            .set("queue.buffering.max.messages", "0")
            .set("queue.buffering.max.kbytes", "1048576")
            .set("message.max.bytes", BATCH_BYTES_MAX.to_string())
            .set("message.timeout.ms", &timeout_ms)
            .set("transaction.timeout.ms", &timeout_ms);
        let guaranteed = [
            ("enable.idempotence", "true"),
            ("acks", "all"),
            ("transactional.id", transactional_id),
        ];
        self.finished(config, &guaranteed)
    }

    /// For readers.
    pub(super) fn reading(&self, isolation: &str) -> ClientConfig {
        let mut config = self.client("reader");
        config
            // A reader that is new, or that stands at the end, waits for the answer to the fetch that
            // is under way: at most this long.
            .set("fetch.wait.max.ms", "100")
            // What is read ahead for each partition; a role has some dozens of them.
            .set("queued.min.messages", "10000")
            .set("queued.max.messages.kbytes", "16384")
            .set("check.crcs", "true");
        let group = self.named("readers");
        let guaranteed = [
            ("group.id", group.as_str()),
            ("isolation.level", isolation),
            ("enable.auto.commit", "false"),
            ("enable.auto.offset.store", "false"),
            ("auto.offset.reset", "error"),
            ("enable.partition.eof", "true"),
            ("allow.auto.create.topics", "false"),
        ];
        self.finished(config, &guaranteed)
    }

    /// For the members of a role.
    pub(super) fn joining(&self, role: &str) -> ClientConfig {
        let mut config = self.client("member");
        if let Some(member) = &self.member {
            config.set("group.instance.id", format!("{role}-{member}"));
        }
        let millis = |duration: Duration| duration.as_millis().to_string();
        let group = self.named(role);
        // While it waits for slots to be released, a member does not poll.
        let silence = millis(self.release_timeout + self.session_timeout);
        let (session, heartbeat) = (millis(self.session_timeout), millis(self.heartbeat));
        let guaranteed = [
            ("group.id", group.as_str()),
            ("partition.assignment.strategy", "cooperative-sticky"),
            ("enable.auto.commit", "false"),
            ("enable.auto.offset.store", "false"),
            ("auto.offset.reset", "latest"),
            ("session.timeout.ms", &session),
            ("heartbeat.interval.ms", &heartbeat),
            ("max.poll.interval.ms", &silence),
            ("allow.auto.create.topics", "false"),
        ];
        self.finished(config, &guaranteed)
    }

    /// For questions about topics.
    pub(super) fn administering(&self) -> ClientConfig {
        self.finished(self.client("admin"), &[])
    }
}

/// Why a property of librdkafka cannot be set; none when it can.
#[must_use]
pub fn refusal(property: &str) -> Option<&'static str> {
    GUARANTEED.iter().find(|(name, _)| *name == property).map(|(_, why)| *why)
}

/// What the promises of the log rest on.
const GUARANTEED: [(&str, &str); 21] = [
    ("bootstrap.servers", "the log has its own list of brokers"),
    ("metadata.broker.list", "the log has its own list of brokers"),
    ("enable.idempotence", "without it a retry writes records twice and out of order"),
    ("acks", "an append is acknowledged when all replicas in sync have it"),
    ("request.required.acks", "an append is acknowledged when all replicas in sync have it"),
    ("transactional.id", "it is the writer's name, and what fences the one before"),
    ("transaction.timeout.ms", "it follows the commit timeout"),
    ("isolation.level", "readers see committed records only"),
    ("enable.auto.commit", "positions are records, and move with what was made of the input"),
    ("enable.auto.offset.store", "positions are records, and move with what was made of the input"),
    ("auto.offset.reset", "a reader says where it starts, and never jumps in silence"),
    ("auto.commit.enable", "positions are records, and move with what was made of the input"),
    ("enable.partition.eof", "readers need to know where a partition ends"),
    ("group.id", "it is the role's name with the prefix"),
    ("group.instance.id", "it is made of the role's name and of log.member"),
    ("group.protocol", "the take-over of slots rests on the classic protocol"),
    ("partition.assignment.strategy", "slots move one by one, without a stop of all members"),
    ("session.timeout.ms", "it follows the session timeout"),
    ("heartbeat.interval.ms", "it follows the heartbeat"),
    ("max.poll.interval.ms", "it follows the release timeout"),
    ("allow.auto.create.topics", "topics are created with their settings, or not at all"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_win_except_over_promises() {
        let mut options = Options::new("b:1", "p", "ids");
        for (key, value) in [("linger.ms", "50"), ("acks", "1"), ("compression.type", "zstd")] {
            options.librdkafka.insert(key.to_owned(), value.into());
        }
        let config = options.appending();
        assert_eq!(config.get("linger.ms"), Some("50"));
        assert_eq!(config.get("compression.type"), Some("zstd"));
        assert_eq!(config.get("acks"), Some("all"));
        let refused = options.refused();
        assert_eq!(refused.len(), 1, "{refused:?}");
        assert!(refused[0].starts_with("`acks` cannot be set: an append"), "{refused:?}");
    }

    #[test]
    fn names_carry_the_prefix() {
        let options = Options::new("b:1", "east", "ids");
        assert_eq!(options.identity_topic(), Topic::new("east.identity"));
        assert_eq!(options.writing("east.w").get("transactional.id"), Some("east.w"));
        assert_eq!(options.joining("projector").get("group.id"), Some("east.projector"));
    }
}
