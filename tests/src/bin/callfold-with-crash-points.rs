//! The program with its crash points armed by `FAILPOINTS` in the environment, for tests only: in all
//! else, allocator included, the same as `callfold`, which never arms them.
//!
//! `STOPPOINTS=name=n` lets the process stop itself (SIGSTOP) the n-th time that it reaches that crash
//! point; several are separated by `;`. With SIGCONT it goes on exactly there.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::park_timeout;
use std::time::Duration;

use mimalloc::MiMalloc;
use rustix::process::{Signal, getpid, kill_process};

/// The whole process stands still by then. Shorter than any test lets it stand.
const STOPPED_IN: Duration = Duration::from_secs(5);

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> std::process::ExitCode {
    let _armed = fail::FailScenario::setup();
    stop_where_told();
    callfold::cli::main()
}

#[allow(
    clippy::disallowed_methods,
    reason = "it stands beside FAILPOINTS, which is no configuration"
)]
fn stop_where_told() {
    let told = std::env::var("STOPPOINTS").unwrap_or_default();
    for point in told.split(';').filter(|it| !it.is_empty()) {
        let (name, at) = point.split_once('=').expect("name=n");
        let left = AtomicU64::new(at.parse().expect("a whole number"));
        let stop = move || {
            if left.fetch_sub(1, Ordering::SeqCst) == 1 {
                kill_process(getpid(), Signal::STOP).expect("a process can stop itself");
                // Another thread may be the first to take the signal. This one must not go on meanwhile;
                // when the process goes on, the time has passed.
                park_timeout(STOPPED_IN);
            }
        };
        fail::cfg_callback(name, stop).expect("a crash point can be armed");
    }
}
