//! What all that happens in a chaos has in common: the load, the time, and how often what has happened
//! with how much in flight.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rand::Rng;
use rand_chacha::ChaCha12Rng;
use simulators::front::{RecordedRequest, Simulator};
use simulators::model::pieces;
use tests::tell::tell;
use tests::traffic::Traffic;
use tokio::time::{Instant, timeout};

use super::fleet::Role;

/// A chaos that has not done all it is to do so long after its time hangs.
const LATE_MAX: Duration = Duration::from_secs(900);

/// What happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Blow {
    /// `kill -9` of one of two, and a new start.
    Kill(Role),
    /// SIGSTOP for longer than a session, and SIGCONT.
    Freeze(Role),
    /// A new member comes, and an old one goes by SIGTERM.
    Change(Role),
    /// `kill -9` of a broker, and a new start.
    KillBroker,
    /// Every connection to brokers is cut.
    Cut,
    /// Connections to a broker, or to all, stay open and carry nothing.
    Stall,
    /// Front answers nothing but 503, or cuts.
    Outage,
    /// Front answers 429.
    TooMany,
    /// Front fails often, before and after it has done what was asked.
    Faults,
}

impl fmt::Display for Blow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Blow::Kill(role) => write!(f, "kill -9 of {role}"),
            Blow::Freeze(role) => write!(f, "SIGSTOP of {role}"),
            Blow::Change(role) => write!(f, "{role} comes, another goes"),
            Blow::KillBroker => write!(f, "kill -9 of a broker"),
            Blow::Cut => write!(f, "connections to brokers cut"),
            Blow::Stall => write!(f, "connections to brokers stalled"),
            Blow::Outage => write!(f, "Front's outage"),
            Blow::TooMany => write!(f, "Front's 429"),
            Blow::Faults => write!(f, "Front's 5xx and cuts"),
        }
    }
}

/// How often a kind of blow fell.
#[derive(Debug, Clone, Copy, Default)]
struct Fallen {
    /// While something was in flight: these count.
    busy: usize,
    /// While nothing was: these prove nothing.
    idle: usize,
    /// In flight over all of them.
    webhooks: usize,
    calls: usize,
}

/// The load, the time and the count.
pub struct Scene<'a> {
    pub traffic: &'a Traffic,
    front: &'a Simulator,
    began: Instant,
    lasts: Duration,
    /// How often each kind must fall.
    at_least: usize,
    fallen: Mutex<BTreeMap<Blow, Fallen>>,
}

impl<'a> Scene<'a> {
    pub fn new(
        traffic: &'a Traffic,
        front: &'a Simulator,
        lasts: Duration,
        at_least: usize,
    ) -> Scene<'a> {
        Scene { traffic, front, began: Instant::now(), lasts, at_least, fallen: Mutex::default() }
    }

    /// Calls that have ended and whose end was acknowledged, and of which Front was sent nothing yet. Told
    /// by both ends alone: between them is what is tried.
    fn calls_on_their_way(&self) -> usize {
        let requests = self.front.requests();
        let sent = pieces(requests.iter().filter_map(RecordedRequest::text));
        let sent: HashSet<i64> = sent.into_iter().map(|(call, _)| call).collect();
        self.traffic.ended_calls().difference(&sent).count()
    }

    /// Lets the blows of these kinds fall one after the other, each kind as often, in an order of chance,
    /// with so many milliseconds between them, until the time is over and each has fallen often enough.
    pub async fn rain(
        &self,
        kinds: &[Blow],
        rest_ms: Range<u64>,
        random: &mut ChaCha12Rng,
        mut strike: impl AsyncFnMut(Blow, &mut ChaCha12Rng),
    ) {
        let mut deck = Vec::new();
        while !self.is_over(kinds) {
            let late = self.began.elapsed().saturating_sub(self.lasts);
            assert!(late < LATE_MAX, "not often enough in time: {}", self.summary());
            if deck.is_empty() {
                deck = shuffled(kinds, random);
            }
            let blow = deck.pop().expect("it was filled");
            self.note(blow);
            strike(blow, random).await;
            lasting(Duration::from_millis(random.random_range(rest_ms.clone()))).await;
        }
    }

    fn is_over(&self, kinds: &[Blow]) -> bool {
        let fallen = self.fallen.lock().unwrap_or_else(PoisonError::into_inner);
        let enough = |blow| fallen.get(blow).is_some_and(|it: &Fallen| it.busy >= self.at_least);
        self.began.elapsed() >= self.lasts && kinds.iter().all(enough)
    }

    fn note(&self, blow: Blow) {
        let webhooks = self.traffic.under_way();
        let calls = self.calls_on_their_way();
        let at = self.began.elapsed().as_secs();
        tell(&format!("{at:4} s: {blow}: {webhooks} webhooks and {calls} calls were on their way"));
        let mut fallen = self.fallen.lock().unwrap_or_else(PoisonError::into_inner);
        let fallen = fallen.entry(blow).or_default();
        let busy = webhooks + calls > 0;
        *(if busy { &mut fallen.busy } else { &mut fallen.idle }) += 1;
        fallen.webhooks += webhooks;
        fallen.calls += calls;
    }

    /// Each kind with its counts.
    pub fn summary(&self) -> String {
        let fallen = self.fallen.lock().unwrap_or_else(PoisonError::into_inner);
        let line = |(blow, Fallen { busy, idle, webhooks, calls }): (&Blow, &Fallen)| {
            format!(
                "{busy:4} x {blow}, with {webhooks} webhooks and {calls} calls on their way in all; \
                 {idle} more while idle\n"
            )
        };
        fallen.iter().map(line).collect()
    }
}

fn shuffled(kinds: &[Blow], random: &mut ChaCha12Rng) -> Vec<Blow> {
    let mut deck = kinds.to_vec();
    for place in (1..deck.len()).rev() {
        deck.swap(place, random.random_range(0..=place));
    }
    deck
}

/// A fault lasts as long as it is said to: nothing is awaited.
pub async fn lasting(duration: Duration) {
    // Nothing but the time ends it.
    let _ended = timeout(duration, std::future::pending::<()>()).await;
}
