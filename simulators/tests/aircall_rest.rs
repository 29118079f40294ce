//! The REST API as the reference has it: authentication, pages, filters, limits and webhooks.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use std::sync::Arc;

use reqwest::{Method, Response};
use serde_json::{Value, json};
use simulators::aircall::{Centre, GenerateConfig, Simulator, SimulatorConfig, generate};

struct Api {
    simulator: Simulator,
    client: reqwest::Client,
}

impl Api {
    async fn start(change: impl FnOnce(&mut SimulatorConfig)) -> Self {
        let centre = generate(&GenerateConfig { calls: 130, ..GenerateConfig::default() });
        let mut config = SimulatorConfig::new(centre);
        change(&mut config);
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth();
        let client =
            reqwest::Client::builder().tls_backend_preconfigured(tls).no_proxy().build().unwrap();
        Self { simulator: Simulator::start(config).await.unwrap(), client }
    }

    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Response {
        let url = if path.starts_with("http") {
            path.to_owned()
        } else {
            self.simulator.url().to_owned() + path
        };
        let request = self.client.request(method, url).basic_auth("api-id", Some("api-token"));
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        request.send().await.unwrap()
    }

    async fn get(&self, path: &str) -> Value {
        let answer = self.ask(Method::GET, path, None).await;
        assert_eq!(answer.status(), 200, "{path}");
        answer.json().await.unwrap()
    }

    fn centre(&self) -> &Centre {
        self.simulator.centre()
    }

    /// All ids of a list, page by page over `next_page_link`.
    async fn all(&self, path: &str, name: &str) -> Vec<i64> {
        let mut ids = Vec::new();
        let mut next = Some(path.to_owned());
        while let Some(path) = next {
            let page = self.get(&path).await;
            let items = page[name].as_array().unwrap();
            assert_eq!(page["meta"]["count"], items.len());
            ids.extend(items.iter().map(|item| item["id"].as_i64().unwrap()));
            next = page["meta"]["next_page_link"].as_str().map(str::to_owned);
        }
        ids
    }
}

#[tokio::test]
async fn credentials_are_asked_for_and_checked() {
    let api = Api::start(|_| {}).await;
    let url = format!("{}/v1/ping", api.simulator.url());
    let none = api.client.get(&url).send().await.unwrap();
    assert_eq!(none.status(), 401);
    assert_eq!(none.json::<Value>().await.unwrap(), json!({"message": "Unauthorized"}));
    let wrong = api.client.get(&url).basic_auth("api-id", Some("no")).send().await.unwrap();
    assert_eq!(wrong.status(), 403);
    assert_eq!(wrong.json::<Value>().await.unwrap(), json!({"message": "Forbidden"}));
    assert_eq!(api.get("/v1/ping").await, json!({"ping": "pong"}));
    assert_eq!(api.ask(Method::GET, "/v1/nothing", None).await.status(), 404);
}

#[tokio::test]
async fn the_list_of_calls_is_complete_over_its_links_in_both_orders() {
    let api = Api::start(|_| {}).await;
    let mut ids: Vec<i64> = api.centre().calls.iter().map(|call| call.id).collect();
    assert_eq!(api.all("/v1/calls?per_page=50", "calls").await, ids);
    ids.reverse();
    assert_eq!(api.all("/v1/calls?order=desc", "calls").await, ids);
    let page = api.get("/v1/calls?per_page=500").await;
    assert_eq!(page["meta"]["per_page"], 50);
    assert_eq!(page["meta"]["total"], ids.len());
    let link = page["meta"]["next_page_link"].as_str().unwrap();
    assert!(link.starts_with(api.simulator.url()), "{link}");
}

#[tokio::test]
async fn from_and_to_are_about_the_start_and_stay_in_the_links() {
    let api = Api::start(|_| {}).await;
    let calls = &api.centre().calls;
    let (from, to) = (calls[20].started_at, calls[90].started_at);
    let within = calls.iter().filter(|call| (from..=to).contains(&call.started_at));
    let ids: Vec<i64> = within.map(|call| call.id).collect();
    let path = format!("/v1/calls?from={from}&to={to}&order=asc");
    assert_eq!(api.all(&path, "calls").await, ids);
}

#[tokio::test]
async fn calls_are_as_known_at_the_simulators_clock() {
    let api = Api::start(|config| config.now = config.centre.start_at + 3_600).await;
    let now = api.centre().start_at + 3_600;
    let listed = api.all("/v1/calls?per_page=50", "calls").await;
    let begun: Vec<i64> =
        api.centre().calls.iter().filter(|c| c.started_at <= now).map(|c| c.id).collect();
    assert_eq!(listed, begun);
    let later = api.centre().calls.last().unwrap().id;
    let path = format!("/v1/calls/{later}");
    assert_eq!(api.ask(Method::GET, &path, None).await.status(), 404);
}

#[tokio::test]
async fn older_calls_are_not_listed_but_can_be_read() {
    let api = Api::start(|config| config.now = config.centre.start_at + 200 * 86_400).await;
    assert!(api.all("/v1/calls", "calls").await.is_empty());
    let call = &api.centre().calls[0];
    let body = api.get(&format!("/v1/calls/{}", call.id)).await;
    assert_eq!(body["call"]["ended_at"], call.ended_at);
}

#[tokio::test]
async fn no_page_shows_an_item_past_the_ten_thousandth() {
    let centre = generate(&GenerateConfig { calls: 10_060, ..GenerateConfig::default() });
    let api = Api::start(|config| *config = SimulatorConfig::new(centre)).await;
    let last = api.get("/v1/calls?page=200&per_page=50").await;
    assert_eq!(last["calls"].as_array().unwrap().len(), 50);
    assert_eq!(last["meta"]["next_page_link"], Value::Null);
    let past = api.ask(Method::GET, "/v1/calls?page=201&per_page=50", None).await;
    assert_eq!(past.status(), 400);
}

#[tokio::test]
async fn a_call_has_explicit_nulls_and_its_contact_only_when_asked_for() {
    let api = Api::start(|_| {}).await;
    let calls = &api.centre().calls;
    let known = |call: &&simulators::aircall::GeneratedCall| match &call.customer {
        simulators::aircall::centre::Customer::Contact(contact) => contact.card.is_some(),
        _ => false,
    };
    let missed = |call: &&simulators::aircall::GeneratedCall| call.answered_at.is_none();
    let id = calls.iter().filter(known).find(missed).unwrap().id;
    let plain = api.get(&format!("/v1/calls/{id}")).await;
    let call = plain["call"].as_object().unwrap();
    for key in ["contact", "transferred_by", "transferred_to", "answered_at", "recording"] {
        assert_eq!(call[key], Value::Null, "{key}");
    }
    assert!(call.contains_key("sid") && !call.contains_key("call_uuid"));
    let full = api.get(&format!("/v1/calls/{id}?fetch_contact=true")).await;
    assert!(full["call"]["contact"]["id"].is_i64());
}

#[tokio::test]
async fn the_company_tells_its_lines_users_and_teams() {
    let api = Api::start(|_| {}).await;
    let line = &api.centre().lines[0];
    let list = api.get("/v1/numbers").await;
    assert_eq!(list["numbers"][0].get("users"), None);
    let one = api.get(&format!("/v1/numbers/{}", line.id)).await;
    assert_eq!(one["number"]["users"].as_array().unwrap().len(), line.agents.len());
    assert_eq!(one["number"]["name"], line.name);
    let agent = &api.centre().agents[0];
    let by_mail = api.get(&format!("/v2/users/{}", agent.email)).await;
    assert_eq!(by_mail["user"]["id"], agent.id);
    assert_eq!(api.all("/v2/users?per_page=5", "users").await.len(), api.centre().agents.len());
    assert_eq!(api.all("/v1/teams", "teams").await.len(), api.centre().teams.len());
    let company = api.get("/v1/company").await;
    assert_eq!(company["company"]["numbers_count"], api.centre().lines.len());
}

#[tokio::test]
async fn the_company_limit_refuses_with_its_headers() {
    let api = Api::start(|config| config.requests_per_minute = 3).await;
    for _ in 0..3 {
        let answer = api.ask(Method::GET, "/v1/ping", None).await;
        assert_eq!(answer.status(), 200);
        assert!(answer.headers().get("x-aircallapi-limit").is_none());
    }
    let refused = api.ask(Method::GET, "/v1/ping", None).await;
    assert_eq!(refused.status(), 429);
    assert_eq!(refused.headers()["x-aircallapi-limit"], "3");
    assert_eq!(refused.headers()["x-aircallapi-remaining"], "0");
    assert!(refused.headers().contains_key("x-aircallapi-reset"));
    assert!(!refused.headers().contains_key("retry-after"));
}

#[tokio::test]
async fn webhooks_can_be_made_read_changed_and_deleted() {
    let api = Api::start(|_| {}).await;
    let body = json!({"url": "http://127.0.0.1:1/x", "events": ["call.ended", "call.created"]});
    let made = api.ask(Method::POST, "/v1/webhooks", Some(body)).await;
    assert_eq!(made.status(), 201);
    let hook = made.json::<Value>().await.unwrap()["webhook"].clone();
    let path = format!("/v1/webhooks/{}", hook["webhook_id"].as_str().unwrap());
    assert_eq!(hook["token"].as_str().unwrap().len(), 32);
    assert_eq!(api.get(&path).await["webhook"], hook);
    let put = async |path: String, body: Value| {
        let answer = api.ask(Method::PUT, &path, Some(body)).await;
        answer.json::<Value>().await.unwrap()["webhook"].clone()
    };
    let amended =
        put(format!("{path}?events_action=add"), json!({"events": ["call.tagged"]})).await;
    assert_eq!(amended["events"].as_array().unwrap().len(), 3);
    let fewer =
        put(format!("{path}?events_action=remove"), json!({"events": ["call.ended"]})).await;
    assert_eq!(fewer["events"], json!(["call.created", "call.tagged"]));
    // The trap of the real service: without events it is subscribed to everything.
    let all = put(path.clone(), json!({"active": true})).await;
    assert_eq!(all["events"].as_array().unwrap().len(), 19);
    assert_eq!(api.get("/v1/webhooks").await["webhooks"].as_array().unwrap().len(), 1);
    assert_eq!(api.ask(Method::DELETE, &path, None).await.status(), 204);
    assert_eq!(api.ask(Method::GET, &path, None).await.status(), 404);
}

#[tokio::test]
async fn impossible_webhooks_are_refused() {
    let api = Api::start(|_| {}).await;
    let none = api.ask(Method::POST, "/v1/webhooks", Some(json!({}))).await;
    assert_eq!(none.status(), 400);
    let body = json!({"url": "http://127.0.0.1:1/x", "events": ["call.missed"]});
    assert_eq!(api.ask(Method::POST, "/v1/webhooks", Some(body)).await.status(), 400);
}

#[tokio::test]
async fn another_process_can_have_everything_sent() {
    let api = Api::start(|_| {}).await;
    let receiver = Api::start(|_| {}).await;
    // Any server will do: what is not found is refused, once each.
    let body = json!({
        "url": format!("{}/nothing", receiver.simulator.url()),
        "token": "t",
        "options": {"window_ms": 10, "retries": false, "disable_after": 0},
    });
    let answer = api.ask(Method::POST, "/_sim/send", Some(body)).await;
    assert_eq!(answer.status(), 200);
    let report: Value = answer.json().await.unwrap();
    let deliveries = report["deliveries"].as_array().unwrap();
    assert!(deliveries.iter().all(|one| one["attempts"][0]["status"] == 404));
    assert_eq!(api.get("/_sim/progress").await["finished"], deliveries.len());
    assert_eq!(api.get("/_sim/calls").await.as_array().unwrap().len(), api.centre().calls.len());
}
