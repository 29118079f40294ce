//! `run`: ingest, projector and dispatcher in one process, from the first check to the last
//! commit.

mod announce;
mod health;
pub mod log;
mod prefix;
mod roles;
mod services;
pub mod signals;
mod socket;

use std::sync::Arc;
use std::time::Duration;

use eventlog::{Clock, SystemClock};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::config::resolve::Resolved;
use crate::config::{Settings, show};
use crate::failure::{Exit, Failure};
use crate::telemetry;

pub use roles::Roles;

/// How long what was begun may take to finish after the first signal: longer than any request to
/// Front takes by default to be in doubt is not waited for, the ledger knows it.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(20);

/// Runs until a signal, a second signal, or the failure of a service.
///
/// # Errors
/// A log that is held by another process or cannot be opened, an address in use, a service that
/// failed.
pub async fn run(resolved: &Resolved, settings: Settings) -> Result<Exit, Failure> {
    let signals = signals::listen()?;
    let telemetry = telemetry::install(&settings.telemetry)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    prefix::check(&settings)?;
    let log = log::open(&settings, clock.clone()).await?;
    let public = bind("ingest.listen", settings.ingest.listen).await?;
    let own = bind("telemetry.listen", settings.telemetry.listen).await?;
    let shutdown = CancellationToken::new();
    let process = process_view(resolved, &settings, &public, &own);
    let started = services::start(public, log.log(), clock, &settings, &process, &shutdown)?;
    let live = roles::Live::new(process, started.roles.clone(), started.dispatcher.clone());
    let looking = CancellationToken::new();
    let health =
        health::serve(own, log.log(), live.clone(), telemetry.prometheus.clone(), looking.clone());
    let socket = socket::serve(&settings, log.reader(), live.clone(), looking.clone())?;
    announce::opening(&live.process(), &settings)?;
    let telling = announce::apis(settings.clone(), started.dispatcher.clone(), shutdown.clone());
    let telling = tokio::spawn(telling);
    let looks = [tokio::spawn(health), tokio::spawn(socket)];

    let ended =
        signals::until_end(signals, started.services, &started.roles, &shutdown, DRAIN_TIMEOUT)
            .await;

    looking.cancel();
    // A panic there has been reported by the runtime.
    let _ = telling.await;
    for served in looks {
        // They end with `looking`; a panic there has been reported by the runtime.
        let _ = served.await;
    }
    log.close().await;
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
    public: &TcpListener,
    own: &TcpListener,
) -> crate::view::status::ProcessView {
    let address = |listener: &TcpListener, configured: std::net::SocketAddr| {
        listener.local_addr().unwrap_or(configured).to_string()
    };
    crate::view::status::ProcessView {
        pid: std::process::id(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        config_version: show::version(resolved),
        ingest: address(public, settings.ingest.listen),
        telemetry: address(own, settings.telemetry.listen),
        dry_run: settings.front.dry_run,
        not_ready: Vec::new(),
    }
}
