//! Every key reaches the service that needs it: a value other than the default is found there.

use secrecy::ExposeSecret;

use super::*;
use crate::config::keys::KEYS;
use crate::config::{self, Needs};

/// All three configurations under these keys.
struct Told {
    ingest: ingest::Config,
    projector: projector::Config,
    dispatcher: dispatcher::Config,
}

fn told(keys: &[(&str, &str)]) -> Told {
    let needed = [("aircall.webhook_token", "one,two"), ("front.token", "sesame")];
    let given = |name: &str| keys.iter().any(|(key, _)| *key == name);
    let needed = needed.into_iter().filter(|(name, _)| !given(name));
    let variables: Vec<(String, String)> = needed
        .chain(keys.iter().copied())
        .map(|(name, value)| (config::key::variable_of(name), value.to_owned()))
        .collect();
    let no_file = |_: &str| Err(std::io::Error::other("no file"));
    let (_, settings) = config::check(None, &variables, &no_file, Needs::Run).unwrap();
    Told {
        ingest: ingest_config(&settings, 7),
        projector: projector_config(&settings, "v7").unwrap(),
        dispatcher: dispatcher_config(&settings).unwrap(),
    }
}

type Found = fn(&Told) -> bool;

/// A key, a value that is not its default, and where it is found.
const INGEST: &[(&str, &str, Found)] = &[
    ("ingest.path_secret", "k3jd8fkw02kd", |told| {
        told.ingest.path_secret.as_ref().is_some_and(|it| it.expose_secret() == "k3jd8fkw02kd")
    }),
    ("aircall.webhook_token", "three,four", |told| {
        let tokens: Vec<_> =
            told.ingest.aircall_tokens.iter().map(|it| it.expose_secret()).collect();
        tokens == ["three", "four"]
    }),
    ("aircall.region", "FR", |told| told.ingest.default_region.as_deref() == Some("FR")),
    ("front.app_secret", "sesame", |told| {
        told.ingest.front_app_secret.is_some() && !told.dispatcher.poll_events
    }),
];

const PROJECTOR: &[(&str, &str, Found)] = &[
    ("aircall.settle_s", "61", |told| told.projector.settle_ms == 61_000),
    ("aircall.comments", "all", |told| told.projector.comments == projector::Comments::All),
    ("aircall.lines", "Sales, 7", |told| {
        told.projector.lines == projector::Lines::Only(vec!["Sales".to_owned(), "7".to_owned()])
    }),
    ("front.layout", "compact", |told| told.projector.layout == projector::Layout::Compact),
    ("front.assign", "put", |told| told.projector.assign == projector::Assign::Put),
];

const DISPATCHER: &[(&str, &str, Found)] = &[
    ("front.api_url", "https://front.example.com", |told| {
        told.dispatcher.api_url == "https://front.example.com"
    }),
    ("front.token", "other", |told| told.dispatcher.token.expose_secret() == "other"),
    ("front.inbox", "Calls", |told| told.dispatcher.inbox == "Calls"),
    ("front.dry_run", "true", |told| told.dispatcher.dry_run),
    ("front.message_type", "sms", |told| told.dispatcher.message_type == "sms"),
    ("front.fallback_author", "tea_9", |told| {
        told.dispatcher.fallback_author.as_deref() == Some("tea_9")
    }),
    ("front.requests_per_minute", "77", |told| told.dispatcher.requests_per_minute == 77.0),
    ("front.budget_share", "0.5", |told| told.dispatcher.budget_share == 0.5),
    ("front.requests_per_resource_s", "9", |told| told.dispatcher.requests_per_resource_s == 9),
    ("front.timeout_s", "12", |told| told.dispatcher.timeout == Duration::from_secs(12)),
];

const ALL_THREE: &[(&str, &str, Found)] = &[
    ("log.topic_prefix", "mine", |told| {
        let mine = TopicNames::with_prefix("mine");
        told.ingest.topics == mine
            && told.projector.topics == mine
            && told.dispatcher.topics == mine
    }),
    ("log.partitions", "5", |told| {
        let all = [told.ingest.partitions, told.projector.partitions, told.dispatcher.partitions];
        all == [5, 5, 5]
    }),
];

/// Keys that another test shows at work, and those of which no service hears.
const ELSEWHERE: &[&str] = &[
    "aircall.keep_other_lines",
    "aircall.api_url",
    "aircall.api_id",
    "aircall.api_token",
    "ingest.listen",
    "log.kind",
    "log.dir",
    "log.brokers",
    "log.replication",
    "log.member",
    "log.registry_url",
    "telemetry.listen",
    "telemetry.log",
    "telemetry.format",
    "telemetry.otlp_endpoint",
];

#[test]
fn each_key_reaches_its_service_and_no_default_is_mistaken_for_it() {
    let rows = [INGEST, PROJECTOR, DISPATCHER, ALL_THREE].concat();
    let by_default = told(&[]);
    for (key, value, found) in &rows {
        assert!(!found(&by_default), "{key} = {value} is what stands there without it");
        assert!(found(&told(&[(*key, *value)])), "{key} = {value} does not arrive");
    }
    for key in KEYS.iter().filter(|key| config::resolve::is_usable(key)) {
        let known = rows.iter().any(|(name, ..)| *name == key.name)
            || ELSEWHERE.contains(&key.name)
            || key.name.starts_with("templates.");
        assert!(known, "nothing shows that {} arrives", key.name);
    }
}

#[test]
fn other_lines_are_kept_unless_both_keys_say_otherwise() {
    let only = |told: &Told| matches!(&told.ingest.kept_lines, ingest::KeptLines::Only(lines) if lines == &["Sales"]);
    for (lines, keep, want) in
        [("Sales", "false", true), ("Sales", "true", false), ("all", "false", false)]
    {
        let told = told(&[("aircall.lines", lines), ("aircall.keep_other_lines", keep)]);
        assert_eq!(only(&told), want, "{lines} {keep}");
    }
}

#[test]
fn each_template_writes_its_own_text() {
    let facts = schemas::CallFacts::default();
    let call = schemas::CallId::try_from(7).unwrap();
    for qualification in projector::qualification::Qualification::ALL {
        let name = qualification.key();
        let keys = ["subject", "main", "compact"].map(|it| format!("templates.{it}.{name}"));
        let set: Vec<(&str, &str)> = keys.iter().map(|key| (key.as_str(), key.as_str())).collect();
        let texts = told(&set).projector.templates;
        assert_eq!(texts.subject(qualification, &facts), keys[0]);
        assert_eq!(texts.main(call, qualification, &facts), keys[1]);
        assert_eq!(texts.compact(call, qualification, &facts, None), keys[2]);
    }
    let set = ["duration", "recording", "voicemail"].map(|it| (format!("templates.{it}"), it));
    let set: Vec<(&str, &str)> = set.iter().map(|(key, text)| (key.as_str(), *text)).collect();
    let texts = told(&set).projector.templates;
    let link = |piece| texts.link(call, &facts, piece, projector::templates::Link::InAircall);
    assert_eq!(texts.duration(call, &facts), "duration");
    assert_eq!(link(schemas::Piece::Recording), "recording");
    assert_eq!(link(schemas::Piece::Voicemail), "voicemail");
}
