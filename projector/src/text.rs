//! Text that comes from outside, made fit for a body or a subject, and times and durations as
//! people read them.

use std::borrow::Cow;
use std::fmt::Write;

use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use schemas::{CallFacts, TimeMs};

/// User text for a body: neither HTML nor Markdown, and no control character but the newline.
pub fn push_escaped(body: &mut String, text: &str) {
    // Most names, numbers and comments: one copy is several times faster than letter by letter.
    if text.bytes().all(stands_as_it_is) {
        body.push_str(text);
        return;
    }
    for letter in text.chars() {
        match letter {
            '&' => body.push_str("&amp;"),
            '<' => body.push_str("&lt;"),
            '>' => body.push_str("&gt;"),
            '\\' | '*' | '_' | '[' | ']' | '#' | '`' => {
                body.push('\\');
                body.push(letter);
            }
            '\n' => body.push('\n'),
            control if control.is_control() => {}
            plain => body.push(plain),
        }
    }
}

/// ASCII that [`push_escaped`] neither escapes nor drops.
const fn stands_as_it_is(byte: u8) -> bool {
    match byte {
        b'&' | b'<' | b'>' | b'\\' | b'*' | b'_' | b'[' | b']' | b'#' | b'`' => false,
        b'\n' | b' '..=b'~' => true,
        _ => false,
    }
}

/// [`push_escaped`] as a value.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut body = String::with_capacity(text.len());
    push_escaped(&mut body, text);
    body
}

/// User text for one line of a body: like [`escaped`], and a line break becomes a space.
pub fn push_escaped_line(body: &mut String, text: &str) {
    for (at, line) in text.split('\n').enumerate() {
        if at > 0 {
            body.push(' ');
        }
        push_escaped(body, line);
    }
}

/// [`push_escaped_line`] as a value.
#[must_use]
pub fn escaped_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    push_escaped_line(&mut line, text);
    line
}

/// User text for a subject: control characters, newlines among them,
/// become a space.
#[must_use]
pub fn one_line(text: &str) -> Cow<'_, str> {
    if !text.contains(char::is_control) {
        return Cow::Borrowed(text);
    }
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

/// `1 h 2 min 3 s`, `3 min 25 s`, `25 s`: whole seconds, rounded down.
#[must_use]
pub fn duration(ms: i64) -> String {
    let seconds = ms.max(0) / 1000;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes) {
        (0, 0) => format!("{seconds} s"),
        (0, _) => format!("{minutes} min {seconds} s"),
        (_, _) => format!("{hours} h {minutes} min {seconds} s"),
    }
}

/// `YYYY-MM-DD HH:MM:SS CET` in the line's time zone, in UTC where the line has none that is known.
/// None for a time that no calendar has.
#[must_use]
pub fn local_time(at: TimeMs, facts: &CallFacts) -> Option<String> {
    let at = Timestamp::from_second(at.seconds()).ok()?;
    let local = at.to_zoned(zone(facts.line_time_zone.as_deref()));
    let mut text = String::with_capacity(24);
    write!(text, "{}", local.strftime("%Y-%m-%d %H:%M:%S %Z")).ok()?;
    Some(text)
}

/// From the data inside the executable alone: the same on every machine.
fn zone(name: Option<&str>) -> TimeZone {
    name.and_then(|name| TimeZoneDatabase::bundled().get(name).ok()).unwrap_or(TimeZone::UTC)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_text_is_neither_html_nor_markdown() {
        for (text, expected) in [
            ("Ada", "Ada"),
            ("<b>&amp;</b>", "&lt;b&gt;&amp;amp;&lt;/b&gt;"),
            ("*_[x]#`\\", "\\*\\_\\[x\\]\\#\\`\\\\"),
            ("a\r\nb\tc\u{7}\u{9b}d", "a\nbcd"),
        ] {
            assert_eq!(escaped(text), expected);
        }
        assert_eq!(escaped_line("a\n<b>\tc"), "a &lt;b&gt;c");
        assert_eq!(one_line("a\nb\u{0}<c>_"), "a b <c>_");
    }

    #[test]
    fn b08_durations_are_written_in_hours_minutes_and_seconds() {
        for (ms, expected) in [
            (0, "0 s"),
            (-5, "0 s"),
            (25_999, "25 s"),
            (60_000, "1 min 0 s"),
            (205_000, "3 min 25 s"),
            (3_723_000, "1 h 2 min 3 s"),
            (7_200_000, "2 h 0 min 0 s"),
        ] {
            assert_eq!(duration(ms), expected);
        }
    }

    #[test]
    fn b07_times_are_shown_in_the_time_zone_of_the_line() {
        let shown = |name: Option<&str>, seconds| {
            let facts = CallFacts { line_time_zone: name.map(Into::into), ..CallFacts::default() };
            local_time(TimeMs::from_seconds(seconds), &facts)
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(shown(None, 1_767_225_600), some("2026-01-01 00:00:00 UTC"));
        assert_eq!(shown(Some("Europe/Paris"), 1_767_225_600), some("2026-01-01 01:00:00 CET"));
        assert_eq!(shown(Some("Europe/Paris"), 1_782_864_000), some("2026-07-01 02:00:00 CEST"));
        assert_eq!(shown(Some("No/Where"), 1_767_225_600), some("2026-01-01 00:00:00 UTC"));
        assert_eq!(shown(None, i64::MAX / 1000), None);
    }
}
