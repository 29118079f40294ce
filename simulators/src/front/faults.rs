//! Trouble on purpose, drawn from a seed: slow answers, server errors, cut connections, outages.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::config::Span;

/// How often which trouble happens. The default is none.
///
/// The probabilities are of one draw per request and must not add up to more than 1.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// The draws: the same seed gives the n-th request the same fate.
    pub seed: u64,
    /// Added to every request, in milliseconds, before it takes effect.
    pub latency_ms: Span,
    /// Probability of a 5xx of a request that took no effect.
    pub error_before: f64,
    /// Probability of a 5xx of a request that took effect all the same.
    pub error_after: f64,
    /// Probability that the connection is closed without an answer and without effect.
    pub cut_before: f64,
    /// Probability that the connection is closed without an answer after the effect.
    pub cut_after: f64,
    /// Probability that the request takes effect and is never answered; the connection stays open.
    pub hang_after: f64,
    /// Times at which nothing works.
    pub outages: Vec<Outage>,
    /// What a client meets during an outage.
    pub outage_form: OutageForm,
}

/// A time at which nothing works, in milliseconds since the simulator's start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outage {
    /// Its first millisecond.
    pub from_ms: u64,
    /// The first millisecond after it.
    pub until_ms: u64,
}

/// What a client meets during an outage.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutageForm {
    /// 503 from something before Front, as HTML.
    #[default]
    Unavailable,
    /// The connection is closed without an answer.
    Cut,
}

/// What befalls one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Served,
    ErrorBefore(u16),
    ErrorAfter(u16),
    CutBefore,
    CutAfter,
    HangAfter,
}

/// Draws the fate of each request.
#[derive(Debug)]
pub(super) struct Dice {
    faults: Faults,
    random: ChaCha8Rng,
    outage_by_hand: bool,
}

/// The statuses of an injected error: Front documents none, these are what proxies and servers use.
const SERVER_ERRORS: [u16; 4] = [500, 502, 503, 504];

impl Dice {
    pub(super) fn new(faults: Faults) -> Self {
        Self { random: ChaCha8Rng::seed_from_u64(faults.seed), faults, outage_by_hand: false }
    }

    /// Turns an outage without end on or off.
    pub(super) fn outage(&mut self, on: bool) {
        self.outage_by_hand = on;
    }

    /// Whether an outage turned on by hand lasts.
    pub(super) fn outage_by_hand(&self) -> bool {
        self.outage_by_hand
    }

    /// The fate of the next request and its latency in milliseconds. Draws the same number of
    /// values whatever comes out, so that one probability does not shift the draws of the others.
    pub(super) fn throw(&mut self, since_start_ms: u64) -> (Fate, u64) {
        let chance: f64 = self.random.random();
        let status = SERVER_ERRORS[self.random.random_range(0..SERVER_ERRORS.len())];
        let Span { min, max } = self.faults.latency_ms;
        let latency_ms = self.random.random_range(min..=max.max(min));
        (self.fate(chance, status, since_start_ms), latency_ms)
    }

    fn fate(&self, chance: f64, status: u16, since_start_ms: u64) -> Fate {
        if self.is_out(since_start_ms) {
            return match self.faults.outage_form {
                OutageForm::Unavailable => Fate::ErrorBefore(503),
                OutageForm::Cut => Fate::CutBefore,
            };
        }
        let faults = &self.faults;
        let mut edge = 0.0;
        for (probability, fate) in [
            (faults.error_before, Fate::ErrorBefore(status)),
            (faults.error_after, Fate::ErrorAfter(status)),
            (faults.cut_before, Fate::CutBefore),
            (faults.cut_after, Fate::CutAfter),
            (faults.hang_after, Fate::HangAfter),
        ] {
            edge += probability;
            if chance < edge {
                return fate;
            }
        }
        Fate::Served
    }

    fn is_out(&self, since_start_ms: u64) -> bool {
        self.outage_by_hand
            || self
                .faults
                .outages
                .iter()
                .any(|outage| (outage.from_ms..outage.until_ms).contains(&since_start_ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fates(faults: Faults) -> Vec<Fate> {
        let mut dice = Dice::new(faults);
        (0..10_000).map(|_| dice.throw(0).0).collect()
    }

    #[test]
    fn the_same_seed_gives_the_same_fates() {
        let faults = Faults {
            seed: 7,
            error_before: 0.1,
            cut_after: 0.1,
            hang_after: 0.1,
            ..Faults::default()
        };
        assert_eq!(fates(faults.clone()), fates(faults.clone()));
        assert_ne!(fates(faults.clone()), fates(Faults { seed: 8, ..faults }));
    }

    #[test]
    fn a_probability_is_the_share_of_requests() {
        let cut = fates(Faults { cut_before: 0.2, error_after: 0.3, ..Faults::default() });
        let share = cut.iter().filter(|fate| **fate == Fate::CutBefore).count();
        assert!((1_800..2_200).contains(&share), "{share} of 10,000");
    }

    #[test]
    fn an_outage_begins_and_ends_on_its_millisecond() {
        let outages = vec![Outage { from_ms: 10, until_ms: 20 }];
        let mut dice = Dice::new(Faults { outages, ..Faults::default() });
        for (at_ms, expected) in [
            (9, Fate::Served),
            (10, Fate::ErrorBefore(503)),
            (19, Fate::ErrorBefore(503)),
            (20, Fate::Served),
        ] {
            assert_eq!(dice.throw(at_ms).0, expected, "at {at_ms} ms");
        }
    }
}
