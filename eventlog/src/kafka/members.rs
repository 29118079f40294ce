//! Membership by consumer group: the slots of a role are partitions of one topic, which the members
//! share among them and never read here.
//!
//! Revoked slots go on only when their owner has released them, or has not done so in time: then
//! they are lost to it. A member that stood still for longer than its session gives its slots up
//! before it does anything else, and asks for new ones.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer, ConsumerContext, Rebalance};
use rdkafka::error::KafkaError;
use rdkafka::{Offset as KafkaOffset, TopicPartitionList};
use rustix::time::{ClockId, clock_gettime};
use tokio::sync::{mpsc, oneshot};

use super::core::{Core, stopped};
use super::{failure, telemetry};
use crate::{LogError, Membership, MembershipChange, Offset, Topic};

/// How many changes may wait for the owner. Each needs a rebalance, which waits for the owner.
const CHANGES: usize = 64;
/// How often the thread looks at the clock and at what is asked of it.
const POLL: Duration = Duration::from_millis(100);
/// How often the group is told how far its members have read: as often as stock clients do.
const PASS_ON_EVERY: Duration = Duration::from_secs(5);

/// A member of a role.
pub(super) struct KafkaMember {
    shared: Arc<Shared>,
    changes: mpsc::Receiver<Result<MembershipChange, LogError>>,
    left: Option<oneshot::Receiver<()>>,
}

/// What the member's owner and its thread share.
struct Shared {
    role: String,
    topic: Topic,
    slots: u32,
    release_timeout: Duration,
    changes: mpsc::Sender<Result<MembershipChange, LogError>>,
    state: Mutex<State>,
    /// Told when slots were released, or the member leaves.
    changed: Condvar,
}

#[derive(Default)]
struct State {
    owned: BTreeSet<u32>,
    /// Revoked, and not yet released.
    awaited: BTreeSet<u32>,
    leaving: bool,
    /// How far the owner has read, where that was not passed on yet.
    reached: BTreeMap<u32, Offset>,
    /// When that was passed on last.
    passed_on: Duration,
    /// When the thread was last seen running, by a clock that goes on while the machine sleeps.
    ran: Duration,
}

impl KafkaMember {
    pub(super) fn join(core: &Arc<Core>, role: &str, slots: u32) -> Result<KafkaMember, LogError> {
        core.alive()?;
        let topic = slots_of(core, role, slots)?;
        let (changes, told) = mpsc::channel(CHANGES);
        let shared = Arc::new(Shared {
            role: role.to_owned(),
            topic,
            slots,
            release_timeout: core.options.release_timeout,
            changes,
            state: Mutex::new(State { ran: now(), ..State::default() }),
            changed: Condvar::new(),
        });
        let consumer: BaseConsumer<Group> = core
            .options
            .joining(role)
            .create_with_context(Group(shared.clone()))
            .map_err(|error| failure::io(format!("join the members of {role}"), &error))?;
        let (leaves, left) = oneshot::channel();
        // A heartbeat may be as old as its interval when the standstill begins.
        let still_max = core.options.session_timeout.saturating_sub(core.options.heartbeat);
        let (inside, ended) = (shared.clone(), core.ended.subscribe());
        let run = move || {
            run(&consumer, &inside, still_max, &ended);
            // Closes the consumer: the group need not wait for a timeout.
            drop(consumer);
            let _ = leaves.send(());
        };
        std::thread::Builder::new()
            .name(format!("kafka-member {role}"))
            .spawn(run)
            .map_err(|source| LogError::Io { attempted: "start a thread".to_owned(), source })?;
        Ok(KafkaMember { shared, changes: told, left: Some(left) })
    }
}

/// The topic whose partitions are the role's slots.
fn slots_of(core: &Core, role: &str, slots: u32) -> Result<Topic, LogError> {
    let named = core.options.role_topics.get(role);
    let spec = core.topics.iter().find(|spec| named.is_none_or(|topic| *topic == spec.topic));
    match (spec, named) {
        (Some(spec), _) if spec.partitions >= slots => Ok(spec.topic.clone()),
        (Some(spec), _) => {
            let topic = spec.topic.clone();
            Err(LogError::UnknownPartition { topic, partition: crate::Partition(slots - 1) })
        }
        (None, Some(topic)) => Err(LogError::UnknownTopic(topic.clone())),
        (None, None) => Err(LogError::UnknownTopic(Topic::new(role))),
    }
}

#[async_trait]
impl Membership for KafkaMember {
    async fn change(&mut self) -> Result<MembershipChange, LogError> {
        self.changes.recv().await.unwrap_or_else(|| Err(stopped()))
    }

    fn reached(&self, slot: u32, next: Offset) {
        self.shared.state().reached.insert(slot, next);
    }

    async fn released(&mut self, slots: &[u32]) -> Result<(), LogError> {
        let mut state = self.shared.state();
        state.awaited.retain(|slot| !slots.contains(slot));
        drop(state);
        self.shared.changed.notify_all();
        Ok(())
    }

    async fn leave(mut self: Box<Self>) -> Result<(), LogError> {
        self.shared.leave();
        if let Some(left) = self.left.take() {
            // An error means that the thread has ended, which is what is awaited.
            let _ = left.await;
        }
        Ok(())
    }
}

impl Drop for KafkaMember {
    fn drop(&mut self) {
        self.shared.leave();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn leave(&self) {
        self.state().leaving = true;
        self.changed.notify_all();
    }

    /// Tells the owner. Without an owner nobody needs to know; one who takes no changes any more
    /// loses what it has.
    fn tell(&self, change: MembershipChange) {
        let (what, slots) = match &change {
            MembershipChange::Granted(slots) => ("granted", slots),
            MembershipChange::Revoked(slots) => ("revoked", slots),
            MembershipChange::Lost(slots) => ("lost", slots),
        };
        if slots.is_empty() {
            return;
        }
        telemetry::slots_changed(&self.role, what, slots);
        if self.changes.try_send(Ok(change)).is_err() {
            self.state().leaving = true;
        }
    }

    fn mine(&self, list: &TopicPartitionList) -> BTreeSet<u32> {
        let all = list.elements_for_topic(self.topic.as_str());
        let numbers = all.iter().filter_map(|element| u32::try_from(element.partition()).ok());
        numbers.filter(|slot| *slot < self.slots).collect()
    }

    fn granted(&self, list: &TopicPartitionList) {
        let mut slots = self.mine(list);
        let mut state = self.state();
        slots.retain(|slot| state.owned.insert(*slot));
        drop(state);
        self.tell(MembershipChange::Granted(slots.into_iter().collect()));
    }

    /// Takes slots from the owner, who may finish what is begun unless they are lost already.
    fn taken(&self, list: &TopicPartitionList, lost: bool) {
        let mut slots = self.mine(list);
        let mut state = self.state();
        slots.retain(|slot| state.owned.remove(slot));
        if state.leaving || slots.is_empty() {
            return;
        }
        if !lost {
            state.awaited.clone_from(&slots);
        }
        drop(state);
        let told: Vec<u32> = slots.into_iter().collect();
        if lost {
            self.tell(MembershipChange::Lost(told));
            return;
        }
        self.tell(MembershipChange::Revoked(told));
        self.await_release();
    }

    /// Waits until everything that was revoked is released, for as long as that may take.
    fn await_release(&self) {
        let deadline = now() + self.release_timeout;
        let mut state = self.state();
        while !state.awaited.is_empty() && !state.leaving && !self.changes.is_closed() {
            let left = deadline.saturating_sub(now()).min(POLL);
            if left.is_zero() {
                break;
            }
            let waited = self.changed.wait_timeout(state, left);
            (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
            state.ran = now();
        }
        let late: Vec<u32> = std::mem::take(&mut state.awaited).into_iter().collect();
        let leaving = state.leaving;
        drop(state);
        if !late.is_empty() && !leaving {
            telemetry::not_released(&self.role, &late);
            self.tell(MembershipChange::Lost(late));
        }
    }

    /// Commits how far was read to the group, now and then. Only stock lag monitors look at it.
    fn pass_on(&self, consumer: &BaseConsumer<Group>) {
        let mut state = self.state();
        if state.reached.is_empty() || now() < state.passed_on + PASS_ON_EVERY {
            return;
        }
        state.passed_on = now();
        let reached = std::mem::take(&mut state.reached);
        let mut list = TopicPartitionList::new();
        // Who has lost a slot would tell of it what its next owner is past already.
        let is_told = |slot: u32| match slot < self.slots {
            true => state.owned.contains(&slot),
            false => !state.owned.is_empty(),
        };
        for (slot, next) in reached.iter().filter(|(slot, _)| is_told(**slot)) {
            let offset = KafkaOffset::Offset(next.0.cast_signed());
            let added = list.add_partition_offset(self.topic.as_str(), slot.cast_signed(), offset);
            added.expect("an offset from 0 on can be set");
        }
        drop(state);
        if list.count() > 0
            && let Err(error) = consumer.commit(&list, CommitMode::Async)
        {
            telemetry::lag_not_told(&self.role, &error.to_string());
        }
    }

    /// Whether the thread stood still for longer than `still_max`; then the owner is told to stop.
    fn stood_still(&self, still_max: Duration) -> bool {
        let mut state = self.state();
        let still = now().saturating_sub(state.ran);
        state.ran = now();
        if still <= still_max {
            return false;
        }
        let slots: Vec<u32> = std::mem::take(&mut state.owned).into_iter().collect();
        drop(state);
        telemetry::was_suspended(&self.role, still.as_secs());
        self.tell(MembershipChange::Lost(slots));
        true
    }
}

/// The member's thread: takes part in the group until the owner leaves.
fn run(
    consumer: &BaseConsumer<Group>,
    shared: &Shared,
    still_max: Duration,
    ended: &tokio::sync::watch::Receiver<bool>,
) {
    let subscribe = || consumer.subscribe(&[shared.topic.as_str()]);
    let mut subscribed = subscribe();
    while !shared.state().leaving && !*ended.borrow() {
        if let Err(error) = &subscribed {
            let error = failure::io(format!("join the members of {}", shared.role), error);
            let _ = shared.changes.try_send(Err(error));
            return;
        }
        if shared.stood_still(still_max) {
            // The group may not have noticed. To be granted slots again, ask again.
            consumer.unsubscribe();
            subscribed = subscribe();
        }
        shared.pass_on(consumer);
        if let Some(Err(error)) = consumer.poll(POLL)
            && !failure::may_pass(&error)
        {
            let error = failure::io(format!("join the members of {}", shared.role), &error);
            let _ = shared.changes.try_send(Err(error));
        }
    }
    shared.state().leaving = true;
}

fn now() -> Duration {
    // It counts the time of a suspended machine, which the monotonic clock does not.
    let time = clock_gettime(ClockId::Boottime);
    Duration::try_from(time).unwrap_or_default()
}

/// The group's calls, on the member's thread.
struct Group(Arc<Shared>);

impl ClientContext for Group {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        telemetry::librdkafka_says(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        telemetry::librdkafka_says(RDKafkaLogLevel::Warning, &error.to_string(), reason);
    }
}

impl ConsumerContext for Group {
    fn pre_rebalance(&self, consumer: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        if let Rebalance::Revoke(list) = rebalance {
            self.0.taken(list, consumer.assignment_lost());
        }
    }

    fn post_rebalance(&self, consumer: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        if let Rebalance::Assign(list) = rebalance {
            // Nothing is read here. When the pause fails, what is read is thrown away.
            let _ = consumer.pause(list);
            self.0.granted(list);
        }
    }
}
