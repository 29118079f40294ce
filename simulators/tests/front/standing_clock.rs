//! Simulated time that stands still while a test sends: what the kernel hands over late, on a busy machine,
//! would else find that time has gone on without it.

use std::sync::mpsc;

/// Paused time goes on by itself again when this is dropped.
pub struct StandingClock(
    #[expect(dead_code, reason = "its end lets the time go on")] mpsc::SyncSender<()>,
);

impl StandingClock {
    /// In a test whose time is paused. Paused time goes on by itself when nothing runs, but not while a
    /// blocking task does.
    pub fn hold() -> StandingClock {
        let (held, until_dropped) = mpsc::sync_channel::<()>(1);
        tokio::task::spawn_blocking(move || until_dropped.recv());
        StandingClock(held)
    }
}
