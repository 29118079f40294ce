//! What teammates decided about a conversation, and where it lies: kept on the contact's thread, so that
//! a restart forgets neither. Of each attribute only the newest decision counts, so it is bounded.

use schemas::{Attribute, FrontChange, FrontConversationId, InboxId, Thread, TimeMs};

/// Tags whose newest decision is kept. A conversation has a handful; beyond that the oldest go.
const TAGS_MAX: usize = 16;

/// Notes that a teammate made this change.
pub fn note(thread: &mut Thread, change: &FrontChange, at: TimeMs) {
    let newest = |known: &mut Option<TimeMs>| *known = (*known).max(Some(at));
    match change {
        FrontChange::Assigned { .. } | FrontChange::Unassigned => {
            newest(&mut thread.assignee_decided_at);
        }
        FrontChange::Moved { .. } => newest(&mut thread.inbox_decided_at),
        FrontChange::Archived | FrontChange::Reopened => newest(&mut thread.status_decided_at),
        FrontChange::Tagged { name, .. } | FrontChange::Untagged { name, .. } => {
            if let Some(name) = name {
                note_tag(&mut thread.tag_decisions, &name.to_lowercase(), at);
            }
        }
        FrontChange::Merged { .. }
        | FrontChange::Trashed
        | FrontChange::Restored
        | FrontChange::Other(_) => {}
    }
}

/// When a teammate last decided about this attribute.
#[must_use]
pub fn decided_at(thread: &Thread, attribute: &Attribute) -> Option<TimeMs> {
    match attribute {
        Attribute::Assignee(_) => thread.assignee_decided_at,
        Attribute::Inbox(_) => thread.inbox_decided_at,
        Attribute::Archived(_) => thread.status_decided_at,
        Attribute::TagOn(tag) | Attribute::TagOff(tag) => {
            let tag = tag.to_lowercase();
            let of_tag = |text: &String| read(text).filter(|(_, name)| *name == tag).map(|it| it.0);
            thread.tag_decisions.iter().find_map(of_tag)
        }
    }
}

/// Notes that the conversation was moved, whoever moved it. Of another conversation it says nothing.
pub fn note_inbox(
    thread: &mut Thread,
    conversation_id: &FrontConversationId,
    inbox_id: &InboxId,
    at: TimeMs,
) {
    let is_its_own = thread.conversation_id.as_ref() == Some(conversation_id);
    if is_its_own && thread.inbox_at.is_none_or(|known| known <= at) {
        thread.inbox_id = Some(inbox_id.clone());
        thread.inbox_at = Some(at);
    }
}

fn note_tag(decisions: &mut Vec<String>, tag: &str, at: TimeMs) {
    if let Some(place) =
        decisions.iter().position(|it| read(it).is_some_and(|(_, name)| name == tag))
    {
        if read(&decisions[place]).is_some_and(|(known, _)| known > at) {
            return;
        }
        decisions.remove(place);
    }
    if decisions.len() >= TAGS_MAX {
        decisions.remove(0);
    }
    decisions.push(format!("{} {tag}", at.0));
}

fn read(text: &str) -> Option<(TimeMs, &str)> {
    let (at, name) = text.split_once(' ')?;
    Some((TimeMs(at.parse().ok()?), name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use schemas::Contact;

    fn thread() -> Thread {
        Thread {
            conversation_id: Some("cnv_1".into()),
            ..Thread::new(Contact::from_e164("+33612345678").unwrap())
        }
    }

    fn tagged(name: &str) -> FrontChange {
        FrontChange::Tagged { tag_id: "tag_1".into(), name: Some(name.into()) }
    }

    #[test]
    fn b37_each_attribute_has_its_own_newest_decision_whatever_came_last() {
        let mut thread = thread();
        for (change, at) in [
            (FrontChange::Unassigned, 9),
            (FrontChange::Assigned { teammate_id: "tea_1".into(), email: None }, 5),
            (FrontChange::Moved { inbox_id: "inb_2".into(), inbox_name: None }, 7),
            (FrontChange::Archived, 3),
            (tagged("Very Urgent"), 8),
            (tagged("very urgent"), 6),
            (FrontChange::Trashed, 99),
        ] {
            note(&mut thread, &change, TimeMs(at));
        }
        for (attribute, at) in [
            (Attribute::Assignee(None), Some(9)),
            (Attribute::Inbox("x".into()), Some(7)),
            (Attribute::Archived(false), Some(3)),
            (Attribute::TagOff("VERY urgent".into()), Some(8)),
            (Attribute::TagOn("urgent".into()), None),
        ] {
            assert_eq!(decided_at(&thread, &attribute), at.map(TimeMs), "{attribute:?}");
        }
    }

    #[test]
    fn b04_the_inbox_is_that_of_the_newest_move_of_this_conversation() {
        let mut thread = thread();
        for (conversation, inbox, at) in
            [("cnv_1", "inb_2", 5), ("cnv_1", "inb_3", 4), ("cnv_2", "inb_4", 9)]
        {
            note_inbox(&mut thread, &conversation.into(), &inbox.into(), TimeMs(at));
        }
        assert_eq!((thread.inbox_id, thread.inbox_at), (Some("inb_2".into()), Some(TimeMs(5))));
    }

    proptest! {
        #[test]
        fn b37_tags_are_bounded_and_the_newest_are_kept(names in prop::collection::vec("[a-z]{1,2}", 0..200)) {
            let mut thread = thread();
            for (at, name) in names.iter().enumerate() {
                note(&mut thread, &tagged(name), TimeMs(at as i64));
            }
            prop_assert!(thread.tag_decisions.len() <= TAGS_MAX);
            if let Some(last) = names.last() {
                let at = decided_at(&thread, &Attribute::TagOn(last.clone()));
                prop_assert_eq!(at, Some(TimeMs(names.len() as i64 - 1)));
            }
        }
    }
}
