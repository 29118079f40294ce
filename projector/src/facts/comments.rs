//! Comments unite by id; within one id the greater stamp stays.

use schemas::{CallEvent, CallFacts, Comment, CommentFact};

/// Takes the event's comments in. True when that changed anything.
pub(super) fn join(facts: &mut CallFacts, event: &CallEvent, stamp: i32) -> bool {
    let mut changed = false;
    for comment in &event.comments {
        match facts.comments.binary_search_by_key(&comment.id, |known| known.id) {
            Ok(at) => {
                let known = &mut facts.comments[at];
                if known.written_by < stamp {
                    *known = joined(known, comment, stamp);
                    changed = true;
                } else if known.written_by > stamp {
                    changed |= fill(known, comment);
                }
            }
            Err(at) => {
                // Most calls with comments have one, and room for four is half a kilobyte.
                if facts.comments.is_empty() {
                    facts.comments.reserve_exact(event.comments.len());
                }
                facts.comments.insert(at, fact(comment, stamp));
                changed = true;
            }
        }
    }
    changed
}

fn fact(comment: &Comment, stamp: i32) -> CommentFact {
    CommentFact {
        id: comment.id,
        content: comment.content.clone(),
        posted_at: comment.posted_at,
        posted_by: comment.posted_by.clone(),
        written_by: stamp,
    }
}

/// The newer form. Time and author of a comment never change, so that the greatest of what was
/// said is what one of the snapshots said, in any order.
fn joined(older: &CommentFact, newer: &Comment, stamp: i32) -> CommentFact {
    let mut fact = fact(newer, stamp);
    fact.posted_at = fact.posted_at.max(older.posted_at);
    if fact.posted_by < older.posted_by {
        fact.posted_by.clone_from(&older.posted_by);
    }
    fact
}

fn fill(newer: &mut CommentFact, older: &Comment) -> bool {
    let mut changed = false;
    if newer.posted_at < older.posted_at {
        newer.posted_at = older.posted_at;
        changed = true;
    }
    if newer.posted_by < older.posted_by {
        newer.posted_by.clone_from(&older.posted_by);
        changed = true;
    }
    changed
}
