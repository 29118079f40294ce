//! What all requests share, and the routes.

use std::sync::Arc;

use axum::Router;
use axum::routing::{any, post};
use eventlog::log::AppendFailure;
use eventlog::{Appender, Clock, Record};
use schemas::Source;
use secrecy::{ExposeSecret, SecretString};

use crate::answer::Answer;
use crate::auth::Credentials;
use crate::config::Config;
use crate::records::Routes;
use crate::redact::Redactor;
use crate::room::Room;
use crate::seldom::Seldom;
use crate::{KeptLines, aircall, front, registry, telemetry};

/// What all requests share.
pub(crate) struct Service {
    pub(crate) appender: Arc<dyn Appender>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) credentials: Credentials,
    pub(crate) redactor: Redactor,
    pub(crate) routes: Routes,
    pub(crate) aircall_room: Room,
    pub(crate) front_room: Room,
    pub(crate) aircall_refusals: Seldom,
    pub(crate) front_refusals: Seldom,
    pub(crate) front_app_secret: Option<SecretString>,
    pub(crate) default_region: Option<String>,
    pub(crate) kept_lines: KeptLines,
    serves_schemas: bool,
}

impl Service {
    pub(crate) fn new(
        appender: Arc<dyn Appender>,
        clock: Arc<dyn Clock>,
        config: Config,
    ) -> Service {
        let tokens = config.aircall_tokens.iter().map(ExposeSecret::expose_secret);
        Service {
            appender,
            clock,
            credentials: Credentials::new(&config.aircall_tokens, config.path_secret.as_ref()),
            redactor: Redactor::new(tokens),
            routes: Routes::new(&config.topics, config.partitions),
            aircall_room: Room::default(),
            front_room: Room::default(),
            aircall_refusals: Seldom::default(),
            front_refusals: Seldom::default(),
            front_app_secret: config
                .front_app_secret
                .filter(|secret| !secret.expose_secret().is_empty()),
            default_region: config.default_region,
            kept_lines: config.kept_lines,
            serves_schemas: config.serves_schemas,
        }
    }

    /// Counts and tells what a webhook of `source` was answered.
    pub(crate) fn answered(&self, source: Source, answer: Answer) {
        let refusals =
            if source == Source::Front { &self.front_refusals } else { &self.aircall_refusals };
        telemetry::answered(source, answer, refusals, self.clock.now_ms());
    }

    /// Appends `records` and answers when they are durable, or says that they are not.
    pub(crate) async fn append(&self, records: Vec<Record>) -> Answer {
        match self.appender.append(records).await {
            Ok(_) => Answer::Durable,
            Err(error) => {
                telemetry::append_failed(&error.cause);
                match error.cause {
                    AppendFailure::TooLarge { .. } => Answer::TooLarge,
                    AppendFailure::Retry(_) | AppendFailure::Log(_) => Answer::NotDurable,
                }
            }
        }
    }
}

/// The routes of a service.
pub(crate) fn router(service: Arc<Service>) -> Router {
    let schemas = if service.serves_schemas { registry::router() } else { Router::new() };
    Router::new()
        .route("/webhooks/aircall", any(aircall::without_path_secret))
        .route("/webhooks/aircall/{secret}", any(aircall::with_path_secret))
        .route("/webhooks/front", post(front::receive))
        .with_state(service)
        .merge(schemas)
}
