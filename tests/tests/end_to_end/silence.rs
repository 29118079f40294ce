//! B53 no number, name, comment or token in logs, metrics or traces, at the `trace` level, also
//! across a kill, and in the demo.

use std::path::Path;
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use simulators::aircall::{GenerateConfig, generate};
use simulators::spec::{self, Location};
use tests::collector::Collector;
use tests::load::Load;
use tests::pipeline::{Options, Pipeline};
use tests::secrets;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child as Process, ChildStderr, Command};

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
/// a repeat, and nothing that the child says is about anybody: its log, its metrics, its traces.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b53_the_demo_is_silent_about_people_its_kill_meets_a_write_and_it_stays_until_told() {
    const CALLS: usize = 60;
    let dir = tempfile::tempdir().expect("a folder");
    let collector = Collector::start().await;
    let mut command = Command::new(BINARY);
    let arguments = ["demo", "--json", "--stay", "--seed", "31", "--log", "trace", "--calls"];
    command.args(arguments).arg(CALLS.to_string()).arg("--dir").arg(dir.path()).env_clear();
    command.arg("--otlp-endpoint").arg(collector.url());
    // Every request that the demo sends is judged, where the specification is at hand.
    if let (Some(_), Location::Given(spec)) = (spec::for_tests(), spec::path_from_environment()) {
        command.arg("--front-spec").arg(spec);
    }
    let demo = Demo::until_it_stays(command).await;
    let page = demo.page().await;
    assert!(page.contains("Aircall Phone"), "Front's page is there: {page}");
    let metrics = metrics_of(dir.path()).await;
    let told = demo.told_to_end().await;
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
    let events = look(dir.path(), &["events", "--topic", "calls"]).await;
    assert!(secrets::found_in(&secrets, &events).len() > 50, "these are the demo's people");
    let log = std::fs::read(dir.path().join("run.log")).expect("the child printed something");
    assert!(log.len() > 10_000, "the log is at trace level: {} bytes", log.len());
    let exported = collector.received();
    for (what, name) in [("a span", "dispatcher.attempt"), ("a metric", "callfold_ingest_requests")]
    {
        assert!(
            !secrets::found_in(&[name.to_owned()], &exported).is_empty(),
            "{what} was exported"
        );
    }
    for (place, said) in [("log", &log), ("metrics", &metrics), ("traces", &exported)] {
        assert_eq!(secrets::found_in(&secrets, said), Vec::<&str>::new(), "in the demo's {place}");
    }
}

/// A demo that has come to its end and stays.
struct Demo {
    process: Process,
    page_url: String,
    /// Whoever closes it makes the demo's next word fail.
    errors: Lines<BufReader<ChildStderr>>,
}

impl Demo {
    /// Starts it and waits until it says where to look.
    async fn until_it_stays(mut command: Command) -> Demo {
        let piped = command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut process = piped.spawn().expect("the program can be started");
        let mut lines = BufReader::new(process.stderr.take().expect("piped")).lines();
        let mut said = String::new();
        while let Some(line) = lines.next_line().await.expect("lines of text") {
            if let Some((_, url)) = line.split_once("Front's page") {
                let page_url = url.trim().to_owned();
                return Demo { process, page_url, errors: lines };
            }
            said.push_str(&line);
        }
        panic!("the demo ended instead of staying: {said}");
    }

    /// What a person sees at the address that was told.
    async fn page(&self) -> String {
        let answer = client().get(&self.page_url).send().await.expect("the page is there");
        answer.text().await.expect("a page is text")
    }

    /// Ends it as a person does; its document, beside which it has printed not one word.
    async fn told_to_end(self) -> serde_json::Value {
        let id = self.process.id().and_then(|id| i32::try_from(id).ok()).expect("it stays");
        let id = Pid::from_raw(id).expect("not 0");
        kill_process(id, Signal::INT).expect("it can be signalled");
        let output = self.process.wait_with_output().await.expect("it ends");
        drop(self.errors);
        let told = serde_json::from_slice(&output.stdout).expect("one document");
        assert!(output.status.success(), "{}: {told:#}", output.status);
        told
    }
}

/// What another command says about the log in the demo's folder.
async fn look(dir: &Path, arguments: &[&str]) -> Vec<u8> {
    let mut look = Command::new(BINARY);
    look.args(arguments).env_clear().env("CALLFOLD_LOG__DIR", dir.join("log"));
    look.output().await.expect("the program can be started").stdout
}

fn client() -> reqwest::Client {
    // It speaks plain http only, but is built with a TLS that must name its provider; another test of
    // this process may have installed it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().expect("a client without TLS")
}

/// The metrics of the demo's running child.
async fn metrics_of(dir: &Path) -> Vec<u8> {
    let status = look(dir, &["status", "--json"]).await;
    let status: serde_json::Value = serde_json::from_slice(&status).expect("one document");
    let address = status["process"]["telemetry"].as_str().expect("the child runs");
    let answer = client().get(format!("http://{address}/metrics")).send().await;
    let text = answer.expect("metrics answer").text().await.expect("metrics are text");
    assert!(text.contains("callfold_"), "there are metrics: {text}");
    text.into_bytes()
}
