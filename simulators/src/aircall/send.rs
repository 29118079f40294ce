//! Sends the webhooks of a centre to a receiver, as Aircall does: at least once, several at a time,
//! again when refused, and not at all once the webhook is turned off.

mod attempt;
mod report;

pub use report::{Attempt, SendReport, Sent};

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::centre::Centre;
use super::deliveries::{Delivery, Irregularities};
use super::simulator::State;
use super::webhooks::Webhook;
use attempt::Sender;

/// How to send. Milliseconds, so that another process can say it as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SendOptions {
    /// All first deliveries lie in this window, at a constant rate.
    pub window_ms: u64,
    /// Requests at the same time.
    pub concurrency: usize,
    /// Send again what was refused or not answered in time.
    pub retries: bool,
    /// Attempts per delivery: one and 50 again, says the reference.
    pub attempts_max: u32,
    /// Pause before the next attempt. The real spacing is not documented; with 51 attempts this
    /// outlasts a receiver that is away for 25 s.
    pub retry_after_ms: u64,
    /// A delivery that has no answer by then has failed: 5 s in the reference.
    pub timeout_ms: u64,
    /// So many failures in a row turn the webhook off; 50 in the guide, 10 in older text; 0 is never.
    pub disable_after: u32,
    /// What goes wrong on the way.
    pub irregularities: Irregularities,
    /// Only these calls; all when empty.
    pub calls: Vec<i64>,
}

impl Default for SendOptions {
    fn default() -> Self {
        Self {
            window_ms: 20_000,
            concurrency: 64,
            retries: true,
            attempts_max: 51,
            retry_after_ms: 500,
            timeout_ms: 5_000,
            disable_after: 50,
            irregularities: Irregularities::default(),
            calls: Vec::new(),
        }
    }
}

/// A target that the simulator refuses to send to.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// Bodies are test data and go to this machine only.
    #[error("refused to send webhooks: the target must be an http URL with a loopback address")]
    NotLoopback,
    /// The id that was named is not known.
    #[error("refused to send webhooks: no webhook has the id {0}")]
    UnknownWebhook(String),
}

/// Every delivery of the centre's calls, by the time at which it is sent, then by call.
#[must_use]
pub fn plan(centre: &Centre, token: &str, options: &SendOptions) -> Vec<Delivery> {
    let wanted = |id| options.calls.is_empty() || options.calls.contains(&id);
    let mut all: Vec<Delivery> = centre
        .calls
        .iter()
        .filter(|call| wanted(call.id))
        .flat_map(|call| call.deliveries_with(token, &options.irregularities))
        .collect();
    all.sort_by_key(|delivery| (delivery.at_ms, delivery.call_id, delivery.kind));
    all
}

/// Sends everything and returns when each delivery is acknowledged or given up.
pub(super) async fn send_all(
    state: &Arc<State>,
    webhook: &Webhook,
    options: &SendOptions,
) -> Result<SendReport, SendError> {
    loopback_only(&webhook.url)?;
    let deliveries = plan(&state.centre, &webhook.token, options);
    let slot_us = options.window_ms * 1_000 / u64::try_from(deliveries.len().max(1)).unwrap_or(1);
    let began = Instant::now();
    let sender = Arc::new(Sender {
        client: client(),
        state: state.clone(),
        webhook_id: webhook.webhook_id.clone(),
        url: webhook.url.clone(),
        options: options.clone(),
        requests: Semaphore::new(options.concurrency.max(1)),
        began,
    });
    state.progress.begin(deliveries.len());
    // As many tasks as deliveries, most of them asleep: the centre's size is the limit.
    let mut tasks = JoinSet::new();
    let mut at = began;
    for (index, delivery) in deliveries.into_iter().enumerate() {
        // Attempts of the same moment stay together: that is how doubled deliveries arrive.
        if delivery.kind == super::DeliveryKind::First {
            at = began + Duration::from_micros(slot_us * u64::try_from(index).unwrap_or(0));
        }
        let (sender, at) = (sender.clone(), at);
        tasks.spawn(async move { (index, sender.deliver(delivery, at).await) });
    }
    let mut sent = tasks.join_all().await;
    sent.sort_by_key(|(index, _)| *index);
    let deliveries = sent.into_iter().map(|(_, sent)| sent).collect();
    Ok(SendReport { began, deliveries })
}

fn loopback_only(url: &str) -> Result<(), SendError> {
    let url = reqwest::Url::parse(url).map_err(|_| SendError::NotLoopback)?;
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let loopback = host == "localhost"
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    if url.scheme() == "http" && loopback { Ok(()) } else { Err(SendError::NotLoopback) }
}

/// A client that never speaks TLS: it gets a configuration without roots, so that no process-wide
/// provider is needed.
fn client() -> reqwest::Client {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring supports the default protocol versions")
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .expect("a client with a given TLS configuration can be built")
}
