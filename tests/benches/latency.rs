//! From the webhook that ends an answered call to its first request at Front, on an idle system:
//! `cargo bench -p tests --bench latency -- [--calls N]`. Ends with 1 when the bar is missed.

#![allow(clippy::disallowed_methods, reason = "a bench plays calls of today")]

#[path = "kafka/ended.rs"]
mod ended;

use std::process::ExitCode;
use std::time::Duration;

use ended::{CALLERS, ended, mark};
use eventlog::bench::{Bars, RawSyncs, Times, print_machine};
use simulators::front::Span;
use tests::pipeline::{Options, Pipeline};
use tokio::time::Instant;

const BINARY: &str = env!("CARGO_BIN_EXE_callfold-with-crash-points");
/// Calls that are measured when nothing else is asked for: p99 is then the fourth slowest.
const CALLS: usize = 400;
/// p99 from the webhook to the first request.
const BAR_MS: f64 = 50.0;
/// About what one of the frames on the way holds.
const RAW_BYTES: usize = 2_048;

/// What callfold itself says about its parts.
const PARTS: [(&str, &str); 4] = [
    ("callfold_ingest_acknowledged_seconds", "ingest: head of the request to its 200 (sync 1)"),
    ("callfold_projector_commit_seconds", "projector: commit of commands and state (sync 2)"),
    ("callfold_dispatcher_commit_seconds", "dispatcher: each commit, intents (sync 3) and results"),
    ("callfold_dispatcher_decided_to_sent_seconds", "command decided to request sent"),
];

/// Sum and count of a part so far, from the Prometheus text.
fn part(metrics: &str, name: &str) -> (f64, f64) {
    let total = |ending: &str| -> f64 {
        let prefix = format!("{name}{ending}");
        let lines = metrics.lines().filter(|line| line.starts_with(&prefix));
        lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
    };
    (total("_sum"), total("_count"))
}

/// What was measured of every call.
struct Measured {
    raw: RawSyncs,
    acknowledged: Vec<Duration>,
    requested: Vec<Duration>,
}

async fn measure(pipeline: &Pipeline, calls: usize) -> Measured {
    let raw = RawSyncs::new(pipeline.dir(), RAW_BYTES);
    let mut measured = Measured { raw, acknowledged: Vec::new(), requested: Vec::new() };
    for call in CALLERS..CALLERS + calls {
        // Everything before has settled: the next request is this call's.
        measured.raw.run(1);
        let body = ended(call, jiff::Timestamp::now().as_second());
        let before = pipeline.front.counts().requests;
        let seen = pipeline.front.requests().len();
        let began = Instant::now();
        let acknowledge = async {
            assert_eq!(pipeline.send(body).await, Some(200), "a webhook is taken");
            began.elapsed()
        };
        let request = async {
            pipeline.front.until_counts(|counts| counts.requests > before).await;
            began.elapsed()
        };
        let (acknowledged, requested) = tokio::join!(acknowledge, request);
        pipeline.settle().await;
        let first = pipeline.front.requests_since(seen).into_iter().next().expect("one came");
        let is_its_own = first.external_id.is_some_and(|id| id.contains(&mark(call)));
        assert!(is_its_own, "a known caller's first request is the import: {:?}", first.route);
        measured.acknowledged.push(acknowledged);
        measured.requested.push(requested);
    }
    measured
}

async fn run(calls: usize) -> ExitCode {
    let mut options = Options::fast(BINARY);
    options.simulator.visible_delay_ms = Span { min: 10, max: 30 };
    let pipeline = Pipeline::start(options).await;
    if !print_machine(pipeline.dir()) {
        return ExitCode::from(2);
    }
    for call in 0..CALLERS {
        let body = ended(call, jiff::Timestamp::now().as_second());
        assert_eq!(pipeline.send(body).await, Some(200), "a webhook is taken");
    }
    pipeline.settle().await;
    let before = pipeline.metrics().await;
    let measured = measure(&pipeline, calls).await;
    let after = pipeline.metrics().await;

    println!("{calls} answered calls one at a time, {CALLERS} known callers");
    measured.raw.print();
    println!("webhook sent to 200 received: {}", Times::of(measured.acknowledged));
    for (name, what) in PARTS {
        let ((sum, count), (old_sum, old_count)) = (part(&after, name), part(&before, name));
        let (sum, count) = (sum - old_sum, count - old_count);
        let mean = if count > 0.0 { sum / count * 1e3 } else { 0.0 };
        println!("  mean {mean:.2} ms x {:.1} a call: {what}", count / calls as f64);
    }
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!("load after: {}", load.trim());
    let requested = Times::of(measured.requested);
    let mut bars = Bars::default();
    let line = format!("webhook sent to first request at Front: {requested} (p99 under 50 ms)");
    bars.judge(requested.p99_ms() < BAR_MS, &line);
    bars.exit_code()
}

fn main() -> ExitCode {
    let mut given = std::env::args().skip_while(|argument| argument != "--calls").skip(1);
    let calls = given.next().map_or(CALLS, |calls| calls.parse().expect("a number of calls"));
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(run(calls))
}
