//! A call can be followed from the webhook to the write at Front in one trace, and metrics arrive:
//! at a collector that the test plays. Nothing private is in them, nor in the log at trace level.

use std::collections::{HashMap, HashSet};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use rustix::process::{Pid, Signal, kill_process};
use simulators::aircall::centre::Qualification;
use simulators::aircall::{
    GenerateConfig, Irregularities, SendOptions, Simulator, SimulatorConfig, generate,
};
use simulators::front;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::Command;

#[derive(Clone, Default)]
struct Received {
    spans: Arc<Mutex<Vec<Span>>>,
    metrics: Arc<Mutex<HashSet<String>>>,
    bytes: Arc<Mutex<Vec<u8>>>,
}

async fn traces(State(received): State<Received>, headers: HeaderMap, body: Bytes) {
    assert_eq!(headers["content-type"], "application/x-protobuf");
    received.bytes.lock().expect("held for a moment").extend_from_slice(&body);
    let request = ExportTraceServiceRequest::decode(body).expect("OTLP");
    let spans = request.resource_spans.into_iter().flat_map(|it| it.scope_spans);
    received.spans.lock().expect("held for a moment").extend(spans.flat_map(|it| it.spans));
}

async fn metrics(State(received): State<Received>, body: Bytes) {
    received.bytes.lock().expect("held for a moment").extend_from_slice(&body);
    let request = ExportMetricsServiceRequest::decode(body).expect("OTLP");
    let metrics = request.resource_metrics.into_iter().flat_map(|it| it.scope_metrics);
    let names = metrics.flat_map(|it| it.metrics).map(|it| it.name);
    received.metrics.lock().expect("held for a moment").extend(names);
}

async fn collector() -> (Received, String) {
    let received = Received::default();
    let app = Router::new()
        .route("/v1/traces", post(traces))
        .route("/v1/metrics", post(metrics))
        .with_state(received.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move { axum::serve(listener, app).await });
    (received, format!("http://{address}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_one_trace_from_the_webhook_to_front() {
    let dir = tempfile::tempdir().expect("a folder");
    let (received, endpoint) = collector().await;
    let centre = generate(&GenerateConfig { calls: 10, contacts: 5, ..GenerateConfig::default() });
    let emails = centre.agents.iter().filter(|it| it.in_front).map(|it| it.email.to_lowercase());
    let teammates = emails.map(|email| front::TeammateSeed::from_email(&email)).collect();
    let front = front::Simulator::start_for_tests(front::Config {
        teammates,
        limits: front::Limits { requests_per_minute: 6_000, burst: 3_000, ..Default::default() },
        visible_delay_ms: front::Span { min: 1, max: 10 },
        ..front::Config::default()
    })
    .await
    .expect("a Front");
    let mut run = Command::new(env!("CARGO_BIN_EXE_callfold"))
        .arg("run")
        .current_dir(dir.path())
        .env_clear()
        .env("CALLFOLD_INGEST__LISTEN", "127.0.0.1:0")
        .env("CALLFOLD_TELEMETRY__LISTEN", "127.0.0.1:0")
        .env("CALLFOLD_TELEMETRY__OTLP_ENDPOINT", &endpoint)
        .env("CALLFOLD_TELEMETRY__LOG", "trace")
        .env("CALLFOLD_AIRCALL__WEBHOOK_TOKEN", "sesame-of-aircall")
        .env("CALLFOLD_AIRCALL__SETTLE_S", "1")
        .env("CALLFOLD_FRONT__API_URL", front.url())
        .env("CALLFOLD_FRONT__TOKEN", front.token())
        .env("CALLFOLD_FRONT__REQUESTS_PER_RESOURCE_S", "100")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("the executable starts");
    let mut lines = BufReader::new(run.stdout.take().expect("piped")).lines();
    let ingest = loop {
        let line = lines.next_line().await.expect("readable").expect("it names its address");
        if line.trim_start().starts_with("webhooks") {
            break line.split("http://").nth(1).expect("an address").trim().to_owned();
        }
    };
    let aircall = Simulator::start(SimulatorConfig::new(centre)).await.expect("an Aircall");
    let options = SendOptions {
        window_ms: 1,
        irregularities: Irregularities::NONE,
        ..SendOptions::default()
    };
    let sent = aircall.send_all(&format!("http://{ingest}"), "sesame-of-aircall", &options).await;
    assert_eq!(sent.expect("sent").unacknowledged().count(), 0);
    wait_for_calls(&front, aircall.centre().calls.len()).await;
    let id = i32::try_from(run.id().expect("it runs")).expect("an id");
    kill_process(Pid::from_raw(id).expect("not 0"), Signal::TERM).expect("it can be signalled");
    let output = run.wait_with_output().await.expect("it ends");
    let errors = String::from_utf8(output.stderr).expect("text");
    assert!(output.status.success(), "{errors}");
    assert_eq!(front.violations(), [], "against Front's specification");

    let spans = received.spans.lock().expect("held for a moment").clone();
    let mut traces: HashMap<Vec<u8>, HashSet<String>> = HashMap::new();
    for span in &spans {
        traces.entry(span.trace_id.clone()).or_default().insert(span.name.clone());
    }
    let whole = ["webhook", "fold", "dispatcher.attempt"];
    let followed = traces.values().filter(|names| whole.iter().all(|name| names.contains(*name)));
    assert!(followed.count() >= 5, "traces: {traces:?}");
    missed_calls_are_followed(&spans, &traces, aircall.centre());
    let metrics = received.metrics.lock().expect("held for a moment").clone();
    assert!(metrics.contains("callfold_ingest_requests_total"), "{metrics:?}");
    let bytes = received.bytes.lock().expect("held for a moment").clone();
    nothing_private(&String::from_utf8_lossy(&bytes), aircall.centre());
    nothing_private(&errors, aircall.centre());
}

/// B13: what waited for the settle time belongs to the trace of the webhook that it waited after.
fn missed_calls_are_followed(
    spans: &[Span],
    traces: &HashMap<Vec<u8>, HashSet<String>>,
    centre: &simulators::aircall::Centre,
) {
    let missed: Vec<i64> = centre
        .calls
        .iter()
        .filter(|call| call.qualification() == Qualification::Missed)
        .map(|call| call.id)
        .collect();
    assert!(!missed.is_empty(), "another seed: nobody missed a call");
    for call in missed {
        let effect = format!("call:{call}:main");
        let attempts = spans.iter().filter(|span| {
            span.name == "dispatcher.attempt" && attribute(span, "effect") == Some(&effect)
        });
        let mut seen = 0;
        for attempt in attempts {
            let names = &traces[&attempt.trace_id];
            assert!(names.contains("webhook") && names.contains("fold.due"), "{effect}: {names:?}");
            seen += 1;
        }
        assert!(seen > 0, "{effect} was sent");
    }
}

/// A text that a span carries.
fn attribute<'a>(span: &'a Span, key: &str) -> Option<&'a String> {
    let value = span.attributes.iter().find(|it| it.key == key)?.value.as_ref()?;
    match value.value.as_ref()? {
        Value::StringValue(text) => Some(text),
        _ => None,
    }
}

/// Until Front has the main activity of this many calls.
async fn wait_for_calls(front: &front::Simulator, calls: usize) {
    let all = async {
        let mut ticks = tokio::time::interval(Duration::from_millis(20));
        loop {
            ticks.tick().await;
            let main: HashSet<String> = front
                .requests()
                .into_iter()
                .filter_map(|request| request.external_id)
                .filter(|id| id.ends_with(":main"))
                .collect();
            if main.len() >= calls {
                break;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(180), all).await.expect("all calls reach Front");
}

/// No number, name, comment or token, at any level, also not from libraries.
fn nothing_private(text: &str, centre: &simulators::aircall::Centre) {
    assert!(!text.is_empty());
    assert!(!text.contains("sesame"), "a token");
    assert!(!text.contains("front-simulator-token"), "a token");
    for contact in &centre.contacts {
        let digits = contact.number.e164.trim_start_matches('+');
        assert!(!text.contains(digits), "a contact's number");
        assert!(!text.contains(&contact.number.display), "a contact's number");
        let card = contact.card.iter();
        for name in card.flat_map(|card| [&card.first_name, &card.last_name]) {
            // A shorter one may be a word of the log's own.
            assert!(name.chars().count() < 5 || !text.contains(name), "a contact's name");
        }
    }
    for line in &centre.lines {
        let digits = line.number.e164.trim_start_matches('+');
        assert!(!text.contains(digits), "a line's number");
        assert!(!text.contains(&line.number.display), "a line's number");
    }
    for call in &centre.calls {
        for comment in &call.comments {
            assert!(comment.text.len() < 4 || !text.contains(&comment.text), "a comment");
        }
    }
    for agent in &centre.agents {
        assert!(!text.contains(&agent.name) && !text.contains(&agent.email), "an agent's name");
    }
}
