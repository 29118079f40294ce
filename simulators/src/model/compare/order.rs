//! What concerns several entries of a conversation: their order, and the subject that sticks.

use std::collections::HashMap;

use crate::model::difference::{Class, Difference};
use crate::model::expectation::{ExpectedThread, Piece};
use crate::model::found::key_of;
use crate::snapshot::{ConversationView, EntryView};

/// Activities stand by the time that they must show, a call's comments from the oldest on.
pub(super) fn compare_order(
    thread: &ExpectedThread,
    conversation: &ConversationView,
) -> Vec<Difference> {
    let mut times = HashMap::new();
    let mut ranks = HashMap::new();
    for call in &thread.calls {
        for message in call.forms.iter().flat_map(|form| &form.messages) {
            times.insert((call.id, message.piece), message.created_at);
        }
        for (rank, comment) in call.comments.iter().enumerate() {
            ranks.insert((call.id, Piece::Comment(comment.id)), rank);
        }
    }
    let mut differences = Vec::new();
    let mut newest = i64::MIN;
    let mut last_rank: HashMap<i64, usize> = HashMap::new();
    for entry in &conversation.entries {
        let Some(key) = key_of(entry) else { continue };
        let late = |note: &str| {
            Difference::new(Class::Order, key.0, note).piece(key.1).within(&conversation.id)
        };
        if let Some(time) = times.get(&key) {
            if *time < newest {
                differences.push(late("stands after a later activity"));
            }
            newest = newest.max(*time);
        }
        if let Some(rank) = ranks.get(&key) {
            let last = last_rank.entry(key.0).or_insert(*rank);
            if rank < last {
                differences.push(late("stands after a newer comment of its call"));
            }
            *last = (*last).max(*rank);
        }
    }
    differences
}

/// The main activities between two archives carry one subject (voicemails' bare one apart).
pub(super) fn compare_sticky(
    thread: &ExpectedThread,
    conversation: &ConversationView,
) -> Vec<Difference> {
    let mut sticky: HashMap<usize, String> = HashMap::new();
    let mut differences = Vec::new();
    for entry in &conversation.entries {
        let (Some((id, Piece::Main)), EntryView::Message { subject, .. }) = (key_of(entry), entry)
        else {
            continue;
        };
        let Some(call) = thread.calls.iter().find(|call| call.id == id) else { continue };
        let Some(epoch) = call.epoch.filter(|_| subject != "Voicemail") else { continue };
        let allowed = call.forms.iter().any(|form| {
            form.messages.iter().any(|m| m.piece == Piece::Main && m.subjects.contains(subject))
        });
        let sticks = sticky.entry(epoch).or_insert_with(|| subject.clone());
        if allowed && sticks != subject {
            let note = "carries another subject than the open conversation";
            let difference = Difference::new(Class::WrongSubject, id, note);
            let difference = difference.piece(Piece::Main).within(&conversation.id);
            differences.push(difference.values(sticks, subject));
        }
    }
    differences
}
