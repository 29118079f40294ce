//! Reads single fields of a body: what has the wrong type is absent, never an error (B20).

use schemas::TimeMs;

use crate::json::Json;

/// The last second of the year 9999. Later ones are no seconds: probably milliseconds, which
/// Aircall does not use on calls.
const SECONDS_MAX: i64 = 253_402_300_799;

/// An id: a positive number, or a text of digits.
#[must_use]
pub fn id(value: Option<&Json<'_>>) -> Option<i64> {
    integer(value).filter(|id| *id > 0)
}

/// A whole number, also written as a text.
#[must_use]
pub fn integer(value: Option<&Json<'_>>) -> Option<i64> {
    match value? {
        Json::Number(number) => number.parse().ok(),
        Json::Text(text) => text.trim().parse().ok(),
        Json::Null | Json::Bool(_) | Json::List(_) | Json::Object(_) => None,
    }
}

/// A time: seconds since the Unix epoch, or an ISO 8601 text as Aircall writes on users and lines.
#[must_use]
pub fn time(value: Option<&Json<'_>>) -> Option<TimeMs> {
    if let Some(seconds) = integer(value) {
        return (1..=SECONDS_MAX).contains(&seconds).then(|| TimeMs::from_seconds(seconds));
    }
    let Some(Json::Text(text)) = value else { return None };
    let written = text.trim().parse::<jiff::Timestamp>().ok()?.as_millisecond();
    (written > 0).then_some(TimeMs(written))
}

/// A yes or no.
#[must_use]
pub fn flag(value: Option<&Json<'_>>) -> Option<bool> {
    if let Some(Json::Bool(flag)) = value { Some(*flag) } else { None }
}

/// A text of one line: control characters become spaces, and nothing stays of one without letters.
#[must_use]
pub fn line(value: Option<&Json<'_>>) -> Option<String> {
    let Some(Json::Text(text)) = value else { return None };
    let text =
        text.trim_matches(|character: char| character.is_whitespace() || character.is_control());
    let cleaned: String = if text.chars().any(char::is_control) {
        text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
    } else {
        text.to_owned()
    };
    (!cleaned.is_empty()).then_some(cleaned)
}

/// A text of many lines: line breaks become `\n`, tabs stay, other control characters go.
#[must_use]
pub fn lines(value: Option<&Json<'_>>) -> Option<String> {
    let Some(Json::Text(text)) = value else { return None };
    let cleaned: String = text
        .replace("\r\n", "\n")
        .replace('\r', "\n")
        .chars()
        .filter(|character| matches!(character, '\n' | '\t') || !character.is_control())
        .collect();
    (!cleaned.trim().is_empty()).then_some(cleaned)
}

/// An e-mail address in lower case: Aircall warns that case differs between tools.
#[must_use]
pub fn email(value: Option<&Json<'_>>) -> Option<String> {
    line(value).map(|email| email.to_lowercase())
}

/// A URL of the web; other schemes do not become links.
#[must_use]
pub fn url(value: Option<&Json<'_>>) -> Option<String> {
    line(value).filter(|url| url.starts_with("https://") || url.starts_with("http://"))
}
