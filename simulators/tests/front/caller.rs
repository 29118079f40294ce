//! Calls a simulated Front as a program with its token does.

use std::sync::Arc;

use reqwest::{Client, Method, redirect};
use serde_json::{Value, json};
use simulators::front::{Config, Limits, Simulator, Span};

/// A quick Front with generous limits: tests that are about neither should not meet them.
pub fn quick() -> Config {
    Config {
        visible_delay_ms: Span { min: 1, max: 10 },
        limits: Limits {
            requests_per_minute: 100_000,
            per_resource_per_s: 10_000,
            ..Limits::default()
        },
        ..Config::default()
    }
}

/// Starts a Front that checks everything against the specification where that is.
pub async fn start(config: Config) -> (Simulator, Caller) {
    let front = Simulator::start_for_tests(config).await.unwrap();
    let caller = Caller::new(&front);
    (front, caller)
}

/// Stops it after a test that sent nothing wrong.
pub async fn finish(front: Simulator) {
    assert_eq!(front.violations(), [], "against the specification");
    front.stop().await;
}

/// A client of one simulator.
pub struct Caller {
    client: Client,
    base: String,
    token: String,
}

/// What came back.
#[derive(Debug)]
pub struct Came {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: Value,
}

impl Caller {
    pub fn new(simulator: &Simulator) -> Self {
        let tls = rustls::ClientConfig::builder_with_provider(Arc::new(
            rustls::crypto::ring::default_provider(),
        ))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .build()
            .expect("a client without options that can fail");
        Self { client, base: simulator.url(), token: simulator.token() }
    }

    pub fn with_token(mut self, token: &str) -> Self {
        self.token = token.to_owned();
        self
    }

    /// Sends, and says why not when the connection ended without an answer.
    pub async fn try_send(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> reqwest::Result<Came> {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let mut request =
            self.client.request(method, format!("{}{path}", self.base)).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await?;
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Ok(Came { status, headers, body })
    }

    pub async fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Came {
        self.try_send(method, path, body).await.unwrap()
    }

    pub async fn get(&self, path: &str) -> Came {
        self.send("GET", path, None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Came {
        self.send("POST", path, Some(&body)).await
    }
}

/// A main activity of an answered or missed call of a customer.
pub fn import(external_id: &str, inbound: bool, created_at: i64) -> Value {
    let (customer, line) = ("+33612345678", "+33187654321");
    let (sender, to) = if inbound { (customer, line) } else { (line, customer) };
    json!({
        "sender": {"handle": sender},
        "to": [to],
        "subject": "Missed call - Support FR",
        "body": "Missed call on Support FR",
        "external_id": external_id,
        "created_at": created_at,
        "type": "custom",
        "metadata": {
            "thread_ref": "contact:+33612345678",
            "is_inbound": inbound,
            "is_archived": false,
            "should_skip_rules": false,
        },
    })
}
