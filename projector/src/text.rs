//! Text that comes from outside, made fit for a body or a subject, and times and durations as
//! people read them.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::civil::DateTime;
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

/// A number in decimal digits. Bodies are written by every answered call, several numbers in each,
/// and the formatting macros take most of the time of doing so.
pub fn push_number(body: &mut String, number: i64) {
    body.push_str(itoa::Buffer::new().format(number));
}

/// `1 h 2 min 3 s`, `3 min 25 s`, `25 s`: whole seconds, rounded down.
pub fn push_duration(body: &mut String, ms: i64) {
    let seconds = ms.max(0) / 1000;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        push_number(body, hours);
        body.push_str(" h ");
    }
    if hours > 0 || minutes > 0 {
        push_number(body, minutes);
        body.push_str(" min ");
    }
    push_number(body, seconds);
    body.push_str(" s");
}

/// [`push_duration`] as a value.
#[must_use]
pub fn duration(ms: i64) -> String {
    let mut text = String::new();
    push_duration(&mut text, ms);
    text
}

/// `YYYY-MM-DD HH:MM:SS CET` in the line's time zone, in UTC where the line has none that is known.
/// None for a time that no calendar has.
#[must_use]
pub fn local_time(at: TimeMs, facts: &CallFacts) -> Option<String> {
    let at = Timestamp::from_second(at.seconds()).ok()?;
    let zone = zone(facts.line_time_zone.as_deref());
    let there = zone.to_offset_info(at);
    let mut text = String::with_capacity(24);
    push_date_time(&mut text, there.offset().to_datetime(at));
    text.push(' ');
    text.push_str(there.abbreviation());
    Some(text)
}

/// `YYYY-MM-DD HH:MM:SS`, as `strftime` would write it (from the year 0 on) at several times the
/// cost.
fn push_date_time(text: &mut String, at: DateTime) {
    if at.year() < 0 {
        text.push('-');
    }
    let year = at.year().unsigned_abs();
    push_two_digits(text, year / 100);
    push_two_digits(text, year % 100);
    for (before, value) in [
        ('-', at.month()),
        ('-', at.day()),
        (' ', at.hour()),
        (':', at.minute()),
        (':', at.second()),
    ] {
        text.push(before);
        push_two_digits(text, value.unsigned_abs().into());
    }
}

fn push_two_digits(text: &mut String, value: u16) {
    for digit in [value / 10, value % 10] {
        text.push(char::from_digit(digit.into(), 10).expect("the parts of a time are below 100"));
    }
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
        assert_eq!(shown(None, -62_198_755_200), some("-0001-01-01 00:00:00 UTC"));
    }

    #[test]
    fn times_are_written_as_strftime_writes_them() {
        for name in ["UTC", "Asia/Kathmandu", "America/Sao_Paulo", "Australia/Lord_Howe"] {
            let facts = CallFacts { line_time_zone: Some(name.into()), ..CallFacts::default() };
            for seconds in (-62_167_132_800..253_000_000_000).step_by(7_654_321_987) {
                let written = Timestamp::from_second(seconds)
                    .unwrap()
                    .to_zoned(zone(Some(name)))
                    .strftime("%Y-%m-%d %H:%M:%S %Z")
                    .to_string();
                assert_eq!(local_time(TimeMs::from_seconds(seconds), &facts), Some(written));
            }
        }
    }
}
