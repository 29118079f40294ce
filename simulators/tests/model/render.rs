//! Draws Front from an expectation: what a correct integration leaves behind.

use simulators::model::{Expectation, ExpectedThread};
use simulators::snapshot::{ContactView, ConversationView, EntryView, Snapshot};

/// Front as it shows exactly what is expected, in the first allowed way.
pub fn render(expectation: &Expectation) -> Snapshot {
    Snapshot {
        contacts: expectation.threads.iter().map(contact).collect(),
        conversations: expectation.threads.iter().enumerate().map(conversation).collect(),
    }
}

fn contact(thread: &ExpectedThread) -> ContactView {
    let anonymous = thread.handle.starts_with("anonymous:");
    let mut handles = vec![("custom".to_owned(), thread.handle.clone())];
    if !anonymous {
        handles.push(("phone".to_owned(), thread.handle.clone()));
    }
    ContactView { id: "crd_1".to_owned(), name: thread.names.first().cloned(), handles }
}

fn conversation((index, thread): (usize, &ExpectedThread)) -> ConversationView {
    let assignee = thread.assignees[0].clone();
    let status = match (thread.archived[0], &assignee) {
        (true, _) => "archived",
        (false, Some(_)) => "assigned",
        (false, None) => "unassigned",
    };
    let mut entries: Vec<(i64, EntryView)> = Vec::new();
    for call in &thread.calls {
        for message in &call.forms[0].messages {
            let lines: Vec<&str> =
                message.lines.iter().map(|line| line.texts[0].as_str()).collect();
            entries.push((
                message.created_at,
                EntryView::Message {
                    id: format!("msg_{}_{:?}", call.id, message.piece),
                    external_id: String::new(),
                    inbound: message.inbound,
                    author: message.authors[0].clone(),
                    sender: message.sender.clone(),
                    to: vec![message.to.clone()],
                    subject: message.subjects[0].clone(),
                    body: lines.join("\n"),
                    created_at: message.created_at,
                },
            ));
        }
        for comment in &call.comments {
            entries.push((
                i64::MAX,
                EntryView::Comment {
                    id: format!("com_{}", comment.id),
                    author: comment.authors[0].clone(),
                    body: comment.body.clone(),
                    posted_at: 1.0,
                },
            ));
        }
    }
    entries.sort_by_key(|(at, _)| *at);
    ConversationView {
        id: format!("cnv_{index}"),
        subject: thread.headers[0].clone(),
        status: status.to_owned(),
        inboxes: vec![thread.inboxes[0].clone()],
        assignee,
        tags: thread.tags.clone().unwrap_or_default(),
        participants: Vec::new(),
        contact_handle: thread.handle.clone(),
        entries: entries.into_iter().map(|(_, entry)| entry).collect(),
    }
}
