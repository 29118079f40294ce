//! Aircall's Call object, from a webhook or from the API, as fields of a [`CallEvent`].

use schemas::{
    AgentId, CallEvent, CallId, CallStatus, Comment, CommentId, Contact, Direction, EventId,
    LineId, Person, Tag, TagId, Team, TeamId, Text, TimeMs,
};

use crate::fields::{email, flag, id, integer, line, lines, time, url};
use crate::json::Json;
use crate::normalise::{NORMALISER_REVISION, Seen};
use crate::number::e164;

/// What stands around a call: for webhooks the envelope, for the API the moment of the answer.
pub(crate) struct Around<'a> {
    pub(crate) event_id: EventId,
    pub(crate) event: String,
    pub(crate) snapshot_at: TimeMs,
    pub(crate) seen: &'a Seen<'a>,
}

/// The event that a snapshot makes; none when the call has no id, for then nothing can hold it.
pub(crate) fn read(call: &Json<'_>, around: Around<'_>) -> Option<CallEvent> {
    let call_id = CallId::try_from(id(call.get("id"))?).ok()?;
    let number = call.get("number");
    let from_line = |name: &str| number.and_then(|number| number.get(name));
    let line_id = id(from_line("id")).and_then(|id| LineId::try_from(id).ok());
    let line_country = line(from_line("country")).filter(|country| is_country(country));
    let region = line_country.as_deref().or(around.seen.default_region);
    let contact_number_received = raw_digits(call.get("raw_digits"));
    let contact_number = contact_number_received.as_deref().and_then(|text| e164(text, region));
    let contact = contact_number
        .as_deref()
        .and_then(|number| Contact::from_e164(number).ok())
        .unwrap_or_else(|| Contact::anonymous(line_id));
    let external_transferred_to =
        line(call.get("external_transferred_to")).map(|text| e164(&text, region).unwrap_or(text));
    let asset_url = url(call.get("asset")).filter(|asset| !is_signed(asset));
    let asset_is = |kind: &str| {
        asset_url.as_deref().is_some_and(|url| url.split(['/', '?']).any(|part| part == kind))
    };
    let has = |name: &str| url(call.get(name)).is_some();
    Some(CallEvent {
        event_id: around.event_id,
        event: around.event,
        snapshot_at: around.snapshot_at,
        received_at: around.seen.received_at,
        origin: around.seen.origin,
        normaliser_revision: NORMALISER_REVISION,
        replaces: None,
        clears: Vec::new(),
        contact,
        contact_number: contact_number.map(Text::from),
        contact_number_received,
        contact_name: contact_name(call.get("contact")).map(Text::from),
        call_id,
        call_uuid: line(call.get("call_uuid")).or_else(|| line(call.get("sid"))).map(Into::into),
        direction: direction(call.get("direction")),
        status: status(call.get("status")),
        missed_call_reason: text(call.get("missed_call_reason")),
        started_at: time(call.get("started_at")),
        answered_at: time(call.get("answered_at")),
        ended_at: time(call.get("ended_at")),
        duration_received_s: integer(call.get("duration")),
        callback_of_call_id: id(call.get("automatic_callback_call_id"))
            .and_then(|id| CallId::try_from(id).ok()),
        line_id,
        line_name: text(from_line("name")),
        line_number: line_number(number, line_country.as_deref()).map(Text::from),
        line_time_zone: text(from_line("time_zone")),
        line_country: line_country.map(Text::from),
        teams: each(call.get("teams"), team),
        agent: person(call.get("user")),
        assigned_to: person(call.get("assigned_to")),
        transferred_by: person(call.get("transferred_by").or(call.get("transfered_by"))),
        transferred_to: person(call.get("transferred_to").or(call.get("transfered_to"))),
        external_transferred_to: external_transferred_to.map(Text::from),
        has_recording: has("recording") || has("recording_short_url") || asset_is("recording"),
        has_voicemail: has("voicemail") || has("voicemail_short_url") || asset_is("voicemail"),
        asset_url: asset_url.map(Text::from),
        comments: each(call.get("comments"), comment),
        tags: each(call.get("tags"), tag),
        archived: flag(call.get("archived")),
    })
}

fn text(value: Option<&Json<'_>>) -> Option<Text> {
    line(value).map(Text::from)
}

fn each<T>(list: Option<&Json<'_>>, read: impl Fn(&Json<'_>) -> Option<T>) -> Vec<T> {
    list.map_or_else(Vec::new, |list| list.elements().iter().filter_map(read).collect())
}

/// The external party as Aircall wrote it. A number without quotes is one too.
fn raw_digits(value: Option<&Json<'_>>) -> Option<String> {
    match value {
        Some(Json::Number(number)) => Some((*number).to_owned()),
        other => line(other),
    }
}

fn is_country(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// Whether a URL carries a signature: then it dies, and is no stable page.
fn is_signed(url: &str) -> bool {
    url.contains("X-Amz-") || url.contains("Signature=")
}

fn direction(value: Option<&Json<'_>>) -> Direction {
    match value {
        Some(Json::Text(text)) if text == "inbound" => Direction::Inbound,
        Some(Json::Text(text)) if text == "outbound" => Direction::Outbound,
        Some(_) | None => Direction::Unknown,
    }
}

fn status(value: Option<&Json<'_>>) -> CallStatus {
    match value {
        Some(Json::Text(text)) if text == "initial" => CallStatus::Initial,
        Some(Json::Text(text)) if text == "answered" => CallStatus::Answered,
        Some(Json::Text(text)) if text == "done" => CallStatus::Done,
        Some(_) | None => CallStatus::Unknown,
    }
}

/// `e164_digits` is on newer webhooks only; `digits` is for display.
fn line_number(number: Option<&Json<'_>>, country: Option<&str>) -> Option<String> {
    let number = number?;
    let readable = |name| line(number.get(name)).and_then(|text| e164(&text, country));
    readable("e164_digits").or_else(|| readable("digits")).or_else(|| line(number.get("digits")))
}

fn contact_name(contact: Option<&Json<'_>>) -> Option<String> {
    let contact = contact?;
    match (line(contact.get("first_name")), line(contact.get("last_name"))) {
        (Some(first), Some(last)) => Some(format!("{first} {last}")),
        (Some(name), None) | (None, Some(name)) => Some(name),
        (None, None) => line(contact.get("company_name")),
    }
}

pub(crate) fn person(value: Option<&Json<'_>>) -> Option<Person> {
    let value = value?;
    Some(Person {
        id: AgentId(id(value.get("id"))?),
        name: text(value.get("name")),
        email: email(value.get("email")).map(Text::from),
    })
}

fn team(value: &Json<'_>) -> Option<Team> {
    Some(Team { id: TeamId(id(value.get("id"))?), name: text(value.get("name")) })
}

/// A comment without a text says nothing, and one without an id could not be told from another.
fn comment(value: &Json<'_>) -> Option<Comment> {
    Some(Comment {
        id: CommentId(id(value.get("id"))?),
        content: lines(value.get("content"))?.into(),
        posted_at: time(value.get("posted_at")),
        posted_by: person(value.get("posted_by")),
    })
}

/// The API calls `created_at` what webhooks call `tagged_at`.
fn tag(value: &Json<'_>) -> Option<Tag> {
    Some(Tag {
        id: TagId(id(value.get("id"))?),
        name: text(value.get("name")),
        tagged_at: time(value.get("tagged_at")).or_else(|| time(value.get("created_at"))),
    })
}
