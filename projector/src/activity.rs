//! The actions of a call's effects, whole: bodies, authors, the times that Front shows, and the
//! state of the conversation that they are sent with.

use schemas::{
    Activity, Agent, CallFacts, CallState, CommentAction, CommentFact, Contact, Conversation,
    Customer, Person, Piece, Text, TimeMs,
};

use schemas::ids::is_e164;

use crate::qualification::{Qualification, final_agent};
use crate::templates::Link;
use crate::text::{local_time, push_escaped, push_number};
use crate::thread;

/// B10: a comment written later than this after the call's end says when it was written.
const COMMENT_SAYS_WHEN_AFTER_MS: i64 = 2 * 60 * 1000;

/// B35: what Front shows of a call in which order, in milliseconds after its end.
const DURATION_SHOWN_AFTER_MS: i64 = 1_000;
const LINK_SHOWN_AFTER_MS: i64 = 2_000;

/// An activity about `piece`, without an assignee.
pub(crate) fn activity(
    call: &CallState,
    conversation: &Conversation,
    piece: Piece,
    subject: Text,
    body: String,
) -> Activity {
    let facts = &call.facts;
    let qualification = Qualification::of(facts);
    // A voicemail is the customer's, also where the call turned out to be answered.
    let inbound = qualification.logged_by_customer() || piece == Piece::Voicemail;
    let author = if inbound { None } else { final_agent(facts).map(agent) };
    Activity {
        inbound,
        subject,
        body,
        shown_at: shown_at(facts, piece),
        customer: customer(&call.contact, facts),
        line_handle: line_handle(facts),
        author,
        assignee: None,
        inbox_id: thread::inbox(conversation).cloned(),
        is_archived: piece != Piece::Main && thread::is_archived(conversation),
    }
}

/// The link that is known of a call.
pub(crate) fn link(facts: &CallFacts) -> Link<'_> {
    facts.asset_url.as_deref().map_or(Link::InAircall, Link::Page)
}

/// A comment, with the mark by which it is recognised as its last line.
pub(crate) fn comment(call: &CallState, comment: &CommentFact) -> CommentAction {
    let mut mark = String::with_capacity(MARK_BYTES_USUAL);
    mark.push_str("[call ");
    push_number(&mut mark, call.call_id.get());
    mark.push_str(" comment ");
    push_number(&mut mark, comment.id.0);
    mark.push(']');
    let mut body = String::with_capacity(comment.content.len() + 64);
    push_escaped(&mut body, &comment.content);
    if let (Some(posted_at), Some(ended_at)) = (comment.posted_at, call.facts.ended_at)
        && posted_at > ended_at.plus_ms(COMMENT_SAYS_WHEN_AFTER_MS)
        && let Some(written) = local_time(posted_at, &call.facts)
    {
        body.push_str("\nWritten ");
        body.push_str(&written);
    }
    body.push('\n');
    body.push_str(&mark);
    CommentAction { body, mark, author: comment.posted_by.as_ref().map(agent) }
}

/// Room for most marks, so that writing one allocates once.
const MARK_BYTES_USUAL: usize = 48;

/// The agent as commands name one.
pub(crate) fn agent(person: &Person) -> Agent {
    Agent { id: person.id, email: person.email.clone() }
}

fn shown_at(facts: &CallFacts, piece: Piece) -> TimeMs {
    let ended_at = facts.ended_at.unwrap_or_default();
    match piece {
        Piece::Main | Piece::Comment | Piece::Unknown => ended_at,
        Piece::Duration => ended_at.plus_ms(DURATION_SHOWN_AFTER_MS),
        Piece::Recording | Piece::Voicemail => ended_at.plus_ms(LINK_SHOWN_AFTER_MS),
    }
}

fn customer(contact: &Contact, facts: &CallFacts) -> Customer {
    Customer { handle: contact.text().clone(), name: facts.contact_name.clone() }
}

/// The line as Front is to know it: its number, or its id where it has none.
fn line_handle(facts: &CallFacts) -> Text {
    match &facts.line_number {
        Some(number) if is_e164(number) => number.clone(),
        Some(_) | None => format!("line:{}", facts.line_id.map_or(0, |id| id.get())).into(),
    }
}
