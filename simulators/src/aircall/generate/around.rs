//! What rings before an answer, and what follows a call: recording, comments, tags.

use rand::Rng;
use rand_chacha::ChaCha12Rng;

use super::call::{CallKind, Draft, Place};
use crate::aircall::bodies::Media;
use crate::aircall::centre::{CallComment, CallMedia, CallTag, Direction, MediaEvent};
use crate::aircall::words;

/// Whose phones rang: none where the reason says so, one on a user's line, up to three on a team's.
pub(super) fn ring(rng: &mut ChaCha12Rng, place: &Place<'_>, call: &mut Draft) {
    let silent = matches!(
        call.missed_reason.as_deref(),
        Some("out_of_opening_hours" | "abandoned_in_ivr" | "no_available_agent")
    );
    if call.direction == Direction::Outbound || silent {
        return;
    }
    for id in call.line.agents.iter().take(3) {
        let declines = call.wait_s() > 6 && rng.random_bool(0.15);
        call.rang.push((place.by_id(*id), call.started_at, declines));
    }
    if rng.random_bool(0.1) {
        let to = call.line.agents.first().map(|id| place.by_id(*id));
        call.assigned = to.map(|to| (to, call.ended_at + rng.random_range(10..200)));
    }
}

/// What follows an answered call: recording, comments, tags.
pub(super) fn wrap_up(rng: &mut ChaCha12Rng, place: &Place<'_>, kind: CallKind, call: &mut Draft) {
    if call.talk_s() >= 10 && rng.random_bool(0.7) {
        let late = rng.random_bool(0.35);
        let first_in = if late { MediaEvent::CommAssets } else { MediaEvent::Ended };
        let after = if late { rng.random_range(40..240) } else { rng.random_range(5..30) };
        call.media =
            Some(CallMedia { kind: Media::Recording, known_at: call.ended_at + after, first_in });
    }
    if call.talk_s() > 30 && rng.random_bool(0.2) {
        let from = call.answered_at.unwrap_or(call.started_at) + 5;
        call.hold = Some((from, from + rng.random_range(1..10)));
    }
    let by = call.agent().cloned();
    let comments = match kind {
        CallKind::TwoEqualComments => {
            let text = Place::any(rng, &words::COMMENT);
            let at = call.ended_at + 20;
            vec![(text, at), (text, at + i64::from(rng.random_range(0..2)))]
        }
        CallKind::LateComment => {
            let days = i64::from(rng.random_range(1..4));
            vec![
                ("Written at once", call.ended_at + 8),
                (Place::any(rng, &words::COMMENT), call.ended_at + days * 86_000),
            ]
        }
        _ => (0..[0, 0, 0, 1, 1, 2, 5][rng.random_range(0..7)])
            .map(|_| (Place::any(rng, &words::COMMENT), comment_time(rng, call)))
            .collect(),
    };
    for (text, at) in comments {
        let by = by.clone().filter(|_| rng.random_bool(0.95));
        call.comments.push(CallComment { id: 0, text: text.to_owned(), by, at });
    }
    call.comments.sort_by_key(|comment| comment.at);
    tags(rng, place, call);
}

/// Mostly when the agent leaves the view after the call, some during it, some much later.
fn comment_time(rng: &mut ChaCha12Rng, call: &Draft) -> i64 {
    match rng.random_range(0..20) {
        0..3 => call.ended_at - rng.random_range(0..=call.talk_s()),
        3..17 => call.ended_at + rng.random_range(2..100),
        17 => call.ended_at + 120,
        _ => call.ended_at + rng.random_range(121..3_000),
    }
}

fn tags(rng: &mut ChaCha12Rng, place: &Place<'_>, call: &mut Draft) {
    for (index, name) in words::TAG.iter().enumerate() {
        if !rng.random_bool(0.08) {
            continue;
        }
        let at = call.ended_at + rng.random_range(2..90);
        call.tags.push(CallTag {
            id: 1_000 + i64::try_from(index).unwrap_or(0),
            name: (*name).to_owned(),
            by: Some(Place::any(rng, place.agents)),
            at,
            removed_at: rng.random_bool(0.2).then(|| at + rng.random_range(1..300)),
        });
    }
}
