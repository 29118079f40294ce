//! `kill -9` of one of two projectors: what it had goes on with the other one, and how long that takes.

use std::time::Duration;

use eventlog::kafka::Options as LogOptions;
use tests::load::Load;
use tests::pipeline::{Options, Pipeline};
use tests::tell::tell;
use tests::verdict::the_rest_arrives;

use crate::chaos::{Role, until_group};
use crate::{BINARY, now, now_ms, shared_cluster};

pub const CHECKS: usize = 1;

const SEED: u64 = 20_261_135;
/// What a take-over may take beside the session and a heartbeat: the partitions are handed out, and their
/// stores brought up.
const HANDED_OVER_IN: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b30_calls_of_a_killed_projectors_contacts_go_on_with_the_other_one() {
    let Some(cluster) = shared_cluster().await else { return };
    let mut load = Load::generate(SEED, 40, now());
    let mut options = Options { of_each: 2, events: None, ..Options::fast(BINARY) };
    options.brokers = Some(cluster.bootstrap());
    load.seat_agents(&mut options.simulator);
    let mut pipeline = Pipeline::start(options).await;
    let log = LogOptions::new(&cluster.bootstrap(), &pipeline.topic_prefix(), "callfold");
    until_group(&log, Role::Projector, |members| members == 2, || {}).await;
    let half = load.left() / 2;
    load.send(&pipeline, half, std::future::pending()).await;
    pipeline.settle().await;

    let victim = pipeline.others.remove(0);
    let killed_at = now_ms();
    victim.kill().await;
    let left = load.left();
    load.send(&pipeline, left, std::future::pending()).await;
    until_group(&log, Role::Projector, |members| members == 1, || {}).await;
    let noticed_at = now_ms();
    the_rest_arrives(&pipeline, &mut load).await;

    // By then the other one had long done its own: what comes now had waited for it.
    let requests = pipeline.front.requests();
    let writes = requests.iter().filter(|it| it.is_write()).map(|it| it.at_ms);
    let first_at = writes.filter(|at| *at > noticed_at).min().expect("calls have waited");
    let session = log.session_timeout + log.heartbeat;
    let bar = session + HANDED_OVER_IN;
    let after = |at: i64| Duration::from_millis((at - killed_at).unsigned_abs());
    let verdict = if after(first_at) <= bar { "held" } else { "MISSED" };
    tell(&format!(
        "take-over after kill -9 of one of two projectors: noticed after {:.1?} (session {:?} and a \
         heartbeat of {:?}), the first call that had waited was at Front after {:.1?}; at most {bar:?}: \
         {verdict}",
        after(noticed_at),
        log.session_timeout,
        log.heartbeat,
        after(first_at),
    ));
}
