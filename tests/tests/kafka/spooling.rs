//! Ingest while no broker can be reached: the same 200, and everything reaches Front when they are back.

use tests::load::Load;
use tests::pipeline::{Options, Pipeline};
use tests::verdict::the_rest_arrives;

use crate::{BINARY, now, own_cluster};

pub const CHECKS: usize = 1;

const SEED: u64 = 20_261_129;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b20_webhooks_are_kept_while_no_broker_answers_and_nothing_is_lost_or_doubled() {
    let Some(mut cluster) = own_cluster(1, "").await else { return };
    let mut load = Load::generate(SEED, 60, now());
    let mut options = Options::fast(BINARY);
    options.brokers = Some(cluster.bootstrap());
    load.seat_agents(&mut options.simulator);
    let mut pipeline = Pipeline::start(options).await;
    let quarter = load.left() / 4;
    load.send(&pipeline, quarter, std::future::pending()).await;
    cluster.kill(0).await;
    all_are_taken(&pipeline, &mut load, quarter).await;
    // It ends while the brokers are away and says what it leaves. The next one on its folder starts
    // without them, takes more, and brings all of it when they are back.
    let ended = pipeline.child.take().expect("it runs").stop().await;
    let told = std::fs::read_to_string(pipeline.output()).expect("it printed something");
    assert!(ended.success(), "{told}");
    assert!(told.contains("ending while records wait in the spool"), "{told}");
    pipeline.revive().await;
    all_are_taken(&pipeline, &mut load, quarter).await;
    cluster.restart(0).await;
    the_rest_arrives(&pipeline, &mut load).await;
}

async fn all_are_taken(pipeline: &Pipeline, load: &mut Load, count: usize) {
    let before = load.acknowledged.len();
    load.send(pipeline, count, std::future::pending()).await;
    assert_eq!(load.acknowledged.len() - before, count, "each is answered 200");
}
