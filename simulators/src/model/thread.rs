//! A contact and its conversation as a whole.

use std::collections::BTreeMap;

use super::difference::{Class, Difference};
use super::expectation::ExpectedThread;
use super::found::Found;
use crate::snapshot::{ContactView, ConversationView, Snapshot};

/// The conversation that holds most of the thread's entries.
pub(super) fn home_of(thread: &ExpectedThread, found: &Found) -> Option<usize> {
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    for call in &thread.calls {
        for (conversation, _) in found.of_call(call.id).flat_map(|(_, places)| places) {
            *counts.entry(*conversation).or_default() += 1;
        }
    }
    counts.into_iter().max_by_key(|(index, count)| (*count, std::cmp::Reverse(*index))).map(|c| c.0)
}

/// Handle, inbox, status, assignee, header and participants.
pub(super) fn compare_conversation(
    thread: &ExpectedThread,
    found: &ConversationView,
) -> Vec<Difference> {
    let first = thread.calls.first().map_or(0, |call| call.id);
    let mut differences = Vec::new();
    let mut check = |right: bool, class, note: &str, expected: String, shown: String| {
        if !right {
            let mut difference = Difference::new(class, first, note).within(&found.id);
            difference.expected = expected;
            difference.found = shown;
            differences.push(difference);
        }
    };
    check(
        found.contact_handle == thread.handle,
        Class::WrongHandle,
        "the conversation is another contact's",
        thread.handle.clone(),
        found.contact_handle.clone(),
    );
    check(
        thread.inboxes.iter().any(|inbox| found.inboxes == [inbox.clone()]),
        Class::WrongInbox,
        "the conversation lies in another inbox",
        format!("{:?}", thread.inboxes),
        format!("{:?}", found.inboxes),
    );
    let assignee = found.assignee.as_ref().map(|email| email.to_lowercase());
    check(
        thread.assignees.contains(&assignee),
        Class::WrongAssignee,
        "the conversation is assigned to another",
        format!("{:?}", thread.assignees),
        format!("{:?}", found.assignee),
    );
    let open = if assignee.is_some() { "assigned" } else { "unassigned" };
    let statuses = thread.archived.iter().map(|archived| if *archived { "archived" } else { open });
    check(
        statuses.clone().any(|status| status == found.status),
        Class::WrongStatus,
        "the conversation has another status",
        format!("{:?}", statuses.collect::<Vec<_>>()),
        found.status.clone(),
    );
    check(
        thread.headers.contains(&found.subject),
        Class::WrongSubject,
        "the conversation's header shows another subject",
        format!("{:?}", thread.headers),
        found.subject.clone(),
    );
    if let Some(tags) = &thread.tags {
        check(
            found.tags == *tags,
            Class::WrongTags,
            "the conversation has other tags",
            format!("{tags:?}"),
            format!("{:?}", found.tags),
        );
    }
    if let Some(members) = &thread.participants {
        let mut shown: Vec<String> = found.participants.iter().map(|e| e.to_lowercase()).collect();
        shown.sort();
        check(
            shown == *members,
            Class::WrongParticipants,
            "the participants are not the inbox's members",
            format!("{members:?}"),
            format!("{shown:?}"),
        );
    }
    differences
}

/// One contact has the handle, and its name is right.
pub(super) fn compare_contact(thread: &ExpectedThread, snapshot: &Snapshot) -> Vec<Difference> {
    let first = thread.calls.first().map_or(0, |call| call.id);
    let has_handle =
        |contact: &&ContactView| contact.handles.iter().any(|(_, handle)| *handle == thread.handle);
    let contacts: Vec<&ContactView> = snapshot.contacts.iter().filter(has_handle).collect();
    let wrong = |note: &str| Difference::new(Class::WrongContact, first, note);
    let [contact] = contacts.as_slice() else {
        let note = format!("{} contacts have its handle", contacts.len());
        return vec![wrong(&note)];
    };
    let mut differences = Vec::new();
    let anonymous = thread.handle.starts_with("anonymous:");
    let source = if anonymous { "custom" } else { "phone" };
    if !contact.handles.iter().any(|(of, handle)| of == source && *handle == thread.handle) {
        differences.push(wrong(&format!("the contact's handle is not of source {source}")));
    }
    let named = contact.name.as_ref().is_some_and(|name| thread.names.contains(name));
    if !thread.names.is_empty() && !named {
        let difference = wrong("the contact has another name");
        differences.push(difference.values(&thread.names, &contact.name));
    }
    differences
}
