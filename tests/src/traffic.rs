//! Webhooks at a steady pace, as from Aircall: what is not answered 200 in time is sent again until it is,
//! and meanwhile others are sent.

use std::collections::{HashSet, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::watch;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval};

/// Senders at the same time: some wait for an answer that does not come, and the others go on.
const SENDERS: usize = 16;
/// How long Aircall waits for an answer, and how long the next try lets wait here.
const ANSWERED_IN: Duration = Duration::from_secs(5);
const AGAIN_AFTER: Duration = Duration::from_millis(500);
/// Only a hang, or a load that has run out, lasts longer.
const ACKNOWLEDGED_IN: Duration = Duration::from_secs(900);

/// Deliveries, and what has become of them.
pub struct Traffic {
    url: String,
    client: reqwest::Client,
    state: Mutex<State>,
    under_way: AtomicUsize,
    acknowledged: watch::Sender<usize>,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Delivery>,
    /// Tried in vain, oldest first.
    again: VecDeque<Delivery>,
    acknowledged: Vec<Bytes>,
    /// Calls with an acknowledged end.
    ended: HashSet<i64>,
    told: Told,
}

#[derive(Clone)]
struct Delivery {
    body: Bytes,
    first_tried: Option<Instant>,
    not_before: Option<Instant>,
}

/// What the senders saw.
#[derive(Debug, Clone, Copy, Default)]
pub struct Told {
    /// Tries that were not answered in time, or cut.
    pub unanswered: usize,
    /// Tries that were answered with something else than 200.
    pub refused: usize,
    /// The longest time from the first try of a delivery to its 200.
    pub longest: Duration,
    /// The longest that a sender waited for a 200 in one try.
    pub slowest: Duration,
}

impl Traffic {
    /// To this address, `http://host:port`, with Aircall's patience.
    #[must_use]
    pub fn new(address: &str) -> Traffic {
        Traffic::with_patience(address, ANSWERED_IN)
    }

    /// The same with another patience: where every try must be answered, and the machine may be busy.
    ///
    /// # Panics
    /// When no client can be made.
    #[must_use]
    pub fn with_patience(address: &str, patience: Duration) -> Traffic {
        let client = reqwest::Client::builder().no_proxy().timeout(patience).build();
        Traffic {
            url: format!("{address}/webhooks/aircall"),
            client: client.expect("a client without TLS"),
            state: Mutex::default(),
            under_way: AtomicUsize::new(0),
            acknowledged: watch::Sender::new(0),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds deliveries.
    pub fn add(&self, bodies: Vec<Bytes>) {
        let new = |body| Delivery { body, first_tried: None, not_before: None };
        self.state().waiting.extend(bodies.into_iter().map(new));
    }

    /// How many were not tried yet.
    #[must_use]
    pub fn left(&self) -> usize {
        self.state().waiting.len()
    }

    /// Requests on their way at this moment, and deliveries that were tried in vain until now.
    #[must_use]
    pub fn under_way(&self) -> usize {
        self.under_way.load(Ordering::SeqCst) + self.state().again.len()
    }

    /// Everything that was answered 200.
    #[must_use]
    pub fn acknowledged(&self) -> Vec<Bytes> {
        self.state().acknowledged.clone()
    }

    /// The calls whose end was answered 200.
    #[must_use]
    pub fn ended_calls(&self) -> HashSet<i64> {
        self.state().ended.clone()
    }

    /// What the senders saw until now.
    #[must_use]
    pub fn told(&self) -> Told {
        self.state().told
    }

    /// Waits until so many more deliveries were acknowledged.
    ///
    /// # Panics
    /// When that does not come: the load has run out, for example.
    pub async fn until_acknowledged(&self, more: usize) {
        let wanted = *self.acknowledged.borrow() + more;
        let mut acknowledged = self.acknowledged.subscribe();
        let reached = acknowledged.wait_for(|count| *count >= wanted);
        let reached = tokio::time::timeout(ACKNOWLEDGED_IN, reached).await;
        assert!(reached.is_ok(), "{more} more are not acknowledged; {} are left", self.left());
    }

    /// Sends one delivery every so often, until `stop` is true or everything is acknowledged.
    pub async fn send(&self, every: Duration, stop: &watch::Sender<bool>) {
        let mut ticks = interval(every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let ticks = tokio::sync::Mutex::new(ticks);
        let senders = (0..SENDERS).map(|_| self.sender(&ticks, stop));
        futures::future::join_all(senders).await;
    }

    /// Sends everything that is left, as fast as it is taken.
    pub async fn finish(&self) {
        self.send(Duration::from_millis(2), &watch::Sender::new(false)).await;
    }

    async fn sender(&self, ticks: &tokio::sync::Mutex<Interval>, stop: &watch::Sender<bool>) {
        while !*stop.borrow() {
            ticks.lock().await.tick().await;
            match self.next() {
                Some(delivery) => self.deliver(delivery).await,
                None if self.left() + self.under_way() == 0 => return,
                None => {}
            }
        }
    }

    fn next(&self) -> Option<Delivery> {
        let now = Instant::now();
        let mut state = self.state();
        let is_time = |delivery: &Delivery| delivery.not_before.is_none_or(|at| at <= now);
        let next = match state.again.front().is_some_and(is_time) {
            true => state.again.pop_front(),
            false => state.waiting.pop_front(),
        };
        // Counted before the lock goes: else nothing would be left and nothing under way.
        self.under_way.fetch_add(usize::from(next.is_some()), Ordering::SeqCst);
        next
    }

    async fn deliver(&self, mut delivery: Delivery) {
        let tried = Instant::now();
        let first_tried = *delivery.first_tried.get_or_insert(tried);
        let request = self.client.post(&self.url).header("content-type", "application/json");
        let answer = request.body(delivery.body.clone()).send().await;
        let mut state = self.state();
        match answer {
            Ok(answer) if answer.status() == 200 => {
                state.told.longest = state.told.longest.max(first_tried.elapsed());
                state.told.slowest = state.told.slowest.max(tried.elapsed());
                state.ended.extend(ended_call(&delivery.body));
                state.acknowledged.push(delivery.body);
                self.acknowledged.send_modify(|count| *count += 1);
            }
            other => {
                let told = &mut state.told;
                *(if other.is_ok() { &mut told.refused } else { &mut told.unanswered }) += 1;
                delivery.not_before = Some(Instant::now() + AGAIN_AFTER);
                state.again.push_back(delivery);
            }
        }
        self.under_way.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The call whose end this body tells.
fn ended_call(body: &Bytes) -> Option<i64> {
    let body: serde_json::Value = serde_json::from_slice(body).ok()?;
    if body["event"] == "call.ended" { body["data"]["id"].as_i64() } else { None }
}
