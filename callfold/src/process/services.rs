//! The services of a process: their configurations, and the tasks they run in.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use eventlog::spool::Spool;
use eventlog::{Appender, Clock, LogError};
use schemas::TopicNames;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::opening::{Later, Opened};
use super::roles::Roles;
use super::signals::Ended;
use super::spool;
use crate::config::settings::{Assign, Comments, Layout};
use crate::config::{Role, Settings};
use crate::failure::Failure;
use crate::view::status::ProcessView;

/// What runs.
pub struct Started {
    /// One task per service.
    pub services: JoinSet<Ended>,
    /// How each is.
    pub roles: Roles,
    /// The dispatcher's view of itself and of Front; none when it is not of this process.
    pub dispatcher: Option<dispatcher::Handle>,
    /// Where ingest keeps what the brokers do not take; none on the embedded log.
    pub spool: Option<Arc<Spool>>,
}

/// What all services share.
pub struct Around {
    /// The log. It is open, but where ingest is alone on brokers that are away.
    pub opened: Opened,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Connections that ingest may have at once.
    pub connections_max: usize,
    /// Ends them.
    pub shutdown: CancellationToken,
}

/// Starts the services of `roles`; ingest answers on `public`.
///
/// # Errors
/// Settings that a service refuses.
pub async fn start(
    roles: &[Role],
    public: Option<TcpListener>,
    around: &Around,
    settings: &Settings,
    process: &ProcessView,
) -> Result<Started, Failure> {
    let stores = settings.log.dir.join(STORES);
    make_folder(&stores)?;
    let (services, roles_told) = (JoinSet::new(), Roles::default());
    let mut started = Started { services, roles: roles_told, dispatcher: None, spool: None };
    let Around { opened, clock, connections_max, shutdown } = around;
    let not_open = |error: LogError| Failure::Failed(error.to_string());
    if let Some(public) = public {
        let config = ingest_config(settings, *connections_max);
        let appender: Arc<dyn Appender> = if settings.log.kafka.is_some() {
            let spool = spool::open(settings, around).await?;
            started.spool = Some(spool.clone());
            spool
        } else {
            opened.log().and_then(|log| log.appender()).map_err(not_open)?
        };
        let run = ingest::run(public, appender, clock.clone(), config, shutdown.clone());
        started.spawn(Role::Ingest, async move {
            run.await;
            Ok(())
        });
    }
    if roles.contains(&Role::Projector) {
        let config = projector_config(settings, &process.config_version)?;
        let (clock, stop) = (clock.clone(), shutdown.clone());
        let log = opened.log().map_err(not_open)?;
        let run = projector::run(log, stores.clone(), clock, config, stop);
        started.spawn(Role::Projector, async move { run.await.map_err(|error| told(&error)) });
    }
    if roles.contains(&Role::Dispatcher) {
        let config = dispatcher_config(settings)?;
        let (reporter, handle) = dispatcher::reporter();
        started.dispatcher = Some(handle);
        let (clock, stop) = (clock.clone(), shutdown.clone());
        let log = opened.log().map_err(not_open)?;
        let run = dispatcher::run(log, stores, clock, config, reporter, stop);
        started.spawn(Role::Dispatcher, async move { run.await.map_err(|error| told(&error)) });
    }
    Ok(started)
}

impl Started {
    /// Follows an opening of the log that goes on: the process ends with it when the log can never be
    /// opened.
    pub fn follow(&mut self, mut later: Later, shutdown: CancellationToken) {
        self.services.spawn(async move {
            let opened = shutdown.run_until_cancelled(&mut later).await;
            later.abort();
            let ended = match opened {
                None | Some(Ok(Ok(()))) => Ok(()),
                Some(Ok(Err(failure))) => Err(failure.to_string()),
                Some(Err(panic)) => Err(panic.to_string()),
            };
            if ended.is_ok() {
                shutdown.cancelled().await;
            }
            (Role::Ingest.name(), ended)
        });
    }

    fn spawn(
        &mut self,
        role: Role,
        service: impl Future<Output = Result<(), String>> + Send + 'static,
    ) {
        self.services.spawn(async move { (role.name(), service.await) });
        self.roles.set(role.name(), "running", None);
    }
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

fn ingest_config(settings: &Settings, connections_max: usize) -> ingest::Config {
    ingest::Config {
        connections_max,
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
        serves_schemas: settings
            .log
            .kafka
            .as_ref()
            .is_none_or(|kafka| kafka.registry_url.is_none()),
        topics: TopicNames::with_prefix(&settings.log.topic_prefix),
        partitions: settings.log.partitions,
    }
}

#[cfg(test)]
mod tests;
