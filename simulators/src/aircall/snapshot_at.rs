//! What Aircall's body of a call says at a given second.

use super::bodies::{CallBody, ContactBody, LineBody, Media, UserBody};
use super::centre::{
    Agent, Contact, Customer, Direction, GeneratedCall, Line, Transfer, TransferTo,
};

/// The call as known at `at` (Unix seconds), as a webhook with this name has it.
pub(super) fn body_at(call: &GeneratedCall, at: i64, event: &str) -> CallBody {
    let mut body = match call.direction {
        Direction::Inbound => CallBody::inbound(call.id),
        Direction::Outbound => CallBody::outbound(call.id),
    };
    body = body.line(line(&call.line)).customer(call.raw_digits()).started_at(call.started_at);
    if let (Some(team), Direction::Inbound) = (&call.line.team, call.direction) {
        body = body.team(team.id, &team.name);
    }
    if let Customer::Contact(contact) = &call.customer
        && let Some(card) = card(contact)
    {
        body = body.contact(card);
    }
    if let Some(answered) = call.answered_at.filter(|answered| *answered <= at) {
        body = body.answered_at(answered);
    }
    if call.ended_at <= at {
        body = body.ended_at(call.ended_at);
        if let Some(reason) = &call.missed_reason {
            body = body.missed_reason(reason);
        }
    }
    body = people(call, at, event, body);
    body = media(call, at, body);
    notes(call, at, body)
}

/// The agent as Aircall writes one.
pub(super) fn user(agent: &Agent) -> UserBody {
    UserBody::new(agent.id, &agent.name, &agent.email)
}

/// The line as Aircall writes one.
pub(super) fn line(line: &Line) -> LineBody {
    LineBody::new(line.id, &line.name, &line.number.display)
        .country(line.number.country)
        .time_zone(&line.time_zone)
        .ivr(line.is_ivr)
}

fn card(contact: &Contact) -> Option<ContactBody> {
    let card = contact.card.as_ref()?;
    let body = ContactBody::new(card.id, &card.first_name, &card.last_name);
    let body = body.number(&contact.number.e164);
    Some(match &card.company {
        Some(company) => body.company(company),
        None => body,
    })
}

/// An outgoing call has its agent from the beginning, an incoming one from the answer.
fn people(call: &GeneratedCall, at: i64, event: &str, mut body: CallBody) -> CallBody {
    let from = match call.direction {
        Direction::Outbound => Some(call.started_at),
        Direction::Inbound => call.answered_at,
    };
    let mut agent = call.first_agent.as_ref().filter(|_| from.is_some_and(|from| from <= at));
    if let Some(Transfer { at: when, by, to }) = &call.transfer
        && *when <= at
    {
        match to {
            TransferTo::Colleague { named, took, forgotten } => {
                agent = Some(took);
                let told = !forgotten || event == "call.transferred" || at < call.ended_at;
                if told {
                    body = body.transfer(&user(by), &user(named));
                }
            }
            TransferTo::Failed(to) => body = body.transfer(&user(by), &user(to)),
            TransferTo::External(number) if event == "call.external_transferred" => {
                body = body
                    .set("external_transferred_to", number.e164.clone().into())
                    .set("external_caller_number", call.line.number.e164.clone().into());
            }
            TransferTo::External(_) => {}
        }
    }
    if let Some((assignee, _)) = call.assigned.as_ref().filter(|(_, when)| *when <= at) {
        body = body.assigned_to(&user(assignee));
    }
    if call.archived_at.is_some_and(|when| when <= at) {
        body = body.archived();
    }
    match agent {
        Some(agent) => body.agent(&user(agent)),
        None => body,
    }
}

fn media(call: &GeneratedCall, at: i64, body: CallBody) -> CallBody {
    let Some(media) = call.media else { return body };
    if at < media.known_at {
        return body;
    }
    match media.kind {
        Media::Recording => body.recording(),
        Media::Voicemail => body.voicemail(),
    }
}

fn notes(call: &GeneratedCall, at: i64, mut body: CallBody) -> CallBody {
    for comment in call.comments.iter().filter(|comment| comment.at <= at) {
        let by = comment.by.as_deref().map(user);
        body = body.comment_by(comment.id, &comment.text, comment.at, by.as_ref());
    }
    for tag in &call.tags {
        if tag.at <= at && tag.removed_at.is_none_or(|removed| at < removed) {
            body = body.tag(tag.id, &tag.name, tag.at, tag.by.as_deref().map(user).as_ref());
        }
    }
    body
}
