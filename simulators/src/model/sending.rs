//! In which order things were sent. The page of a conversation does not show it: Front sorts by the
//! times that it was told, so what was sent in a wrong order can still stand in the right one.

use std::collections::{HashMap, HashSet};

use super::difference::{Class, Difference};
use super::expectation::{Expectation, Piece};
use super::found::piece_of_text;

/// The activities and comments that these texts are, in their order; other texts are left out.
#[must_use]
pub fn pieces<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<(i64, Piece)> {
    texts.into_iter().filter_map(piece_of_text).collect()
}

/// Where the order of sending is wrong. Only the first time that a piece was sent counts.
///
/// A call's main activity goes before its other pieces, and its comments go from the oldest on.
/// `decided` are the pieces in the order in which the program wrote down that it wants them, a
/// contact's in their order, as often as they were decided: each contact's are sent in that order.
/// Two contacts' pieces may overtake each other.
#[must_use]
pub fn compare_sending(
    expected: &Expectation,
    sent: &[(i64, Piece)],
    decided: &[(i64, Piece)],
) -> Vec<Difference> {
    let mut known = HashSet::new();
    let first: Vec<(i64, Piece)> = sent.iter().copied().filter(|it| known.insert(*it)).collect();
    let mut differences = within_calls(expected, &first);
    differences.extend(as_decided(expected, &first, decided));
    differences
}

fn within_calls(expected: &Expectation, first: &[(i64, Piece)]) -> Vec<Difference> {
    let calls = expected.threads.iter().flat_map(|thread| &thread.calls);
    let comments = calls.flat_map(|call| {
        call.comments.iter().enumerate().map(|(rank, comment)| ((call.id, comment.id), rank))
    });
    let ranks: HashMap<(i64, i64), usize> = comments.collect();
    let mut began: HashSet<i64> = HashSet::new();
    let mut newest: HashMap<i64, usize> = HashMap::new();
    let mut differences = Vec::new();
    for (call, piece) in first {
        let late = |note| Difference::new(Class::Order, *call, note).piece(*piece);
        if began.insert(*call) && *piece != Piece::Main {
            differences.push(late("was sent before its call's main activity"));
        }
        let Piece::Comment(id) = piece else { continue };
        let Some(rank) = ranks.get(&(*call, *id)) else { continue };
        let newest = newest.entry(*call).or_insert(*rank);
        if rank < newest {
            differences.push(late("was sent after a newer comment of its call"));
        }
        *newest = (*newest).max(*rank);
    }
    differences
}

/// A piece that was decided more than once may have been sent at any of these places.
fn as_decided(
    expected: &Expectation,
    first: &[(i64, Piece)],
    decided: &[(i64, Piece)],
) -> Vec<Difference> {
    let mut contact_of = HashMap::new();
    for (contact, thread) in expected.threads.iter().enumerate() {
        contact_of.extend(thread.calls.iter().map(|call| (call.id, contact)));
    }
    let mut places: HashMap<(i64, Piece), Vec<usize>> = HashMap::new();
    for (place, piece) in decided.iter().enumerate() {
        places.entry(*piece).or_default().push(place);
    }
    let mut last: HashMap<usize, usize> = HashMap::new();
    let mut differences = Vec::new();
    for piece in first {
        let note = |note| Difference::new(Class::Order, piece.0, note).piece(piece.1);
        let Some(places) = places.get(piece) else {
            differences.push(note("was sent and never decided"));
            continue;
        };
        // A call that is not expected is a difference of its own.
        let Some(contact) = contact_of.get(&piece.0) else { continue };
        let before = last.get(contact).copied();
        match places.iter().find(|place| before.is_none_or(|before| **place > before)) {
            Some(place) => {
                last.insert(*contact, *place);
            }
            None => differences.push(note("was sent after what was decided later")),
        }
    }
    differences
}
