//! Three brokers, each partition on all of them, two of which must have what is acknowledged: one that is
//! away changes nothing that anybody sees, with two away ingest keeps webhooks itself.

use std::time::Duration;

use serde_json::Value;
use tests::load::Load;
use tests::pipeline::{Options, Pipeline};
use tests::tell::tell;
use tests::traffic::Traffic;
use tokio::sync::watch;
use tokio::time::Instant;

use super::{settle, verdict};
use crate::{BINARY, now, three_brokers};

pub const CHECKS: usize = 1;

const SEED: u64 = 20_261_133;
/// How long what must happen may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(300);
/// Webhooks are sent this often meanwhile, of so many calls: for seven minutes, many times what all takes
/// where nothing else runs.
const PACE: Duration = Duration::from_millis(200);
const CALLS: usize = 320;

/// What `/readyz` of ingest says.
async fn readyz(pipeline: &Pipeline) -> (u16, Value) {
    let child = pipeline.child.as_ref().expect("it runs");
    let url = child.health().expect("it has said where it answers for its health");
    let answer = reqwest::get(url).await.expect("health is answered for");
    (answer.status().as_u16(), answer.json().await.expect("a document"))
}

/// Whether webhooks wait in the spool.
fn spools(readyz: &(u16, Value)) -> bool {
    let notes = readyz.1["notes"].as_array().into_iter().flatten();
    notes.filter_map(Value::as_str).any(|note| note.contains("wait in the spool"))
}

async fn until_spool(pipeline: &Pipeline, spooling: bool) -> (u16, Value) {
    let child = pipeline.child.as_ref().expect("it runs");
    let asked = || async {
        let told = readyz(pipeline).await;
        (spools(&told) == spooling).then_some(told)
    };
    child.until(PATIENCE, "the spool begins or ends", asked).await
}

/// Waits until Front has been sent so many more writes.
async fn until_written(pipeline: &Pipeline, more: u64) {
    let wanted = pipeline.front.counts().writes_total() + more;
    let written = pipeline.front.until_counts(|counts| counts.writes_total() >= wanted);
    let written = tokio::time::timeout(PATIENCE, written).await;
    assert!(written.is_ok(), "calls reach Front");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b20_one_of_three_brokers_away_changes_nothing_and_with_two_away_webhooks_are_kept() {
    let Some(mut cluster) = three_brokers().await else { return };
    let mut load = Load::generate(SEED, CALLS, now());
    let mut options = Options { replication: 3, events: None, ..Options::fast(BINARY) };
    let brokers = cluster.bootstrap();
    options.brokers = Some(brokers.clone());
    load.seat_agents(&mut options.simulator);
    let pipeline = Pipeline::start(options).await;
    let traffic = Traffic::with_patience(&pipeline.url().expect("it takes webhooks"), PATIENCE);
    traffic.add(load.take(load.left()));
    let stop = watch::Sender::new(false);
    let away = async {
        until_written(&pipeline, 20).await;
        let began = Instant::now();
        cluster.kill(0).await;
        // The spool helps until the others lead, and ends by itself; then calls reach Front as before.
        traffic.until_acknowledged(50).await;
        let told = until_spool(&pipeline, false).await;
        assert_eq!(told.0, 200, "{told:?}");
        until_written(&pipeline, 20).await;
        let seen = traffic.told();
        assert_eq!((seen.refused, seen.unanswered), (0, 0), "each webhook is answered 200 at once");
        tell(&format!(
            "{:?}: one broker away, the slowest 200 came after {:?}",
            began.elapsed(),
            seen.slowest
        ));

        cluster.kill(1).await;
        traffic.until_acknowledged(30).await;
        let told = until_spool(&pipeline, true).await;
        assert_eq!(told.0, 200, "ingest takes webhooks without brokers: {told:?}");
        tell(&format!("{:?}: two brokers away, {}", began.elapsed(), told.1));
        traffic.until_acknowledged(50).await;
        let seen = traffic.told();
        assert_eq!((seen.refused, seen.unanswered), (0, 0), "each webhook is answered 200 at once");

        cluster.restart(1).await;
        cluster.restart(0).await;
        until_spool(&pipeline, false).await;
        tell(&format!("{:?}: both are back, and the spool is empty", began.elapsed()));
        until_written(&pipeline, 20).await;
        tell(&format!("{:?}: calls reach Front", began.elapsed()));
        stop.send_replace(true);
    };
    tokio::join!(away, traffic.send(PACE, &stop));
    assert!(traffic.left() > 0, "webhooks came all the time");
    traffic.finish().await;
    settle(&pipeline).await;
    let acknowledged = traffic.acknowledged();
    let findings =
        verdict::findings(&pipeline, &load.centre, &[], &acknowledged, &brokers, 3).await;
    assert!(findings.is_empty(), "{}", verdict::text(&findings));
}
