//! Simulated time that stands still, or goes on only where a test says so: what a busy machine sends or
//! hands over late would else find that the seconds that it may take have passed.

use std::sync::mpsc;
use std::time::Duration;

/// Time stands still until this is dropped; then it is real again.
pub struct StandingClock(
    #[expect(dead_code, reason = "its end lets the time go on")] mpsc::SyncSender<()>,
);

impl StandingClock {
    pub fn stop() -> StandingClock {
        let (held, until_dropped) = mpsc::sync_channel::<()>(1);
        tokio::time::pause();
        // Paused time goes on by itself when nothing runs, but not while a blocking task does.
        tokio::task::spawn_blocking(move || until_dropped.recv());
        StandingClock(held)
    }

    /// Lets so much time pass at once.
    pub async fn pass(&self, time: Duration) {
        tokio::time::advance(time).await;
    }
}

impl Drop for StandingClock {
    fn drop(&mut self) {
        tokio::time::resume();
    }
}
