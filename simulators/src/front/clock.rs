//! The simulator's own time: Unix milliseconds that follow tokio's clock, so that a paused tokio
//! clock pauses Front as well.

use std::time::Duration;

use tokio::time::Instant;

/// Unix time, advanced by tokio's clock from the moment of creation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    started_unix_ms: i64,
    started: Instant,
}

impl Clock {
    /// Starts at the machine's present time.
    #[expect(clippy::disallowed_methods, reason = "the one reading of real time in Front's clock")]
    pub(super) fn start() -> Self {
        let since_epoch = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .expect("the machine's clock is past 1970");
        let started_unix_ms =
            i64::try_from(since_epoch.as_millis()).expect("milliseconds since 1970 fit 63 bits");
        Self { started_unix_ms, started: Instant::now() }
    }

    /// Unix milliseconds now.
    pub(super) fn now_ms(&self) -> i64 {
        let elapsed_ms = i64::try_from(self.started.elapsed().as_millis())
            .expect("a process does not run for 292 million years");
        self.started_unix_ms + elapsed_ms
    }

    /// Unix milliseconds at which the clock was started.
    pub(super) fn started_ms(&self) -> i64 {
        self.started_unix_ms
    }

    /// The moment on tokio's clock of a Unix time; times before the start are the start.
    pub(super) fn instant_of(&self, unix_ms: i64) -> Instant {
        let after_start_ms = u64::try_from(unix_ms - self.started_unix_ms).unwrap_or(0);
        self.started + Duration::from_millis(after_start_ms)
    }
}
