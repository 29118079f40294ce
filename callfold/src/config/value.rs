//! From what is written to what is meant: a raw value is read as its key's kind, or refused with
//! what to write instead. Pure, and never repeats a secret in a refusal.

use std::net::SocketAddr;

use secrecy::SecretString;

use super::key::{Key, Kind};

/// A value as it is written.
#[derive(Debug, Clone, PartialEq)]
pub enum Raw {
    /// From the environment, or a default: everything is text there.
    Text(String),
    /// A quoted text in the file.
    Quoted(String),
    /// A whole number in the file.
    Whole(i64),
    /// A number with a point in the file.
    Float(f64),
    /// `true` or `false` in the file.
    Switch(bool),
    /// A list in the file.
    List(Vec<Raw>),
    /// Something in the file that no key takes, by its TOML name.
    Other(&'static str),
}

/// A value as it is meant.
#[derive(Debug, Clone)]
pub enum Value {
    /// A text, word, address, URL or folder.
    Text(String),
    /// A whole number.
    Whole(i64),
    /// A share.
    Share(f64),
    /// A switch.
    Switch(bool),
    /// Names and ids; none for `all`.
    List(Option<Vec<String>>),
    /// Secrets, at least one.
    Secrets(Vec<SecretString>),
}

/// The longest text: far more than any template needs, far less than a file given by mistake.
pub const TEXT_BYTES_MAX: usize = 16 * 1024;

/// Reads `raw` as `key` wants it.
///
/// # Errors
/// The end of a sentence that starts with the key's name: what is wrong and what to write instead.
pub fn read(key: &Key, raw: &Raw) -> Result<Value, String> {
    match key.kind {
        Kind::Later(why) => Err(format!("cannot be used yet: {why}; take it out")),
        Kind::Whole { min, max } => whole(raw)
            .filter(|number| (min..=max).contains(number))
            .map(Value::Whole)
            .ok_or_else(|| wrong(key, raw, &format!("a whole number from {min} to {max}"))),
        Kind::Share => share(raw)
            .filter(|share| *share > 0.0 && *share <= 1.0)
            .map(Value::Share)
            .ok_or_else(|| wrong(key, raw, "a number above 0 and up to 1")),
        Kind::Switch => {
            switch(raw).map(Value::Switch).ok_or_else(|| wrong(key, raw, "true or false"))
        }
        Kind::AllOrList => list(raw)
            .map(Value::List)
            .ok_or_else(|| wrong(key, raw, "all, or a list of names and ids that is not empty")),
        Kind::Text | Kind::Folder => text(key, raw, "a text that is not empty", |_| true),
        Kind::Word(words) => {
            let known = |word: &str| words.contains(&word);
            text(key, raw, &words.join(" or "), known)
        }
        Kind::Address => {
            text(key, raw, "an IP address and a port", |text| text.parse::<SocketAddr>().is_ok())
        }
        Kind::Url => text(key, raw, "an address that starts with https:// or http://", is_url)
            .map(without_end_slash),
        Kind::PathSecret => {
            secrets(key, raw, is_path_part, "8 to 128 of the characters a-z A-Z 0-9 - _ . ~")
        }
        Kind::SecretUrl => {
            secrets(key, raw, is_secret_url, "an address that starts with https:// or http://")
        }
        Kind::Secret => secrets(key, raw, |_| true, "a text"),
        Kind::Secrets => secrets(key, raw, |_| true, "a text, or several separated by commas"),
    }
}

fn as_text(raw: &Raw) -> Option<&str> {
    match raw {
        Raw::Text(text) | Raw::Quoted(text) => Some(text.trim()),
        Raw::Whole(_) | Raw::Float(_) | Raw::Switch(_) | Raw::List(_) | Raw::Other(_) => None,
    }
}

fn text(key: &Key, raw: &Raw, want: &str, fits: impl Fn(&str) -> bool) -> Result<Value, String> {
    as_text(raw)
        .filter(|text| !text.is_empty() && text.len() <= TEXT_BYTES_MAX && fits(text))
        .map(|text| Value::Text(text.to_owned()))
        .ok_or_else(|| wrong(key, raw, want))
}

fn whole(raw: &Raw) -> Option<i64> {
    match raw {
        Raw::Whole(number) => Some(*number),
        Raw::Text(text) => text.trim().parse().ok(),
        Raw::Quoted(_) | Raw::Float(_) | Raw::Switch(_) | Raw::List(_) | Raw::Other(_) => None,
    }
}

fn share(raw: &Raw) -> Option<f64> {
    match raw {
        Raw::Float(number) => Some(*number),
        Raw::Whole(1) => Some(1.0),
        Raw::Text(text) => text.trim().parse().ok(),
        Raw::Whole(_) | Raw::Quoted(_) | Raw::Switch(_) | Raw::List(_) | Raw::Other(_) => None,
    }
}

fn switch(raw: &Raw) -> Option<bool> {
    match raw {
        Raw::Switch(on) => Some(*on),
        Raw::Text(text) => text.trim().parse().ok(),
        Raw::Whole(_) | Raw::Quoted(_) | Raw::Float(_) | Raw::List(_) | Raw::Other(_) => None,
    }
}

fn list(raw: &Raw) -> Option<Option<Vec<String>>> {
    let items: Vec<String> = match raw {
        Raw::Text(text) | Raw::Quoted(text) if text.trim() == "all" => return Some(None),
        Raw::Text(text) | Raw::Quoted(text) => {
            text.split(',').map(|item| item.trim().to_owned()).collect()
        }
        Raw::List(items) => items.iter().map(item).collect::<Option<_>>()?,
        Raw::Whole(id) => vec![id.to_string()],
        Raw::Float(_) | Raw::Switch(_) | Raw::Other(_) => return None,
    };
    (!items.is_empty() && items.iter().all(|item| !item.is_empty())).then_some(Some(items))
}

fn item(raw: &Raw) -> Option<String> {
    match raw {
        Raw::Quoted(text) | Raw::Text(text) => Some(text.trim().to_owned()),
        Raw::Whole(id) => Some(id.to_string()),
        Raw::Float(_) | Raw::Switch(_) | Raw::List(_) | Raw::Other(_) => None,
    }
}

fn secrets(key: &Key, raw: &Raw, fits: impl Fn(&str) -> bool, want: &str) -> Result<Value, String> {
    let refused = || {
        format!(
            "is not right (its value is not shown): write {want} without spaces, in quotes in the file"
        )
    };
    let text = as_text(raw).filter(|text| text.len() <= TEXT_BYTES_MAX).ok_or_else(refused)?;
    let parts: Vec<&str> = if key.kind == Kind::Secrets {
        text.split(',').map(str::trim).collect()
    } else {
        vec![text]
    };
    let good = |part: &&str| !part.is_empty() && !part.contains(char::is_whitespace) && fits(part);
    if !parts.iter().all(good) {
        return Err(refused());
    }
    Ok(Value::Secrets(parts.into_iter().map(SecretString::from).collect()))
}

fn is_path_part(text: &str) -> bool {
    (8..=128).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.~".contains(&b))
}

fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        !rest.is_empty() && !rest.starts_with('/') && !rest.contains(['@', '?', '#', ' '])
    })
}

/// As an address, and before its host there may be a name and a password.
fn is_secret_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    is_url(&format!("{scheme}://{host}"))
}

fn without_end_slash(value: Value) -> Value {
    match value {
        Value::Text(text) => Value::Text(text.trim_end_matches('/').to_owned()),
        other => other,
    }
}

fn wrong(key: &Key, raw: &Raw, want: &str) -> String {
    let quoted_number = matches!(raw, Raw::Quoted(_))
        && matches!(key.kind, Kind::Whole { .. } | Kind::Share | Kind::Switch);
    let quotes = if quoted_number { " without quotes" } else { "" };
    let is = match raw {
        // What stands before an @ is a name and a password, and behind a ? may be a key.
        Raw::Text(text) | Raw::Quoted(text)
            if key.kind == Kind::Url && text.contains(['@', '?', '#']) =>
        {
            "not right (it has more than an address in it and is not shown)".to_owned()
        }
        Raw::Text(_)
        | Raw::Quoted(_)
        | Raw::Whole(_)
        | Raw::Float(_)
        | Raw::Switch(_)
        | Raw::List(_)
        | Raw::Other(_) => shown(raw),
    };
    format!("is {is}: write {want}{quotes}, for example {}", key.example)
}

fn shown(raw: &Raw) -> String {
    match raw {
        Raw::Text(text) | Raw::Quoted(text) if text.trim().is_empty() => "empty".to_owned(),
        Raw::Text(text) | Raw::Quoted(text) if text.len() > 60 => {
            "too long or not right".to_owned()
        }
        Raw::Text(text) => text.clone(),
        Raw::Quoted(text) => format!("\"{text}\""),
        Raw::Whole(number) => number.to_string(),
        Raw::Float(number) => number.to_string(),
        Raw::Switch(on) => on.to_string(),
        Raw::List(items) if items.is_empty() => "an empty list".to_owned(),
        Raw::List(_) => "a list".to_owned(),
        Raw::Other(what) => (*what).to_owned(),
    }
}
