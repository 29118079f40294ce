//! Where ingest puts records on Kafka: with the brokers, or, while they are away, in the spool of this
//! machine.

use std::sync::Arc;

use eventlog::spool::{self, Connect, Spool};
use eventlog::{Appender, LogError, Topic, TopicSpec};
use schemas::{TopicKind, TopicNames};

use super::log;
use super::services::Around;
use crate::config::Settings;
use crate::failure::Failure;
use crate::view::events::timestamp;

/// Opens the spool in `log.dir`; what an earlier process left there goes to the brokers first.
///
/// # Errors
/// A spool that is there and cannot be opened.
pub async fn open(settings: &Settings, around: &Around) -> Result<Arc<Spool>, Failure> {
    let names = TopicNames::with_prefix(&settings.log.topic_prefix);
    let kept: Vec<Topic> = [TopicKind::Raw, TopicKind::Calls, TopicKind::Rejected]
        .map(|kind| Topic::new(&names.name(kind)))
        .into();
    let mut topics: Vec<TopicSpec> = log::topics(settings);
    topics.retain(|spec| kept.contains(&spec.topic));
    let brokers = around.log.clone();
    let connect: Connect = Arc::new(move || {
        let appender: Result<Arc<dyn Appender>, LogError> = brokers.appender();
        Box::pin(std::future::ready(appender))
    });
    Spool::start(
        &settings.log.dir,
        topics,
        around.clock.clone(),
        spool::Options::default(),
        connect,
        around.shutdown.clone(),
    )
    .await
    .map_err(|error| Failure::because("opening the spool", &error))
}

/// What a person should know of the spool; none when nothing waits there.
#[must_use]
pub fn note(spool: &Spool) -> Option<String> {
    let waiting = *spool.waiting().borrow();
    let since = timestamp(waiting.since_ms?);
    let old = if spool.is_old(&waiting) { ", longer than brokers take to come back" } else { "" };
    Some(format!(
        "the brokers are away: {} records, {} bytes, wait in the spool since {since}{old}",
        waiting.records, waiting.bytes
    ))
}
