//! What was measured: by the simulators, and by the independent model.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use serde_json::{Value as Json, json};
use simulators::aircall::SendReport;
use simulators::front::Counts;
use simulators::model::{Class, Difference, Piece};

use super::world::{Sent, World};
use super::{Choices, Played};
use crate::failure::Exit;

/// Half and almost all.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quantiles {
    /// The median, ms.
    pub p50: f64,
    /// The 99th percentile, ms.
    pub p99: f64,
}

/// All figures of a run.
pub struct Figures {
    /// Calls by the article's words.
    pub qualifications: BTreeMap<&'static str, usize>,
    /// Calls.
    pub calls: usize,
    /// Deliveries, repeats included.
    pub webhooks: usize,
    /// What people did in Front on the way.
    pub acts: usize,
    /// Conversations that Front shows.
    pub conversations: usize,
    /// Where Front differs from the model, and where the order of sending was wrong.
    pub differences: Vec<Difference>,
    /// As the simulated Front counted.
    pub counts: Counts,
    /// SIGKILLs.
    pub kills: u32,
    /// From a webhook's first byte to its answer.
    pub ack_ms: Option<Quantiles>,
    /// From the sending of the webhook that ends a call which need not wait to the request that
    /// logs it.
    pub call_to_front_ms: Option<Quantiles>,
    /// The whole demo.
    pub took: Duration,
    /// Between the first and the last request, minutes.
    pub front_busy_min: f64,
}

impl Figures {
    /// Measures.
    #[must_use]
    pub fn of(world: &World, played: &Played, decided: &[(i64, Piece)], took: Duration) -> Figures {
        let sent = &played.sent;
        let all = joined(sent);
        let latency = |quantile| all.latency_ms(quantile);
        let requests = world.front.requests();
        let times = || requests.iter().map(|request| request.at_ms);
        let busy_ms = times().max().unwrap_or(0) - times().min().unwrap_or(0);
        Figures {
            qualifications: world.calls_by_qualification(),
            calls: world.centre().calls.len(),
            webhooks: all.deliveries.len(),
            acts: played.acts.len(),
            conversations: world.front.snapshot().conversations.len(),
            differences: world.differences(&played.acts, decided),
            counts: world.front.counts(),
            kills: played.kills,
            ack_ms: latency(0.5).zip(latency(0.99)).map(|(p50, p99)| Quantiles { p50, p99 }),
            call_to_front_ms: call_to_front(world, sent),
            took,
            front_busy_min: busy_ms as f64 / 60_000.0,
        }
    }

    /// Whether Front shows exactly what it must.
    #[must_use]
    pub fn is_right(&self) -> bool {
        self.differences.is_empty()
    }

    /// What the demo says to whoever started it.
    #[must_use]
    pub fn exit(&self) -> Exit {
        if self.is_right() { Exit::Done } else { Exit::Failed }
    }

    /// How many differences are of this class.
    #[must_use]
    pub fn of_class(&self, class: Class) -> usize {
        self.differences.iter().filter(|it| it.class == class).count()
    }

    /// Differences that are neither lost, nor duplicated, nor out of order.
    #[must_use]
    pub fn wrong(&self) -> usize {
        let counted = [Class::Lost, Class::Duplicated, Class::Order];
        self.differences.iter().filter(|it| !counted.contains(&it.class)).count()
    }

    /// Writes per call, whatever they were answered.
    #[must_use]
    pub fn writes_per_call(&self) -> f64 {
        self.counts.writes_total() as f64 / self.calls.max(1) as f64
    }

    /// All requests per call.
    #[must_use]
    pub fn requests_per_call(&self) -> f64 {
        self.counts.requests as f64 / self.calls.max(1) as f64
    }

    /// The part of Front's limit that was used while there was work, in percent.
    #[must_use]
    pub fn budget_used_percent(&self, front_rpm: u32) -> f64 {
        let allowed = f64::from(front_rpm) * self.front_busy_min;
        if allowed > 0.0 { 100.0 * self.counts.requests as f64 / allowed } else { 0.0 }
    }

    /// The document of `demo --json`.
    #[must_use]
    pub fn document(&self, choices: &Choices) -> Json {
        let quantiles = |it: Option<Quantiles>| {
            it.map_or(Json::Null, |it| json!({ "p50": tenths(it.p50), "p99": tenths(it.p99) }))
        };
        json!({
            "seed": choices.seed,
            "calls": self.calls,
            "qualifications": self.qualifications,
            "webhooks": self.webhooks,
            "acts_of_people": self.acts,
            "conversations": self.conversations,
            "lost": self.of_class(Class::Lost),
            "duplicated": self.of_class(Class::Duplicated),
            "order_violations": self.of_class(Class::Order),
            "wrong": self.wrong(),
            "differences": self.differences.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "repeats_recognised_by_front": self.counts.repeats_recognised,
            "requests": self.counts.requests,
            "reads": self.counts.reads,
            "writes": self.counts.writes,
            "writes_per_call": hundredths(self.writes_per_call()),
            "requests_per_call": hundredths(self.requests_per_call()),
            "budget_used_percent": tenths(self.budget_used_percent(choices.front_rpm)),
            "rejected_429": self.counts.rejected_429(),
            "rejected_429_by": {
                "company_limit": self.counts.rejected_429_company,
                "resource_limit": self.counts.rejected_429_resource,
            },
            "kills": self.kills,
            "ack_ms": quantiles(self.ack_ms),
            "call_to_front_ms": quantiles(self.call_to_front_ms),
            "seconds": tenths(self.took.as_secs_f64()),
        })
    }
}

/// The reports of all sendings as one. Its times are of the first one's beginning only.
fn joined(sent: &[Sent]) -> SendReport {
    let (first, others) = sent.split_first().expect("something was sent");
    let mut all = first.report.clone();
    all.deliveries.extend(others.iter().flat_map(|it| it.report.deliveries.iter().cloned()));
    all
}

fn tenths(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

fn hundredths(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

/// Calls that are logged as soon as they have ended: answered ones with an agent, and outbound
/// ones. The others wait for a voicemail or an agent first, and would only show that wait.
fn call_to_front(world: &World, sent: &[Sent]) -> Option<Quantiles> {
    let mut ended: HashMap<i64, i64> = HashMap::new();
    let deliveries =
        sent.iter().flat_map(|sent| sent.report.deliveries.iter().map(move |it| (sent, it)));
    for (sent, delivery) in deliveries {
        // The first try, also when it was refused: that is when Aircall knew.
        let attempt = delivery.attempts.first();
        let Some(attempt) = attempt.filter(|_| says_ended(&delivery.body)) else { continue };
        let at = sent.began_ms + i64::try_from(attempt.sent_at_ms).unwrap_or(i64::MAX);
        ended.entry(delivery.call_id).and_modify(|first| *first = at.min(*first)).or_insert(at);
    }
    let at_once: HashMap<String, i64> = world
        .centre()
        .calls
        .iter()
        .filter(|call| call.agent().is_some())
        .filter_map(|call| Some((format!("{}:main", call.id), *ended.get(&call.id)?)))
        .collect();
    let mut waits: HashMap<String, i64> = HashMap::new();
    for request in world.front.requests() {
        // An import's external id ends with its effect's key: call:<id>:main.
        let Some(id) = request.external_id else { continue };
        let Some((_, piece)) = id.rsplit_once("call:") else { continue };
        if let Some(ended) = at_once.get(piece) {
            waits.entry(piece.to_owned()).or_insert((request.at_ms - ended).max(0));
        }
    }
    let mut waits: Vec<i64> = waits.into_values().collect();
    waits.sort_unstable();
    let at = |quantile: f64| {
        let last = waits.len().checked_sub(1)?;
        waits.get((quantile * last as f64).round() as usize).map(|ms| *ms as f64)
    };
    at(0.5).zip(at(0.99)).map(|(p50, p99)| Quantiles { p50, p99 })
}

fn says_ended(body: &[u8]) -> bool {
    let body: Result<Json, _> = serde_json::from_slice(body);
    body.is_ok_and(|body| body["data"]["ended_at"].is_i64())
}

#[cfg(test)]
mod tests {
    use std::process::ExitCode;

    use super::*;

    fn figures(differences: Vec<Difference>) -> Figures {
        Figures {
            qualifications: BTreeMap::new(),
            calls: 1,
            webhooks: 5,
            acts: 0,
            conversations: 1,
            differences,
            counts: Counts::default(),
            kills: 1,
            ack_ms: None,
            call_to_front_ms: None,
            took: Duration::from_secs(30),
            front_busy_min: 0.5,
        }
    }

    #[test]
    fn one_difference_from_the_model_makes_the_exit_code_1_and_none_makes_it_0() {
        assert_eq!(figures(vec![]).exit(), Exit::Done);
        for (class, counted) in [
            (Class::Lost, "lost"),
            (Class::Duplicated, "duplicated"),
            (Class::WrongAuthor, "wrong"),
        ] {
            let difference = Difference {
                class,
                call: 7,
                piece: Some(Piece::Main),
                conversation: None,
                note: "is not as it must be".to_owned(),
                expected: String::new(),
                found: String::new(),
            };
            let figures = figures(vec![difference]);
            assert_eq!(figures.exit(), Exit::Failed, "{counted}");
            let told = figures.document(&Choices::default());
            assert_eq!(told[counted], 1, "{told:#}");
            assert_eq!(ExitCode::from(figures.exit()), ExitCode::from(1), "{counted}");
        }
    }
}
