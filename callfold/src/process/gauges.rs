//! What a process measures of itself from time to time, for whoever is alerted by it; each service counts
//! what it does.

use std::sync::Arc;
use std::time::Duration;

use eventlog::Clock;
use eventlog::spool::{Spool, Waiting};
use metrics::gauge;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::roles::Live;

/// As often as those who collect metrics usually do.
const MEASURE_EVERY: Duration = Duration::from_secs(5);

/// Measures until `stop`.
pub async fn measure(
    live: Live,
    spool: Option<Arc<Spool>>,
    clock: Arc<dyn Clock>,
    stop: CancellationToken,
) {
    let mut ticks = interval(MEASURE_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = stop.cancelled() => return,
        }
        if let Some(spool) = &spool {
            of_spool(*spool.waiting().borrow(), clock.now_ms());
        }
        if let Some(state) = live.dispatcher_state() {
            of_dispatcher(&state);
        }
    }
}

fn of_spool(waiting: Waiting, now_ms: i64) {
    let age_ms = waiting.since_ms.map_or(0, |since| now_ms.saturating_sub(since).max(0));
    gauge!("callfold_ingest_spool_records").set(waiting.records as f64);
    gauge!("callfold_ingest_spool_refused_records").set(waiting.refused as f64);
    gauge!("callfold_ingest_spool_bytes").set(waiting.bytes as f64);
    gauge!("callfold_ingest_spool_age_seconds").set(age_ms as f64 / 1_000.0);
}

/// One of several dispatchers is active; one that is held is active and sends nothing.
fn of_dispatcher(state: &str) {
    let is = |wanted: bool| if wanted { 1.0 } else { 0.0 };
    gauge!("callfold_dispatcher_active").set(is(state != "standing_by"));
    gauge!("callfold_dispatcher_held").set(is(state == "held"));
}

#[cfg(test)]
mod tests {
    use metrics_exporter_prometheus::PrometheusBuilder;

    use super::*;

    #[test]
    fn what_waits_is_measured_with_its_age_and_nothing_has_none() {
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        metrics::with_local_recorder(&recorder, || {
            of_spool(
                Waiting { records: 3, bytes: 600, since_ms: Some(10_000), refused: 1 },
                12_500,
            );
        });
        let text = handle.render();
        for expected in [
            "spool_records 3",
            "spool_bytes 600",
            "spool_age_seconds 2.5",
            "spool_refused_records 1",
        ] {
            assert!(text.contains(&format!("callfold_ingest_{expected}")), "{text}");
        }
        metrics::with_local_recorder(&recorder, || of_spool(Waiting::default(), 12_500));
        assert!(handle.render().contains("callfold_ingest_spool_age_seconds 0"));
    }

    #[test]
    fn a_dispatcher_that_is_held_is_the_active_one() {
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        for (state, active, held) in
            [("standing_by", 0, 0), ("active", 1, 0), ("held", 1, 1), ("dry_run", 1, 0)]
        {
            metrics::with_local_recorder(&recorder, || of_dispatcher(state));
            let text = handle.render();
            assert!(text.contains(&format!("callfold_dispatcher_active {active}")), "{text}");
            assert!(text.contains(&format!("callfold_dispatcher_held {held}")), "{text}");
        }
    }
}
