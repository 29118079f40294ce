//! The real program under load, killed: B30 nothing twice, nothing lost that was acknowledged, B35 each
//! contact's in order, B53 nothing said about anybody.

use std::process::ExitStatus;
use std::time::Duration;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha12Rng;
use serde_json::Value;
use tests::child::Child;
use tests::collector::Collector;
use tests::load::Load;
use tests::people::People;
use tests::pipeline::{Options, Pipeline};
use tests::secrets::nothing_private_was_said;
use tests::tell::tell;
use tests::verdict::{
    any_order, everything_acknowledged_is_kept, front_shows_what_the_model_expects,
};

use crate::{BINARY, now};

/// Printed with every failure; the same seed makes the same calls and the same moments.
const SEED: u64 = 20_260_701;
const KILLS: usize = 30;
/// After so many kills teammates do something in Front.
const PEOPLE_EVERY: usize = 10;

async fn pipeline_for(load: &Load, collector: &Collector) -> Pipeline {
    let mut options = Options::fast(BINARY).talkative(collector);
    load.seat_agents(&mut options.simulator);
    Pipeline::start(options).await
}

/// Sends the rest, and judges: nothing acknowledged is lost, Front shows what it must, in order, and
/// nothing private was said at any level.
async fn finish(pipeline: &mut Pipeline, load: &mut Load, people: &People, collector: &Collector) {
    let acknowledged_before = load.acknowledged.clone();
    let child = pipeline.child.as_ref().expect("the program runs");
    everything_acknowledged_is_kept(child, &acknowledged_before).await;
    load.send_unanswered(pipeline).await;
    let left = load.left();
    load.send(pipeline, left, std::future::pending()).await;
    pipeline.settle().await;
    let child = pipeline.child.as_ref().expect("the program runs");
    everything_acknowledged_is_kept(child, &load.acknowledged).await;
    let snapshot = pipeline.front.snapshot();
    front_shows_what_the_model_expects(
        pipeline,
        &load.centre,
        &people.acts,
        &any_order(),
        &snapshot,
    )
    .await;
    nothing_private_was_said(pipeline, collector, &load.centre).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b30_thirty_kills_under_load_lose_nothing_and_double_nothing() {
    let mut random = ChaCha12Rng::seed_from_u64(SEED);
    let mut load = Load::generate(SEED, 400, now());
    let collector = Collector::start().await;
    let mut pipeline = pipeline_for(&load, &collector).await;
    let each = load.left() / (KILLS + 12);
    let (mut counted, mut people) = (0, People::default());
    while counted < KILLS {
        assert!(load.left() > each, "the load lasts for all kills: {} to go", KILLS - counted);
        let moment = random.random_range(1..each.max(2));
        let cut = load.send_and_kill(&mut pipeline, each, moment as u64).await;
        pipeline.revive().await;
        let waiting = pipeline.child.as_ref().expect("revived").status().await.unwrap_or_default();
        let effects = unfinished(&waiting);
        tell(&format!("kill {}: {cut} webhooks and {effects} effects were in flight", counted + 1));
        // A kill while idle proves nothing and does not count.
        let counts = cut > 0 || effects > 0;
        counted += usize::from(counts);
        if counts && counted.is_multiple_of(PEOPLE_EVERY) {
            people.act(&pipeline, &load.centre, 10, now()).await;
        }
    }
    let names: Vec<String> = people.acts.iter().map(|it| format!("{:?}", it.act)).collect();
    for act in ["Archive", "Reopen", "Move", "Assign"] {
        let done = names.iter().filter(|it| it.starts_with(act)).count();
        assert!(done >= 3, "{act} was done {done} times");
    }
    finish(&mut pipeline, &mut load, &people, &collector).await;
}

/// Effects that are not finished, as a status tells them.
fn unfinished(status: &Value) -> i64 {
    let lanes = ["queued", "intended", "in_doubt", "accepted"];
    lanes.iter().filter_map(|state| status["lanes"][state].as_i64()).sum()
}

/// Every gap of the three durable orders.
const GAPS: [&str; 11] = [
    "ingest.verified",
    "ingest.appended",
    "projector.read",
    "projector.folded",
    "projector.committed",
    "projector.stored",
    "dispatcher.taken",
    "dispatcher.intended",
    "dispatcher.sent",
    "dispatcher.noted",
    "dispatcher.stored",
];

/// What the log of a dead process says was not finished: effects, and records that nobody had read.
async fn left_behind(dead: &Child) -> (i64, i64) {
    let output = dead.ask(&["status", "--json"]).await;
    let errors = String::from_utf8_lossy(&output.stderr);
    let status: Value = serde_json::from_slice(&output.stdout).expect(&errors);
    let lags = ["projector", "dispatcher"].iter().filter_map(|it| status["lag"][it].as_i64());
    (unfinished(&status), lags.sum())
}

/// Waits for the crash. A child that has done all there was to do has not met its crash point.
async fn crash_of(child: &mut Child, gap: &str) -> ExitStatus {
    let mut ticks = tokio::time::interval(Duration::from_millis(100));
    while !child.has_ended() {
        ticks.tick().await;
        let status = child.status().await.unwrap_or_default();
        assert!(status["settled"] != true, "{gap}: the crash point was not reached");
    }
    child.ended().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b30_a_crash_in_every_gap_of_the_durable_orders_is_mended() {
    for (place, gap) in GAPS.into_iter().enumerate() {
        let seed = SEED + place as u64;
        let mut load = Load::generate(seed, 30, now());
        let collector = Collector::start().await;
        let mut pipeline = pipeline_for(&load, &collector).await;
        pipeline.kill().await;
        pipeline.variables().push(("FAILPOINTS".to_owned(), format!("{gap}=5*off->return")));
        pipeline.revive().await;
        let mut child = pipeline.child.take().expect("the program runs");
        let half = load.left() / 2;
        let cut = {
            let crashed = async {
                child.ended().await;
            };
            load.send(&pipeline, half, crashed).await
        };
        assert!(!crash_of(&mut child, gap).await.success(), "{gap}: it crashed");
        let (effects, unread) = left_behind(&child).await;
        tell(&format!(
            "{gap}: crashed with {cut} webhooks, {effects} effects and {unread} unread records in flight"
        ));
        // A crash while idle proves nothing.
        assert!(cut as i64 + effects + unread > 0, "{gap}: something was in flight");
        pipeline.variables().retain(|(name, _)| name != "FAILPOINTS");
        pipeline.revive().await;
        // Half has come, and after a crash some of it is being mended: people act on what is done.
        let mut people = People::default();
        people.act(&pipeline, &load.centre, 5, now()).await;
        finish(&mut pipeline, &mut load, &people, &collector).await;
    }
}
