//! A stock lag monitor, which knows the groups and the ends of topics and nothing of positions that are
//! records: it sees the services reach the ends.

use std::time::Duration;

use eventlog::kafka::{Options as LogOptions, lag, open_read_only};
use eventlog::{LogReader, Offset, Partition, SystemClock, Topic, TopicSpec};
use tests::load::Load;
use tests::pipeline::{Options, Pipeline};

use crate::place::PATIENCE;
use crate::{BINARY, now, shared_cluster};

pub const CHECKS: usize = 1;

const SEED: u64 = 20_261_130;
const PARTITIONS: u32 = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stock_lag_monitor_sees_the_groups_reach_the_ends() {
    let Some(cluster) = shared_cluster().await else { return };
    let mut load = Load::generate(SEED, 30, now());
    let mut options = Options::fast(BINARY);
    options.brokers = Some(cluster.bootstrap());
    load.seat_agents(&mut options.simulator);
    let pipeline = Pipeline::start(options).await;
    let left = load.left();
    load.send(&pipeline, left, std::future::pending()).await;
    pipeline.settle().await;

    let prefix = pipeline.topic_prefix();
    let log_options = LogOptions::new(&cluster.bootstrap(), &prefix, "callfold");
    // Behind the last command of a partition is the mark of its commit, which is no record.
    for (role, topic, mark) in [("projector", "calls", 0), ("dispatcher", "commands", 1)] {
        let topic = Topic::new(&format!("{prefix}.{topic}"));
        let cleanup = eventlog::Cleanup { compact: false, retention: None };
        let spec = TopicSpec { topic: topic.clone(), partitions: PARTITIONS, cleanup };
        let clock = std::sync::Arc::new(SystemClock);
        let log = open_read_only(log_options.clone(), vec![spec], clock).await.expect("opens");
        let mut ends = Vec::new();
        for partition in (0..PARTITIONS).map(Partition) {
            ends.push(log.ends(&topic, partition).await.expect("ends").end);
        }
        assert!(ends.iter().any(|end| *end > Offset::START), "{role} has read something: {ends:?}");
        let reached = async {
            let mut ticks = tokio::time::interval(Duration::from_millis(500));
            loop {
                ticks.tick().await;
                let told = lag::committed(&log_options, role, &topic, PARTITIONS).await;
                let told = told.expect("the group is known");
                let lags = told
                    .iter()
                    .zip(&ends)
                    .map(|((_, told), end)| end.0.saturating_sub(told.unwrap_or(Offset::START).0));
                if lags.into_iter().all(|lag| lag <= mark) {
                    return;
                }
            }
        };
        let reached = tokio::time::timeout(PATIENCE, reached).await;
        assert!(reached.is_ok(), "{role} does not reach {ends:?}");
    }
}
