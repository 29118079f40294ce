//! The effective configuration as people and programs read it, secrets masked, and the reference
//! of all keys.

use std::fmt::Write as _;

use secrecy::ExposeSecret;
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

use super::key::{Key, Kind};
use super::keys::{FREE_SECTION, KEYS};
use super::passed_on::is_harmless;
use super::problem::Source;
use super::resolve::{Resolved, is_usable};
use super::value::Value;

/// What stands in the place of a secret.
const MASK: &str = "********";

/// A value as it may be shown.
#[must_use]
pub fn shown(value: &Value) -> Json {
    match value {
        Value::Text(text) => json!(text),
        Value::Whole(number) => json!(number),
        Value::Share(share) => json!(share),
        Value::Switch(on) => json!(on),
        Value::List(None) => json!("all"),
        Value::List(Some(items)) => json!(items),
        Value::Secrets(secrets) => json!(vec![MASK; secrets.len()].join(",")),
    }
}

/// One line per key: its value in TOML's spelling, and where it is from.
#[must_use]
pub fn table(resolved: &Resolved) -> String {
    let rows: Vec<(String, String)> = KEYS
        .iter()
        .filter(|key| is_usable(key) && is_told(key, resolved))
        .map(|key| match resolved.get(key.name) {
            Some(set) => (format!("{} = {}", key.name, shown(&set.value)), set.source.to_string()),
            None => (format!("{} is not set", key.name), String::new()),
        })
        .chain(
            passed_on(resolved)
                .map(|(name, value, source)| (format!("{name} = {value}"), source.to_string())),
        )
        .collect();
    let width = rows.iter().map(|(left, _)| left.chars().count()).max().unwrap_or(0).min(60);
    let mut text = String::new();
    for (left, source) in rows {
        let line = format!("{left:width$}  {source}");
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// librdkafka's own properties: name, value as it may be shown, source.
fn passed_on(resolved: &Resolved) -> impl Iterator<Item = (String, Json, &Source)> {
    resolved.passed_on().iter().map(|(property, set)| {
        let value = match &set.value {
            Value::Secrets(secrets) if is_harmless(property) => {
                json!(secrets.first().map_or("", |value| value.expose_secret()))
            }
            value => shown(value),
        };
        (format!("{FREE_SECTION}{property}"), value, &set.source)
    })
}

/// Templates are told only when set: fifteen lines of "not set" would hide the rest.
fn is_told(key: &Key, resolved: &Resolved) -> bool {
    !key.name.starts_with("templates.") || resolved.get(key.name).is_some()
}

/// The same as one document: `{"version", "values": [{"key", "value", "source"}]}`.
#[must_use]
pub fn document(resolved: &Resolved) -> Json {
    let values: Vec<Json> = KEYS
        .iter()
        .filter(|key| is_usable(key))
        .map(|key| match resolved.get(key.name) {
            Some(set) => json!({
                "key": key.name,
                "value": shown(&set.value),
                "source": set.source.to_string(),
                "secret": key.kind.is_secret(),
            }),
            None => json!({
                "key": key.name,
                "value": null,
                "source": Source::Default.to_string(),
                "secret": key.kind.is_secret(),
            }),
        })
        .chain(passed_on(resolved).map(|(name, value, source)| {
            let secret = value == MASK;
            json!({ "key": name, "value": value, "source": source.to_string(), "secret": secret })
        }))
        .collect();
    json!({ "version": version(resolved), "values": values })
}

/// What every key means.
#[must_use]
pub fn reference() -> String {
    let mut text = String::from(
        "Every key of the TOML file, and the environment variable that goes before it.\n\
         A secret can also be given as <key>_file: the path of a file that holds it.\n",
    );
    let mut section = "";
    for key in KEYS.iter().filter(|key| is_usable(key)) {
        let of_key = key.name.split('.').next().unwrap_or(key.name);
        if of_key != section {
            section = of_key;
            let _ = write!(text, "\n[{section}]\n");
        }
        let _ = write!(
            text,
            "\n{}\n    {}\n    {}; default: {}; {}\n",
            key.name,
            key.doc,
            takes(key.kind),
            key.default.unwrap_or("none"),
            key.variable(),
        );
        if let Some(standard) = standard_text(key) {
            let _ = writeln!(text, "    the standard text: {standard:?}");
        }
    }
    text.push_str(PASSED_ON);
    text
}

const PASSED_ON: &str = "
[log.librdkafka]

log.librdkafka.<property>
    What the Kafka client knows beside that, by its own names, for example
    security.protocol = \"SASL_SSL\". All but those known to be harmless are masked, and
    each can be given as <property>_file. What callfold sets itself is refused. In the environment two underscores stand for a point:
    CALLFOLD_LOG__LIBRDKAFKA__SASL__USERNAME.
";

/// What is used where a template is not set, written as a template.
fn standard_text(key: &Key) -> Option<String> {
    projector::Templates::defaults().remove(key.name.strip_prefix("templates.")?)
}

/// The reference as one document: a list of `{"key", "takes", "default", "variable", "doc"}`.
#[must_use]
pub fn reference_document() -> Json {
    KEYS.iter()
        .filter(|key| is_usable(key))
        .map(|key| {
            json!({
                "key": key.name,
                "takes": takes(key.kind),
                "default": key.default.map(str::to_owned).or_else(|| standard_text(key)),
                "variable": key.variable(),
                "secret": key.kind.is_secret(),
                "doc": key.doc,
            })
        })
        .collect()
}

fn takes(kind: Kind) -> String {
    match kind {
        Kind::Text => "text".to_owned(),
        Kind::Word(words) => words.join(" or "),
        Kind::Whole { min, max } => format!("whole number from {min} to {max}"),
        Kind::Share => "number above 0 and up to 1".to_owned(),
        Kind::Switch => "true or false".to_owned(),
        Kind::Address => "IP address and port".to_owned(),
        Kind::Url => "http or https address".to_owned(),
        Kind::SecretUrl => "secret: http or https address, as http://name:password@host".to_owned(),
        Kind::AllOrList => "all, or a list".to_owned(),
        Kind::Folder => "folder".to_owned(),
        Kind::PathSecret => "secret: 8 to 128 of the characters a-z A-Z 0-9 - _ . ~".to_owned(),
        Kind::Secret => "secret".to_owned(),
        Kind::Secrets => "secret, or several separated by commas".to_owned(),
        Kind::Later(why) => why.to_owned(),
    }
}

/// The version of what the fold uses: it stands in every command, so that one can see under which
/// configuration it was decided. Twelve hexadecimal digits.
#[must_use]
pub fn version(resolved: &Resolved) -> String {
    const FOLDED: &[&str] = &[
        "aircall.lines",
        "aircall.settle_s",
        "aircall.comments",
        "front.inbox",
        "front.layout",
        "front.assign",
    ];
    let mut hash = Sha256::new();
    for key in KEYS {
        if !FOLDED.contains(&key.name) && !key.name.starts_with("templates.") {
            continue;
        }
        if let Some(set) = resolved.get(key.name) {
            hash.update(format!("{}={}\n", key.name, shown(&set.value)));
        }
    }
    hash.finalize().iter().take(6).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
