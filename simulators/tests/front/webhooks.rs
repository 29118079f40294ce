//! Application webhooks: challenged, signed over the raw bytes, tried again.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use base64::Engine;
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use simulators::front::{
    Act, Config, On, PayloadForm, SaveWebhookError, Simulator, Switches, WebhookTarget,
    WebhookTypeNames, What,
};
use simulators::spec;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc};

use super::caller::{Caller, import, quick, start};

const SECRET: &str = "application-secret";

/// Receives webhooks: refuses as many as it is told to, and hands on what it was sent.
struct Receiver {
    url: String,
    came: mpsc::Receiver<(HeaderMap, Bytes)>,
}

struct Manner {
    refusals: Mutex<u32>,
    echoes: bool,
    came: mpsc::Sender<(HeaderMap, Bytes)>,
}

impl Receiver {
    async fn start(refusals: u32, echoes: bool) -> Self {
        let (sender, came) = mpsc::channel(100);
        let manner = Arc::new(Manner { refusals: Mutex::new(refusals), echoes, came: sender });
        let router = Router::new().route("/hook", post(hook)).with_state(manner);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        // The task ends with the test's runtime.
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, came }
    }

    fn target(&self, form: PayloadForm) -> WebhookTarget {
        WebhookTarget { url: self.url.clone(), app_secret: SECRET.to_owned(), form }
    }

    async fn next(&mut self) -> (HeaderMap, Bytes) {
        let limit = std::time::Duration::from_secs(120);
        tokio::time::timeout(limit, self.came.recv()).await.unwrap().unwrap()
    }
}

async fn hook(State(manner): State<Arc<Manner>>, headers: HeaderMap, body: Bytes) -> Response {
    manner.came.send((headers.clone(), body)).await.unwrap();
    if let Some(challenge) = headers.get("x-front-challenge") {
        let challenge = challenge.to_str().unwrap();
        let echo = if manner.echoes { challenge } else { "something else" };
        return axum::Json(json!({"challenge": echo})).into_response();
    }
    let mut refusals = manner.refusals.lock().await;
    if *refusals > 0 {
        *refusals -= 1;
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    StatusCode::OK.into_response()
}

fn assert_signed(headers: &HeaderMap, body: &[u8]) {
    let timestamp = headers["x-front-request-timestamp"].to_str().unwrap();
    assert_eq!(timestamp.len(), 13, "milliseconds");
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(timestamp.as_bytes());
    mac.update(b":");
    mac.update(body);
    let expected = base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes());
    assert_eq!(headers["x-front-signature"], expected.as_str());
}

async fn archived(front: &Simulator, caller: &Caller) {
    caller.post("/inboxes/inb_1/imported_messages", import("1", true, 1)).await;
    front.settled().await;
    let by = "agent.one@example.com".to_owned();
    let on = On::Conversation("cnv_1".to_owned());
    front.act(&Act { by, on, what: What::Archive }).unwrap();
}

#[tokio::test]
async fn a_webhook_is_challenged_before_it_is_saved() {
    let (front, _caller) = start(quick()).await;
    let mut receiver = Receiver::start(0, true).await;
    front.save_webhook(receiver.target(PayloadForm::Full)).await.unwrap();
    let (headers, body) = receiver.next().await;
    assert_signed(&headers, &body);
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(body, json!({"type": "sync", "authorization": {"id": "cmp_1"}}));
    let liar = Receiver::start(0, false).await;
    let refused = front.save_webhook(liar.target(PayloadForm::Full)).await;
    assert!(matches!(refused, Err(SaveWebhookError::NotEchoed)));
    front.stop().await;
}

#[tokio::test]
async fn events_are_posted_signed_in_the_form_that_was_chosen() {
    for (form, names, name) in [
        (PayloadForm::Full, WebhookTypeNames::Long, "conversation_archived"),
        (PayloadForm::Preview, WebhookTypeNames::Short, "archive"),
        (PayloadForm::MergedRecipients, WebhookTypeNames::Long, "conversation_archived"),
    ] {
        let mut receiver = Receiver::start(0, true).await;
        let switches = Switches { webhook_type_names: names, ..Switches::default() };
        let webhook = Some(receiver.target(form));
        let (front, caller) = start(Config { webhook, switches, ..quick() }).await;
        archived(&front, &caller).await;
        let (headers, body) = receiver.next().await;
        assert_signed(&headers, &body);
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["type"], name);
        assert_eq!(body["authorization"]["id"], "cmp_1");
        assert_eq!(body["payload"]["type"], "archive");
        assert_eq!(body["payload"]["conversation"]["id"], "cnv_1");
        let told = !body["payload"]["conversation"]["subject"].is_null();
        assert_eq!(told, form != PayloadForm::Preview);
        if let (true, Some(spec)) = (told, spec::for_tests()) {
            let event = Some(&body["payload"]);
            assert_eq!(spec.check_response("GET", "/events/evt_1", 200, event), []);
        }
        front.stop().await;
    }
}

#[tokio::test]
async fn a_refused_event_is_tried_four_times_in_all() {
    for (refusals, tries, delivered) in [(2, 3, 1), (9, 4, 0)] {
        let mut receiver = Receiver::start(refusals, true).await;
        let webhook = Some(receiver.target(PayloadForm::Full));
        let (front, caller) = start(Config { webhook, ..quick() }).await;
        archived(&front, &caller).await;
        let mut bodies = Vec::new();
        for _ in 0..tries {
            let (headers, body) = receiver.next().await;
            assert_signed(&headers, &body);
            bodies.push(body);
        }
        bodies.dedup();
        assert_eq!(bodies.len(), 1, "the same body each time");
        let done =
            front.until_counts(|counts| counts.webhooks_delivered + counts.webhooks_lost == 1);
        tokio::time::timeout(std::time::Duration::from_secs(120), done).await.unwrap();
        assert_eq!(front.counts().webhooks_delivered, delivered);
        front.stop().await;
    }
}
