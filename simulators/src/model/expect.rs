//! From calls and acts to what Front must show.

use std::collections::HashMap;

use super::company_rules::{inboxes, tags};
use super::config::{Comments, Layout, ModelConfig, PersonAct};
use super::expectation::{
    Expectation, ExpectedCall, ExpectedComment, ExpectedMessage, ExpectedThread, Form, Piece,
};
use super::header::headers;
use super::people::{archived, assignees, author_of, teammate};
use super::subjects::{Subjects, subjects};
use super::text;
use crate::aircall::bodies::Media;
use crate::aircall::centre::{Centre, Customer, Direction, GeneratedCall, Qualification};

/// What Front must show when everything is settled.
#[must_use]
pub fn expect(centre: &Centre, acts: &[PersonAct], config: &ModelConfig) -> Expectation {
    let mut calls: Vec<&GeneratedCall> =
        centre.calls.iter().filter(|call| is_logged(call, config)).collect();
    calls.sort_by_key(|call| (call.ended_at, call.id));
    let mut handles: Vec<String> = Vec::new();
    let mut by_handle: HashMap<String, Vec<&GeneratedCall>> = HashMap::new();
    for call in calls {
        let of_contact = by_handle.entry(handle(call)).or_default();
        if of_contact.is_empty() {
            handles.push(handle(call));
        }
        of_contact.push(call);
    }
    let threads = handles.into_iter().map(|handle| {
        let acts: Vec<&PersonAct> = acts.iter().filter(|act| act.contact == handle).collect();
        let calls = by_handle.remove(&handle).unwrap_or_default();
        thread(handle, &calls, &acts, config)
    });
    Expectation { threads: threads.collect() }
}

/// The key of the external party: a conversation each.
pub(super) fn handle(call: &GeneratedCall) -> String {
    match &call.customer {
        Customer::Contact(contact) => contact.number.e164.clone(),
        Customer::OwnLine(number) => number.e164.clone(),
        Customer::Anonymous => format!("anonymous:{}", call.line.id),
    }
}

fn is_logged(call: &GeneratedCall, config: &ModelConfig) -> bool {
    config.lines.as_ref().is_none_or(|lines| lines.contains(&call.line.id))
}

fn thread(
    handle: String,
    calls: &[&GeneratedCall],
    acts: &[&PersonAct],
    config: &ModelConfig,
) -> ExpectedThread {
    let subjects = subjects(calls, acts, config);
    let inboxes = inboxes(calls, acts, config);
    let participants =
        config.members.iter().find(|(name, _)| inboxes == [name.clone()]).map(|(_, members)| {
            let mut members: Vec<String> = members.iter().map(|m| m.to_lowercase()).collect();
            members.sort();
            members
        });
    ExpectedThread {
        names: names(&handle, calls, config),
        inboxes,
        tags: tags(calls, acts, config),
        archived: archived(calls, acts, config),
        assignees: assignees(calls, acts, config),
        headers: headers(calls, &subjects, config),
        participants,
        calls: calls
            .iter()
            .zip(&subjects.calls)
            .map(|(call, of)| {
                let epoch = (of.first_epoch == of.last_epoch).then_some(of.first_epoch);
                ExpectedCall {
                    id: call.id,
                    epoch,
                    one_subject: of.first_epoch == subjects.last_epoch(),
                    forms: forms(call, &subjects, of.first_epoch, of.last_epoch, &handle, config),
                    comments: comments(call, config),
                }
            })
            .collect(),
        handle,
    }
}

/// A name that a person typed stays; else Aircall's; else the number.
fn names(handle: &str, calls: &[&GeneratedCall], config: &ModelConfig) -> Vec<String> {
    if let Some((_, name)) = config.known_contacts.iter().find(|(number, _)| number == handle) {
        return vec![name.clone()];
    }
    let mut names: Vec<String> = calls.iter().filter_map(|call| text::full_name(call)).collect();
    names.sort();
    names.dedup();
    if names.is_empty() && !handle.starts_with("anonymous:") {
        names.push(handle.to_owned());
        names.extend(calls.first().map(|call| call.raw_digits().to_owned()));
    }
    names
}

/// The allowed sets of activities of a call.
fn forms(
    call: &GeneratedCall,
    subjects: &Subjects,
    first_epoch: usize,
    last_epoch: usize,
    handle: &str,
    config: &ModelConfig,
) -> Vec<Form> {
    let own = call.qualification();
    let bare = vec!["Voicemail".to_owned()];
    let main_subjects = subjects.between(first_epoch, last_epoch);
    let later_subjects = subjects.between(first_epoch, subjects.last_epoch());
    let media = call.media.map(|media| media.kind);
    let compact = config.layout == Layout::Compact;
    let builder = Builder { call, handle, config };
    let link = |media: Media| match media {
        Media::Recording => {
            builder.message(Piece::Recording, vec![text::link_line(call, media)], &later_subjects)
        }
        Media::Voicemail => {
            builder.message(Piece::Voicemail, vec![text::link_line(call, media)], &bare)
        }
    };
    let main = |qualification, inside: Option<Media>| {
        let mut lines = text::main_lines(call, qualification);
        if compact && call.answered_at.is_some() {
            lines.push(text::duration_line(call));
        }
        lines.extend(inside.map(|media| text::link_line(call, media)));
        let voicemail = qualification == Qualification::Voicemail;
        builder.message(Piece::Main, lines, if voicemail { &bare } else { &main_subjects })
    };
    let mut forms = Vec::new();
    let mut add = |messages: Vec<Option<ExpectedMessage>>| {
        forms.push(Form { messages: messages.into_iter().flatten().collect() });
    };
    if compact {
        add(vec![Some(main(own, media))]);
    } else {
        let duration = call.answered_at.map(|_| {
            builder.message(Piece::Duration, vec![text::duration_line(call)], &later_subjects)
        });
        add(vec![Some(main(own, None)), duration, media.map(link)]);
    }
    if let (Some(kind), true) = (media, config.late_media) {
        match (kind, compact) {
            (Media::Voicemail, _) => {
                add(vec![Some(main(Qualification::Missed, None)), Some(link(kind))]);
            }
            (Media::Recording, true) => add(vec![Some(main(own, None)), Some(link(kind))]),
            (Media::Recording, false) => {}
        }
    }
    forms
}

/// What all activities of a call have in common.
struct Builder<'a> {
    call: &'a GeneratedCall,
    handle: &'a str,
    config: &'a ModelConfig,
}

impl Builder<'_> {
    fn message(
        &self,
        piece: Piece,
        mut lines: Vec<super::ExpectedLine>,
        subjects: &[String],
    ) -> ExpectedMessage {
        let call = self.call;
        lines.push(text::call_line(call));
        let by_agent = call.answered_at.is_some() || call.direction == Direction::Outbound;
        let line = call.line.number.e164.clone();
        let customer = self.handle.to_owned();
        let (sender, to) = if by_agent { (line, customer) } else { (customer, line) };
        let after = match piece {
            Piece::Main => 0,
            Piece::Duration => 1,
            Piece::Recording | Piece::Voicemail => 2,
            Piece::Comment(_) => unreachable!("comments are not messages"),
        };
        ExpectedMessage {
            piece,
            inbound: !by_agent,
            authors: if by_agent { vec![author_of(call, self.config)] } else { vec![None] },
            sender,
            to,
            subjects: subjects.to_vec(),
            lines,
            created_at: call.ended_at + after,
        }
    }
}

fn comments(call: &GeneratedCall, config: &ModelConfig) -> Vec<ExpectedComment> {
    match config.comments {
        Comments::Answered if call.answered_at.is_none() => return Vec::new(),
        Comments::Answered | Comments::All => {}
    }
    let mut comments: Vec<_> = call.comments.iter().collect();
    comments.sort_by_key(|comment| (comment.at, comment.id));
    comments
        .into_iter()
        .map(|comment| {
            let authors = match comment.by.as_deref().and_then(teammate) {
                Some(email) => vec![Some(email)],
                // The rules name a fallback for activities; for comments both readings are fair.
                None => vec![config.fallback_author.as_ref().map(|e| e.to_lowercase()), None],
            };
            ExpectedComment { id: comment.id, authors, body: text::comment_body(call, comment) }
        })
        .collect()
}
