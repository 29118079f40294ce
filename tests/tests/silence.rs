//! B53 no number, name, comment or token in logs, metrics or traces, at the `trace` level, also
//! across a kill.

use tests::collector::Collector;
use tests::load::Load;
use tests::pipeline::{Options, Pipeline};
use tests::secrets;

const BINARY: &str = env!("CARGO_BIN_EXE_callfold-with-crash-points");
const SEED: u64 = 31;

#[allow(clippy::disallowed_methods, reason = "a test that plays calls of today must know today")]
fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b53_logs_metrics_and_traces_are_silent_about_people() {
    let collector = Collector::start().await;
    let mut load = Load::generate(SEED, 60, now());
    let mut options = Options::fast(BINARY);
    load.seat_agents(&mut options.simulator);
    options.variables = vec![
        ("CALLFOLD_TELEMETRY__LOG".to_owned(), "trace".to_owned()),
        ("CALLFOLD_TELEMETRY__OTLP_ENDPOINT".to_owned(), collector.url()),
        ("CALLFOLD_AIRCALL__REGION".to_owned(), "FR".to_owned()),
    ];
    let mut pipeline = Pipeline::start(options).await;
    let tokens = [tests::journey::TOKEN.to_owned(), pipeline.front.token()];
    let secrets = secrets::of(&load.centre, &tokens);
    assert!(secrets.len() > 100, "there is much to be silent about: {}", secrets.len());

    let half = load.left() / 2;
    load.send(&pipeline, half, std::future::pending()).await;
    pipeline.kill().await;
    pipeline.revive().await;
    load.send(&pipeline, half, std::future::pending()).await;
    pipeline.settle().await;

    let metrics = pipeline.metrics().await;
    assert!(metrics.contains("callfold_"), "there are metrics: {metrics}");
    let child = pipeline.child.take().expect("the program runs");
    let output = pipeline.dir().join("output.txt");
    // The last spans are exported at the orderly end.
    assert!(child.stop().await.success(), "an orderly end");
    let log = std::fs::read(output).expect("the program printed something");
    assert!(log.len() > 10_000, "the log is at trace level: {} bytes", log.len());
    let traces = collector.received();
    assert!(!traces.is_empty(), "spans were exported");

    assert_eq!(secrets::found_in(&secrets, &log), Vec::<&str>::new(), "in the log");
    assert_eq!(secrets::found_in(&secrets, metrics.as_bytes()), Vec::<&str>::new(), "in metrics");
    assert_eq!(secrets::found_in(&secrets, &traces), Vec::<&str>::new(), "in traces");
}
