//! Tags come from the newest snapshot: each is a register that every snapshot writes, present or
//! absent. On equal times present wins, unless the snapshot without it is a `call.untagged`.

use schemas::{CallEvent, CallFacts, Tag, TagFact, TimeMs};

/// Takes the event's tags in. True when that changed anything.
pub(super) fn join(facts: &mut CallFacts, event: &CallEvent) -> bool {
    let untagged = event.event == "call.untagged";
    let mut changed = false;
    for tag in &event.tags {
        changed |= present(facts, tag, event.snapshot_at);
    }
    for known in &mut facts.tags {
        if event.tags.iter().all(|tag| tag.id != known.id) {
            changed |= latest(&mut known.absent_at, event.snapshot_at);
            changed |= untagged && latest(&mut known.untagged_at, event.snapshot_at);
        }
    }
    changed |= latest(&mut facts.newest_snapshot_at, event.snapshot_at);
    changed | (untagged && latest(&mut facts.newest_untagged_at, event.snapshot_at))
}

/// Whether the call has this tag now.
#[must_use]
pub fn is_on(tag: &TagFact) -> bool {
    match tag.absent_at {
        Some(absent_at) if absent_at > tag.present_at => false,
        Some(_) | None => tag.untagged_at != Some(tag.present_at),
    }
}

fn present(facts: &mut CallFacts, tag: &Tag, at: TimeMs) -> bool {
    match facts.tags.binary_search_by_key(&tag.id, |known| known.id) {
        Ok(place) => {
            let known = &mut facts.tags[place];
            let renames =
                tag.name.is_some() && (Some(at), &tag.name) > (known.named_at, &known.name);
            if renames {
                known.name.clone_from(&tag.name);
                known.named_at = Some(at);
            }
            let newer = at > known.present_at;
            known.present_at = known.present_at.max(at);
            renames | newer
        }
        Err(place) => {
            // Every snapshot until now lacked it.
            let fact = TagFact {
                id: tag.id,
                name: tag.name.clone(),
                named_at: tag.name.as_ref().map(|_| at),
                present_at: at,
                absent_at: facts.newest_snapshot_at,
                untagged_at: facts.newest_untagged_at,
            };
            facts.tags.insert(place, fact);
            true
        }
    }
}

fn latest(known: &mut Option<TimeMs>, at: TimeMs) -> bool {
    let changed = known.is_none_or(|known| known < at);
    if changed {
        *known = Some(at);
    }
    changed
}
