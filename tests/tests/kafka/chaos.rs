//! Processes of every role that die or stand still under load, on real brokers: nothing is lost, nothing
//! twice, and whoever wakes up late does no harm.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha12Rng;
use tests::child::Child;
use tests::load::Load;
use tests::pipeline::{Options, Pipeline};
use tests::tell::tell;
use tests::verdict::{
    any_order, everything_acknowledged_is_kept, front_shows_what_the_model_expects,
};

use crate::place::PATIENCE;
use crate::{BINARY, now, shared_cluster};

pub const CHECKS: usize = 1;

/// Printed with every failure; the same seed makes the same calls and the same victims.
const SEED: u64 = 20_261_128;
/// Of each kind to each role.
const BLOWS: usize = 2;

/// What happens to whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Blow {
    /// Killed, and started again.
    Kill(Victim),
    /// It stands still until everything is done without it, and wakes up.
    Freeze(Victim),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Victim {
    Ingest,
    /// The first or the second one.
    Projector(usize),
    /// Whichever of the two is active.
    Dispatcher,
}

/// Everything happens to each role equally often, in an order of chance.
fn blows(random: &mut ChaCha12Rng) -> Vec<Blow> {
    let mut blows = Vec::new();
    for turn in 0..BLOWS {
        let projector = Victim::Projector(turn % 2);
        let killed = [Victim::Ingest, projector, Victim::Dispatcher];
        blows.extend(killed.map(Blow::Kill));
        // Nobody takes over from the only ingest: it stands still in no run.
        blows.extend([projector, Victim::Dispatcher].map(Blow::Freeze));
    }
    for place in (1..blows.len()).rev() {
        blows.swap(place, random.random_range(0..=place));
    }
    blows
}

/// The places of the dispatchers among the other processes, behind the two projectors.
const DISPATCHERS: [usize; 2] = [2, 3];

/// Waits until one dispatcher, and one only, says that it is active, and gives its place.
async fn active(pipeline: &Pipeline) -> usize {
    let is_active = |place: &usize| {
        let said = pipeline.others[*place].said();
        let became = said.rfind("this process is the active dispatcher");
        became > said.rfind("this process is no longer the active dispatcher")
    };
    let one = || async {
        match DISPATCHERS.into_iter().filter(is_active).collect::<Vec<_>>()[..] {
            [place] => Some(place),
            _ => None,
        }
    };
    let asked = &pipeline.others[DISPATCHERS[0]];
    asked.until(PATIENCE, "one dispatcher is active", one).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b30_roles_that_die_or_stand_still_lose_nothing_and_double_nothing() {
    let Some(cluster) = shared_cluster().await else { return };
    let mut random = ChaCha12Rng::seed_from_u64(SEED);
    let mut load = Load::generate(SEED, 200, now());
    let mut options = Options { of_each: 2, ..Options::fast(BINARY) };
    options.brokers = Some(cluster.bootstrap());
    load.seat_agents(&mut options.simulator);
    let mut pipeline = Pipeline::start(options).await;
    let blows = blows(&mut random);
    let each = load.left() / (blows.len() + 1);
    for blow in blows {
        let moment = random.random_range(1..each.max(2));
        let (cut, unfinished) = strike(&mut pipeline, &mut load, blow, each, moment).await;
        tell(&format!(
            "{blow:?}: {cut} webhooks and {unfinished} records or effects were in flight"
        ));
        let busy = if blow == Blow::Kill(Victim::Ingest) { cut > 0 } else { unfinished > 0 };
        assert!(busy, "a blow while idle proves nothing");
    }
    load.send_unanswered(&pipeline).await;
    let left = load.left();
    load.send(&pipeline, left, std::future::pending()).await;
    pipeline.settle().await;
    let child = pipeline.child.as_ref().expect("the program runs");
    everything_acknowledged_is_kept(child, &load.acknowledged).await;
    let snapshot = pipeline.front.snapshot();
    front_shows_what_the_model_expects(&pipeline, &load.centre, &[], &any_order(), &snapshot).await;
}

/// Sends `each` deliveries; when `moment` of them are answered the blow falls. Returns what was in flight
/// then: webhooks, and records not read or effects not finished.
async fn strike(
    pipeline: &mut Pipeline,
    load: &mut Load,
    blow: Blow,
    each: usize,
    moment: usize,
) -> (usize, i64) {
    let (Blow::Kill(victim) | Blow::Freeze(victim)) = blow;
    let place = match victim {
        Victim::Ingest => None,
        Victim::Projector(place) => Some(place),
        Victim::Dispatcher => Some(active(pipeline).await),
    };
    let mut struck = match place {
        None => pipeline.child.take().expect("it runs"),
        Some(place) => pipeline.others.remove(place),
    };
    // Opens the way on which the log is looked at, so that the look below takes no longer than it must.
    unfinished(&struck).await;
    let answered = load.until_answered(moment);
    let stop = async {
        answered.await;
        match blow {
            Blow::Kill(_) => struck.begin_to_die(),
            Blow::Freeze(_) => struck.freeze(),
        }
    };
    let cut = load.send(pipeline, each, stop).await;
    let at_the_blow = unfinished(&struck).await;
    match (blow, place) {
        (_, None) => {
            struck.kill().await;
            pipeline.revive().await;
        }
        (Blow::Kill(_), Some(place)) => pipeline.start_again(place, struck).await,
        (Blow::Freeze(_), Some(place)) => {
            // Another one takes over, and everything goes on without it.
            pipeline.settle().await;
            struck.thaw();
            pipeline.others.insert(place, struck);
        }
    }
    (cut, at_the_blow)
}

/// Whatever process is asked, also a dead one: what is told stands on the log.
async fn unfinished(asked: &Child) -> i64 {
    let status = asked.status().await.expect("the log can be looked at");
    let lanes = ["queued", "intended", "in_doubt", "accepted"].map(|it| &status["lanes"][it]);
    let lags = ["projector", "dispatcher"].map(|it| &status["lag"][it]);
    lanes.into_iter().chain(lags).filter_map(serde_json::Value::as_i64).sum()
}
