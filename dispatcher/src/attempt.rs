//! What may happen to an effect, one step at a time: everything that changes a ledger entry's state
//! goes through [`next`], and a move that makes no sense is an error instead of a guess.

use schemas::OutcomeState;

/// What happened to an effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// An intent became due: it stands durable before anything is sent.
    Announced,
    /// Nothing reached Front: no connection, the deadline had passed, or Front refused it in a way that
    /// passes (429, a missing scope).
    NotApplied,
    /// As [`Event::NotApplied`], of an attempt that repeats one of which nothing is known.
    RepeatNotApplied,
    /// It was sent, and what came of it is not known.
    Ambiguous,
    /// The process that announced it is gone, and nothing was noted.
    Abandoned,
    /// Front has taken it (202) and will show it later.
    Taken,
    /// Front has done it.
    Applied,
    /// Front refused it for what it is.
    Refused,
    /// Reading Front showed that it is there.
    Seen,
    /// Reading Front showed that it is not there.
    Absent,
    /// Reading Front could not decide.
    Undecidable,
    /// Accepted, and never shown in time: it must be sent again.
    Lost,
    /// Taken back, or overtaken by a newer revision.
    Withdrawn,
    /// Not wanted any more, whatever came of earlier attempts: a person has decided since, or what it
    /// names is gone.
    Overtaken,
    /// A person says: once more.
    Redriven,
}

/// A move that the state does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an effect that is {state:?} cannot be {event:?}")]
pub struct IllegalMove {
    /// Where the effect is.
    pub state: OutcomeState,
    /// What was said to have happened.
    pub event: Event,
}

/// Where an effect is after `event`.
///
/// ```text
///   queued ──announced──> intended ──taken──> accepted ──seen──> done
///     ^  ^                  │ │ │ └──applied──────────────────────^
///     │  └───not applied────┘ │ └──refused──> parked
///     │                   ambiguous            
///     └──absent── in doubt <──┘ ──undecidable──> unknown
/// ```
///
/// # Errors
/// [`IllegalMove`] when the state has no such move.
pub const fn next(state: OutcomeState, event: Event) -> Result<OutcomeState, IllegalMove> {
    use OutcomeState::{Accepted, Done, InDoubt, Intended, Parked, Queued, Skipped, Unknown};
    let to = match (state, event) {
        (Queued | InDoubt, Event::Announced) => Intended,
        (Intended, Event::NotApplied) => Queued,
        (Intended, Event::Ambiguous | Event::Abandoned | Event::RepeatNotApplied) => InDoubt,
        (Intended, Event::Taken) => Accepted,
        (Intended, Event::Applied) => Done,
        (Queued | Intended | InDoubt | Accepted, Event::Refused) => Parked,
        (InDoubt | Accepted, Event::Seen) => Done,
        (InDoubt, Event::Absent) => Queued,
        (InDoubt | Accepted, Event::Undecidable) => Unknown,
        (Accepted, Event::Lost) => InDoubt,
        (Queued | Parked | Unknown, Event::Withdrawn) => Skipped,
        (Queued | InDoubt | Parked | Unknown, Event::Overtaken) => Skipped,
        (Parked | Unknown, Event::Redriven) => Queued,
        (
            Queued | Intended | InDoubt | Accepted | Done | Parked | Unknown | Skipped,
            Event::Announced
            | Event::NotApplied
            | Event::RepeatNotApplied
            | Event::Ambiguous
            | Event::Abandoned
            | Event::Taken
            | Event::Applied
            | Event::Refused
            | Event::Seen
            | Event::Absent
            | Event::Undecidable
            | Event::Lost
            | Event::Withdrawn
            | Event::Overtaken
            | Event::Redriven,
        ) => return Err(IllegalMove { state, event }),
    };
    Ok(to)
}

/// Whether nothing more happens to it by itself or by a person.
#[must_use]
pub const fn is_finished(state: OutcomeState) -> bool {
    matches!(state, OutcomeState::Done | OutcomeState::Skipped)
}

/// Whether a newer revision need not wait for it: nothing of it is under way in Front.
#[must_use]
pub const fn gives_way(state: OutcomeState) -> bool {
    !matches!(state, OutcomeState::Intended | OutcomeState::InDoubt | OutcomeState::Accepted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const EVENTS: [Event; 15] = [
        Event::Announced,
        Event::NotApplied,
        Event::RepeatNotApplied,
        Event::Ambiguous,
        Event::Abandoned,
        Event::Taken,
        Event::Applied,
        Event::Refused,
        Event::Seen,
        Event::Absent,
        Event::Undecidable,
        Event::Lost,
        Event::Withdrawn,
        Event::Overtaken,
        Event::Redriven,
    ];

    #[test]
    fn b30_every_legal_move_is_in_this_table_and_no_other() {
        use OutcomeState::*;
        let legal = [
            (Queued, Event::Announced, Intended),
            (Queued, Event::Refused, Parked),
            (Queued, Event::Withdrawn, Skipped),
            (Queued, Event::Overtaken, Skipped),
            (Intended, Event::NotApplied, Queued),
            (Intended, Event::RepeatNotApplied, InDoubt),
            (Intended, Event::Ambiguous, InDoubt),
            (Intended, Event::Abandoned, InDoubt),
            (Intended, Event::Taken, Accepted),
            (Intended, Event::Applied, Done),
            (Intended, Event::Refused, Parked),
            (InDoubt, Event::Announced, Intended),
            (InDoubt, Event::Refused, Parked),
            (InDoubt, Event::Seen, Done),
            (InDoubt, Event::Absent, Queued),
            (InDoubt, Event::Undecidable, Unknown),
            (InDoubt, Event::Overtaken, Skipped),
            (Accepted, Event::Refused, Parked),
            (Accepted, Event::Seen, Done),
            (Accepted, Event::Undecidable, Unknown),
            (Accepted, Event::Lost, InDoubt),
            (Parked, Event::Withdrawn, Skipped),
            (Parked, Event::Overtaken, Skipped),
            (Parked, Event::Redriven, Queued),
            (Unknown, Event::Withdrawn, Skipped),
            (Unknown, Event::Overtaken, Skipped),
            (Unknown, Event::Redriven, Queued),
        ];
        for state in OutcomeState::ALL {
            for event in EVENTS {
                let expected = legal
                    .iter()
                    .find(|(from, by, _)| (*from, *by) == (state, event))
                    .map_or(Err(IllegalMove { state, event }), |(_, _, to)| Ok(*to));
                assert_eq!(next(state, event), expected, "{state:?} {event:?}");
            }
        }
    }

    #[test]
    fn what_is_finished_never_moves_and_what_is_under_way_never_gives_way() {
        use OutcomeState::*;
        for (state, finished, yields) in [
            (Queued, false, true),
            (Intended, false, false),
            (InDoubt, false, false),
            (Accepted, false, false),
            (Done, true, true),
            (Parked, false, true),
            (Unknown, false, true),
            (Skipped, true, true),
        ] {
            assert_eq!((is_finished(state), gives_way(state)), (finished, yields), "{state:?}");
            let moves = EVENTS.iter().any(|event| next(state, *event).is_ok());
            assert_eq!(moves, !finished, "{state:?}");
        }
    }

    proptest! {
        #[test]
        fn b31_ambiguity_never_becomes_queued_without_looking(
            events in prop::collection::vec(0..EVENTS.len(), 0..40)
        ) {
            let (mut state, mut ambiguous) = (OutcomeState::Queued, false);
            for event in events.into_iter().map(|index| EVENTS[index]) {
                let Ok(to) = next(state, event) else { continue };
                if matches!(event, Event::Ambiguous | Event::Abandoned) {
                    ambiguous = true;
                }
                if to == OutcomeState::Queued && ambiguous && event != Event::NotApplied {
                    let decided = matches!(event, Event::Absent | Event::Redriven);
                    prop_assert!(decided, "{event:?}");
                    ambiguous = false;
                }
                state = to;
            }
        }
    }
}
