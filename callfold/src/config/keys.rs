//! The table of all keys. The order is the order in which `config` prints them.

use super::key::{Key, Kind};

const fn key(
    name: &'static str,
    kind: Kind,
    default: Option<&'static str>,
    example: &'static str,
    doc: &'static str,
) -> Key {
    Key { name, kind, default, doc, example }
}

const KAFKA: Kind = Kind::Later("it belongs to the Kafka log, which comes with a later version");

/// Every key, sections together.
pub static KEYS: &[Key] = &[
    key(
        "log.kind",
        Kind::Word(&["embedded", "kafka"]),
        Some("embedded"),
        "embedded",
        "Which log: embedded keeps everything in log.dir of this machine. kafka comes with a later version.",
    ),
    key(
        "log.dir",
        Kind::Folder,
        Some("callfold-data"),
        "/var/lib/callfold",
        "The folder of the embedded log, the local stores and the command socket. It is made when it is not there.",
    ),
    key(
        "log.topic_prefix",
        Kind::Text,
        Some("callfold"),
        "callfold",
        "The first part of every topic's name.",
    ),
    key(
        "log.partitions",
        Kind::Whole { min: 1, max: 1024 },
        Some("12"),
        "12",
        "Partitions of every topic, fixed when the log is made: everything about one contact lies in one.",
    ),
    key("log.brokers", KAFKA, None, "broker:9092", "Kafka's addresses."),
    key("log.replication", KAFKA, None, "3", "Copies of each Kafka partition."),
    key(
        "log.registry_url",
        KAFKA,
        None,
        "http://registry:8081",
        "A Confluent-compatible schema registry.",
    ),
    key(
        "ingest.listen",
        Kind::Address,
        Some("127.0.0.1:8080"),
        "127.0.0.1:8080",
        "Where webhooks arrive. Aircall insists on https with a valid certificate: put a proxy in front.",
    ),
    key(
        "ingest.path_secret",
        Kind::PathSecret,
        None,
        "k3jd8fkw02kd",
        "A secret end of the webhook's path: then it is /webhooks/aircall/<secret> and any other path answers 404.",
    ),
    key(
        "aircall.api_url",
        Kind::Url,
        Some("https://api.aircall.io"),
        "https://api.aircall.io",
        "Aircall's API.",
    ),
    key(
        "aircall.api_id",
        Kind::Text,
        None,
        "0f2c",
        "The id of an Aircall API key. Without id and token, lines and agents are not known at the start.",
    ),
    key("aircall.api_token", Kind::Secret, None, "", "The token of that API key."),
    key(
        "aircall.webhook_token",
        Kind::Secrets,
        None,
        "",
        "The token that Aircall puts into each webhook (shown when the webhook is made); several separated by commas while one replaces another. run needs it.",
    ),
    key(
        "aircall.lines",
        Kind::AllOrList,
        Some("all"),
        "[\"Support FR\", \"123456\"]",
        "The lines whose calls are logged in Front, by name or id; all for every line.",
    ),
    key(
        "aircall.keep_other_lines",
        Kind::Switch,
        Some("true"),
        "true",
        "Whether events of the other lines stay on the log, so that a line can be included later with its history.",
    ),
    key(
        "aircall.settle_s",
        Kind::Whole { min: 0, max: 3600 },
        Some("45"),
        "45",
        "Seconds that an unanswered call waits for a voicemail before it is logged as missed.",
    ),
    key(
        "aircall.comments",
        Kind::Word(&["answered", "all"]),
        Some("answered"),
        "answered",
        "Which calls' comments are copied to Front: those of answered calls, as Aircall's own integration does, or all.",
    ),
    key(
        "aircall.region",
        Kind::Text,
        None,
        "FR",
        "The ISO country of a number that has no + and whose line has no country.",
    ),
    key(
        "front.api_url",
        Kind::Url,
        Some("https://api2.frontapp.com"),
        "https://api2.frontapp.com",
        "Front's API. Plain http only to this machine itself.",
    ),
    key(
        "front.token",
        Kind::Secret,
        None,
        "",
        "The API token that Front's settings made for callfold. run needs it.",
    ),
    key(
        "front.app_secret",
        Kind::Secret,
        None,
        "",
        "The secret of a Front application whose webhook points at /webhooks/front. Without it Front's events are asked for, from the same budget of requests.",
    ),
    key(
        "front.inbox",
        Kind::Text,
        Some("Aircall Phone"),
        "Aircall Phone",
        "The inbox that conversations start in, by name or id (inb_...).",
    ),
    key(
        "front.layout",
        Kind::Word(&["separate", "compact"]),
        Some("separate"),
        "separate",
        "separate: the call, its duration and its recording are one activity each. compact: one activity with all of it, for a third of the requests.",
    ),
    key(
        "front.dry_run",
        Kind::Switch,
        Some("false"),
        "true",
        "Everything but writes to Front: conversation shows what would be sent.",
    ),
    key(
        "front.message_type",
        Kind::Word(&["custom", "email", "sms", "intercom"]),
        Some("custom"),
        "custom",
        "The type of imported messages. A custom one cannot be replied to, as a call cannot.",
    ),
    key(
        "front.fallback_author",
        Kind::Text,
        None,
        "desk@example.com",
        "The teammate (e-mail or id) who logs calls of agents that have no teammate.",
    ),
    key(
        "front.requests_per_minute",
        Kind::Whole { min: 1, max: 100_000 },
        Some("50"),
        "50",
        "The company's limit until Front's own headers say better.",
    ),
    key(
        "front.budget_share",
        Kind::Share,
        Some("1.0"),
        "0.8",
        "The part of the company's limit that is ours.",
    ),
    key(
        "front.requests_per_resource_s",
        Kind::Whole { min: 1, max: 1000 },
        Some("5"),
        "5",
        "Requests per second to one conversation or contact: Front documents 5, and no header teaches it.",
    ),
    key(
        "front.timeout_s",
        Kind::Whole { min: 1, max: 300 },
        Some("30"),
        "30",
        "Seconds after which a request to Front counts as in doubt.",
    ),
    key(
        "front.assign",
        Kind::Word(&["import", "put"]),
        Some("import"),
        "import",
        "How an answered call's conversation is assigned: with the import, or by a request of its own.",
    ),
    key(
        "rules.file",
        Kind::Later("rules come with a later version"),
        None,
        "rules.toml",
        "The customer's rules.",
    ),
    key(
        "templates.subject.inbound_answered",
        Kind::Text,
        None,
        "Inbound answered call - {{ line }}",
        SUBJECT,
    ),
    key(
        "templates.subject.outbound_answered",
        Kind::Text,
        None,
        "Outbound answered call - {{ line }}",
        SUBJECT,
    ),
    key(
        "templates.subject.outbound_unanswered",
        Kind::Text,
        None,
        "Outbound unanswered call - {{ line }}",
        SUBJECT,
    ),
    key("templates.subject.missed", Kind::Text, None, "Missed call - {{ line }}", SUBJECT),
    key("templates.subject.voicemail", Kind::Text, None, "Voicemail", SUBJECT),
    key(
        "templates.main.inbound_answered",
        Kind::Text,
        None,
        "{{ qualification }} - {{ line }}",
        MAIN,
    ),
    key(
        "templates.main.outbound_answered",
        Kind::Text,
        None,
        "{{ qualification }} - {{ line }}",
        MAIN,
    ),
    key(
        "templates.main.outbound_unanswered",
        Kind::Text,
        None,
        "{{ qualification }} - {{ line }}",
        MAIN,
    ),
    key("templates.main.missed", Kind::Text, None, "{{ qualification }} - {{ line }}", MAIN),
    key("templates.main.voicemail", Kind::Text, None, "{{ qualification }} - {{ line }}", MAIN),
    key(
        "templates.compact.inbound_answered",
        Kind::Text,
        None,
        "{{ qualification }} - {{ line }}",
        COMPACT,
    ),
    key(
        "templates.compact.outbound_answered",
        Kind::Text,
        None,
        "{{ qualification }} - {{ line }}",
        COMPACT,
    ),
    key(
        "templates.compact.outbound_unanswered",
        Kind::Text,
        None,
        "{{ qualification }} - {{ line }}",
        COMPACT,
    ),
    key("templates.compact.missed", Kind::Text, None, "{{ qualification }} - {{ line }}", COMPACT),
    key(
        "templates.compact.voicemail",
        Kind::Text,
        None,
        "{{ qualification }} - {{ line }}",
        COMPACT,
    ),
    key(
        "templates.duration",
        Kind::Text,
        None,
        "Duration: {{ duration }}",
        "The body of the duration activity; none: the standard text.",
    ),
    key(
        "templates.recording",
        Kind::Text,
        None,
        "Recording: {{ url or 'in Aircall' }}",
        "The body of the recording activity; none: the standard text.",
    ),
    key(
        "templates.voicemail",
        Kind::Text,
        None,
        "Voicemail: {{ url or 'in Aircall' }}",
        "The body of the voicemail activity; none: the standard text.",
    ),
    key(
        "telemetry.listen",
        Kind::Address,
        Some("127.0.0.1:9464"),
        "127.0.0.1:9464",
        "Where /healthz, /readyz and /metrics answer, apart from the public webhook port.",
    ),
    key(
        "telemetry.log",
        Kind::Text,
        Some("info"),
        "info,dispatcher=debug",
        "What is logged: a level, or target=level pairs. Numbers, names and texts are not logged at any level.",
    ),
    key(
        "telemetry.format",
        Kind::Word(&["text", "json"]),
        None,
        "json",
        "The form of log lines; not set: text on a terminal, json elsewhere.",
    ),
    key(
        "telemetry.otlp_endpoint",
        Kind::Url,
        None,
        "http://127.0.0.1:4318",
        "Where traces and metrics are sent by OTLP over HTTP; /v1/traces and /v1/metrics are added.",
    ),
];

const SUBJECT: &str = "The subject of this qualification's activities; none: the standard text. One that was sent stays sent. It can name qualification, line and line_number.";
const MAIN: &str = "The body of this qualification's main activity; none: the standard text. It can name qualification, line, line_number, customer, customer_name, agent, transferred_by, reason, started, duration, waited, url, media and call_id.";
const COMPACT: &str = "The body of this qualification's one activity in the compact layout; none: the standard text. It can name what templates.main can.";

/// A section whose keys are free: passed on to the Kafka client, which comes later.
pub const FREE_SECTION: &str = "log.librdkafka";

/// The key of this name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}
