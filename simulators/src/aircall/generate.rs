//! Makes a call centre from a seed: pure, the same seed gives the same centre for ever.

mod around;
mod call;
mod people;

use std::sync::Arc;

use rand::{Rng, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha12Rng;

use super::centre::{Centre, Contact, Customer, GeneratedCall};
use call::{CallKind, Draft};

/// What to make.
#[derive(Debug, Clone)]
pub struct GenerateConfig {
    /// Everything random comes from it.
    pub seed: u64,
    /// How many calls; one between two lines counts twice, so there may be one more.
    pub calls: usize,
    /// How many external numbers; with fewer than calls, contacts call again.
    pub contacts: usize,
    /// Unix seconds at which the first call could begin.
    pub start_at: i64,
    /// All calls lie within so many seconds from `start_at`; at least 7,200, as one may take over an
    /// hour. Comments can come up to three days later.
    pub span_s: i64,
    /// How many lines: even ones belong to a team, odd ones to one user; at least 2.
    pub lines: usize,
    /// How many agents; every sixth has no Front teammate; at least 3.
    pub agents: usize,
}

/// The shortest span: one call may take a little over an hour.
const SPAN_MIN_S: i64 = 7_200;

impl Default for GenerateConfig {
    fn default() -> Self {
        Self {
            seed: 1,
            calls: 300,
            contacts: 120,
            start_at: super::bodies::DEFAULT_STARTED_AT,
            span_s: SPAN_MIN_S,
            lines: 6,
            agents: 12,
        }
    }
}

/// Makes the centre. The first calls are one of every kind there is, the rest follow the weights of a
/// busy week.
#[must_use]
pub fn generate(config: &GenerateConfig) -> Centre {
    let mut rng = ChaCha12Rng::seed_from_u64(config.seed);
    let agents = people::agents(&mut rng, config.agents.max(3));
    let teams = people::teams(&agents);
    let lines = people::lines(&mut rng, config.lines.max(2), &agents, &teams);
    let contacts = people::contacts(&mut rng, config.contacts.max(1));
    let mut drafts = Vec::with_capacity(config.calls + 1);
    let mut diary = Diary { until: vec![Vec::new(); contacts.len()] };
    let mut kinds = CallKind::ALL.to_vec();
    kinds.shuffle(&mut rng);
    while drafts.len() < config.calls {
        let kind = kinds.pop().unwrap_or_else(|| CallKind::weighted(&mut rng));
        let place = call::Place { config, lines: &lines, agents: &agents, teams: &teams };
        let mut new = call::draft(&mut rng, kind, &place);
        let keeps_customer = matches!(kind, CallKind::Anonymous | CallKind::LineToLine);
        if !keeps_customer {
            let first = new.first_mut().expect("every kind drafts at least one call");
            first.customer = diary.pick(&mut rng, &contacts, first);
        }
        drafts.append(&mut new);
    }
    drafts.sort_by_key(|draft| (draft.started_at, draft.ended_at));
    let calls = number(config, drafts);
    Centre { start_at: config.start_at, lines, agents, teams, contacts, calls }
}

/// Who is on the phone when: nobody is in two calls at once unless everybody is in one.
struct Diary {
    until: Vec<Vec<(i64, i64)>>,
}

impl Diary {
    fn pick(
        &mut self,
        rng: &mut ChaCha12Rng,
        contacts: &[Arc<Contact>],
        draft: &GeneratedCall,
    ) -> Customer {
        let (from, to) = (draft.started_at - 5, draft.ended_at + 5);
        let wanted = rng.random_range(0..contacts.len());
        let free = (0..contacts.len())
            .map(|step| (wanted + step) % contacts.len())
            .find(|index| self.until[*index].iter().all(|(a, b)| to < *a || *b < from));
        let index = free.unwrap_or(wanted);
        self.until[index].push((from, to));
        Customer::Contact(contacts[index].clone())
    }
}

/// Ids grow with time, as Aircall's do, and differ between seeds.
fn number(config: &GenerateConfig, drafts: Vec<Draft>) -> Vec<GeneratedCall> {
    // Above 2^31 on purpose: receivers must not keep ids in 32 bits.
    let base = 3_000_000_000 + i64::try_from(config.seed % 100_000).unwrap_or(0) * 1_000_000;
    let mut comment_id = base / 100;
    let mut calls = drafts;
    for (call, id) in calls.iter_mut().zip((base..).step_by(7)) {
        call.id = id;
        for comment in &mut call.comments {
            comment_id += 3;
            comment.id = comment_id;
        }
    }
    calls
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_same_seed_gives_the_same_centre_and_another_gives_another() {
        let config = GenerateConfig::default();
        assert_eq!(generate(&config), generate(&config));
        let other = GenerateConfig { seed: 2, ..config.clone() };
        assert_ne!(generate(&config).calls, generate(&other).calls);
    }

    #[test]
    fn ids_of_calls_and_comments_are_distinct_and_exceed_32_bits() {
        let centre = generate(&GenerateConfig::default());
        let ids: HashSet<i64> = centre.calls.iter().map(|call| call.id).collect();
        assert_eq!(ids.len(), centre.calls.len());
        assert!(ids.iter().all(|id| *id > i64::from(i32::MAX)));
        let comments: Vec<i64> =
            centre.calls.iter().flat_map(|call| call.comments.iter().map(|c| c.id)).collect();
        assert_eq!(comments.iter().collect::<HashSet<_>>().len(), comments.len());
    }

    #[test]
    fn every_call_lies_in_the_span() {
        for seed in 0..20 {
            let config = GenerateConfig { seed, ..GenerateConfig::default() };
            for call in generate(&config).calls {
                assert!(call.started_at >= config.start_at);
                assert!(call.answered_at.is_none_or(|at| call.started_at <= at));
                assert!(call.answered_at.unwrap_or(call.started_at) <= call.ended_at);
                assert!(call.ended_at <= config.start_at + config.span_s);
            }
        }
    }
}
