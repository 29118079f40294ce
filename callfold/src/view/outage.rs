//! How long nothing has been sent to Front, and how long what waits will take once it is back.

use dispatcher::Outage;
use serde::{Deserialize, Serialize};

use super::events::timestamp;

/// Requests that an effect takes, reads that confirm it included: the demo's 5.6 requests for 3.2 writes.
const REQUESTS_PER_EFFECT: f64 = 1.75;

/// The outage as `status` shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OutageView {
    /// Since when nothing but probes is sent: RFC 3339.
    pub since: String,
    /// When the next probe goes: RFC 3339.
    pub next_probe: String,
    /// Effects that wait.
    pub waiting: i64,
    /// Minutes that they take once Front is back, at the present budget, rounded up; none when the budget
    /// is not known.
    pub drains_in_minutes: Option<f64>,
}

impl OutageView {
    /// With so many effects waiting and so many requests per minute.
    #[must_use]
    pub fn of(outage: Outage, waiting: i64, per_minute: f64) -> OutageView {
        let minutes = waiting as f64 * REQUESTS_PER_EFFECT / per_minute;
        OutageView {
            since: timestamp(outage.since.0),
            next_probe: timestamp(outage.next_probe.0),
            waiting,
            drains_in_minutes: minutes.is_finite().then(|| minutes.ceil()),
        }
    }

    /// As a sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let drains = match self.drains_in_minutes {
            Some(minutes) => {
                format!(
                    "; they take about {minutes:.0} min at the present budget once Front is back"
                )
            }
            None => String::new(),
        };
        format!(
            "since {}, next probe {}, {} effects wait{drains}",
            self.since, self.next_probe, self.waiting
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use schemas::TimeMs;

    #[test]
    fn b34_what_waits_is_counted_in_minutes_of_the_budget() {
        let outage = Outage { since: TimeMs(0), next_probe: TimeMs(30_000) };
        for (waiting, per_minute, minutes) in [
            (0, 50.0, Some(0.0)),
            (1, 50.0, Some(1.0)),
            (1_000, 50.0, Some(35.0)),
            (1_000, 200.0, Some(9.0)),
            (10, 0.0, None),
        ] {
            let view = OutageView::of(outage, waiting, per_minute);
            assert_eq!(view.drains_in_minutes, minutes, "{waiting} at {per_minute}");
        }
        let sentence = OutageView::of(outage, 1_000, 50.0).sentence();
        assert!(sentence.contains("1000 effects wait; they take about 35 min"), "{sentence}");
    }
}
