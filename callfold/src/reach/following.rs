//! Reading a topic across starts and stops of the process: following goes on where it was.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value as Json;

use super::{Reach, Readable, reach, running};
use crate::config::Settings;
use crate::failure::Failure;
use crate::process::log;
use crate::view::events::Query;

/// Between two looks for a process that has started: nobody notices it, and it costs nothing.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// A topic, line by line, until its end or the limit. Followed, it goes on when the process that
/// holds the log stops and another starts; meanwhile nothing here keeps the log from being opened.
/// `note` is told when there is nobody to follow, `tell` each line.
///
/// # Errors
/// A request that makes no sense, no log, or a log or socket that cannot be read.
pub async fn events(
    settings: &Settings,
    query: Query,
    note: impl Fn(&str),
    mut tell: impl FnMut(&str) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut place = Place { query, told: 0 };
    let mut next = reach(settings).await?;
    loop {
        let was_stopped = matches!(next, Reach::Log(Readable { stopped: true, .. }));
        let ends_by_itself = was_stopped || matches!(next, Reach::Running(_));
        let query = place.query();
        next.events_once(query, |line| {
            place.take(line);
            tell(line)
        })
        .await?;
        if !place.query.follow || place.is_full() || !ends_by_itself {
            return Ok(());
        }
        next = again(settings, was_stopped, &note).await?;
    }
}

/// What can be followed next: the running process, or first what the one before left on the log.
async fn again(
    settings: &Settings,
    was_stopped: bool,
    note: &impl Fn(&str),
) -> Result<Reach, Failure> {
    let mut noted = false;
    loop {
        // First: a process that is on its way out still answers, and has nothing more to say.
        tokio::time::sleep(LOOK_EVERY).await;
        if let Some(client) = running(settings).await? {
            return Ok(Reach::Running(client));
        }
        if !was_stopped && let Ok(log) = log::embedded::open_read_only(&settings.log.dir) {
            return Ok(super::stopped(settings, log));
        }
        if was_stopped && !noted {
            noted = true;
            note("the log is stopped: following goes on when `callfold run` starts");
        }
    }
}

/// How far somebody has read.
struct Place {
    query: Query,
    /// Records told, for the limit.
    told: u64,
}

impl Place {
    /// What is asked for from here on.
    fn query(&self) -> Query {
        let limit = self.query.limit.map(|limit| limit.saturating_sub(self.told));
        Query { limit, ..self.query.clone() }
    }

    fn is_full(&self) -> bool {
        self.query.limit.is_some_and(|limit| self.told >= limit)
    }

    /// Notes a line: a record, or damage that was passed over.
    fn take(&mut self, line: &str) {
        if !self.query.follow {
            return;
        }
        let Ok(line) = serde_json::from_str::<Json>(line) else { return };
        let number = |value: &Json| value.as_u64();
        let next = number(&line["offset"]).map(|offset| offset + 1);
        self.told += u64::from(next.is_some());
        let next = next.or_else(|| number(&line["damage"]["to"]));
        let partition = number(&line["partition"]).and_then(|it| u32::try_from(it).ok());
        if let (Some(partition), Some(next)) = (partition, next) {
            let reached: &mut BTreeMap<u32, u64> = &mut self.query.reached;
            reached.insert(partition, next);
        }
    }
}
