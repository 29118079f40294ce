//! One call: each of its pieces once, in the right conversation, with the right content.

use crate::model::difference::{Class, Difference};
use crate::model::expectation::{
    ExpectedCall, ExpectedComment, ExpectedLine, ExpectedMessage, Form, Piece,
};
use crate::model::found::{Found, Place, conversation_at, entry_at};
use crate::snapshot::{EntryView, Snapshot};

/// The differences of a call, under the allowed form that fits best.
pub(super) fn compare_call(
    call: &ExpectedCall,
    home: Option<usize>,
    found: &Found,
    snapshot: &Snapshot,
) -> Vec<Difference> {
    let place = Where { call, home, found, snapshot };
    let forms = call.forms.iter().map(|form| place.compare_form(form));
    let mut differences = forms.min_by_key(Vec::len).unwrap_or_default();
    for comment in &call.comments {
        differences.extend(place.one(Piece::Comment(comment.id), |at| {
            place.compare_comment(comment, entry_at(snapshot, at))
        }));
    }
    for (piece, places) in found.of_call(call.id) {
        let known = |comment: &ExpectedComment| Piece::Comment(comment.id) == piece;
        if matches!(piece, Piece::Comment(_)) && !call.comments.iter().any(known) {
            differences.extend(places.iter().map(|at| place.unexpected(piece, *at)));
        }
    }
    differences
}

struct Where<'a> {
    call: &'a ExpectedCall,
    home: Option<usize>,
    found: &'a Found,
    snapshot: &'a Snapshot,
}

impl Where<'_> {
    fn compare_form(&self, form: &Form) -> Vec<Difference> {
        let mut differences = Vec::new();
        for message in &form.messages {
            differences.extend(self.one(message.piece, |at| {
                self.compare_message(message, entry_at(self.snapshot, at))
            }));
        }
        if self.call.one_subject {
            differences.extend(self.compare_subjects(form));
        }
        for (piece, places) in self.found.of_call(self.call.id) {
            let comment = matches!(piece, Piece::Comment(_));
            if !comment && form.messages.iter().all(|message| message.piece != piece) {
                differences.extend(places.iter().map(|at| self.unexpected(piece, *at)));
            }
        }
        differences
    }

    /// A piece must stand at one place, in the contact's conversation; there its content is compared.
    fn one(&self, piece: Piece, content: impl FnOnce(Place) -> Vec<Difference>) -> Vec<Difference> {
        let places = self.found.places(self.call.id, piece);
        let Some(first) = places.first() else {
            return vec![self.difference(Class::Lost, piece, "is not in Front")];
        };
        let mut differences = Vec::new();
        if places.len() > 1 {
            let note = format!("is there {} times", places.len());
            differences.push(self.difference(Class::Duplicated, piece, &note));
        }
        if let Some(stray) = places.iter().find(|at| Some(at.0) != self.home) {
            let note = "is not in the conversation of its contact";
            let id = &conversation_at(self.snapshot, *stray).id;
            differences.push(self.difference(Class::WrongConversation, piece, note).within(id));
        }
        let id = &conversation_at(self.snapshot, *first).id;
        differences.extend(content(*first).into_iter().map(|difference| difference.within(id)));
        differences
    }

    fn compare_message(&self, expected: &ExpectedMessage, entry: &EntryView) -> Vec<Difference> {
        let EntryView::Message { inbound, author, sender, to, subject, body, created_at, .. } =
            entry
        else {
            let note = "is a comment, not an activity";
            return vec![self.difference(Class::WrongText, expected.piece, note)];
        };
        let mut differences = Vec::new();
        let mut add = |class, note: &str, values: [String; 2]| {
            let mut difference = self.difference(class, expected.piece, note);
            let [expected, found] = values;
            difference.expected = expected;
            difference.found = found;
            differences.push(difference);
        };
        let lower = author.as_ref().map(|email| email.to_lowercase());
        if *inbound != expected.inbound {
            let logged_by = if expected.inbound { "the customer" } else { "the agent's side" };
            let note = format!("must be logged by {logged_by}");
            add(Class::WrongAuthor, &note, show(&expected.inbound, inbound));
        } else if !expected.authors.contains(&lower) {
            let note = "is logged by another author";
            add(Class::WrongAuthor, note, show(&expected.authors, author));
        }
        if *sender != expected.sender || *to != [expected.to.clone()] {
            let note = "goes between other handles";
            let right = (&expected.sender, [&expected.to]);
            add(Class::WrongHandle, note, show(&right, &(sender, to)));
        }
        if !expected.subjects.contains(subject) {
            let note = "carries another subject";
            add(Class::WrongSubject, note, show(&expected.subjects, subject));
        }
        if let Err(label) = match_lines(&expected.lines, body) {
            let note = format!("the text differs at {label}");
            add(Class::WrongText, &note, show(&expected.lines, body));
        }
        if *created_at != expected.created_at {
            let note = format!("is shown {} s off", created_at - expected.created_at);
            add(Class::Order, &note, show(&expected.created_at, created_at));
        }
        differences
    }

    fn compare_comment(&self, expected: &ExpectedComment, entry: &EntryView) -> Vec<Difference> {
        let piece = Piece::Comment(expected.id);
        let EntryView::Comment { author, body, .. } = entry else {
            return vec![self.difference(Class::WrongText, piece, "is an activity, not a comment")];
        };
        let mut differences = Vec::new();
        let lower = author.as_ref().map(|email| email.to_lowercase());
        if !expected.authors.contains(&lower) {
            let difference = self.difference(Class::WrongAuthor, piece, "is written by another");
            differences.push(difference.values(&expected.authors, author));
        }
        if body.trim_end() != expected.body {
            let difference = self.difference(Class::WrongText, piece, "the text differs");
            differences.push(difference.values(&expected.body, body));
        }
        differences
    }

    /// Without an archive in between, duration and recording carry their main activity's subject.
    fn compare_subjects(&self, form: &Form) -> Vec<Difference> {
        let subject_of = |piece| {
            let at = self.found.places(self.call.id, piece).first()?;
            match entry_at(self.snapshot, *at) {
                EntryView::Message { subject, .. } => Some(subject.as_str()),
                EntryView::Comment { .. } => None,
            }
        };
        // A main activity that is lost is reported as that.
        let Some(main) = subject_of(Piece::Main) else { return Vec::new() };
        let others = form
            .messages
            .iter()
            .filter(|message| matches!(message.piece, Piece::Duration | Piece::Recording));
        others
            .filter_map(|message| {
                let found = subject_of(message.piece)?;
                let allowed = message.subjects.iter().any(|subject| subject == found);
                (allowed && found != main).then(|| {
                    let note = "carries another subject than its main activity";
                    let difference = self.difference(Class::WrongSubject, message.piece, note);
                    difference.values(&main, &found)
                })
            })
            .collect()
    }

    fn unexpected(&self, piece: Piece, at: Place) -> Difference {
        let id = &conversation_at(self.snapshot, at).id;
        self.difference(Class::Unexpected, piece, "should not be there").within(id)
    }

    fn difference(&self, class: Class, piece: Piece, note: &str) -> Difference {
        Difference::new(class, self.call.id, note).piece(piece)
    }
}

fn show(expected: &impl std::fmt::Debug, found: &impl std::fmt::Debug) -> [String; 2] {
    [format!("{expected:?}"), format!("{found:?}")]
}

/// Line by line. The error names the first line that differs by its label, never by its content.
fn match_lines(expected: &[ExpectedLine], body: &str) -> Result<(), String> {
    let mut lines = body.trim_end().lines().peekable();
    for (number, line) in expected.iter().enumerate() {
        match lines.peek() {
            Some(text) if line.texts.iter().any(|allowed| allowed == text) => {
                lines.next();
            }
            _ if line.optional => {}
            Some(_) | None => {
                let label = line.texts.first().and_then(|text| text.split_once(": "));
                let label = label.map_or(String::new(), |(label, _)| format!(" ({label})"));
                return Err(format!("line {}{label}", number + 1));
            }
        }
    }
    match lines.next() {
        Some(_) => Err("its end: there are more lines".to_owned()),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str, optional: bool) -> ExpectedLine {
        ExpectedLine { texts: vec![text.to_owned()], optional }
    }

    #[test]
    fn lines_match_in_order_and_optional_ones_may_be_missing() {
        let lines = [line("a", false), line("Agent: b", true), line("c", false)];
        assert_eq!(match_lines(&lines, "a\nAgent: b\nc"), Ok(()));
        assert_eq!(match_lines(&lines, "a\nc\n"), Ok(()));
        assert_eq!(match_lines(&lines, "a\nAgent: b"), Err("line 3".to_owned()));
        assert!(match_lines(&lines, "a\nc\nd").is_err());
        let label = match_lines(&[line("Agent: b", false)], "Agent: x");
        assert_eq!(label, Err("line 1 (Agent)".to_owned()));
    }
}
