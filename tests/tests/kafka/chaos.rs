//! Processes of every role that die or stand still under load, on real brokers: nothing is lost, nothing
//! twice, and whoever wakes up late does no harm.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha12Rng;
use simulators::model::ModelConfig;
use tests::child::Child;
use tests::load::Load;
use tests::pipeline::{Options, Pipeline};
use tests::tell::tell;
use tests::verdict::{everything_acknowledged_is_kept, front_shows_what_the_model_expects};

use crate::shared_cluster;

pub const CHECKS: usize = 1;

const BINARY: &str = env!("CARGO_BIN_EXE_callfold-with-crash-points");
/// Printed with every failure; the same seed makes the same calls and the same victims.
const SEED: u64 = 20_261_128;
/// Of each kind to each role.
const BLOWS: usize = 2;

/// What happens to whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Blow {
    /// Ingest is killed and started again.
    KillIngest,
    /// One of the other processes, by its place, is killed and started again.
    Kill(usize),
    /// One of them stands still, longer than its session lasts, and wakes up.
    Freeze(usize),
}

/// Two of each role, and everything happens to each role equally often, in an order of chance.
fn blows(random: &mut ChaCha12Rng) -> Vec<Blow> {
    let mut blows = Vec::new();
    for turn in 0..BLOWS {
        let one = turn % 2;
        blows.push(Blow::KillIngest);
        // Projectors have the places 0 and 1, dispatchers 2 and 3.
        blows.extend([Blow::Kill(one), Blow::Kill(2 + one)]);
        blows.extend([Blow::Freeze(1 - one), Blow::Freeze(3 - one)]);
    }
    for place in (1..blows.len()).rev() {
        blows.swap(place, random.random_range(0..=place));
    }
    blows
}

#[allow(clippy::disallowed_methods, reason = "a test that plays calls of today must know today")]
fn now() -> i64 {
    jiff::Timestamp::now().as_second()
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
        let (cut, effects) = strike(&mut pipeline, &mut load, blow, each, moment).await;
        tell(&format!("{blow:?}: {cut} webhooks and {effects} effects were in flight"));
        assert!(cut > 0 || effects > 0, "a blow while idle proves nothing");
    }
    load.send_unanswered(&pipeline).await;
    let left = load.left();
    load.send(&pipeline, left, std::future::pending()).await;
    pipeline.settle().await;
    let child = pipeline.child.as_ref().expect("the program runs");
    everything_acknowledged_is_kept(child, &load.acknowledged).await;
    let snapshot = pipeline.front.snapshot();
    // Calls are sent far faster than they happened, so any may overtake any.
    let model =
        ModelConfig { overtake_s: 100 * 86_400, late_media: true, ..ModelConfig::default() };
    front_shows_what_the_model_expects(&pipeline, &load.centre, &[], &model, &snapshot).await;
}

/// Sends `each` deliveries; when `moment` of them are answered the blow falls. Returns what was in flight
/// then: webhooks, and effects that were not finished.
async fn strike(
    pipeline: &mut Pipeline,
    load: &mut Load,
    blow: Blow,
    each: usize,
    moment: usize,
) -> (usize, i64) {
    let mut ingest = (blow == Blow::KillIngest).then(|| pipeline.child.take()).flatten();
    let answered = load.until_answered(moment);
    let frozen = if let Blow::Freeze(place) = blow { Some(place) } else { None };
    let cut = {
        let (ingest, others) = (&mut ingest, &pipeline.others);
        let stop = async {
            answered.await;
            ingest.as_mut().into_iter().for_each(Child::begin_to_die);
            frozen.into_iter().for_each(|place| others[place].freeze());
        };
        load.send(pipeline, each, stop).await
    };
    match (blow, ingest) {
        (Blow::KillIngest, ingest) => {
            ingest.expect("taken above").kill().await;
            pipeline.revive().await;
        }
        (Blow::Kill(place), _) => pipeline.replace(place).await,
        (Blow::Freeze(_), _) => {}
    }
    let effects = unfinished(pipeline).await;
    if let Some(place) = frozen {
        // The other one takes over, and everything goes on without it.
        pipeline.settle().await;
        pipeline.others[place].thaw();
    }
    (cut, effects)
}

async fn unfinished(pipeline: &Pipeline) -> i64 {
    let child = pipeline.child.as_ref().expect("the program runs");
    let status = child.status().await.expect("the log can be looked at");
    let states = ["queued", "intended", "in_doubt", "accepted"].into_iter();
    states.filter_map(|state| status["lanes"][state].as_i64()).sum()
}
