//! B53 no number, name, comment or token in logs, metrics or traces, at the `trace` level, also
//! across a kill, and in the demo.

use simulators::aircall::{GenerateConfig, generate};
use simulators::spec::{self, Location};
use tests::collector::Collector;
use tests::load::Load;
use tests::pipeline::{Options, Pipeline};
use tests::secrets;
use tokio::process::Command;

use crate::{BINARY, now};

const SEED: u64 = 31;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b53_logs_metrics_and_traces_are_silent_about_people() {
    let collector = Collector::start().await;
    let mut load = Load::generate(SEED, 60, now());
    let mut options = Options::fast(BINARY).talkative(&collector);
    load.seat_agents(&mut options.simulator);
    options.variables.push(("CALLFOLD_AIRCALL__REGION".to_owned(), "FR".to_owned()));
    let mut pipeline = Pipeline::start(options).await;

    let half = load.left() / 2;
    load.send(&pipeline, half, std::future::pending()).await;
    pipeline.kill().await;
    pipeline.revive().await;
    load.send(&pipeline, half, std::future::pending()).await;
    pipeline.settle().await;
    secrets::nothing_private_was_said(&mut pipeline, &collector, &load.centre).await;
}

/// The quick form of the demo, with a kill that meets a write in hand: all is right, Front recognised
/// a repeat, and the child's log says nothing of anybody.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b53_the_demo_is_silent_about_people_and_its_kill_meets_a_write() {
    const CALLS: usize = 60;
    let dir = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(BINARY);
    let arguments = ["demo", "--json", "--seed", "31", "--log", "trace", "--calls"];
    command.args(arguments).arg(CALLS.to_string()).arg("--dir").arg(dir.path()).env_clear();
    // Every request that the demo sends is judged, where the specification is at hand.
    if let (Some(_), Location::Given(spec)) = (spec::for_tests(), spec::path_from_environment()) {
        command.arg("--front-spec").arg(spec);
    }
    let output = command.output().await.expect("the program can be started");
    let errors = String::from_utf8_lossy(&output.stderr);
    // Not one word beside the document.
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one document");
    assert!(output.status.success(), "{told:#}\n{errors}");
    for count in ["lost", "duplicated", "order_violations", "wrong"] {
        assert_eq!(told[count], 0, "{count}: {told:#}");
    }
    let repeats = told["repeats_recognised_by_front"].as_u64();
    assert!(repeats.is_some_and(|repeats| repeats >= 1), "{told:#}");

    // The seed makes the same people whenever their calls begin.
    let shape = GenerateConfig { seed: 31, calls: CALLS, ..GenerateConfig::default() };
    let centre = generate(&GenerateConfig { contacts: CALLS * 2 / 5, ..shape });
    let tokens = ["front-token-of-the-demo-31", "webhook-token-of-the-demo-31", "api-token"];
    let secrets = secrets::of(&centre, &tokens.map(str::to_owned));
    let mut look = Command::new(BINARY);
    look.args(["events", "--topic", "calls"]).env_clear();
    look.env("CALLFOLD_LOG__DIR", dir.path().join("log"));
    let events = look.output().await.expect("the program can be started").stdout;
    assert!(secrets::found_in(&secrets, &events).len() > 50, "these are the demo's people");
    let log = std::fs::read(dir.path().join("run.log")).expect("the child printed something");
    assert!(log.len() > 10_000, "the log is at trace level: {} bytes", log.len());
    assert_eq!(secrets::found_in(&secrets, &log), Vec::<&str>::new(), "in the demo's log");
}
