//! A dispatcher that is stopped between its intent and the request, and wakes up when another one has done
//! its work.

use eventlog::kafka::Options as LogOptions;
use simulators::front::RecordedRequest;
use tests::child::Child;
use tests::load::Load;
use tests::pipeline::{Options, Pipeline};
use tests::tell::tell;
use tests::verdict::the_rest_arrives;

use super::broken::until_still;
use super::fleet::{Role, until_group};
use crate::place::PATIENCE;
use crate::{BINARY, now, shared_cluster};

pub const CHECKS: usize = 1;

const SEED: u64 = 20_261_132;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b30_a_dispatcher_that_wakes_between_intent_and_request_after_take_over_sends_nothing() {
    let Some(cluster) = shared_cluster().await else { return };
    let mut load = Load::generate(SEED, 30, now());
    let mut options = Options::fast(BINARY);
    options.brokers = Some(cluster.bootstrap());
    let stops = ("STOPPOINTS".to_owned(), "dispatcher.intended=7".to_owned());
    options.of_command.insert("dispatcher", vec![stops]);
    load.seat_agents(&mut options.simulator);
    let mut pipeline = Pipeline::start(options).await;
    let half = load.left() / 2;
    load.send(&pipeline, half, std::future::pending()).await;
    let place = pipeline.others.len() - 1;
    until_still(&pipeline.others[place]).await;
    let sent = pipeline.front.requests().iter().filter(|it| it.is_write()).count();
    tell(&format!("it stands still between an intent and its request, after {sent} writes"));

    let mut start = pipeline.others[place].started_with().of_role("dispatcher", 7);
    start.of_command.clear();
    let late = pipeline.others.remove(place);
    let mut next = Child::start(start);
    assert!(next.ready().await.is_some(), "it ended: {}", next.log());
    pipeline.others.push(next);
    the_rest_arrives(&pipeline, &mut load).await;

    let before = pipeline.front.requests().len();
    late.thaw();
    let inactive = || async { late.said().contains("no longer the active").then_some(()) };
    late.until(PATIENCE, "it notices that another is active", inactive).await;
    // What it had in hand has ended one way or the other when it takes part again.
    let log = LogOptions::new(&cluster.bootstrap(), &pipeline.topic_prefix(), "callfold");
    until_group(&log, Role::Dispatcher, |members| members == 2, || {}).await;
    pipeline.settle().await;
    let requests = pipeline.front.requests_since(before);
    let writes: Vec<&RecordedRequest> = requests.iter().filter(|it| it.is_write()).collect();
    assert!(writes.is_empty(), "it has sent: {writes:?}");
    the_rest_arrives(&pipeline, &mut load).await;
}
