//! What a template can name. Unknown values are empty, so that `{% if agent %}` leaves a line out.

use schemas::{CallFacts, CallId};
use serde::Serialize;

use super::Link;
use crate::qualification::{Durations, Qualification, final_agent};
use crate::text::{duration, escaped_line, local_time, one_line};

/// The variables of all templates.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(super) struct Values {
    /// The qualification's words.
    pub(super) qualification: String,
    /// The line's name.
    pub(super) line: String,
    /// The line's number.
    pub(super) line_number: String,
    /// The contact's number, or `anonymous`.
    pub(super) customer: String,
    /// The contact's name in Aircall.
    pub(super) customer_name: String,
    /// Who took or made the call; empty on calls that the customer logs.
    pub(super) agent: String,
    /// Who transferred it, of a transfer that happened.
    pub(super) transferred_by: String,
    /// Why nobody answered, of a missed call.
    pub(super) reason: String,
    /// When it started, in the line's time zone.
    pub(super) started: String,
    /// How long it took, of an answered call.
    pub(super) duration: String,
    /// How long the caller waited.
    pub(super) waited: String,
    /// The link's page; empty when only its existence is known.
    pub(super) url: String,
    /// What the link is to: `Recording` or `Voicemail`; empty when there is nothing.
    pub(super) media: String,
    /// Aircall's call id.
    pub(super) call_id: String,
}

impl Values {
    /// The variables by name; those that a subject has a value for, or all.
    pub(super) const fn names(of_subject: bool) -> &'static [&'static str] {
        const NAMES: [&str; 14] = [
            "qualification",
            "line",
            "line_number",
            "customer",
            "customer_name",
            "agent",
            "transferred_by",
            "reason",
            "started",
            "duration",
            "waited",
            "url",
            "media",
            "call_id",
        ];
        if of_subject { NAMES.split_at(3).0 } else { &NAMES }
    }

    /// Those of a subject: one line, nothing escaped.
    pub(super) fn of_subject(qualification: Qualification, facts: &CallFacts) -> Values {
        let line = |text: Option<&str>| text.map(one_line).unwrap_or_default().into_owned();
        Values {
            qualification: qualification.words().to_owned(),
            line: line(facts.line_name.as_deref()),
            line_number: line(facts.line_number.as_deref()),
            ..Values::default()
        }
    }

    /// Those of a body: user text escaped.
    pub(super) fn of_call(
        call: CallId,
        qualification: Qualification,
        facts: &CallFacts,
        link: Option<Link<'_>>,
    ) -> Values {
        let text = |text: Option<&str>| text.map(escaped_line).unwrap_or_default();
        let durations = Durations::of(facts);
        let media = if qualification.logged_by_customer() { "Voicemail" } else { "Recording" };
        Values {
            qualification: qualification.words().to_owned(),
            line: text(facts.line_name.as_deref()),
            line_number: text(facts.line_number.as_deref()),
            customer: text(Some(facts.contact_number.as_deref().unwrap_or("anonymous"))),
            customer_name: text(facts.contact_name.as_deref()),
            agent: text(agent_name(qualification, facts)),
            transferred_by: text(transferred_by(facts)),
            reason: reason(qualification, facts).unwrap_or_default(),
            started: facts.started_at.and_then(|at| local_time(at, facts)).unwrap_or_default(),
            duration: durations.talk_ms.map(duration).unwrap_or_default(),
            waited: durations.wait_ms.map(duration).unwrap_or_default(),
            url: match link {
                Some(Link::Page(url)) => page(url),
                Some(Link::InAircall) | None => String::new(),
            },
            media: link.map(|_| media.to_owned()).unwrap_or_default(),
            call_id: call.to_string(),
        }
    }
}

/// Who is named as the agent: nobody on a call that nobody took.
pub(super) fn agent_name(qualification: Qualification, facts: &CallFacts) -> Option<&str> {
    if qualification.logged_by_customer() {
        return None;
    }
    final_agent(facts)?.name.as_deref()
}

/// B06: only of a transfer that happened.
pub(super) fn transferred_by(facts: &CallFacts) -> Option<&str> {
    if !facts.transferred {
        return None;
    }
    facts.transferred_by.as_ref()?.name.as_deref()
}

/// Why a missed call was missed. Aircall's own words are shown as they are; anything that does not
/// look like one of them is escaped like any text from outside.
pub(super) fn reason(qualification: Qualification, facts: &CallFacts) -> Option<String> {
    if qualification != Qualification::Missed {
        return None;
    }
    let reason = facts.missed_call_reason.as_deref()?;
    let word = reason.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    Some(if word { reason.to_owned() } else { escaped_line(reason) })
}

/// A page's address: left as it is, but for what no address contains.
pub(super) fn page(url: &str) -> String {
    // Nearly all of them, and each call has one.
    if url.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'<' && byte != b'>') {
        return url.to_owned();
    }
    let mut address = String::with_capacity(url.len());
    for letter in url.chars().filter(|letter| !letter.is_control() && !letter.is_whitespace()) {
        match letter {
            '<' => address.push_str("%3C"),
            '>' => address.push_str("%3E"),
            plain => address.push(plain),
        }
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_stays_but_for_what_no_address_contains() {
        for (url, shown) in [
            ("https://x.example/a?b=c&d=%20#e", "https://x.example/a?b=c&d=%20#e"),
            ("https://x/<b>", "https://x/%3Cb%3E"),
            ("<", "%3C"),
            (">", "%3E"),
            ("https://x/a b\tc\u{7}d\ne", "https://x/abcde"),
            ("https://x/é\u{a0}", "https://x/é"),
        ] {
            assert_eq!(page(url), shown, "{url:?}");
        }
    }
}
