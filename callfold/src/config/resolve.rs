//! Merging: each key's value from the last place that sets it, and every mistake on the way.

use std::collections::{BTreeMap, BTreeSet};

use secrecy::SecretString;

use super::file::Entry;
use super::key::{Key, Kind};
use super::keys::{FREE_SECTION, KEYS, by_name};
use super::nearest::nearest;
use super::problem::{Problem, Source};
use super::value::{self, Raw, Value};
use super::{environment, file};

/// How the content of a `<key>_file` is read: the path goes in, the text comes out.
pub type SecretFile<'a> = &'a dyn Fn(&str) -> std::io::Result<String>;

/// A value and where it is from.
#[derive(Debug, Clone)]
pub struct Set {
    /// What is meant.
    pub value: Value,
    /// Who says so.
    pub source: Source,
}

/// What could not be read at all.
#[derive(Debug, Clone, Default)]
pub struct Unread {
    problems: Vec<Problem>,
    keys: BTreeSet<String>,
    file: bool,
}

impl Unread {
    /// The file: what stands in it is not known.
    pub fn file(&mut self, problem: Problem) {
        self.problems.push(problem);
        self.file = true;
    }

    /// A variable that is no text, and the key that it sets; none when it is not ours.
    pub fn variable(&mut self, variable: &str, name: Option<String>) {
        let Some(name) = name else { return };
        self.problems.push(Problem {
            source: Source::Variable(variable.to_owned()),
            what: format!("`{name}` is not text in UTF-8: set it again, without stray bytes"),
        });
        self.keys.insert(secret_of_file(&name).map_or(name, |key| key.name.to_owned()));
    }
}

/// The value of every key that has one.
#[derive(Debug, Clone, Default)]
pub struct Resolved {
    values: BTreeMap<&'static str, Set>,
    /// librdkafka's own properties, by its names.
    passed_on: BTreeMap<String, Set>,
    /// Keys that were set to something that cannot be used.
    refused: BTreeSet<String>,
    /// There is a file that nobody could read.
    file_unread: bool,
}

impl Resolved {
    /// The value of a key and its source.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Set> {
        self.values.get(name)
    }

    /// librdkafka's own properties, by its names.
    #[must_use]
    pub fn passed_on(&self) -> &BTreeMap<String, Set> {
        &self.passed_on
    }

    /// Whether somebody set the key, as far as can be known: one that was set wrongly, or that a
    /// file may set which cannot be read, is not told as missing beside that.
    #[must_use]
    pub fn may_be_set(&self, name: &str) -> bool {
        self.file_unread || self.values.contains_key(name) || self.refused.contains(name)
    }

    /// Whether somebody set the key to something that cannot be used.
    #[must_use]
    pub fn is_refused(&self, name: &str) -> bool {
        self.refused.contains(name)
    }

    /// Where a key's value is from.
    #[must_use]
    pub fn source(&self, name: &str) -> Source {
        self.get(name).map_or(Source::Default, |set| set.source.clone())
    }
}

/// Merges defaults, file and variables.
#[must_use]
pub fn resolve(
    unread: Unread,
    file: Option<(&str, &str)>,
    variables: &[(String, String)],
    secret_file: SecretFile<'_>,
) -> (Resolved, Vec<Problem>) {
    let (from_file, mut problems) =
        file.map_or_else(Default::default, |(name, text)| file::entries(name, text));
    let (from_environment, more) = environment::entries(variables);
    problems.extend(more);
    problems.extend(unread.problems);
    let mut resolved = defaults();
    (resolved.refused, resolved.file_unread) = (unread.keys, unread.file);
    for layer in [from_file, from_environment] {
        problems.extend(given_twice(&layer));
        for entry in layer {
            match read(&entry, secret_file) {
                Ok((Name::Key(key), value)) => {
                    let set = Set { value, source: entry.source };
                    resolved.values.insert(key.name, set);
                }
                Ok((Name::PassedOn(property), value)) => {
                    let set = Set { value, source: entry.source };
                    resolved.passed_on.insert(property, set);
                }
                Err(what) => {
                    let name = secret_of_file(&entry.name).map_or(entry.name, |it| it.name.into());
                    resolved.refused.insert(name);
                    problems.push(Problem { source: entry.source, what });
                }
            }
        }
    }
    (resolved, problems)
}

fn defaults() -> Resolved {
    let values = KEYS.iter().filter_map(|key| {
        let raw = Raw::Text(key.default?.to_owned());
        let value = value::read(key, &raw).expect("a default is right: a test reads them all");
        Some((key.name, Set { value, source: Source::Default }))
    });
    Resolved { values: values.collect(), ..Resolved::default() }
}

/// A secret and its file, both in one layer: nobody can say which is meant.
fn given_twice(layer: &[Entry]) -> Vec<Problem> {
    let also = |name: &str| layer.iter().any(|entry| entry.name == name);
    layer
        .iter()
        .filter(|entry| secret_of_file(&entry.name).is_some_and(|key| also(key.name)))
        .map(|entry| Problem {
            source: entry.source.clone(),
            what: format!(
                "`{}` and `{}` are both set: keep one of them",
                entry.name.trim_end_matches("_file"),
                entry.name
            ),
        })
        .collect()
}

fn secret_of_file(name: &str) -> Option<&'static Key> {
    name.strip_suffix("_file").and_then(by_name).filter(|key| key.kind.is_secret())
}

/// What an entry sets.
enum Name {
    Key(&'static Key),
    PassedOn(String),
}

fn read(entry: &Entry, secret_file: SecretFile<'_>) -> Result<(Name, Value), String> {
    let name = entry.name.as_str();
    if let Some(key) = by_name(name) {
        let value = value::read(key, &entry.raw).map_err(|what| format!("`{name}` {what}"))?;
        return Ok((Name::Key(key), value));
    }
    if let Some(key) = secret_of_file(name) {
        return from_file(key, entry, secret_file).map(|value| (Name::Key(key), value));
    }
    if let Some(property) = name.strip_prefix(FREE_SECTION) {
        return passed_on(property, entry, secret_file);
    }
    Err(unknown(entry))
}

/// A property of librdkafka: whether there is such a one, what it takes, and what of it is secret, is
/// librdkafka's to say: so all of them are kept as secrets.
fn passed_on(
    property: &str,
    entry: &Entry,
    secret_file: SecretFile<'_>,
) -> Result<(Name, Value), String> {
    let secret = |text: &str| Value::Secrets(vec![SecretString::from(text)]);
    if let Some(property) = property.strip_suffix("_file") {
        let value = secret(file_text(entry, secret_file)?.trim());
        return Ok((Name::PassedOn(property.to_owned()), value));
    }
    let value = match &entry.raw {
        Raw::Text(text) | Raw::Quoted(text) => text.trim().to_owned(),
        Raw::Whole(number) => number.to_string(),
        Raw::Switch(on) => on.to_string(),
        Raw::Float(number) => number.to_string(),
        Raw::List(_) | Raw::Other(_) => {
            return Err(format!("`{}` must be one text, number or switch", entry.name));
        }
    };
    Ok((Name::PassedOn(property.to_owned()), secret(&value)))
}

fn file_text(entry: &Entry, secret_file: SecretFile<'_>) -> Result<String, String> {
    let (Raw::Text(path) | Raw::Quoted(path)) = &entry.raw else {
        return Err(format!("`{}` must be the path of a file, in quotes", entry.name));
    };
    secret_file(path.trim())
        .map_err(|error| format!("`{}`: {} cannot be read: {error}", entry.name, path.trim()))
}

fn from_file(key: &Key, entry: &Entry, secret_file: SecretFile<'_>) -> Result<Value, String> {
    let text = file_text(entry, secret_file)?;
    value::read(key, &Raw::Text(text.trim().to_owned()))
        .map_err(|_| format!("`{}`: its file does not hold one secret", entry.name))
}

fn unknown(entry: &Entry) -> String {
    let name = &entry.name;
    let prefix = format!("{name}.");
    if KEYS.iter().any(|key| key.name.starts_with(&prefix)) {
        return format!("`{name}` is a section: write [{name}] and its keys below");
    }
    let near = nearest(name, KEYS.iter().map(|key| key.name));
    let moved = || {
        let last = name.rsplit('.').next().unwrap_or(name);
        KEYS.iter().map(|key| key.name).find(|key| key.rsplit('.').next() == Some(last))
    };
    match (near.or_else(moved), &entry.source) {
        (Some(meant), Source::Variable(_)) => {
            let variable = super::key::variable_of(meant);
            format!("there is no key `{name}`: did you mean {variable}?")
        }
        (Some(meant), _) => format!("there is no key `{name}`: did you mean `{meant}`?"),
        (None, _) => {
            format!("there is no key `{name}`: `callfold config --doc` lists all there are")
        }
    }
}

/// Whether a key of this kind is read at all; those for later are not.
#[must_use]
pub fn is_usable(key: &Key) -> bool {
    !matches!(key.kind, Kind::Later(_))
}
