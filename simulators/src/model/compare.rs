//! Finds where a snapshot differs from what it must show.

mod call;
mod order;

use super::difference::{Class, Difference};
use super::expectation::{Expectation, Piece};
use super::found::{Found, conversation_at};
use super::thread::{compare_contact, compare_conversation, home_of};
use crate::snapshot::Snapshot;

/// Every difference, thread by thread; none when Front shows exactly what it must.
#[must_use]
pub fn compare(expected: &Expectation, snapshot: &Snapshot) -> Vec<Difference> {
    let found = Found::read(snapshot);
    let mut differences = Vec::new();
    for thread in &expected.threads {
        let home = home_of(thread, &found);
        for call in &thread.calls {
            differences.extend(call::compare_call(call, home, &found, snapshot));
        }
        let Some(home) = home else { continue };
        differences.extend(compare_conversation(thread, &snapshot.conversations[home]));
        differences.extend(compare_contact(thread, snapshot));
        differences.extend(order::compare_order(thread, &snapshot.conversations[home]));
        differences.extend(order::compare_sticky(thread, &snapshot.conversations[home]));
    }
    differences.extend(shared_homes(expected, &found, snapshot));
    differences.extend(nobody_expected(expected, &found, snapshot));
    differences
}

/// Two contacts in one conversation.
fn shared_homes(expected: &Expectation, found: &Found, snapshot: &Snapshot) -> Vec<Difference> {
    let mut taken = std::collections::HashMap::new();
    let mut differences = Vec::new();
    for thread in &expected.threads {
        let (Some(home), Some(call)) = (home_of(thread, found), thread.calls.first()) else {
            continue;
        };
        if let Some(other) = taken.insert(home, call.id) {
            let note = format!("shares its conversation with call {other} of another contact");
            let id = &snapshot.conversations[home].id;
            differences.push(Difference::new(Class::WrongConversation, call.id, &note).within(id));
        }
    }
    differences
}

/// Activities of calls that are not logged, and messages that name no call.
fn nobody_expected(expected: &Expectation, found: &Found, snapshot: &Snapshot) -> Vec<Difference> {
    let known: std::collections::HashSet<i64> =
        expected.threads.iter().flat_map(|thread| &thread.calls).map(|call| call.id).collect();
    let mut differences = Vec::new();
    for call in found.calls().into_iter().filter(|call| !known.contains(call)) {
        for (piece, places) in found.of_call(call) {
            for place in places {
                let note = "nothing of this call should be in Front";
                let id = &conversation_at(snapshot, *place).id;
                let difference = Difference::new(Class::Unexpected, call, note);
                differences.push(difference.piece(piece).within(id));
            }
        }
    }
    for place in &found.strangers {
        let note = "a message names no call";
        let id = &conversation_at(snapshot, *place).id;
        let difference = Difference::new(Class::Unexpected, 0, note);
        differences.push(difference.piece(Piece::Main).within(id));
    }
    differences
}
