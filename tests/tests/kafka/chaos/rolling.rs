//! A rolling restart by SIGTERM of every process of every role, under load: nothing is lost, nothing twice,
//! and nobody waits for long.

use std::time::Duration;

use tests::load::Load;
use tests::pipeline::{Options, Pipeline};
use tests::tell::tell;
use tests::traffic::Traffic;
use tokio::sync::watch;

use super::fleet::{Fleet, Role};
use super::{settle, verdict};
use crate::{BINARY, now, now_ms, shared_cluster};

pub const CHECKS: usize = 1;

const SEED: u64 = 20_261_134;
/// Webhooks are sent this often meanwhile.
const PACE: Duration = Duration::from_millis(100);
/// So many are acknowledged between two restarts.
const BETWEEN: usize = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b30_a_rolling_restart_of_every_role_loses_nothing_and_doubles_nothing() {
    let Some(cluster) = shared_cluster().await else { return };
    let mut load = Load::generate(SEED, 200, now());
    let mut options = Options { of_each: 2, events: None, ..Options::fast(BINARY) };
    let brokers = cluster.bootstrap();
    options.brokers = Some(brokers.clone());
    load.seat_agents(&mut options.simulator);
    let mut pipeline = Pipeline::start(options).await;
    let mut fleet = Fleet::of(&mut pipeline, &brokers, 2).await;
    let traffic = Traffic::new(&fleet.url());
    traffic.add(load.take(load.left()));
    let stop = watch::Sender::new(false);
    let restarts = async {
        traffic.until_acknowledged(BETWEEN).await;
        let began = now_ms();
        for role in [Role::Ingest, Role::Projector, Role::Dispatcher] {
            for turn in 0..2 {
                // Each once: who was started again stands where it stood.
                let place = fleet.places(role)[turn];
                let at = now_ms();
                let status = fleet.stop(place, true).await;
                assert!(status.success(), "{role} ended with {status}");
                fleet.until_members(role, |members| members == 2).await;
                traffic.until_acknowledged(BETWEEN).await;
                let took = Duration::from_millis((now_ms() - at).unsigned_abs());
                tell(&format!("{role} was stopped and started again in {took:?}"));
            }
        }
        stop.send_replace(true);
        (began, now_ms())
    };
    let (times, ()) = tokio::join!(restarts, traffic.send(PACE, &stop));
    assert!(traffic.left() > 0, "webhooks came all the time");
    let seen = traffic.told();
    traffic.finish().await;
    let (_door, _ingests) = fleet.give_back(&mut pipeline);
    settle(&pipeline).await;
    let acknowledged = traffic.acknowledged();
    let findings =
        verdict::findings(&pipeline, &load.centre, &[], &acknowledged, &brokers, 3).await;
    assert!(findings.is_empty(), "{}", verdict::text(&findings));
    tell(&format!(
        "rolling restart in {:.1} s: the longest that a sender waited from its first try to its 200 was \
         {:?} ({} tries in vain), the longest without a write to Front {:?}",
        (times.1 - times.0) as f64 / 1_000.0,
        seen.longest,
        seen.unanswered + seen.refused,
        longest_gap(&pipeline, times),
    ));
}

/// The longest time between two writes that Front has served, within these times.
fn longest_gap(pipeline: &Pipeline, (from, to): (i64, i64)) -> Duration {
    let requests = pipeline.front.requests();
    let served = requests.iter().filter(|it| it.is_write() && it.status.is_some_and(|it| it < 300));
    let within = served.map(|it| it.at_ms).filter(|at| (from..to).contains(at));
    let times: Vec<i64> = std::iter::once(from).chain(within).chain([to]).collect();
    let longest = times.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or(0);
    Duration::from_millis(longest.unsigned_abs())
}
