//! The active dispatcher's one loop: commands and Front's events come in, answers come back, timers ring;
//! after each the pump sends what may be sent. All state is here and is changed by this task alone.

mod adopt;
mod confirm;
mod contacts;
mod corrected;
mod events;
mod intake;
mod looking;
mod overtake;
mod plan;
mod pump;
mod reporting;
mod save;
mod settle;
mod slot;
mod task;

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use eventlog::store::StoreError;
use eventlog::{Clock, Partition, Stored, Topic};
use schemas::{Contact, TimeMs};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::budget::{Budget, Limits};
use crate::committer::{Committer, Ended, Transfer};
use crate::config::Config;
use crate::directory::Directory;
use crate::echo::Trace;
use crate::front::client::Client;
use crate::gate::Gate;
use crate::inputs::Inputs;
use crate::ledger::Ledger;
use crate::ready::Ready;
use crate::report::Reporter;
use crate::request::FrontRequest;
use events::Desk;
use reporting::Counts;
use slot::Slot;
use task::{Chore, Finished, Job, Timer};

/// Records of one input, in order.
#[derive(Debug)]
pub(crate) struct Fed {
    pub(crate) topic: Topic,
    pub(crate) partition: Partition,
    pub(crate) records: Vec<Stored>,
}

/// Why the loop ended.
#[derive(Debug)]
pub(crate) enum Over {
    /// It was asked to, and everything begun is finished and durable.
    Stopped,
    /// It cannot go on.
    Ended(Ended),
}

/// What an engine is made of.
pub(crate) struct Parts {
    pub(crate) config: Arc<Config>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) client: Client,
    pub(crate) ledger: Ledger,
    pub(crate) committer: Committer,
    pub(crate) inputs: Inputs,
    pub(crate) front_cursor: Option<TimeMs>,
    pub(crate) active: Arc<AtomicBool>,
}

/// The active dispatcher.
pub(crate) struct Engine {
    config: Arc<Config>,
    clock: Arc<dyn Clock>,
    client: Client,
    ledger: Ledger,
    committer: Committer,
    inputs: Inputs,
    active: Arc<AtomicBool>,
    slots: HashMap<Contact, Slot>,
    ready: Ready<Job>,
    timers: BTreeSet<(i64, Timer)>,
    budget: Budget,
    gate: Gate,
    directory: Directory,
    chores: VecDeque<Chore>,
    /// The next page of a list that is being read, and how many were.
    pages: HashMap<Chore, (FrontRequest, usize)>,
    desk: Desk,
    traces: HashMap<Contact, VecDeque<Trace>>,
    outbox: VecDeque<Transfer>,
    under_way: JoinSet<Finished>,
    counts: Counts,
}

impl Engine {
    pub(crate) fn new(parts: Parts) -> Engine {
        let now = parts.clock.now_ms();
        let limits = Limits {
            requests_per_minute: parts.config.requests_per_minute,
            share: parts.config.budget_share,
            per_resource_per_s: parts.config.requests_per_resource_s,
        };
        let mut engine = Engine {
            slots: HashMap::new(),
            ready: Ready::default(),
            timers: BTreeSet::new(),
            budget: Budget::new(limits, now),
            gate: Gate::default(),
            directory: Directory::default(),
            chores: VecDeque::from([Chore::Me, Chore::Inboxes, Chore::Teammates]),
            pages: HashMap::new(),
            desk: Desk::new(parts.front_cursor.unwrap_or(TimeMs(now))),
            traces: HashMap::new(),
            outbox: VecDeque::new(),
            under_way: JoinSet::new(),
            counts: Counts::default(),
            config: parts.config,
            clock: parts.clock,
            client: parts.client,
            ledger: parts.ledger,
            committer: parts.committer,
            inputs: parts.inputs,
            active: parts.active,
        };
        if engine.config.poll_events {
            engine.timers.insert((now, Timer::Poll));
        }
        engine
    }

    /// Works until it is told to stop or cannot go on. `committing` is the committer's task.
    pub(crate) async fn run(
        mut self,
        mut feeds: mpsc::Receiver<Fed>,
        committing: &mut JoinSet<Ended>,
        reporter: &Reporter,
        shutdown: &CancellationToken,
    ) -> Over {
        let mut draining = false;
        loop {
            let wait_ms = match self.turn(draining, reporter) {
                Ok(wait_ms) => wait_ms,
                Err(error) => return Over::Ended(Ended::Store(error)),
            };
            self.flush().await;
            if draining && self.under_way.is_empty() {
                return self.finish(committing).await;
            }
            let taken = tokio::select! {
                ended = committing.join_next() => return Over::Ended(fate(ended)),
                () = shutdown.cancelled(), if !draining => {
                    draining = true;
                    Ok(())
                }
                Some(fed) = feeds.recv(), if !draining => self.take(fed),
                Some(finished) = self.under_way.join_next() => match finished {
                    Ok(finished) => self.settle(finished),
                    Err(error) => std::panic::resume_unwind(error.into_panic()),
                },
                () = tokio::time::sleep(Duration::from_millis(wait_ms)) => Ok(()),
            };
            if let Err(error) = taken {
                return Over::Ended(Ended::Store(error));
            }
        }
    }

    /// Everything that is due now; says after how many milliseconds something else will be.
    fn turn(&mut self, draining: bool, reporter: &Reporter) -> Result<u64, StoreError> {
        /// Nothing waits longer: a clock that was set moves timers by at most this.
        const TURN_MAX_MS: i64 = 1_000;
        let now = self.now();
        self.ring(now)?;
        let pumped_ms = if draining { TURN_MAX_MS } else { self.pump(now)? };
        let reported_ms = self.report(now, reporter);
        let timer_ms = self.timers.first().map_or(TURN_MAX_MS, |(at, _)| at - now);
        let wait_ms = pumped_ms.min(reported_ms).min(timer_ms).clamp(1, TURN_MAX_MS);
        Ok(wait_ms.unsigned_abs())
    }

    /// Wakes whoever wanted to be woken.
    fn ring(&mut self, now: i64) -> Result<(), StoreError> {
        while let Some((at, _)) = self.timers.first() {
            if *at > now {
                break;
            }
            let Some((_, timer)) = self.timers.pop_first() else { break };
            match timer {
                Timer::Lane(contact) => {
                    if let Some(slot) = self.slots.get_mut(&contact) {
                        slot.wake_at = None;
                    }
                    self.schedule(&contact, now)?;
                }
                Timer::Confirm(contact) => self.confirm_due(&contact, now)?,
                Timer::Poll => self.poll_due(),
            }
        }
        Ok(())
    }

    /// Hands everything written to the committer, in order.
    async fn flush(&mut self) {
        while let Some(transfer) = self.outbox.pop_front() {
            if !self.committer.transfer(transfer).await {
                // The committer has ended; the loop hears why from its task.
                self.outbox.clear();
            }
        }
    }

    /// Waits until everything handed over is durable.
    async fn finish(mut self, committing: &mut JoinSet<Ended>) -> Over {
        let (durable, done) = tokio::sync::oneshot::channel();
        let mut last = Transfer { durable: Some(durable), ..Transfer::default() };
        self.stage_stale_position(&mut last);
        self.outbox.push_back(last);
        self.flush().await;
        match done.await {
            Ok(()) => Over::Stopped,
            Err(_) => Over::Ended(fate(committing.join_next().await)),
        }
    }

    fn now(&self) -> i64 {
        self.clock.now_ms()
    }
}

fn fate(ended: Option<Result<Ended, tokio::task::JoinError>>) -> Ended {
    match ended {
        Some(Ok(ended)) => ended,
        Some(Err(error)) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Some(Err(_)) | None => Ended::Reopen("the committer was cancelled".to_owned()),
    }
}
