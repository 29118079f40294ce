//! The default texts. A line whose value is not known is left out.

use std::collections::BTreeMap;

use schemas::{CallFacts, CallId, Piece, Text};

use super::Link;
use super::values::{agent_name, page, reason, transferred_by};
use crate::qualification::{Durations, Qualification};
use crate::text::{self, local_time, one_line, push_escaped_line, push_number};

/// `<qualification> - <line>`; of a voicemail the bare word, which the customers' rules match.
pub(super) fn subject(qualification: Qualification, facts: &CallFacts) -> Text {
    match &facts.line_name {
        Some(line) if qualification != Qualification::Voicemail => {
            [qualification.words(), " - ", &one_line(line)].concat().into()
        }
        Some(_) | None => Text::new_static(qualification.words()),
    }
}

/// Room for most bodies of one thing, so that writing one allocates once.
const SHORT_BODY_BYTES_USUAL: usize = 128;

/// The main activity's body.
pub(super) fn main(call: CallId, qualification: Qualification, facts: &CallFacts) -> String {
    let mut body = main_lines(qualification, facts);
    push_call(&mut body, call);
    body
}

/// Everything in one body.
pub(super) fn compact(
    call: CallId,
    qualification: Qualification,
    facts: &CallFacts,
    link: Option<Link<'_>>,
) -> String {
    let mut body = main_lines(qualification, facts);
    push_duration(&mut body, facts);
    if let Some(link) = link {
        let voicemail = qualification.logged_by_customer();
        push_link(&mut body, if voicemail { Piece::Voicemail } else { Piece::Recording }, link);
    }
    push_call(&mut body, call);
    body
}

/// The duration activity's body.
pub(super) fn duration(call: CallId, facts: &CallFacts) -> String {
    let mut body = String::with_capacity(SHORT_BODY_BYTES_USUAL);
    push_duration(&mut body, facts);
    push_call(&mut body, call);
    body
}

/// The link activity's body.
pub(super) fn link(call: CallId, piece: Piece, link: Link<'_>) -> String {
    let mut body = String::with_capacity(SHORT_BODY_BYTES_USUAL);
    push_link(&mut body, piece, link);
    push_call(&mut body, call);
    body
}

fn main_lines(qualification: Qualification, facts: &CallFacts) -> String {
    let mut body = String::with_capacity(256);
    body.push_str(qualification.words());
    if let Some(line) = &facts.line_name {
        body.push_str(" - ");
        push_text(&mut body, line);
    }
    push_named(&mut body, "Line: ", facts.line_name.as_deref(), facts.line_number.as_deref());
    let number = facts.contact_number.as_deref().unwrap_or("anonymous");
    push_named(&mut body, "Customer: ", facts.contact_name.as_deref(), Some(number));
    if let Some(agent) = agent_name(qualification, facts) {
        body.push_str("\nAgent: ");
        push_text(&mut body, agent);
    }
    if let Some(by) = transferred_by(facts) {
        body.push_str("\nTransferred by: ");
        push_text(&mut body, by);
    }
    if let Some(reason) = reason(qualification, facts) {
        body.push_str("\nReason: ");
        body.push_str(&reason);
    }
    if let Some(started) = facts.started_at.and_then(|at| local_time(at, facts)) {
        body.push_str("\nStarted: ");
        body.push_str(&started);
    }
    body
}

/// `<label><name> (<number>)`, or whichever of the two is known.
fn push_named(body: &mut String, label: &str, name: Option<&str>, number: Option<&str>) {
    let (Some(first), second) = (name.or(number), name.and(number)) else { return };
    body.push('\n');
    body.push_str(label);
    push_text(body, first);
    if let Some(number) = second {
        body.push_str(" (");
        push_text(body, number);
        body.push(')');
    }
}

fn push_duration(body: &mut String, facts: &CallFacts) {
    let durations = Durations::of(facts);
    let Some(talk_ms) = durations.talk_ms else { return };
    new_line(body);
    body.push_str("Duration: ");
    text::push_duration(body, talk_ms);
    if let Some(wait_ms) = durations.wait_ms {
        body.push_str(" (waited ");
        text::push_duration(body, wait_ms);
        body.push(')');
    }
}

fn push_link(body: &mut String, piece: Piece, link: Link<'_>) {
    new_line(body);
    body.push_str(if piece == Piece::Voicemail { "Voicemail: " } else { "Recording: " });
    match link {
        Link::Page(url) => body.push_str(&page(url)),
        Link::InAircall => body.push_str("in Aircall"),
    }
}

fn push_call(body: &mut String, call: CallId) {
    new_line(body);
    body.push_str("Aircall call ");
    push_number(body, call.get());
}

fn push_text(body: &mut String, text: &str) {
    push_escaped_line(body, text);
}

fn new_line(body: &mut String) {
    if !body.is_empty() {
        body.push('\n');
    }
}

/// The same texts as templates: what the configuration shows as defaults. A test holds them equal
/// to the functions above.
pub(super) fn as_templates() -> BTreeMap<String, String> {
    let mut texts = BTreeMap::new();
    for qualification in Qualification::ALL {
        let bare = qualification == Qualification::Voicemail;
        let subject = if bare { "{{ qualification }}" } else { SUBJECT };
        texts.insert(format!("subject.{}", qualification.key()), subject.to_owned());
        texts.insert(format!("main.{}", qualification.key()), format!("{MAIN}{CALL}"));
        let compact = format!("{MAIN}{COMPACT_DURATION}{COMPACT_LINK}{CALL}");
        texts.insert(format!("compact.{}", qualification.key()), compact);
    }
    texts.insert("duration".to_owned(), format!("{DURATION}{CALL}"));
    texts.insert("recording".to_owned(), format!("{LINK}{CALL}"));
    texts.insert("voicemail".to_owned(), format!("{LINK}{CALL}"));
    texts
}

const SUBJECT: &str = "{{ qualification }}{% if line %} - {{ line }}{% endif %}";
const MAIN: &str = "{{ qualification }}{% if line %} - {{ line }}{% endif %}\
{% if line or line_number %}\nLine: {{ line or line_number }}\
{% if line and line_number %} ({{ line_number }}){% endif %}{% endif %}\
\nCustomer: {{ customer_name or customer }}{% if customer_name %} ({{ customer }}){% endif %}\
{% if agent %}\nAgent: {{ agent }}{% endif %}\
{% if transferred_by %}\nTransferred by: {{ transferred_by }}{% endif %}\
{% if reason %}\nReason: {{ reason }}{% endif %}\
{% if started %}\nStarted: {{ started }}{% endif %}";
const DURATION: &str = "Duration: {{ duration }}{% if waited %} (waited {{ waited }}){% endif %}";
const COMPACT_DURATION: &str = "{% if duration %}\nDuration: {{ duration }}\
{% if waited %} (waited {{ waited }}){% endif %}{% endif %}";
const LINK: &str = "{{ media }}: {{ url or 'in Aircall' }}";
const COMPACT_LINK: &str = "{% if media %}\n{{ media }}: {{ url or 'in Aircall' }}{% endif %}";
const CALL: &str = "\nAircall call {{ call_id }}";
