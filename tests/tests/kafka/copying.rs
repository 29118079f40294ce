//! A centre that outgrew one machine moves to brokers, and back, in the middle of its work: the same Front
//! before and after, nothing sent twice, nothing missing.

use std::process::Output;
use std::time::Duration;

use serde_json::Value;
use tests::kafka_cluster::random_letters;
use tests::load::Load;
use tests::pipeline::{Options, Pipeline, To};
use tests::tell::tell;
use tests::verdict::{
    any_order, everything_acknowledged_is_kept, front_shows_what_the_model_expects,
};

use crate::{BINARY, now, shared_cluster};

pub const CHECKS: usize = 1;

const SEED: u64 = 20_261_201;
/// Commands are there within a second or two; longer is a hang.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a copy that succeeded says.
fn told(output: &Output) -> Value {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {said}", output.status);
    let told = serde_json::from_slice(&output.stdout).expect("one document");
    tell(&format!("{told}"));
    told
}

/// Effects that are not finished.
async fn open_effects(pipeline: &Pipeline) -> i64 {
    let child = pipeline.child.as_ref().expect("the program runs");
    let status = child.status().await.unwrap_or_default();
    let states = ["queued", "intended", "in_doubt", "accepted"];
    states.iter().filter_map(|state| status["lanes"][state].as_i64()).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b30_a_centre_moves_to_brokers_and_back_and_nothing_is_sent_twice_or_missing() {
    let Some(cluster) = shared_cluster().await else { return };
    let mut load = Load::generate(SEED, 90, now());
    let mut options = Options::fast(BINARY);
    load.seat_agents(&mut options.simulator);
    // The test's cluster has one broker.
    options.variables.push(("CALLFOLD_LOG__REPLICATION".to_owned(), "1".to_owned()));
    let mut pipeline = Pipeline::start(options).await;
    let quarter = load.left() / 4;
    load.send(&pipeline, quarter, std::future::pending()).await;
    let cut = load.send_and_kill(&mut pipeline, quarter, 40).await;
    tell(&format!("killed with {cut} webhooks on their way, {} to come", load.left()));

    // To brokers, with another number of partitions.
    let prefix = format!("moved-{}", random_letters(8));
    let brokers = To::Brokers { brokers: cluster.bootstrap(), prefix };
    let moved = told(&pipeline.copy(&brokers, 5).await);
    assert_eq!(moved["partitions"], serde_json::json!({ "from": 12, "to": 5 }));
    pipeline.settle_at(&brokers, 5);
    pipeline.revive().await;
    load.send_unanswered(&pipeline).await;
    load.send(&pipeline, quarter, std::future::pending()).await;

    // A log that somebody works on is not copied.
    let home = To::Folder("home".to_owned());
    let refused = pipeline.copy(&home, 3).await;
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(refused.status.code() == Some(1) && said.contains("stop all processes"), "{said}");
    pipeline.settle().await;

    // Back to a folder, while Front is away and effects wait for it.
    pipeline.front.outage(true);
    let left = load.left();
    load.send(&pipeline, left, std::future::pending()).await;
    let waiting = {
        let waits = || async { Some(open_effects(&pipeline).await).filter(|open| *open > 0) };
        let child = pipeline.child.as_ref().expect("the program runs");
        child.until(PATIENCE, "effects wait for Front", waits).await
    };
    pipeline.stop().await;
    let moved = told(&pipeline.copy(&home, 3).await);
    assert_eq!(moved["partitions"], serde_json::json!({ "from": 5, "to": 3 }));
    tell(&format!("{waiting} effects waited for Front"));
    pipeline.settle_at(&home, 3);
    pipeline.front.outage(false);
    pipeline.revive().await;
    load.send_unanswered(&pipeline).await;
    pipeline.settle().await;

    let child = pipeline.child.as_ref().expect("the program runs");
    everything_acknowledged_is_kept(child, &load.acknowledged).await;
    let snapshot = pipeline.front.snapshot();
    front_shows_what_the_model_expects(&pipeline, &load.centre, &[], &any_order(), &snapshot).await;
}
