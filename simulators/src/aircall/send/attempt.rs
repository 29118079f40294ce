//! One delivery: attempts until it is acknowledged or given up, and what they do to the webhook.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, USER_AGENT};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, sleep_until};

use super::{Attempt, SendOptions, Sent};
use crate::aircall::deliveries::Delivery;
use crate::aircall::simulator::State;

/// What all deliveries of one run share.
pub(super) struct Sender {
    pub(super) client: reqwest::Client,
    pub(super) state: Arc<State>,
    pub(super) webhook_id: String,
    pub(super) url: String,
    pub(super) options: SendOptions,
    pub(super) requests: Semaphore,
    pub(super) began: Instant,
}

impl Sender {
    /// Waits for its time, then sends. While the webhook is off, new events are not sent at all; those
    /// that failed before go on being tried, and a success turns it on again.
    pub(super) async fn deliver(&self, delivery: Delivery, at: Instant) -> Sent {
        sleep_until(at).await;
        let mut sent = Sent::new(delivery);
        let wanted = self.state.webhooks().wants(&self.webhook_id, &sent.event);
        let attempts = match (wanted, self.options.retries) {
            (false, _) => 0,
            (true, false) => 1,
            (true, true) => self.options.attempts_max,
        };
        for number in 0..attempts {
            if number > 0 {
                sleep(Duration::from_millis(self.options.retry_after_ms)).await;
            }
            let attempt = self.attempt(&sent).await;
            let acknowledged = attempt.acknowledged();
            self.state.webhooks().note(&self.webhook_id, acknowledged, self.options.disable_after);
            sent.attempts.push(attempt);
            if acknowledged {
                sent.acknowledged_at_ms = Some(millis(self.began.elapsed()));
                break;
            }
        }
        self.state.progress.finish(sent.acknowledged_at_ms.is_some());
        sent
    }

    async fn attempt(&self, sent: &Sent) -> Attempt {
        let _permit = self.requests.acquire().await.expect("the semaphore is never closed");
        let sent_at_ms = millis(self.began.elapsed());
        let begun = Instant::now();
        let answer = self
            .client
            .post(&self.url)
            .timeout(Duration::from_millis(self.options.timeout_ms))
            .header(CONTENT_TYPE, "application/json")
            .header(USER_AGENT, "axios/1.7.9")
            .header("aircall-origin", "webhooks")
            .body(sent.body.clone())
            .send()
            .await;
        let status = answer.as_ref().ok().map(|answer| answer.status().as_u16());
        if let Ok(answer) = answer {
            // Read to the end, so that the connection can be used again; the content means nothing.
            let _ = answer.bytes().await;
        }
        Attempt { sent_at_ms, latency_ms: begun.elapsed().as_secs_f64() * 1_000.0, status }
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
