//! Application webhooks: every event is posted, signed over the raw bytes, and tried again a few
//! times.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::sync::{Semaphore, mpsc};

use super::config::{PayloadForm, WebhookTarget};
use super::events::Target;
use super::shared::Shared;
use super::switches::WebhookTypeNames;
use super::world::World;

/// Events that wait for their delivery, at most: more than any test makes while its receiver is
/// away. Later ones are lost and counted, as Front gives up in the end.
pub(super) const QUEUE_MAX: usize = 10_000;
/// Deliveries under way at once: Front promises no order, and a slow one must not stop the others.
const DELIVERIES_MAX: usize = 4;
/// Tries after the first one.
const RETRIES: u32 = 3;
/// Before the first retry; doubled for each further one. Front does not say how long it waits.
const RETRY_WAIT: Duration = Duration::from_millis(500);

/// Why a webhook was not saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveWebhookError {
    /// The target did not answer.
    #[error("the webhook's target did not answer the challenge")]
    Unreachable(#[source] reqwest::Error),
    /// The target refused.
    #[error("the webhook's target answered the challenge with {0}, 200 was expected")]
    Status(u16),
    /// The target answered something else.
    #[error("the webhook's target did not echo the challenge")]
    NotEchoed,
}

/// An event on its way, as it will be sent.
#[derive(Debug)]
pub(super) struct Delivery {
    target: WebhookTarget,
    body: Vec<u8>,
}

/// `x-front-signature`: HMAC-SHA256 with the application's secret over the time, a colon and the
/// raw body, in base64.
pub(super) fn sign(app_secret: &str, timestamp_ms: i64, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(app_secret.as_bytes())
        .expect("HMAC takes keys of any length");
    mac.update(format!("{timestamp_ms}:").as_bytes());
    mac.update(body);
    STANDARD.encode(mac.finalize().into_bytes())
}

impl World {
    /// The deliveries of the events since the last call.
    pub(super) fn take_deliveries(&mut self) -> Vec<Delivery> {
        let events = std::mem::take(&mut self.unsent_events);
        let Some(target) = self.config.webhook.clone() else { return Vec::new() };
        let deliver = |index: usize| Delivery {
            body: self.envelope(index, target.form).to_string().into_bytes(),
            target: target.clone(),
        };
        events.into_iter().map(deliver).collect()
    }

    fn envelope(&self, index: usize, form: PayloadForm) -> Value {
        let event = &self.events[index];
        let full = self.render_event(event);
        let payload = match form {
            PayloadForm::Full => full,
            PayloadForm::Preview => preview(&full),
            PayloadForm::MergedRecipients => {
                let mut merged = full;
                if matches!(event.target, Target::Message(_)) {
                    merge_recipients(&mut merged["target"]["data"]["recipients"]);
                }
                merged
            }
        };
        let (short, long) = event.kind.names();
        let name = match self.config.switches.webhook_type_names {
            WebhookTypeNames::Long => long,
            WebhookTypeNames::Short => short,
        };
        json!({
            "type": name,
            "authorization": {"id": self.config.company_id},
            "payload": payload,
        })
    }
}

/// Ids, types and links, without anything that was written.
fn preview(full: &Value) -> Value {
    let conversation = &full["conversation"];
    let mut shown = json!({
        "_links": full["_links"],
        "id": full["id"],
        "type": full["type"],
        "emitted_at": full["emitted_at"],
        "source": {"_meta": full["source"]["_meta"]},
        "conversation": {"_links": conversation["_links"], "id": conversation["id"]},
    });
    if let Some(target) = full.get("target") {
        shown["target"] = json!({"_meta": target["_meta"]});
        if let Some(id) = target["data"].get("id") {
            shown["target"]["data"] = json!({"_links": target["data"]["_links"], "id": id});
        }
    }
    shown
}

/// Keeps the first recipient of each handle.
fn merge_recipients(recipients: &mut Value) {
    let mut seen = Vec::new();
    if let Some(recipients) = recipients.as_array_mut() {
        recipients.retain(|recipient| {
            let is_new = !seen.contains(&recipient["handle"]);
            seen.push(recipient["handle"].clone());
            is_new
        });
    }
}

/// Delivers until the simulator stops.
pub(super) async fn deliver_all(shared: Arc<Shared>, mut queue: mpsc::Receiver<Delivery>) {
    let client = client();
    let places = Arc::new(Semaphore::new(DELIVERIES_MAX));
    loop {
        let delivery = tokio::select! {
            () = shared.stop.cancelled() => return,
            delivery = queue.recv() => delivery,
        };
        let Some(delivery) = delivery else { return };
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let (owner, client) = (Arc::clone(&shared), client.clone());
        shared.tasks.spawn(async move {
            let delivered = tokio::select! {
                () = owner.stop.cancelled() => return,
                delivered = deliver(&owner, &client, &delivery) => delivered,
            };
            owner.gate().records.count_webhook(delivered);
            owner.changed();
            drop(place);
        });
    }
}

async fn deliver(shared: &Shared, client: &reqwest::Client, delivery: &Delivery) -> bool {
    let mut wait = RETRY_WAIT;
    // An answer that takes longer counts as a refusal.
    let timeout = patience(shared) / 2;
    for attempt in 0..=RETRIES {
        let request = signed(shared, client, &delivery.target, delivery.body.clone());
        let answer = request.timeout(timeout).send().await;
        if answer.is_ok_and(|answer| answer.status().is_success()) {
            return true;
        }
        if attempt < RETRIES {
            tokio::time::sleep(wait).await;
            wait *= 2;
        }
    }
    false
}

fn patience(shared: &Shared) -> Duration {
    Duration::from_secs(shared.gate().world.config.webhook_patience_s)
}

/// Asks the target to echo a challenge, as Front does when a webhook is saved.
pub(super) async fn challenge(
    shared: &Shared,
    target: &WebhookTarget,
) -> Result<(), SaveWebhookError> {
    let (challenge, company_id) = {
        let mut gate = shared.gate();
        (gate.world.next_uid(), gate.world.config.company_id.clone())
    };
    let body = json!({"type": "sync", "authorization": {"id": company_id}}).to_string();
    let answer = signed(shared, &client(), target, body.into_bytes())
        .header("x-front-challenge", &challenge)
        .timeout(patience(shared))
        .send()
        .await
        .map_err(SaveWebhookError::Unreachable)?;
    if answer.status() != 200 {
        return Err(SaveWebhookError::Status(answer.status().as_u16()));
    }
    let text = answer.text().await.map_err(SaveWebhookError::Unreachable)?;
    let json: Option<Value> = serde_json::from_str(&text).ok();
    let echoed = text.trim() == challenge
        || json.is_some_and(|json| json["challenge"] == challenge.as_str());
    if echoed { Ok(()) } else { Err(SaveWebhookError::NotEchoed) }
}

fn signed(
    shared: &Shared,
    client: &reqwest::Client,
    target: &WebhookTarget,
    body: Vec<u8>,
) -> reqwest::RequestBuilder {
    let timestamp_ms = shared.clock.now_ms();
    client
        .post(&target.url)
        .header("content-type", "application/json")
        .header("x-front-request-timestamp", timestamp_ms.to_string())
        .header("x-front-signature", sign(&target.app_secret, timestamp_ms, &body))
        .body(body)
}

/// A client without trusted roots: webhooks of a simulator go to a receiver on the same machine.
fn client() -> reqwest::Client {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider has the default protocol versions")
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("a client with a ready TLS configuration can be built")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed with `openssl dgst -sha256 -hmac secret -binary | base64` over
    /// `1700000000123:{"type":"sync"}`.
    #[test]
    fn the_signature_is_the_one_that_openssl_makes() {
        let signature = sign("secret", 1_700_000_000_123, br#"{"type":"sync"}"#);
        assert_eq!(signature, "jcGa2FveF/h1c2zRLbL1W3IGQMu+/eU2SVbk8SCmWMg=");
    }

    #[test]
    fn merged_recipients_keep_the_first_of_each_handle() {
        let mut recipients = json!([
            {"handle": "a", "role": "from"},
            {"handle": "b", "role": "to"},
            {"handle": "a", "role": "cc"},
        ]);
        merge_recipients(&mut recipients);
        let handles: Vec<&str> =
            recipients.as_array().unwrap().iter().filter_map(|one| one["role"].as_str()).collect();
        assert_eq!(handles, ["from", "to"]);
    }
}
