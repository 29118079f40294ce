//! What the server, the timers and the owner of a simulator share.

use std::sync::{Arc, Mutex, MutexGuard};

use tokio::sync::{Notify, mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::act::{Act, ActError};
use super::clock::Clock;
use super::config::{Config, Limits, WebhookTarget};
use super::faults::{Dice, Faults};
use super::gate::Gate;
use super::limits::Limiter;
use super::webhooks::{Delivery, QUEUE_MAX, SaveWebhookError, challenge};
use crate::snapshot::Snapshot;
use crate::spec::Spec;

/// Which answers are held back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Holding {
    #[default]
    None,
    Imports,
    Writes,
}

/// Answers that are held back.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Held {
    /// Which of them.
    pub(super) holding: Holding,
    /// How many wait now.
    pub(super) answers: usize,
}

impl Held {
    fn holds(self, method: &str, path: &str) -> bool {
        match self.holding {
            Holding::None => false,
            Holding::Imports => method == "POST" && path.ends_with("/imported_messages"),
            Holding::Writes => method != "GET",
        }
    }
}

/// One simulator's state and its ends.
#[derive(Debug)]
pub(super) struct Shared {
    gate: Mutex<Gate>,
    pub(super) clock: Clock,
    pub(super) stop: CancellationToken,
    pub(super) tasks: TaskTracker,
    /// How many accepted imports are not visible yet.
    pub(super) pending: watch::Sender<usize>,
    /// Ticks after every change, for whoever waits for one.
    pub(super) ticks: watch::Sender<u64>,
    /// Which answers wait, and how many of them do.
    pub(super) held: watch::Sender<Held>,
    /// How many requests have come, whether or not they have taken effect yet.
    pub(super) arrived: watch::Sender<u64>,
    /// Wakes the timer after a change.
    pub(super) timer: Notify,
    webhooks: mpsc::Sender<Delivery>,
}

impl Shared {
    /// The state, and the queue of webhooks for whoever delivers them.
    pub(super) fn new(
        config: Config,
        spec: Option<Arc<Spec>>,
    ) -> (Arc<Self>, mpsc::Receiver<Delivery>) {
        let clock = Clock::start();
        let (webhooks, queue) = mpsc::channel(QUEUE_MAX);
        let shared = Self {
            gate: Mutex::new(Gate::new(config, clock, spec)),
            clock,
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
            pending: watch::Sender::new(0),
            ticks: watch::Sender::new(0),
            held: watch::Sender::new(Held::default()),
            arrived: watch::Sender::new(0),
            timer: Notify::new(),
            webhooks,
        };
        (Arc::new(shared), queue)
    }

    /// The state, for the time of a few steps and never across a wait.
    pub(super) fn gate(&self) -> MutexGuard<'_, Gate> {
        self.gate.lock().expect("whoever holds the state does not panic")
    }

    /// Everything that a person would see now.
    pub(super) fn snapshot(&self) -> Snapshot {
        let now_ms = self.clock.now_ms();
        let mut gate = self.gate();
        gate.world.advance(now_ms);
        gate.world.snapshot()
    }

    /// Does what a person does.
    pub(super) fn act(&self, act: &Act) -> Result<bool, ActError> {
        let now_ms = self.clock.now_ms();
        let changed = {
            let mut gate = self.gate();
            gate.world.advance(now_ms);
            gate.world.act(act, now_ms)?
        };
        self.changed();
        Ok(changed)
    }

    /// Replaces the faults; an outage that was turned on by hand lasts.
    pub(super) fn set_faults(&self, faults: Faults) {
        let mut gate = self.gate();
        let out = gate.dice.outage_by_hand();
        gate.dice = Dice::new(faults);
        gate.dice.outage(out);
    }

    /// Challenges a webhook's target and saves it: later events are posted there.
    pub(super) async fn save_webhook(&self, target: WebhookTarget) -> Result<(), SaveWebhookError> {
        challenge(self, &target).await?;
        self.gate().world.config.webhook = Some(target);
        Ok(())
    }

    /// Replaces the limits, as another plan or another share of the company does. What was counted
    /// before is forgotten.
    pub(super) fn set_limits(&self, limits: Limits) {
        let now_ms = self.clock.now_ms();
        let mut gate = self.gate();
        let window = gate.world.config.switches.limit_window;
        gate.limiter = Limiter::new(limits, window, now_ms);
    }

    /// Where answers to such a request are held back, waits with one until they no longer are.
    pub(super) async fn hold_answer(&self, method: &str, path: &str) {
        if !self.held.borrow().holds(method, path) {
            return;
        }
        self.held.send_modify(|held| held.answers += 1);
        let mut held = self.held.subscribe();
        tokio::select! {
            () = self.stop.cancelled() => {}
            // The sender lives as long as `self`.
            _free = held.wait_for(|held| !held.holds(method, path)) => {}
        }
        self.held.send_modify(|held| held.answers -= 1);
    }

    /// Follows a change: tells who waits for imports, the timer, and the receivers of webhooks.
    pub(super) fn changed(&self) {
        let pending = {
            let mut gate = self.gate();
            for delivery in gate.world.take_deliveries() {
                if self.webhooks.try_send(delivery).is_err() {
                    gate.records.counts.webhooks_lost += 1;
                }
            }
            gate.world.pending.len()
        };
        self.pending.send_replace(pending);
        self.ticks.send_modify(|ticks| *ticks += 1);
        self.timer.notify_one();
    }
}

/// Makes imports visible when their time has come, until the simulator stops.
pub(super) async fn show_imports(shared: Arc<Shared>) {
    loop {
        let due_ms = shared.gate().world.next_due_ms();
        let due = async {
            match due_ms {
                Some(due_ms) => tokio::time::sleep_until(shared.clock.instant_of(due_ms)).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = shared.stop.cancelled() => return,
            () = shared.timer.notified() => {}
            () = due => {
                let now_ms = shared.clock.now_ms();
                shared.gate().world.advance(now_ms);
                shared.changed();
            }
        }
    }
}
