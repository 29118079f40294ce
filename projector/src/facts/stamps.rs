//! The table of stamps: sorted, each once, and only those that a fact still names.

use std::cmp::Ordering;

use schemas::{CallEvent, CallFacts, Stamp};

/// The place of the event's stamp in the table, from 1; puts it there when it is new.
pub(super) fn place(facts: &mut CallFacts, event: &CallEvent) -> i32 {
    let mut at = facts.stamps.len();
    while at > 0 {
        match compare(&facts.stamps[at - 1], event) {
            Ordering::Less => break,
            Ordering::Equal => return index(at),
            Ordering::Greater => at -= 1,
        }
    }
    if at < facts.stamps.len() {
        shift(facts, index(at));
    }
    facts.stamps.insert(at, stamp_of(event));
    index(at + 1)
}

/// A correction takes the place of what it corrects: the revision alone decides between them.
fn compare(stamp: &Stamp, event: &CallEvent) -> Ordering {
    let id = event.replaces.as_ref().unwrap_or(&event.event_id);
    (stamp.snapshot_at, &stamp.event_id, stamp.normaliser_revision).cmp(&(
        event.snapshot_at,
        id,
        event.normaliser_revision,
    ))
}

fn stamp_of(event: &CallEvent) -> Stamp {
    Stamp {
        snapshot_at: event.snapshot_at,
        event_id: event.replaces.as_ref().unwrap_or(&event.event_id).clone(),
        normaliser_revision: event.normaliser_revision,
    }
}

/// Makes room: every place after `from` moves up by one.
fn shift(facts: &mut CallFacts, from: i32) {
    for place in places(facts) {
        if *place > from {
            *place += 1;
        }
    }
}

/// Drops the stamps that no fact names any more.
pub(super) fn prune(facts: &mut CallFacts) {
    let mut moved = vec![0i32; facts.stamps.len() + 1];
    for place in places(facts) {
        moved[slot(*place)] = 1;
    }
    let mut kept = 0;
    for named in moved.iter_mut().skip(1) {
        kept += *named;
        *named *= kept;
    }
    if slot(kept) == facts.stamps.len() {
        return;
    }
    for place in places(facts) {
        if *place > 0 {
            *place = moved[slot(*place)];
        }
    }
    let mut at = 0;
    facts.stamps.retain(|_| {
        at += 1;
        moved[at] > 0
    });
}

fn places(facts: &mut CallFacts) -> impl Iterator<Item = &mut i32> {
    let comments = facts.comments.iter_mut().map(|comment| &mut comment.written_by);
    facts.written_by.iter_mut().chain(comments)
}

fn index(place: usize) -> i32 {
    i32::try_from(place).expect("a call has far fewer stamps than two milliards")
}

fn slot(place: i32) -> usize {
    usize::try_from(place).expect("places are never negative")
}
