//! What befalls the processes, the ways to the brokers, the brokers, and Front.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rand::Rng;
use rand_chacha::ChaCha12Rng;
use simulators::front::{Faults, Limits, OutageForm, RecordedRequest, Simulator};
use tests::kafka_cluster::KafkaCluster;
use tests::proxy::Proxy;
use tests::tell::tell;

use super::fleet::{Fleet, Role};
use super::scene::{Blow, Scene, lasting};
use crate::now_ms;

pub const OF_PROCESSES: [Blow; 9] = [
    Blow::Kill(Role::Ingest),
    Blow::Kill(Role::Projector),
    Blow::Kill(Role::Dispatcher),
    Blow::Freeze(Role::Ingest),
    Blow::Freeze(Role::Projector),
    Blow::Freeze(Role::Dispatcher),
    Blow::Change(Role::Ingest),
    Blow::Change(Role::Projector),
    Blow::Change(Role::Dispatcher),
];
pub const OF_BROKERS: [Blow; 3] = [Blow::KillBroker, Blow::Cut, Blow::Stall];
pub const OF_FRONT: [Blow; 3] = [Blow::Outage, Blow::TooMany, Blow::Faults];

/// Webhooks that the others acknowledge while an ingest stands still: longer than a sender waits for it.
const MEANWHILE: usize = 60;

pub async fn strike_processes(
    fleet: &mut Fleet,
    scene: &Scene<'_>,
    blow: Blow,
    random: &mut ChaCha12Rng,
) {
    fleet.supervise().await;
    match blow {
        Blow::Kill(role) => {
            let place = victim(fleet, role, random);
            fleet.kill(place).await;
        }
        Blow::Freeze(role) => {
            let place = victim(fleet, role, random);
            let of_role = fleet.places(role).len();
            fleet.until_members(role, |count| count == of_role).await;
            fleet.freeze(place);
            if role == Role::Ingest {
                scene.traffic.until_acknowledged(MEANWHILE).await;
            }
            // Its session is over.
            fleet.until_members_without(role, place, |count| count < of_role).await;
            lasting(Duration::from_millis(random.random_range(0..5_000))).await;
            fleet.thaw(place);
        }
        Blow::Change(role) => {
            let of_role = fleet.places(role).len();
            fleet.add(role).await;
            fleet.until_members(role, |count| count > of_role).await;
            let place = victim(fleet, role, random);
            let status = fleet.stop(place, false).await;
            if !status.success() {
                tell(&format!("{role} that was told to end ended with {status}"));
            }
        }
        other => unreachable!("{other} is no blow to a process"),
    }
    fleet.supervise().await;
}

/// Any of the role; of dispatchers the active one, since the others have nothing in hand.
fn victim(fleet: &Fleet, role: Role, random: &mut ChaCha12Rng) -> usize {
    if role == Role::Dispatcher {
        return fleet.active_dispatcher();
    }
    let places = fleet.places(role);
    places[random.random_range(0..places.len())]
}

pub async fn strike_brokers(cluster: &mut KafkaCluster, blow: Blow, random: &mut ChaCha12Rng) {
    let at = random.random_range(0..cluster.proxies().len());
    match blow {
        Blow::KillBroker => {
            cluster.kill(at).await;
            lasting(Duration::from_millis(random.random_range(1_000..15_000))).await;
            cluster.restart(at).await;
        }
        Blow::Cut => {
            let cut: usize = cluster.proxies().iter().map(Proxy::cut).sum();
            assert!(cut > 0, "there are connections to brokers");
            tell(&format!("        {cut} connections are cut"));
        }
        Blow::Stall => {
            // One of them, or all: then no broker can be reached.
            let all = random.random_bool(0.3);
            let proxies = cluster.proxies();
            let stalled = if all { proxies } else { &proxies[at..=at] };
            stalled.iter().for_each(|proxy| proxy.stall(true));
            // Up to longer than the clients wait for an answer.
            lasting(Duration::from_millis(random.random_range(2_000..15_000))).await;
            stalled.iter().for_each(|proxy| proxy.stall(false));
        }
        other => unreachable!("{other} is no blow to brokers"),
    }
}

/// Front's normal limits here: more than the load needs on average, and less than it needs after a
/// standstill.
pub const LIMITS: Limits =
    Limits { requests_per_minute: 1_200, burst: 600, per_resource_per_s: 10, search_share: 0.4 };

/// A few faults all the time.
pub fn some_faults(seed: u64) -> Faults {
    Faults {
        seed,
        error_before: 0.01,
        error_after: 0.01,
        cut_before: 0.01,
        cut_after: 0.01,
        hang_after: 0.002,
        ..Faults::default()
    }
}

/// The times at which Front refused on purpose, in milliseconds since 1970.
#[derive(Default)]
pub struct Refusals(Mutex<Vec<(i64, i64)>>);

impl Refusals {
    /// Requests that were refused as too many at any other time: more than the budget allowed.
    pub fn over_budget(&self, requests: &[RecordedRequest]) -> usize {
        let times = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let on_purpose = |at| times.iter().any(|(from, to)| (*from..*to).contains(&at));
        requests.iter().filter(|it| it.status == Some(429) && !on_purpose(it.at_ms)).count()
    }

    fn add(&self, from: i64, to: i64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((from, to));
    }
}

pub async fn strike_front(
    front: &Simulator,
    refusals: &Refusals,
    blow: Blow,
    random: &mut ChaCha12Rng,
) {
    let seed = random.random();
    let while_it_lasts = Duration::from_millis(random.random_range(4_000..10_000));
    match blow {
        Blow::Outage => {
            let forms = [OutageForm::Unavailable, OutageForm::Cut];
            let outage_form = forms[random.random_range(0..forms.len())];
            front.set_faults(Faults { outage_form, ..some_faults(seed) });
            front.outage(true);
            lasting(while_it_lasts).await;
            front.outage(false);
        }
        Blow::TooMany => {
            let from = now_ms();
            // No header tells the limit of a resource, so nobody can know that it has changed.
            front.set_limits(Limits { per_resource_per_s: 0, ..LIMITS });
            lasting(while_it_lasts).await;
            front.set_limits(LIMITS);
            // What was on its way then.
            refusals.add(from, now_ms() + 1_000);
        }
        Blow::Faults => {
            front.set_faults(Faults {
                error_before: 0.1,
                error_after: 0.1,
                cut_before: 0.1,
                cut_after: 0.1,
                hang_after: 0.02,
                ..some_faults(seed)
            });
            lasting(while_it_lasts).await;
            front.set_faults(some_faults(seed));
        }
        other => unreachable!("{other} is no blow to Front"),
    }
}
