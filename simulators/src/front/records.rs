//! What the simulator remembers of the requests that it was sent.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One request and what became of it, in the order of effect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordedRequest {
    /// Unix milliseconds of its arrival.
    pub at_ms: i64,
    /// `GET`, `POST`, ...
    pub method: String,
    /// Path and query as sent.
    pub path: String,
    /// Method and path template, for example `POST /inboxes/{inbox_id}/imported_messages`; none
    /// where no endpoint was met.
    pub route: Option<String>,
    /// The body, when it was JSON.
    pub body: Option<Value>,
    /// The status answered; none when the client got no answer.
    pub status: Option<u16>,
    /// `retry-after` of the answer, in seconds.
    pub retry_after_s: Option<u64>,
    /// Whether Front's state changed or will change.
    pub effect: Effect,
    /// `external_id` of an import.
    pub external_id: Option<String>,
    /// Whether Front had seen the external id before.
    pub was_duplicate: bool,
    /// Which trouble was injected: `error_before`, `error_after`, `cut_before`, `cut_after`,
    /// `hang_after`.
    pub fault: Option<String>,
}

impl RecordedRequest {
    /// Whether the request asked for a change.
    pub fn is_write(&self) -> bool {
        self.method != "GET"
    }

    /// The text that the request wants shown: an import's or a comment's body.
    pub fn text(&self) -> Option<&str> {
        self.body.as_ref()?.get("body")?.as_str()
    }
}

/// Whether a request changed anything.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Nothing changed and nothing will.
    #[default]
    None,
    /// Front's state changed, or an import was accepted that will change it.
    Applied,
}

/// Sums over all requests since the start.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// All requests that reached an endpoint or not, also those that were cut.
    pub requests: u64,
    /// Requests that ask for a change, by route, whatever they were answered.
    pub writes: BTreeMap<String, u64>,
    /// Requests that only read, by route, whatever they were answered.
    pub reads: BTreeMap<String, u64>,
    /// Writes that had an effect, by route.
    pub effects: BTreeMap<String, u64>,
    /// Answers by status.
    pub statuses: BTreeMap<u16, u64>,
    /// 429 because of the company's limit or the share of searches.
    pub rejected_429_company: u64,
    /// 429 because of a resource's limit.
    pub rejected_429_resource: u64,
    /// Imports whose `external_id` Front had seen.
    pub repeats_recognised: u64,
    /// Injected 5xx, before or after the effect.
    pub injected_5xx: u64,
    /// Connections closed before the effect.
    pub cut_before: u64,
    /// Connections closed after the effect.
    pub cut_after: u64,
    /// Requests that took effect and were left without an answer.
    pub hung: u64,
    /// Webhook deliveries that were answered 2xx.
    pub webhooks_delivered: u64,
    /// Webhook deliveries that were given up after their retries, or dropped because too many
    /// waited.
    pub webhooks_lost: u64,
}

impl Counts {
    /// All writes, whatever they were answered.
    pub fn writes_total(&self) -> u64 {
        self.writes.values().sum()
    }

    /// All reads, whatever they were answered.
    pub fn reads_total(&self) -> u64 {
        self.reads.values().sum()
    }

    /// All 429.
    pub fn rejected_429(&self) -> u64 {
        self.rejected_429_company + self.rejected_429_resource
    }
}

/// Requests kept whole: about 100,000 calls with ten requests each, some hundred megabytes. Later
/// ones are only counted.
const REQUESTS_KEPT: usize = 1_000_000;

/// The requests and their sums.
#[derive(Debug, Default)]
pub(super) struct Records {
    pub(super) requests: Vec<RecordedRequest>,
    pub(super) counts: Counts,
}

impl Records {
    /// Counts a webhook that was delivered or given up.
    pub(super) fn count_webhook(&mut self, delivered: bool) {
        let Counts { webhooks_delivered, webhooks_lost, .. } = &mut self.counts;
        let sum = if delivered { webhooks_delivered } else { webhooks_lost };
        *sum += 1;
    }

    pub(super) fn add(&mut self, request: RecordedRequest) {
        let counts = &mut self.counts;
        counts.requests += 1;
        let route = request.route.clone().unwrap_or_else(|| "unknown".to_owned());
        let sum = if request.is_write() { &mut counts.writes } else { &mut counts.reads };
        *sum.entry(route.clone()).or_default() += 1;
        if request.effect == Effect::Applied {
            *counts.effects.entry(route).or_default() += 1;
        }
        if let Some(status) = request.status {
            *counts.statuses.entry(status).or_default() += 1;
        }
        counts.repeats_recognised += u64::from(request.was_duplicate);
        match request.fault.as_deref() {
            Some("error_before" | "error_after") => counts.injected_5xx += 1,
            Some("cut_before") => counts.cut_before += 1,
            Some("cut_after") => counts.cut_after += 1,
            Some("hang_after") => counts.hung += 1,
            Some(_) | None => {}
        }
        if self.requests.len() < REQUESTS_KEPT {
            self.requests.push(request);
        }
    }
}
