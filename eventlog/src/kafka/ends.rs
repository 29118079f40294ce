//! Where a partition starts and ends, so that everything that was committed before is included.

use std::sync::Arc;
use std::time::Duration;

use rdkafka::error::KafkaError;
use tokio::time::{Instant, sleep};

use super::core::Core;
use super::failure;
use crate::{Ends, LogError, Offset, Partition, Topic};

/// The first wait for a commit that is under way; it doubles up to [`WAIT_MAX`].
const WAIT: Duration = Duration::from_millis(1);
const WAIT_MAX: Duration = Duration::from_millis(50);
/// Brokers take back the commit of a writer that died when its time is over, and look every so often
/// whether it is: `transaction.abort.timed.out.transaction.cleanup.interval.ms`, 10 s by default.
const TAKEN_BACK_WITHIN: Duration = Duration::from_secs(10);

/// The ends of a partition.
///
/// A commit is acknowledged when its outcome is certain, and shown in each partition some
/// milliseconds later. So this asks how much was written, and waits until all of that is settled:
/// what is under way becomes visible, or never will. A writer that died in the midst of a commit is waited
/// for until the brokers have taken that back.
pub(super) async fn of(
    core: &Arc<Core>,
    topic: &Topic,
    partition: Partition,
) -> Result<Ends, LogError> {
    let attempted = format!("ask for the ends of {topic} partition {}", partition.0);
    let (asked_at, options) = (Instant::now(), &core.options);
    let mut written = None;
    let mut wait = WAIT;
    loop {
        let asked = ask(core, topic, partition, written).await?;
        let failed = match asked {
            Ok((high, start, end)) if end >= high => {
                return Ok(Ends { start: Offset(start), end: Offset(end) });
            }
            Ok((high, _, _)) => {
                written = Some(high);
                None
            }
            Err(error) if !failure::may_pass(&error) => {
                return Err(failure::io(attempted, &error));
            }
            Err(error) => Some(error),
        };
        let limit = match failed {
            Some(_) => options.request_timeout,
            None => options.commit_timeout + TAKEN_BACK_WITHIN + options.request_timeout,
        };
        if asked_at.elapsed() > limit {
            let open = "a writer's commit is open, and nobody finishes it";
            let source = || std::io::Error::other(open);
            return Err(match failed {
                Some(error) => failure::io(attempted, &error),
                None => LogError::Io { attempted, source: source() },
            });
        }
        sleep(wait).await;
        wait = (2 * wait).min(WAIT_MAX);
    }
}

type Asked = Result<(u64, u64, u64), KafkaError>;

/// How much was written (unless that is known already), the start, and the end of what is settled.
async fn ask(
    core: &Arc<Core>,
    topic: &Topic,
    partition: Partition,
    written: Option<u64>,
) -> Result<Asked, LogError> {
    let high = async {
        let Some(high) = written else {
            let (core, topic) = (core.clone(), topic.clone());
            let ask = move || Ok(core.fetchers.written(topic.as_str(), partition));
            return failure::blocking("a question to the brokers", ask).await;
        };
        Ok(Ok(high))
    };
    let settled = async {
        let (core, topic) = (core.clone(), topic.clone());
        let ask = move || Ok(core.fetchers.settled(topic.as_str(), partition));
        failure::blocking("a question to the brokers", ask).await
    };
    // Both at once: whatever `high` says was written after the call began.
    let (high, settled) = tokio::join!(high, settled);
    let (high, settled) = (high?, settled?);
    Ok(high.and_then(|high| settled.map(|(start, end)| (high, start, end))))
}
