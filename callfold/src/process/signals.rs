//! Signals: the first one drains under a deadline, the second ends at once.

use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::roles::Roles;
use crate::failure::{Exit, Failure};
use crate::terminal;

/// The signals that end a process: Ctrl-C, SIGTERM, and the terminal that goes away. A thread of its own
/// listens to them: a second one must be heard, and the last moment come, when no other thread gets
/// anything done.
pub struct Signals {
    first: CancellationToken,
    ending: CancellationToken,
}

/// Listens from now on. After the first signal, or once a service has failed, the process ends `at_most` later
/// whatever holds it.
///
/// # Errors
/// What the system says.
pub fn listen(at_most: Duration) -> Result<Signals, Failure> {
    let (first, ending) = (CancellationToken::new(), CancellationToken::new());
    let signals = Signals { first: first.clone(), ending: ending.clone() };
    let failed = |error: &dyn std::fmt::Display| Failure::because("listening for signals", error);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| failed(&error))?;
    let (tell, told) = std::sync::mpsc::sync_channel(1);
    let listen = move || {
        runtime.block_on(async {
            let heard = Heard::new();
            let listens = heard.as_ref().map(|_| ()).map_err(ToString::to_string);
            // Whoever starts the thread waits for this word.
            let _ = tell.send(listens);
            if let Ok(heard) = heard {
                heard.until_last(&first, &ending, at_most).await;
            }
        });
    };
    let listening = std::thread::Builder::new().name("signals".to_owned());
    listening.spawn(listen).map_err(|error| failed(&error))?;
    match told.recv() {
        Ok(Ok(())) => Ok(signals),
        Ok(Err(error)) => Err(failed(&error)),
        Err(error) => Err(failed(&error)),
    }
}

impl Signals {
    /// Waits for the first one.
    pub async fn first(&self) {
        self.first.cancelled().await;
    }

    /// Says that the process is ending: from now on it has only so long.
    fn ending(&self) {
        self.ending.cancel();
    }
}

struct Heard {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
}

impl Heard {
    fn new() -> std::io::Result<Heard> {
        Ok(Heard {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hang_up.recv() => {}
        }
    }

    async fn until_last(
        mut self,
        first: &CancellationToken,
        ending: &CancellationToken,
        at_most: Duration,
    ) {
        tokio::select! {
            () = self.next() => first.cancel(),
            () = ending.cancelled() => {}
        }
        let why = tokio::select! {
            () = self.second() => "second signal, ending at once",
            () = tokio::time::sleep(at_most) => "something does not end, ending without it",
        };
        terminal::tell(&format!("callfold: {why}; nothing that was acknowledged is lost"));
        std::process::exit(1);
    }

    /// Waits for a second wish to end, after telling that there can be one.
    async fn second(&mut self) {
        let began = tokio::time::Instant::now();
        let repeats = async {
            loop {
                self.next().await;
            }
        };
        // It never comes to an end by itself.
        let _: Result<(), _> = tokio::time::timeout_at(began + SAME_WISH, repeats).await;
        terminal::tell("callfold: finishing what was begun; a second signal ends at once");
        self.next().await;
    }
}

/// Signals so soon after the first are the same wish: a wrapper as `timeout`, or a terminal, sends
/// one to the process and one to its group.
const SAME_WISH: Duration = Duration::from_millis(300);

/// A service's name and how it ended.
pub type Ended = (&'static str, Result<(), String>);

/// Waits for a signal, or for a service that ends by itself, then for all services to finish what
/// they began.
///
/// # Errors
/// A service that failed, or one that did not finish in time.
pub async fn until_end(
    signals: &Signals,
    mut services: JoinSet<Ended>,
    roles: &Roles,
    shutdown: &CancellationToken,
    timeout: Duration,
) -> Result<Exit, Failure> {
    let mut failed = tokio::select! {
        () = signals.first() => None,
        ended = services.join_next() => ended.and_then(|ended| failure(ended, roles, false)),
    };
    tell_stopping(failed.as_deref());
    signals.ending();
    shutdown.cancel();
    let drained = async {
        while let Some(ended) = services.join_next().await {
            let failure = failure(ended, roles, true);
            failed = failed.take().or(failure);
        }
    };
    let in_time = tokio::time::timeout(timeout, drained).await.is_ok();
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
