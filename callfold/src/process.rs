//! `run`, and each role alone: the services of one process, from the first check to the last
//! commit.

mod announce;
mod descriptors;
mod gauges;
mod health;
pub mod log;
mod opening;
pub(crate) mod prefix;
mod roles;
mod services;
pub mod signals;
mod socket;
mod spool;

use std::sync::Arc;
use std::time::Duration;

use eventlog::{Clock, SystemClock};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::config::resolve::Resolved;
use crate::config::{Role, Settings, show};
use crate::failure::{Exit, Failure};
use crate::telemetry;

pub use roles::Roles;

/// How long what was begun may take to finish after the first signal. A request to Front that takes
/// longer is not waited for: it is in the ledger, and looked up at the next start.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(20);

/// How long those who look at the process may take to read what they have asked for.
const LOOKS_TIMEOUT: Duration = Duration::from_secs(1);

/// How long everything after the drain may take, closing the log for example. Then the process ends
/// whatever holds it.
const AFTER_DRAIN_TIMEOUT: Duration = Duration::from_secs(5);

/// Runs until a signal, a second signal, or the failure of a service.
///
/// # Errors
/// A log that is held by another process or cannot be opened, an address in use, a service that
/// failed.
pub async fn run(resolved: &Resolved, settings: Settings, roles: &[Role]) -> Result<Exit, Failure> {
    // What is written here is of callers: for its owner only, also in a folder that others may open.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    let signals = signals::listen(DRAIN_TIMEOUT + AFTER_DRAIN_TIMEOUT)?;
    let telemetry = telemetry::install(&settings.telemetry)?;
    let connections_max = descriptors::connections_max(descriptors::raise());
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    prefix::check(&settings)?;
    let (opened, later) = opening::begin(&settings, clock.clone(), roles).await?;
    let public = match roles.contains(&Role::Ingest) {
        true => Some(bind("ingest.listen", settings.ingest.listen).await?),
        false => None,
    };
    let own = bind("telemetry.listen", settings.telemetry.listen).await?;
    let shutdown = CancellationToken::new();
    let process = process_view(resolved, &settings, public.as_ref(), &own);
    let around = services::Around {
        opened: opened.clone(),
        clock: clock.clone(),
        connections_max,
        shutdown: shutdown.clone(),
    };
    let mut started = services::start(roles, public, &around, &settings, &process).await?;
    if let Some(later) = later {
        started.follow(later, shutdown.clone());
    }
    let live = roles::Live::new(process, started.roles.clone(), started.dispatcher.clone());
    let spool = started.spool.clone();
    let looking = CancellationToken::new();
    let asked = health::Asked {
        opened: opened.clone(),
        live: live.clone(),
        prometheus: telemetry.prometheus.clone(),
        spool: spool.clone(),
        takes_only: roles == [Role::Ingest],
    };
    let health = health::serve(own, asked, looking.clone());
    let measuring = gauges::measure(live.clone(), spool.clone(), clock, looking.clone());
    let mut looks = vec![tokio::spawn(health), tokio::spawn(measuring)];
    if let Some(log::Open::Embedded(log)) = opened.now() {
        // What many processes share needs none of them to be looked at.
        let socket = socket::serve(&settings, log, live.clone(), looking.clone())?;
        looks.push(tokio::spawn(socket));
    } else if let Some(spool) = spool.clone() {
        let socket = socket::serve_spool(&settings.log.dir, spool, looking.clone()).await?;
        looks.push(tokio::spawn(socket));
    }
    announce::opening(&live.process(), &settings, roles)?;
    let telling = announce::apis(settings.clone(), started.dispatcher.clone(), shutdown.clone());
    let telling = tokio::spawn(telling);

    let ended =
        signals::until_end(&signals, started.services, &started.roles, &shutdown, DRAIN_TIMEOUT)
            .await;

    if let Some(spool) = &spool {
        spool::leave(spool).await;
    }
    looking.cancel();
    // A panic there has been reported by the runtime.
    let _ = telling.await;
    for mut served in looks {
        // They end with `looking`, but wait for whoever reads slowly, or not at all. A panic there has
        // been reported by the runtime.
        if tokio::time::timeout(LOOKS_TIMEOUT, &mut served).await.is_err() {
            served.abort();
        }
    }
    if let Some(log) = opened.now() {
        log.close().await;
    }
    telemetry.flush().await;
    ended
}

async fn bind(key: &str, address: std::net::SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| {
        Failure::Failed(format!(
            "{key} = {address} cannot be listened on: {error}; stop what listens there, or choose \
             another address"
        ))
    })
}

fn process_view(
    resolved: &Resolved,
    settings: &Settings,
    public: Option<&TcpListener>,
    own: &TcpListener,
) -> crate::view::status::ProcessView {
    let address = |listener: &TcpListener, configured: std::net::SocketAddr| {
        listener.local_addr().unwrap_or(configured).to_string()
    };
    crate::view::status::ProcessView {
        pid: std::process::id(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        config_version: show::version(resolved),
        ingest: public.map(|public| address(public, settings.ingest.listen)),
        telemetry: address(own, settings.telemetry.listen),
        dry_run: settings.front.dry_run,
        not_ready: Vec::new(),
    }
}
