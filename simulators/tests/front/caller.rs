//! Calls a simulated Front as a program with its token does.

use reqwest::{Client, Method, redirect};
use serde_json::{Value, json};
use simulators::front::Simulator;

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
        // Another test of this process may have installed it already.
        let _first = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
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
