//! Where ingest puts records on Kafka: with the brokers, or, while they are away, in the spool of this
//! machine.

use std::sync::Arc;
use std::time::Duration;

use eventlog::spool::{self, Connect, Spool, Waiting};
use eventlog::{Topic, TopicSpec};
use schemas::{TopicKind, TopicNames};
use tokio_util::sync::CancellationToken;

use super::log;
use super::services::Around;
use crate::config::Settings;
use crate::failure::Failure;

/// How long an end waits for the spool to be emptied: brokers that are there take thousands of records a
/// second, and whoever stops a process does not wait for those that are not.
const LEAVE_TIMEOUT: Duration = Duration::from_secs(3);

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
    let opened = around.opened.clone();
    let connect: Connect = Arc::new(move || {
        let opened = opened.clone();
        Box::pin(async move { opened.wait().await?.appender() })
    });
    Spool::start(
        &settings.log.dir,
        topics,
        around.clock.clone(),
        spool::Options::default(),
        connect,
        CancellationToken::new(),
    )
    .await
    .map_err(|error| Failure::because("opening the spool", &error))
}

/// Gives what waits a last chance to reach the brokers when the process ends, and says what stays.
pub async fn leave(spool: &Spool) {
    let mut waiting = spool.waiting();
    let emptied = waiting.wait_for(|waiting| waiting.records == 0);
    // What did not go by then stays, and is counted below.
    let _ = tokio::time::timeout(LEAVE_TIMEOUT, emptied).await;
    spool.stop();
    let Waiting { records, bytes, .. } = *spool.waiting().borrow();
    if records > 0 {
        tracing::warn!(
            records,
            bytes,
            "ending while records wait in the spool: they reach the log when ingest runs on this log.dir again"
        );
    }
}
