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
    // The newest event usually writes everything that an older one of its kind wrote: then one or
    // two stamps are left, and a word of bits says which. More than that takes a list.
    if facts.stamps.len() < 64 {
        let mut named = 0u64;
        for place in places(facts) {
            named |= 1 << slot(*place);
        }
        let all = facts.stamps.len();
        if (named >> 1).count_ones() as usize == all {
            return;
        }
        drop_unnamed(facts, |place| named >> place & 1 == 1);
    } else {
        let mut named = vec![false; facts.stamps.len() + 1];
        for place in places(facts) {
            named[slot(*place)] = true;
        }
        drop_unnamed(facts, |place| named[place]);
    }
}

fn drop_unnamed(facts: &mut CallFacts, named: impl Fn(usize) -> bool) {
    for at in (1..=facts.stamps.len()).rev().filter(|at| !named(*at)) {
        facts.stamps.remove(at - 1);
        for place in places(facts) {
            if slot(*place) > at {
                *place -= 1;
            }
        }
    }
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
