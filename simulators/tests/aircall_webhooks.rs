//! The sender: what arrives, what is sent again, and what turns a webhook off.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::routing::post;
use simulators::aircall::webhooks::CALL_EVENTS;
use simulators::aircall::{
    DeliveryKind, GenerateConfig, Irregularities, SendOptions, Simulator, SimulatorConfig, generate,
};

/// A receiver that answers what it is told to by the number of the request.
struct Receiver {
    url: String,
    bodies: Arc<Mutex<Vec<Bytes>>>,
}

async fn receiver(status: impl Fn(usize) -> u16 + Clone + Send + Sync + 'static) -> Receiver {
    let bodies = Arc::new(Mutex::new(Vec::new()));
    let count = Arc::new(AtomicUsize::new(0));
    let kept = bodies.clone();
    let handler = async move |body: Bytes| {
        kept.lock().unwrap().push(body);
        StatusCode::from_u16(status(count.fetch_add(1, Ordering::SeqCst))).unwrap()
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/webhooks/aircall", listener.local_addr().unwrap());
    let app = Router::new().route("/webhooks/aircall", post(handler));
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    Receiver { url, bodies }
}

async fn simulator(calls: usize) -> Simulator {
    let centre = generate(&GenerateConfig { calls, ..GenerateConfig::default() });
    Simulator::start(SimulatorConfig::new(centre)).await.unwrap()
}

/// Quick, and so patient that a busy machine answers in time.
fn quick() -> SendOptions {
    let timeout_ms = 120_000;
    SendOptions { window_ms: 200, retry_after_ms: 1, timeout_ms, ..SendOptions::default() }
}

#[tokio::test]
async fn every_delivery_arrives_with_its_token_and_is_reported() {
    let (receiver, simulator) = (receiver(|_| 200).await, simulator(40).await);
    let report = simulator.send_all(&receiver.url, "secret", &quick()).await.unwrap();
    assert_eq!(report.unacknowledged().count(), 0);
    assert_eq!(report.acknowledged().count(), receiver.bodies.lock().unwrap().len());
    assert!(report.latency_ms(0.5).unwrap() <= report.latency_ms(0.99).unwrap());
    let arrived: HashSet<Bytes> = receiver.bodies.lock().unwrap().iter().cloned().collect();
    for sent in &report.deliveries {
        assert!(arrived.contains(&sent.body));
        let body: serde_json::Value = serde_json::from_slice(&sent.body).unwrap();
        assert_eq!(body["token"], "secret");
        assert_eq!(body["timestamp"], sent.timestamp);
        assert_eq!(body["data"]["id"], sent.call_id);
    }
    let between = report.logged_between(simulator.centre(), 2_000);
    assert_eq!(between.len(), simulator.centre().calls.len());
    assert!(between.values().all(|(from, to)| from + 2_000 <= *to && *to < i64::MAX));
    let (planned, finished, acknowledged) = simulator.progress();
    assert_eq!((planned, finished), (acknowledged, acknowledged));
    simulator.stop().await;
}

#[tokio::test]
async fn what_is_refused_is_sent_again_until_it_is_taken() {
    let receiver = receiver(|number| if number % 3 == 0 { 503 } else { 200 }).await;
    let simulator = simulator(20).await;
    let report = simulator.send_all(&receiver.url, "t", &quick()).await.unwrap();
    assert_eq!(report.unacknowledged().count(), 0);
    assert!(report.deliveries.iter().any(|sent| sent.attempts.len() > 1));
    assert!(report.deliveries.iter().all(|sent| {
        sent.attempts.iter().rev().skip(1).all(|attempt| attempt.status == Some(503))
    }));
}

#[tokio::test]
async fn without_retries_each_delivery_is_tried_once() {
    let (receiver, simulator) = (receiver(|_| 500).await, simulator(20).await);
    let options = SendOptions { retries: false, disable_after: 0, ..quick() };
    let report = simulator.send_all(&receiver.url, "t", &options).await.unwrap();
    assert!(report.deliveries.iter().all(|sent| sent.attempts.len() == 1));
    assert_eq!(report.acknowledged().count(), 0);
}

#[tokio::test]
async fn failures_in_a_row_turn_the_webhook_off_and_a_put_turns_it_on() {
    let (receiver, simulator) = (receiver(|_| 500).await, simulator(20).await);
    let options = SendOptions { retries: false, disable_after: 10, concurrency: 1, ..quick() };
    let report = simulator.send_all(&receiver.url, "t", &options).await.unwrap();
    let tried = report.deliveries.iter().filter(|sent| !sent.attempts.is_empty()).count();
    assert!((10..report.deliveries.len()).contains(&tried), "{tried}");
    let hook = simulator.webhooks().remove(0);
    assert!(!hook.active);
    let client = client();
    let answer = client
        .put(format!("{}/v1/webhooks/{}", simulator.url(), hook.webhook_id))
        .basic_auth("api-id", Some("api-token"))
        .json(&serde_json::json!({"active": true, "events": ["call.ended"]}))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    let hook = simulator.webhooks().remove(0);
    assert!(hook.active);
    assert_eq!(hook.events, ["call.ended"]);
}

#[tokio::test]
async fn a_success_of_an_earlier_event_turns_the_webhook_on_again() {
    let receiver = receiver(|number| if number < 12 { 500 } else { 200 }).await;
    let simulator = simulator(10).await;
    let options = SendOptions { disable_after: 10, ..quick() };
    let report = simulator.send_all(&receiver.url, "t", &options).await.unwrap();
    assert!(simulator.webhooks()[0].active);
    assert!(report.acknowledged().count() > 0);
}

#[tokio::test]
async fn bodies_never_leave_this_machine() {
    let simulator = simulator(1).await;
    for url in ["https://127.0.0.1/", "http://192.0.2.1/", "http://example.com/", "nonsense"] {
        assert!(simulator.send_all(url, "t", &quick()).await.is_err(), "{url}");
    }
}

#[test]
fn the_irregularities_all_occur_and_can_be_turned_off() {
    let centre = generate(&GenerateConfig::default());
    let all: Vec<_> = centre.calls.iter().flat_map(|call| call.deliveries("t")).collect();
    for kind in [DeliveryKind::First, DeliveryKind::Repeat, DeliveryKind::Rebuilt] {
        assert!(all.iter().any(|delivery| delivery.kind == kind), "{kind:?}");
    }
    let overtaken = centre.calls.iter().any(|call| {
        let times: Vec<i64> = call.deliveries("t").iter().map(|d| d.timestamp).collect();
        !times.is_sorted()
    });
    assert!(overtaken);
    let plain =
        centre.calls.iter().flat_map(|call| call.deliveries_with("t", &Irregularities::NONE));
    assert!(plain.into_iter().all(|delivery| delivery.kind == DeliveryKind::First));
}

#[test]
fn every_published_call_event_occurs_and_no_other() {
    let centre = generate(&GenerateConfig { calls: 600, ..GenerateConfig::default() });
    let seen: HashSet<String> =
        centre.calls.iter().flat_map(|call| call.deliveries("t")).map(|d| d.event).collect();
    let published: HashSet<String> = CALL_EVENTS.map(str::to_owned).into();
    assert_eq!(seen, published);
}

fn client() -> reqwest::Client {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    reqwest::Client::builder().tls_backend_preconfigured(tls).no_proxy().build().unwrap()
}
