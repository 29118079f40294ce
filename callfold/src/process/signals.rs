//! Signals: the first one drains under a deadline, the second ends at once.

use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::roles::Roles;
use crate::failure::{Exit, Failure};

/// The signals that end a process: Ctrl-C, SIGTERM, and the terminal that goes away.
pub struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
}

/// Listens from now on.
///
/// # Errors
/// What the system says.
pub fn listen() -> Result<Signals, Failure> {
    let on = |kind| signal(kind).map_err(|error| Failure::because("listening for signals", &error));
    Ok(Signals {
        interrupt: on(SignalKind::interrupt())?,
        terminate: on(SignalKind::terminate())?,
        hang_up: on(SignalKind::hangup())?,
    })
}

impl Signals {
    /// Waits for the next one.
    pub async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hang_up.recv() => {}
        }
    }
}

/// Signals so soon after the first are the same wish: a wrapper as `timeout`, or a terminal, sends
/// one to the process and one to its group.
const SAME_WISH: Duration = Duration::from_millis(300);

/// Waits for a second wish to end, after telling that there can be one.
async fn second(signals: &mut Signals) {
    let began = tokio::time::Instant::now();
    let repeats = async {
        loop {
            signals.next().await;
        }
    };
    // It never comes to an end by itself.
    let _: Result<(), _> = tokio::time::timeout_at(began + SAME_WISH, repeats).await;
    eprintln!("callfold: finishing what was begun; a second signal ends at once");
    signals.next().await;
}

/// A service's name and how it ended.
pub type Ended = (&'static str, Result<(), String>);

/// Waits for a signal, or for a service that ends by itself, then for all services to finish what
/// they began.
///
/// # Errors
/// A service that failed, or one that did not finish in time.
pub async fn until_end(
    mut signals: Signals,
    mut services: JoinSet<Ended>,
    roles: &Roles,
    shutdown: &CancellationToken,
    timeout: Duration,
) -> Result<Exit, Failure> {
    let mut failed = tokio::select! {
        () = signals.next() => None,
        ended = services.join_next() => ended.and_then(|ended| failure(ended, roles, false)),
    };
    tell_stopping(failed.as_deref());
    shutdown.cancel();
    let drained = async {
        while let Some(ended) = services.join_next().await {
            let failure = failure(ended, roles, true);
            failed = failed.take().or(failure);
        }
    };
    let in_time = tokio::select! {
        drained = tokio::time::timeout(timeout, drained) => drained.is_ok(),
        () = second(&mut signals) => {
            eprintln!("callfold: second signal, ending at once; nothing that was acknowledged is lost");
            std::process::exit(1);
        }
    };
    match (failed, in_time) {
        (Some(failed), _) => Err(Failure::Failed(failed)),
        (None, false) => Err(Failure::Failed(format!(
            "not everything finished within {} s; what was in flight is known to the log and is \
             taken up at the next start",
            timeout.as_secs()
        ))),
        (None, true) => Ok(Exit::Done),
    }
}

fn tell_stopping(failed: Option<&str>) {
    match failed {
        Some(failed) => tracing::error!(reason = failed, "a service failed, stopping the others"),
        None => tracing::info!("stopping: no new work is taken, what was begun is finished"),
    }
}

fn failure(
    ended: Result<Ended, tokio::task::JoinError>,
    roles: &Roles,
    wanted: bool,
) -> Option<String> {
    match ended {
        Ok((role, Ok(()))) => {
            roles.set(role, "stopped", None);
            (!wanted).then(|| format!("{role} ended although nobody asked it to"))
        }
        Ok((role, Err(reason))) => {
            roles.set(role, "failed", Some(reason.clone()));
            Some(format!("{role} failed: {reason}"))
        }
        Err(panic) => Some(format!("a service panicked: {panic}")),
    }
}
