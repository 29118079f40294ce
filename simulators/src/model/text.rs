//! The texts of activities and comments, with the default templates.

use super::expectation::ExpectedLine;
use crate::aircall::bodies::{Media, asset_url};
use crate::aircall::centre::{
    CallComment, Customer, Direction, GeneratedCall, Qualification, Transfer, TransferTo,
};

/// A comment says when it was written if that was so many seconds after the call.
const LATE_COMMENT_S: i64 = 120;

/// The word for what a call was.
pub(super) fn word(qualification: Qualification) -> &'static str {
    match qualification {
        Qualification::InboundAnswered => "Inbound answered call",
        Qualification::OutboundAnswered => "Outbound answered call",
        Qualification::OutboundUnanswered => "Outbound unanswered call",
        Qualification::Missed => "Missed call",
        Qualification::Voicemail => "Voicemail",
    }
}

/// `<qualification> - <line>`, as a subject has it.
pub(super) fn subject(call: &GeneratedCall, qualification: Qualification) -> String {
    format!("{} - {}", word(qualification), call.line.name)
}

/// The main activity's lines without the last one. `qualification` differs from the call's own when a
/// voicemail was settled as missed first.
pub(super) fn main_lines(call: &GeneratedCall, qualification: Qualification) -> Vec<ExpectedLine> {
    let line_name = escape(&call.line.name);
    let mut lines = vec![
        exact(format!("{} - {line_name}", word(qualification))),
        exact(format!("Line: {line_name} ({})", call.line.number.e164)),
        exact(format!("Customer: {}", customer(call))),
    ];
    if call.answered_at.is_some() || call.direction == Direction::Outbound {
        let agent = call.agent().map(|agent| format!("Agent: {}", escape(&agent.name)));
        lines.extend(agent.map(exact));
    }
    if let Some(Transfer { by, to: TransferTo::Colleague { .. }, .. }) = &call.transfer {
        let text = format!("Transferred by: {}", escape(&by.name));
        lines.push(ExpectedLine { texts: vec![text], optional: true });
    }
    if let Some(reason) = &call.missed_reason {
        // A word of Aircall's, not of a person: escaped or not, it reads the same.
        let texts = vec![format!("Reason: {reason}"), format!("Reason: {}", escape(reason))];
        let optional = qualification == Qualification::Voicemail;
        lines.push(ExpectedLine { texts, optional });
    }
    lines.push(exact(format!("Started: {}", local_time(call, call.started_at))));
    lines
}

/// `Duration: 3 min 25 s (waited 12 s)`, with or without parts that are zero after the first.
pub(super) fn duration_line(call: &GeneratedCall) -> ExpectedLine {
    let mut texts = Vec::new();
    for talk in lengths(call.talk_s()) {
        for wait in lengths(call.wait_s()) {
            texts.push(format!("Duration: {talk} (waited {wait})"));
        }
    }
    ExpectedLine { texts, optional: false }
}

/// `Recording: <page>` or `Voicemail: <page>`.
pub(super) fn link_line(call: &GeneratedCall, media: Media) -> ExpectedLine {
    let word = match media {
        Media::Recording => "Recording",
        Media::Voicemail => "Voicemail",
    };
    exact(format!("{word}: {}", asset_url(call.id, media)))
}

/// The last line of every activity.
pub(super) fn call_line(call: &GeneratedCall) -> ExpectedLine {
    exact(format!("Aircall call {}", call.id))
}

/// The comment's body: the text, when it was written if that was late, and the mark.
pub(super) fn comment_body(call: &GeneratedCall, comment: &CallComment) -> String {
    let mut lines = vec![escape(&comment.text)];
    if comment.at - call.ended_at > LATE_COMMENT_S {
        lines.push(format!("Written {}", local_time(call, comment.at)));
    }
    lines.push(format!("[call {} comment {}]", call.id, comment.id));
    lines.join("\n")
}

/// What would be read as Markdown or HTML is written so that it shows as typed; control characters
/// other than line breaks are left out.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '\\' | '*' | '_' | '[' | ']' | '#' | '`' => {
                escaped.push('\\');
                escaped.push(character);
            }
            '\n' => escaped.push('\n'),
            other if other.is_control() => {}
            other => escaped.push(other),
        }
    }
    escaped
}

/// A contact's full name in Aircall, or its company's, if it has one.
pub(super) fn full_name(call: &GeneratedCall) -> Option<String> {
    let Customer::Contact(contact) = &call.customer else { return None };
    let card = contact.card.as_ref()?;
    let name = format!("{} {}", card.first_name, card.last_name).trim().to_owned();
    if name.is_empty() { card.company.clone() } else { Some(name) }
}

fn customer(call: &GeneratedCall) -> String {
    let number = match &call.customer {
        Customer::Contact(contact) => &contact.number.e164,
        Customer::OwnLine(number) => &number.e164,
        Customer::Anonymous => return "anonymous".to_owned(),
    };
    match full_name(call) {
        Some(name) => format!("{} ({number})", escape(&name)),
        None => number.clone(),
    }
}

fn local_time(call: &GeneratedCall, at: i64) -> String {
    let time = jiff::Timestamp::from_second(at).expect("generated times lie in this century");
    let zone = jiff::tz::TimeZoneDatabase::bundled()
        .get(&call.line.time_zone)
        .unwrap_or(jiff::tz::TimeZone::UTC);
    time.to_zoned(zone).strftime("%Y-%m-%d %H:%M:%S %Z").to_string()
}

fn lengths(seconds: i64) -> Vec<String> {
    let (hours, minutes, rest) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    let full = match (hours, minutes) {
        (0, 0) => format!("{rest} s"),
        (0, _) => format!("{minutes} min {rest} s"),
        _ => format!("{hours} h {minutes} min {rest} s"),
    };
    let short: Vec<String> = [(hours, "h"), (minutes, "min"), (rest, "s")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, unit)| format!("{count} {unit}"))
        .collect();
    let short = short.join(" ");
    if short.is_empty() || short == full { vec![full] } else { vec![full, short] }
}

fn exact(text: String) -> ExpectedLine {
    ExpectedLine { texts: vec![text], optional: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_name_hours_only_when_there_are_some() {
        assert_eq!(lengths(0), ["0 s"]);
        assert_eq!(lengths(25), ["25 s"]);
        assert_eq!(lengths(205), ["3 min 25 s"]);
        assert_eq!(lengths(180), ["3 min 0 s", "3 min"]);
        assert_eq!(lengths(3_723), ["1 h 2 min 3 s"]);
    }

    #[test]
    fn what_markdown_or_html_would_change_is_escaped() {
        assert_eq!(escape("*a* _b_ [c](d) # `e` \\"), r"\*a\* \_b\_ \[c\](d) \# \`e\` \\");
        assert_eq!(escape("<b>&\u{7}\t\r\n"), "&lt;b&gt;&amp;\n");
    }
}
