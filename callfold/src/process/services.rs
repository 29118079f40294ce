//! The three services: their configurations, and the tasks they run in.

use std::sync::Arc;

use eventlog::{Clock, Log};
use schemas::TopicNames;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::roles::{DispatcherStatus, Roles};
use super::signals::Ended;
use crate::config::Settings;
use crate::failure::Failure;
use crate::view::status::ProcessView;

/// What runs.
pub struct Started {
    /// One task per service.
    pub services: JoinSet<Ended>,
    /// How each is.
    pub roles: Roles,
    /// The dispatcher's view of itself.
    pub dispatcher: DispatcherStatus,
}

/// Starts all three.
///
/// # Errors
/// Settings that a service refuses.
pub fn start(
    public: TcpListener,
    log: Arc<dyn Log>,
    clock: Arc<dyn Clock>,
    settings: &Settings,
    _process: &ProcessView,
    shutdown: &CancellationToken,
) -> Result<Started, Failure> {
    let roles = Roles::default();
    let mut services = JoinSet::new();
    let ingest = ingest::run(public, log, clock, ingest_config(settings), shutdown.clone());
    services.spawn(async move { ("ingest", ingest.await.map_err(|error| error.to_string())) });
    roles.set("ingest", "running", None);
    Ok(Started { services, roles, dispatcher: Arc::new(|| None) })
}

fn ingest_config(settings: &Settings) -> ingest::Config {
    ingest::Config {
        path_secret: settings.ingest.path_secret.clone(),
        aircall_tokens: settings.aircall.webhook_tokens.clone(),
        front_app_secret: settings.front.app_secret.clone(),
        default_region: settings.aircall.region.clone(),
        topics: TopicNames::with_prefix(&settings.log.topic_prefix),
        partitions: settings.log.partitions,
    }
}
