//! Chaos on three real brokers, under load: everything happens to every role, to the brokers, to the ways
//! between them and to Front, all at once; and nothing is lost, nothing twice, in order.
//!
//! Three minutes, each kind of blow at least once. By hand as long as wished, then each kind at least ten
//! times in thirty minutes:
//!
//! ```sh
//! CALLFOLD_CHAOS_MINUTES=30 cargo test -p tests --features kafka --test kafka -- chaos_for_minutes
//! ```
//!
//! `CALLFOLD_CHAOS_SEED` makes other calls and other victims.

mod blows;
mod broken;
mod fleet;
mod rolling;
mod scene;
mod three;
mod verdict;
mod wakes;

use std::time::Duration;

use rand::SeedableRng;
use rand_chacha::ChaCha12Rng;
use simulators::front::Faults;
use tests::load::Load;
use tests::people::People;
use tests::pipeline::{Options, Pipeline};
use tests::tell::tell;
use tests::traffic::Traffic;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use crate::{BINARY, now, three_brokers};
use blows::{OF_BROKERS, OF_FRONT, OF_PROCESSES, Refusals};
use fleet::Fleet;
pub use fleet::{Role, until_group};
use scene::Scene;

pub const CHECKS: usize = 1 + broken::CHECKS + rolling::CHECKS + three::CHECKS + wakes::CHECKS;

/// Makes the calls, and says what befalls whom.
const SEED: u64 = 20_261_128;
/// Calls for each minute, and webhooks of one on average: some seven a second, what two cores can take of
/// unoptimised programs.
const CALLS_PER_MINUTE: usize = 60;
/// Contacts on whom teammates act after the chaos, and for whom some calls are kept back.
const ACTED_ON: usize = 10;
/// How long it may take after all that until nothing waits any more.
const SETTLED_IN: Duration = Duration::from_secs(900);
/// How long one question may take.
const ASKED_IN: Duration = Duration::from_secs(120);
/// How often it is said what still waits then.
const TOLD_EVERY: Duration = Duration::from_secs(10);

#[allow(clippy::disallowed_methods, reason = "whoever runs it by hand can say it nowhere else")]
fn wished(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|said| said.parse().expect("a whole number"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b30_chaos_for_minutes_loses_nothing_and_doubles_nothing() {
    let Some(mut cluster) = three_brokers().await else { return };
    let minutes = wished("CALLFOLD_CHAOS_MINUTES").unwrap_or(3);
    let seed = wished("CALLFOLD_CHAOS_SEED").unwrap_or(SEED);
    tell(&format!("chaos of {minutes} minutes from seed {seed}"));
    let lasts = Duration::from_secs(60 * minutes);
    let calls = CALLS_PER_MINUTE * usize::try_from(minutes).expect("few");
    let mut load = Load::generate(seed, calls, now());
    let brokers = cluster.bootstrap();
    let mut pipeline = start(&mut load, &brokers, seed).await;
    pipeline.keep_folder(true);
    let mut fleet = Fleet::of(&mut pipeline, &brokers, 2).await;
    pipeline.tell_events_to(&fleet.url()).await;
    let traffic = Traffic::new(&fleet.url());
    let kept_back = load.left() / 20;
    traffic.add(load.take(load.left() - kept_back));
    // Some is left when the time is over, so that no blow falls on an idle system.
    let pace = lasts.mul_f64(1.3) / u32::try_from(traffic.left()).expect("few");
    let scene = Scene::new(&traffic, &pipeline.front, lasts, if minutes < 30 { 1 } else { 10 });
    let refusals = Refusals::default();
    storm(&scene, &mut fleet, &mut cluster, &pipeline, &refusals, pace, seed).await;
    let summary = scene.summary();

    pipeline.front.set_faults(Faults::default());
    cluster.mend().await;
    fleet.supervise().await;
    fleet.come_back().await;
    traffic.finish().await;
    let ended = std::mem::take(&mut fleet.ended_themselves);
    let (_door, _ingests) = fleet.give_back(&mut pipeline);
    settle(&pipeline).await;
    let mut people = People::default();
    people.act(&pipeline, &load.centre, ACTED_ON, now()).await;
    traffic.add(load.take(kept_back));
    traffic.finish().await;
    settle(&pipeline).await;
    tell(&summary);
    tell(&format!("webhooks: {:?}", traffic.told()));
    tell(&format!("{} processes ended by themselves: {ended:#?}", ended.len()));
    let requests = pipeline.front.requests();
    tell(&format!("Front: {:?}", pipeline.front.counts()));
    let acknowledged = traffic.acknowledged();
    let mut findings =
        verdict::findings(&pipeline, &load.centre, &people.acts, &acknowledged, &brokers, 3).await;
    let over = refusals.over_budget(&requests);
    if over > 0 {
        findings.push(format!("{over} requests were more than the budget allowed"));
    }
    let dir = pipeline.dir().display();
    assert!(findings.is_empty(), "seed {seed}, outputs in {dir}: {}", verdict::text(&findings));
    pipeline.keep_folder(false);
}

async fn start(load: &mut Load, brokers: &str, seed: u64) -> Pipeline {
    let mut options = Options { of_each: 2, replication: 3, ..Options::fast(BINARY) };
    options.brokers = Some(brokers.to_owned());
    options.simulator.limits = blows::LIMITS;
    options.simulator.faults = blows::some_faults(seed);
    options.front = format!(
        "requests_per_minute = {}\nrequests_per_resource_s = {}\ntimeout_s = 2\n",
        blows::LIMITS.requests_per_minute,
        blows::LIMITS.per_resource_per_s,
    );
    load.seat_agents(&mut options.simulator);
    Pipeline::start(options).await
}

/// Everything at once: the load, and what befalls processes, brokers and Front.
async fn storm(
    scene: &Scene<'_>,
    fleet: &mut Fleet,
    cluster: &mut tests::kafka_cluster::KafkaCluster,
    pipeline: &Pipeline,
    refusals: &Refusals,
    pace: Duration,
    seed: u64,
) {
    let stop = tokio::sync::watch::Sender::new(false);
    let random = |part: u64| ChaCha12Rng::seed_from_u64(seed ^ (part << 32));
    let (mut of_processes, mut of_brokers, mut of_front) = (random(1), random(2), random(3));
    let blows = async {
        tokio::join!(
            scene.rain(&OF_PROCESSES, 0..2_000, &mut of_processes, async |blow, random| {
                blows::strike_processes(fleet, scene, blow, random).await;
            }),
            scene.rain(&OF_BROKERS, 5_000..20_000, &mut of_brokers, async |blow, random| {
                blows::strike_brokers(cluster, blow, random).await;
            }),
            scene.rain(&OF_FRONT, 5_000..20_000, &mut of_front, async |blow, random| {
                blows::strike_front(&pipeline.front, refusals, blow, random).await;
            }),
        );
        stop.send_replace(true);
    };
    tokio::join!(blows, scene.traffic.send(pace, &stop));
}

/// Waits until nothing waits any more, and says now and then what still does.
async fn settle(pipeline: &Pipeline) {
    let child = pipeline.child.as_ref().expect("it runs");
    let began = Instant::now();
    let mut ticks = interval(TOLD_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let status = || async { timeout(ASKED_IN, child.status()).await.ok().flatten() };
    loop {
        ticks.tick().await;
        let Some(status) = status().await else {
            assert!(began.elapsed() < SETTLED_IN, "it does not say how it is");
            continue;
        };
        if status["settled"] == true {
            break;
        }
        let at = began.elapsed().as_secs();
        let (lag, lanes, due) = (&status["lag"], &status["lanes"], &status["due"]);
        tell(&format!("{at:4} s later: lag {lag}, lanes {lanes}, due {due}"));
        assert!(began.elapsed() < SETTLED_IN, "it does not settle: {status:#}");
    }
    pipeline.settle().await;
}
