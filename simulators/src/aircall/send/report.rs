//! What became of every delivery.

use std::collections::HashMap;

use bytes::Bytes;
use serde::Serialize;
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use crate::aircall::centre::Centre;
use crate::aircall::deliveries::{Delivery, DeliveryKind};

/// The result of sending.
#[derive(Debug, Clone, Serialize)]
pub struct SendReport {
    /// When sending began, for comparing with what else was measured in this process.
    #[serde(skip)]
    pub began: Instant,
    /// One entry per delivery, in the order of the plan.
    pub deliveries: Vec<Sent>,
}

/// One delivery with all its attempts. It has no id of its own, as in Aircall: call, event and
/// timestamp name it, and the hash tells equal bodies from different ones.
#[derive(Debug, Clone, Serialize)]
pub struct Sent {
    /// The call.
    pub call_id: i64,
    /// The event's name.
    pub event: String,
    /// The envelope's timestamp, Unix seconds.
    pub timestamp: i64,
    /// The first delivery of the event, or how it repeats.
    pub kind: DeliveryKind,
    /// SHA-256 of the body, lower-case hex.
    pub body_sha256: String,
    /// What was sent.
    #[serde(skip)]
    pub body: Bytes,
    /// Every attempt; empty when the webhook was off or does not want the event.
    pub attempts: Vec<Attempt>,
    /// Milliseconds from the beginning of sending to the 2xx.
    pub acknowledged_at_ms: Option<u64>,
}

/// One request.
#[derive(Debug, Clone, Serialize)]
pub struct Attempt {
    /// Milliseconds from the beginning of sending.
    pub sent_at_ms: u64,
    /// Milliseconds from the request's first byte to the answer or the failure, with fractions.
    pub latency_ms: f64,
    /// The answer's status; none when there was no answer.
    pub status: Option<u16>,
}

impl Attempt {
    /// Only 2xx counts.
    #[must_use]
    pub fn acknowledged(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}

impl Sent {
    pub(super) fn new(delivery: Delivery) -> Self {
        let hash = Sha256::digest(&delivery.body);
        Self {
            call_id: delivery.call_id,
            event: delivery.event,
            timestamp: delivery.timestamp,
            kind: delivery.kind,
            body_sha256: hash.iter().map(|byte| format!("{byte:02x}")).collect(),
            body: delivery.body,
            attempts: Vec::new(),
            acknowledged_at_ms: None,
        }
    }
}

impl SendReport {
    /// Deliveries that were answered with 2xx.
    pub fn acknowledged(&self) -> impl Iterator<Item = &Sent> {
        self.deliveries.iter().filter(|sent| sent.acknowledged_at_ms.is_some())
    }

    /// Deliveries that were never answered with 2xx.
    pub fn unacknowledged(&self) -> impl Iterator<Item = &Sent> {
        self.deliveries.iter().filter(|sent| sent.acknowledged_at_ms.is_none())
    }

    /// By call, when at the earliest and at the latest it was logged, in milliseconds from the
    /// beginning of sending: for `ModelConfig::logged_between`. A call can be logged as soon as its
    /// end was first told, even if that request was never answered; and it is logged at the latest
    /// `delay_ms` after its end was first acknowledged. That is the settle time and the processing,
    /// with any outage of the receiver after the acknowledgement.
    #[must_use]
    pub fn logged_between(&self, centre: &Centre, delay_ms: i64) -> HashMap<i64, (i64, i64)> {
        let ended: HashMap<i64, i64> =
            centre.calls.iter().map(|call| (call.id, call.ended_at)).collect();
        let mut between: HashMap<i64, (i64, i64)> = HashMap::new();
        for sent in &self.deliveries {
            let tells_end = ended.get(&sent.call_id).is_some_and(|at| *at <= sent.timestamp);
            let (true, Some(attempt)) = (tells_end, sent.attempts.first()) else { continue };
            let told = i64::try_from(attempt.sent_at_ms).unwrap_or(i64::MAX);
            let taken = sent.acknowledged_at_ms.and_then(|at| i64::try_from(at).ok());
            let latest = taken.unwrap_or(i64::MAX).saturating_add(delay_ms);
            let known = between.entry(sent.call_id).or_insert((told, latest));
            *known = (known.0.min(told), known.1.min(latest));
        }
        between
    }

    /// Acknowledgement latency in milliseconds at a quantile from 0 to 1; none when nothing was
    /// acknowledged.
    #[must_use]
    pub fn latency_ms(&self, quantile: f64) -> Option<f64> {
        let mut all: Vec<f64> = self
            .deliveries
            .iter()
            .flat_map(|sent| &sent.attempts)
            .filter(|attempt| attempt.acknowledged())
            .map(|attempt| attempt.latency_ms)
            .collect();
        all.sort_by(f64::total_cmp);
        let last = all.len().checked_sub(1)?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a position in a list that fits in memory"
        )]
        let place = (last as f64 * quantile.clamp(0.0, 1.0)).round() as usize;
        all.get(place).copied()
    }
}
