//! The three services: their configurations, and the tasks they run in.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use eventlog::{Clock, Log};
use schemas::TopicNames;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::roles::Roles;
use super::signals::Ended;
use crate::config::Settings;
use crate::config::settings::{Assign, Comments, Layout};
use crate::failure::Failure;
use crate::view::status::ProcessView;

/// What runs.
pub struct Started {
    /// One task per service.
    pub services: JoinSet<Ended>,
    /// How each is.
    pub roles: Roles,
    /// The dispatcher's view of itself and of Front.
    pub dispatcher: dispatcher::Handle,
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
    process: &ProcessView,
    shutdown: &CancellationToken,
) -> Result<Started, Failure> {
    let stores = settings.log.dir.join(STORES);
    let projector = projector_config(settings, &process.config_version)?;
    let dispatcher = dispatcher_config(settings)?;
    make_folder(&stores)?;
    let (reporter, handle) = dispatcher::reporter();

    let roles = Roles::default();
    let mut services: JoinSet<Ended> = JoinSet::new();
    let ingest =
        ingest::run(public, log.clone(), clock.clone(), ingest_config(settings), shutdown.clone());
    let projector =
        projector::run(log.clone(), stores.clone(), clock.clone(), projector, shutdown.clone());
    let dispatcher = dispatcher::run(log, stores, clock, dispatcher, reporter, shutdown.clone());
    services.spawn(async move { ("ingest", ingest.await.map_err(|error| told(&error))) });
    services.spawn(async move { ("projector", projector.await.map_err(|error| told(&error))) });
    services.spawn(async move { ("dispatcher", dispatcher.await.map_err(|error| told(&error))) });
    for role in ["ingest", "projector", "dispatcher"] {
        roles.set(role, "running", None);
    }
    Ok(Started { services, roles, dispatcher: handle })
}

/// The local stores' folder in `log.dir`: it can be deleted at any time.
const STORES: &str = "stores";

fn make_folder(dir: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(dir)
        .map_err(|error| Failure::because(&format!("making {}", dir.display()), &error))
}

/// An error with what caused it.
fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}

fn projector_config(settings: &Settings, version: &str) -> Result<projector::Config, Failure> {
    let texts = settings.templates.iter().map(|(key, text)| ((*key).to_owned(), text.clone()));
    let templates = projector::Templates::parse(&texts.collect())
        .map_err(|errors| Failure::Usage(format!("{errors:?}")))?;
    Ok(projector::Config {
        settle_ms: settings.aircall.settle_s * 1_000,
        comments: match settings.aircall.comments {
            Comments::Answered => projector::Comments::Answered,
            Comments::All => projector::Comments::All,
        },
        layout: match settings.front.layout {
            Layout::Separate => projector::Layout::Separate,
            Layout::Compact => projector::Layout::Compact,
        },
        lines: match &settings.aircall.lines {
            None => projector::Lines::All,
            Some(lines) => projector::Lines::Only(lines.clone()),
        },
        assign: match settings.front.assign {
            Assign::Import => projector::Assign::Import,
            Assign::Put => projector::Assign::Put,
        },
        templates,
        version: version.into(),
        topics: TopicNames::with_prefix(&settings.log.topic_prefix),
        partitions: settings.log.partitions,
    })
}

fn dispatcher_config(settings: &Settings) -> Result<dispatcher::Config, Failure> {
    let front = &settings.front;
    let token =
        front.token.clone().ok_or_else(|| Failure::Usage("front.token is not set".to_owned()))?;
    Ok(dispatcher::Config {
        inbox: front.inbox.clone(),
        message_type: front.message_type.clone(),
        fallback_author: front.fallback_author.clone(),
        requests_per_minute: f64::from(front.requests_per_minute),
        budget_share: front.budget_share,
        requests_per_resource_s: front.requests_per_resource_s,
        timeout: Duration::from_secs(front.timeout_s),
        dry_run: front.dry_run,
        poll_events: front.app_secret.is_none(),
        topics: TopicNames::with_prefix(&settings.log.topic_prefix),
        partitions: settings.log.partitions,
        ..dispatcher::Config::new(front.api_url.clone(), token)
    })
}

fn ingest_config(settings: &Settings) -> ingest::Config {
    ingest::Config {
        path_secret: settings.ingest.path_secret.clone(),
        aircall_tokens: settings.aircall.webhook_tokens.clone(),
        front_app_secret: settings.front.app_secret.clone(),
        default_region: settings.aircall.region.clone(),
        kept_lines: match &settings.aircall.lines {
            Some(lines) if !settings.aircall.keep_other_lines => {
                ingest::KeptLines::Only(lines.clone())
            }
            Some(_) | None => ingest::KeptLines::All,
        },
        topics: TopicNames::with_prefix(&settings.log.topic_prefix),
        partitions: settings.log.partitions,
    }
}

#[cfg(test)]
mod tests;
