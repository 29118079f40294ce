//! Many journeys side by side in one pipeline, each with a caller of its own: most of a journey is
//! waiting, and a pipeline that waits for one may as well wait for all.

use bytes::Bytes;
use simulators::front::{Act, On};
use simulators::snapshot::Snapshot;

use crate::journey::{Journey, Step};
use crate::journeys::{self, CALLER, CALLER_WRITTEN};
use crate::pipeline::Pipeline;
use crate::thread_text;

/// The journeys, with the number that each one's caller has here.
pub struct Together {
    journeys: Vec<(Journey, String)>,
}

impl Together {
    /// Gives each journey a caller. Journeys of anonymous callers keep their lines: at most one of
    /// those of a line can be here.
    #[must_use]
    pub fn new(journeys: Vec<Journey>) -> Together {
        let mut place = 40;
        let own_caller = |journey: Journey| {
            place += 1;
            let number = format!("+3319900{place}34");
            (of_caller(journey, &number), number)
        };
        Together { journeys: journeys.into_iter().map(own_caller).collect() }
    }

    /// Whether all of them hurry, see [`Journey::hurries`].
    #[must_use]
    pub fn hurries(&self) -> bool {
        self.journeys.iter().all(|(journey, _)| journey.hurries())
    }

    /// Plays all to their ends, each step up to the next rest beside those of the others, and what
    /// Front shows then.
    pub async fn play(&self, pipeline: &Pipeline) -> Snapshot {
        let parts: Vec<Vec<&[Step]>> = self
            .journeys
            .iter()
            .map(|(journey, _)| journey.steps.split(|it| matches!(it, Step::Settle)).collect())
            .collect();
        let rounds = parts.iter().map(Vec::len).max().unwrap_or(0);
        for round in 0..rounds {
            let of_round =
                |parts: &Vec<&[Step]>| parts.get(round).map_or(Vec::new(), |it| it.to_vec());
            let steps: Vec<Step> = parts.iter().flat_map(of_round).collect();
            for step in &steps {
                pipeline.step(step).await;
            }
            pipeline.settle().await;
        }
        pipeline.front.snapshot()
    }

    /// The journeys with what Front shows of each: by its caller, or, where nobody has this caller's
    /// number, of the callers without one.
    #[must_use]
    pub fn apart(&self, snapshot: &Snapshot) -> Vec<(&'static str, Snapshot)> {
        let of = |journey: &Journey, number: &str| {
            let is_own = |handle: &str| match is_anonymous(journey) {
                true => handle.starts_with("anonymous:"),
                false => handle == number,
            };
            let mut own = snapshot.clone();
            own.conversations.retain(|it| is_own(&it.contact_handle));
            own.contacts.retain(|it| it.handles.iter().any(|(_, handle)| is_own(handle)));
            (journey.name, own)
        };
        self.journeys.iter().map(|(journey, number)| of(journey, number)).collect()
    }

    /// The journeys with what Front shows of each, as the golden texts have it: with the caller that
    /// each has there.
    #[must_use]
    pub fn texts(&self, snapshot: &Snapshot, base: i64) -> Vec<(&'static str, String)> {
        let own = self.apart(snapshot).into_iter().zip(&self.journeys);
        own.map(|((name, own), (_, number))| {
            let text = thread_text::render(&own, base);
            (name, text.replace(number, CALLER).replace(&spaced(number), CALLER_WRITTEN))
        })
        .collect()
    }
}

/// All journeys, in groups that can each be played in one pipeline: with company rules in Front, without,
/// and without where a voicemail hurries. Two journeys are of callers without a number on the same line and
/// are kept apart.
#[must_use]
pub fn groups(base: i64) -> [(bool, Together); 3] {
    let (mut with, without): (Vec<_>, Vec<_>) =
        journeys::all(base).into_iter().partition(|journey| journey.company_rules);
    let mut anonymous = 0;
    let (moved, without): (Vec<_>, Vec<_>) = without.into_iter().partition(|journey| {
        anonymous += usize::from(is_anonymous(journey));
        is_anonymous(journey) && anonymous > 1
    });
    with.extend(moved);
    let (hurrying, without) = without.into_iter().partition(Journey::hurries);
    [(true, with), (false, without), (false, hurrying)]
        .map(|(rules, it)| (rules, Together::new(it)))
}

/// Whether a journey is one of callers without a number.
#[must_use]
pub fn is_anonymous(journey: &Journey) -> bool {
    journey.name.contains("anonymous")
}

fn of_caller(mut journey: Journey, number: &str) -> Journey {
    let written = spaced(number);
    for step in &mut journey.steps {
        match step {
            Step::Webhook(body) => {
                let text = std::str::from_utf8(body).expect("Aircall sends text");
                let text = text.replace(CALLER_WRITTEN, &written).replace(CALLER, number);
                *body = Bytes::from(text);
            }
            Step::Act(Act { on: On::Contact(contact), .. }) => number.clone_into(contact),
            Step::Act(_) | Step::Settle => {}
        }
    }
    journey
}

/// As Aircall writes a French number.
fn spaced(number: &str) -> String {
    let digits = number.trim_start_matches("+33");
    let pairs: Vec<&str> = (1..digits.len()).step_by(2).map(|at| &digits[at..at + 2]).collect();
    format!("+33 {} {}", &digits[..1], pairs.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_journey_gets_a_caller_of_its_own() {
        assert_eq!(spaced(CALLER), CALLER_WRITTEN);
        let together = Together::new(crate::journeys::all(0));
        let mut numbers: Vec<&String> = together.journeys.iter().map(|(_, it)| it).collect();
        numbers.dedup();
        assert_eq!(numbers.len(), together.journeys.len());
        for (journey, number) in &together.journeys {
            let bodies = journey.steps.iter().filter_map(|step| match step {
                Step::Webhook(body) => std::str::from_utf8(body).ok(),
                Step::Act(_) | Step::Settle => None,
            });
            for body in bodies {
                assert!(!body.contains(CALLER_WRITTEN), "{}", journey.name);
                assert!(is_anonymous(journey) || body.contains(&spaced(number)), "{body}");
            }
        }
    }
}
