//! What each key alone cannot know: values that do not go together, and values that are missing.

use super::keys::FREE_SECTION;
use super::problem::{Problem, Source};
use super::resolve::Resolved;
use super::value::Value;
use super::{Needs, Role, passed_on};

/// Everything that does not go together in a configuration.
#[must_use]
pub fn check(resolved: &Resolved, needs: Needs) -> Vec<Problem> {
    let mut problems = Vec::new();
    kafka(resolved, &mut problems);
    plain_http(resolved, "front.api_url", &mut problems);
    plain_http(resolved, "aircall.api_url", &mut problems);
    credentials(resolved, &mut problems);
    addresses(resolved, &mut problems);
    region(resolved, &mut problems);
    topic_prefix(resolved, &mut problems);
    log_filter(resolved, &mut problems);
    templates(resolved, &mut problems);
    match needs {
        Needs::Look => {}
        Needs::Run => Role::ALL.iter().for_each(|role| of_role(resolved, *role, &mut problems)),
        Needs::Role(role) => {
            of_many(resolved, role, &mut problems);
            of_role(resolved, role, &mut problems);
        }
        Needs::Kafka => {
            if text(resolved, "log.kind") == Some("embedded") {
                let what = "`log.kind` is embedded, and topics are Kafka's: write log.kind = \
                            \"kafka\" and log.brokers";
                add(resolved, "log.kind", what.to_owned(), &mut problems);
            }
        }
    }
    problems
}

/// What a role cannot do without.
fn of_role(resolved: &Resolved, role: Role, problems: &mut Vec<Problem>) {
    let (name, why) = match role {
        Role::Ingest => ("aircall.webhook_token", "ingest knows Aircall by it"),
        Role::Projector => return,
        Role::Dispatcher => ("front.token", "the dispatcher writes to Front with it"),
    };
    required(resolved, name, why, problems);
}

fn text<'a>(resolved: &'a Resolved, name: &str) -> Option<&'a str> {
    match &resolved.get(name)?.value {
        Value::Text(text) => Some(text),
        Value::Whole(_)
        | Value::Share(_)
        | Value::Switch(_)
        | Value::List(_)
        | Value::Secrets(_) => None,
    }
}

fn add(resolved: &Resolved, name: &str, what: String, problems: &mut Vec<Problem>) {
    problems.push(Problem { source: resolved.source(name), what });
}

const REGISTRY: &str = "log.registry_url";

fn kafka(resolved: &Resolved, problems: &mut Vec<Problem>) {
    let brokers = "log.brokers";
    if resolved.is_refused("log.kind") {
        return;
    }
    if text(resolved, "log.kind") != Some("kafka") {
        if resolved.get(brokers).is_some() {
            let what = "`log.brokers` is set and `log.kind` is embedded: write log.kind = \"kafka\", \
                        or take the brokers out";
            add(resolved, brokers, what.to_owned(), problems);
        }
        for (property, set) in resolved.passed_on() {
            let what = format!(
                "`{FREE_SECTION}{property}` is set and `log.kind` is embedded: write log.kind = \
                 \"kafka\", or take it out"
            );
            problems.push(Problem { source: set.source.clone(), what });
        }
        if resolved.get("log.member").is_some() {
            let what = "`log.member` is set and `log.kind` is embedded: one process does everything \
                        there; take it out, or write log.kind = \"kafka\"";
            add(resolved, "log.member", what.to_owned(), problems);
        }
        if resolved.get(REGISTRY).is_some() {
            let what = "`log.registry_url` is set and `log.kind` is embedded: nobody but callfold reads \
                        an embedded log, and the schemas of its records are built in; take the registry \
                        out, or write log.kind = \"kafka\"";
            add(resolved, REGISTRY, what.to_owned(), problems);
        }
        return;
    }
    if !cfg!(feature = "kafka") {
        let what = "`log.kind` is kafka, and this callfold was built without it: build one with \
                    `cargo build --release --features kafka`";
        add(resolved, "log.kind", what.to_owned(), problems);
    }
    if !resolved.may_be_set(brokers) {
        let what = "`log.kind` is kafka and `log.brokers` is not set: write \"kafka-1:9092\"";
        add(resolved, "log.kind", what.to_owned(), problems);
    }
    passed_on::refused(resolved, problems);
}

/// A role of its own shares nothing but the log with the others.
fn of_many(resolved: &Resolved, role: Role, problems: &mut Vec<Problem>) {
    if text(resolved, "log.kind") == Some("embedded") {
        let what = format!(
            "`log.kind` is embedded, and `callfold {}` needs the Kafka log: write log.kind = \
             \"kafka\" and log.brokers, or start `callfold run`, which has all roles in one process",
            role.name()
        );
        add(resolved, "log.kind", what, problems);
    }
}

fn plain_http(resolved: &Resolved, name: &str, problems: &mut Vec<Problem>) {
    let Some(rest) = text(resolved, name).and_then(|url| url.strip_prefix("http://")) else {
        return;
    };
    if !is_loopback(rest) {
        let what = format!(
            "`{name}` is plain http to another machine, and a token goes there: write https://"
        );
        add(resolved, name, what, problems);
    }
}

/// Whether the host of `rest`, an address without its scheme, is this machine.
fn is_loopback(rest: &str) -> bool {
    let authority = rest.split('/').next().unwrap_or(rest);
    let host = match authority.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or(v6),
        None => authority.split(':').next().unwrap_or(authority),
    };
    host == "localhost"
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn credentials(resolved: &Resolved, problems: &mut Vec<Problem>) {
    let (id, token) = ("aircall.api_id", "aircall.api_token");
    let pair = match (resolved.may_be_set(id), resolved.may_be_set(token)) {
        (true, false) => (id, token),
        (false, true) => (token, id),
        (true, true) | (false, false) => return,
    };
    let what = format!("`{}` is set and `{}` is not: an API key has both", pair.0, pair.1);
    add(resolved, pair.0, what, problems);
}

fn addresses(resolved: &Resolved, problems: &mut Vec<Problem>) {
    let (public, own) = (text(resolved, "ingest.listen"), text(resolved, "telemetry.listen"));
    let any_port = public.is_some_and(|address| address.ends_with(":0"));
    if public == own && !any_port {
        let what = "`telemetry.listen` is the same address as `ingest.listen`: \
                    metrics are not for the public port; write another";
        let name = match resolved.source("telemetry.listen") {
            Source::Default => "ingest.listen",
            Source::File { .. } | Source::Variable(_) | Source::Option(_) => "telemetry.listen",
        };
        add(resolved, name, what.to_owned(), problems);
    }
}

fn region(resolved: &Resolved, problems: &mut Vec<Problem>) {
    let name = "aircall.region";
    let Some(region) = text(resolved, name) else { return };
    if region.len() != 2 || !region.bytes().all(|byte| byte.is_ascii_uppercase()) {
        let what = format!(
            "`{name}` is \"{region}\": write a country's two capital letters, for example \"FR\""
        );
        add(resolved, name, what, problems);
    }
}

fn topic_prefix(resolved: &Resolved, problems: &mut Vec<Problem>) {
    let name = "log.topic_prefix";
    let Some(prefix) = text(resolved, name) else { return };
    let good = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if prefix.len() > 100 || !prefix.bytes().all(good) {
        let what = format!(
            "`{name}` may have the characters a-z A-Z 0-9 - _ . and at most 100 of them, for example \"callfold\""
        );
        add(resolved, name, what, problems);
    }
}

fn log_filter(resolved: &Resolved, problems: &mut Vec<Problem>) {
    let name = "telemetry.log";
    let Some(filter) = text(resolved, name) else { return };
    if !filter.split(',').all(|part| is_filter_part(part.trim())) {
        let what = format!(
            "`{name}` is \"{filter}\": write error, warn, info, debug or trace, \
             or pairs as \"info,dispatcher=debug\" of callfold, {}",
            OURS.join(", ")
        );
        add(resolved, name, what, problems);
    }
}

const OURS: [&str; 4] = ["ingest", "projector", "dispatcher", "eventlog"];

/// `level` or `target=level`, where the target is ours: a misspelt one would silently do nothing.
fn is_filter_part(part: &str) -> bool {
    let is_level = |level: &str| {
        ["off", "error", "warn", "info", "debug", "trace"].contains(&level.to_lowercase().as_str())
    };
    match part.split_once('=') {
        None => is_level(part),
        Some((target, level)) => {
            let of_crate = target.split("::").next().unwrap_or(target);
            is_level(level) && (of_crate == "callfold" || OURS.contains(&of_crate))
        }
    }
}

/// The projector reads its own templates: what it refuses is told like everything else.
fn templates(resolved: &Resolved, problems: &mut Vec<Problem>) {
    let set = super::keys::KEYS.iter().filter_map(|key| {
        let short = key.name.strip_prefix("templates.")?;
        Some((short.to_owned(), text(resolved, key.name)?.to_owned()))
    });
    if let Err(errors) = projector::Templates::parse(&set.collect()) {
        for error in errors {
            let what = format!("`{}` cannot be used: {}", error.key, error.what);
            add(resolved, &error.key, what, problems);
        }
    }
}

fn required(resolved: &Resolved, name: &'static str, why: &str, problems: &mut Vec<Problem>) {
    if !resolved.may_be_set(name) {
        let variable = super::key::variable_of(name);
        let what = format!(
            "`{name}` is not set: {why}; set {variable}, or `{name}_file` to a file that holds it"
        );
        problems.push(Problem { source: Source::Default, what });
    }
}
