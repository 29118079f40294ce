//! From the webhook that ends an answered call to its first request at Front, on a system that does nothing
//! else: three processes and a broker.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use eventlog::bench::{Bars, Times};
use eventlog::kafka::{Options as LogOptions, bare, topics};
use eventlog::{Cleanup, Header, Partition, Record, Topic, TopicSpec};
use simulators::front::Span;
use tests::kafka_cluster::KafkaCluster;
use tests::pipeline::{Options, Pipeline};
use tokio::time::{Instant, timeout};

use crate::ended::{CALLERS, ended, mark};
use crate::stage::BINARY;

/// p99 from the webhook to the first request.
const BAR_MS: f64 = 100.0;
/// Front is left alone for so long: what it was sent of a call is done.
const QUIET: Duration = Duration::from_millis(300);

pub async fn run(bars: &mut Bars, calls: usize) {
    let cluster = Arc::new(KafkaCluster::start(1).await.unwrap());
    let mut options = Options::fast(BINARY);
    options.brokers = Some(cluster.bootstrap());
    options.simulator.visible_delay_ms = Span { min: 10, max: 30 };
    let pipeline = Pipeline::start(options).await;
    for call in 0..CALLERS {
        assert_eq!(pipeline.send(ended(call, now())).await, Some(200), "a webhook is taken");
    }
    pipeline.settle().await;
    let (mut acknowledged, mut requested) = (Vec::new(), Vec::new());
    for call in CALLERS..CALLERS + calls {
        quiet(&pipeline).await;
        let before = pipeline.front.counts().requests;
        let seen = pipeline.front.requests().len();
        let began = Instant::now();
        let acknowledge = async {
            assert_eq!(pipeline.send(ended(call, now())).await, Some(200), "a webhook is taken");
            began.elapsed()
        };
        let request = async {
            pipeline.front.until_counts(|counts| counts.requests > before).await;
            began.elapsed()
        };
        let (answer, first) = tokio::join!(acknowledge, request);
        quiet(&pipeline).await;
        let sent = pipeline.front.requests_since(seen).into_iter().next().unwrap();
        let is_its_own = sent.external_id.is_some_and(|id| id.contains(&mark(call)));
        assert!(is_its_own, "a known caller's first request is the import: {:?}", sent.route);
        acknowledged.push(answer);
        requested.push(first);
    }
    println!("{calls} answered calls one at a time, {CALLERS} known callers");
    let (lonely, commit) = bare_of(&cluster).await;
    println!("       bare librdkafka: one lonely record {lonely}");
    println!("       bare librdkafka: a commit of 3 records {commit}");
    println!("       webhook sent to 200 received: {}", Times::of(acknowledged));
    let requested = Times::of(requested);
    let line = format!("webhook sent to first request at Front: {requested} (p99 under 100 ms)");
    bars.judge(requested.p99_ms() < BAR_MS, &line);
}

fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

/// Waits until Front is asked for nothing any more.
async fn quiet(pipeline: &Pipeline) {
    loop {
        let seen = pipeline.front.counts().requests;
        let more = pipeline.front.until_counts(|counts| counts.requests > seen);
        if timeout(QUIET, more).await.is_err() {
            return;
        }
    }
}

/// What the client library alone needs for what is waited for: an append, and twice a commit.
async fn bare_of(cluster: &KafkaCluster) -> (Times, Times) {
    let topic = Topic::new("bare.records");
    let options =
        LogOptions { replication: 1, ..LogOptions::new(&cluster.bootstrap(), "bare", "bare") };
    let cleanup = Cleanup { compact: false, retention: None };
    let spec = TopicSpec { topic: topic.clone(), partitions: 1, cleanup };
    assert_eq!(topics::create(&options, &[spec]).await.unwrap(), []);
    let header = Header { name: "event-id".to_owned(), value: Bytes::from_static(&[7; 32]) };
    let record = Record {
        topic,
        partition: Partition(0),
        key: Bytes::from_static(b"+12025550123|0123456789abcdef"),
        value: Some(Bytes::from(vec![b'x'; 2_048])),
        headers: vec![header],
    };
    let brokers = cluster.bootstrap();
    let three = vec![record.clone(); 3];
    (bare::lonely(&brokers, &record, 200), bare::commits(&brokers, &three, 200))
}
