//! What runs, how far it is, and what waits.

use std::collections::{BTreeMap, HashMap, HashSet};

use eventlog::{LogReader, Offset, Partition, Stored};
use schemas::{Position, Status, TopicKind};
use serde::{Deserialize, Serialize};

use super::{Names, ViewError, scan};

/// The whole answer: the document of `status --json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StatusView {
    /// The log.
    pub log: LogView,
    /// The process that holds the log; none when it is stopped.
    pub process: Option<ProcessView>,
    /// Each role and how it is: `running`, `held`, `dry_run`, `stopped`.
    pub roles: BTreeMap<String, RoleView>,
    /// Records that each role has not read yet.
    pub lag: Lag,
    /// Calls that wait for their time: a voicemail, an agent, a link.
    pub due: u64,
    /// Effects that are not finished, by state.
    pub lanes: Lanes,
    /// Front's limit and what was used of it.
    pub budget: Budget,
    /// True when lag is 0 and nothing waits, is due, queued, on its way, in doubt or accepted
    /// without being seen.
    pub settled: bool,
    /// Who watches for lost webhooks: `off: <why>` until gap repair comes.
    pub gap_repair: String,
}

/// The log.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LogView {
    /// `embedded`.
    pub kind: String,
    /// Its folder.
    pub dir: String,
    /// Its id.
    pub id: String,
    /// Per topic the offsets that were given out, over all partitions.
    pub appended: BTreeMap<String, u64>,
}

/// The process that holds the log.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ProcessView {
    /// Its id.
    pub pid: u32,
    /// Its version.
    pub version: String,
    /// The version of its configuration.
    pub config_version: String,
    /// Where webhooks arrive.
    pub ingest: String,
    /// Where health, readiness and metrics answer.
    pub telemetry: String,
    /// Whether it may write to Front.
    pub dry_run: bool,
    /// Why it is not ready; empty when it is.
    pub not_ready: Vec<String>,
}

/// One role.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct RoleView {
    /// `running`, `held`, `dry_run`, `failed` or `stopped`.
    pub state: String,
    /// Why, when it is held or failed.
    pub reason: Option<String>,
}

/// Records not read yet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lag {
    /// Of `calls` and `front`, by the projector.
    pub projector: u64,
    /// Of `commands`, by the dispatcher.
    pub dispatcher: u64,
}

/// Effects not finished.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Lanes {
    /// Not tried yet.
    pub queued: i64,
    /// Announced or sent, without an answer.
    pub intended: i64,
    /// To be looked up.
    pub in_doubt: i64,
    /// Taken by Front, not shown yet.
    pub accepted: i64,
    /// Refused: a person decides.
    pub parked: i64,
    /// Not knowable: a person decides.
    pub unknown: i64,
}

/// Front's limit.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Budget {
    /// Requests per minute that are ours.
    pub per_minute: f64,
    /// Requests that could go at once.
    pub available: f64,
    /// Requests since the process started.
    pub requests: i64,
    /// Of these answered with 429.
    pub rejected_429: i64,
    /// When the dispatcher said so, RFC 3339.
    pub as_of: Option<String>,
}

/// What only the running process knows.
#[derive(Debug, Clone)]
pub struct Live {
    /// The process.
    pub process: ProcessView,
    /// Its roles.
    pub roles: BTreeMap<String, RoleView>,
    /// The dispatcher's present view of itself.
    pub dispatcher: Option<Status>,
}

/// What was found on the log.
#[derive(Default)]
struct Found {
    positions: HashMap<String, Position>,
    due: HashSet<bytes::Bytes>,
    open: HashMap<bytes::Bytes, OpenState>,
    status: Option<Status>,
}

/// Looks.
///
/// The order matters: what is up the stream is looked at first, so that nothing on its way can
/// slip between two looks and `settled` is never said too early.
///
/// # Errors
/// A log that cannot be read.
pub async fn look(
    log: &dyn LogReader,
    names: &Names,
    dir: &str,
    live: Option<&(dyn Fn() -> Live + Send + Sync)>,
) -> Result<StatusView, ViewError> {
    let inputs = [TopicKind::Calls, TopicKind::Front];
    let input_ends = ends(log, names, &inputs).await?;
    let state = found(log, names, TopicKind::Conversations).await?;
    let command_ends = ends(log, names, &[TopicKind::Commands]).await?;
    let ledger = found(log, names, TopicKind::Outcomes).await?;
    let live = live.map(|ask| ask());
    let lag = Lag {
        projector: lag(&input_ends, &state.positions),
        dispatcher: lag(&command_ends, &ledger.positions),
    };
    let lanes = ledger.lanes();
    let status = live.as_ref().and_then(|live| live.dispatcher.clone()).or(ledger.status);
    let due = state.due.len() as u64;
    let waiting = lanes.queued + lanes.intended + lanes.in_doubt + lanes.accepted;
    let settled = lag == Lag::default() && due == 0 && waiting == 0;
    let mut appended = BTreeMap::new();
    for kind in TopicKind::ALL {
        let sum = ends(log, names, &[kind]).await?.values().map(|end| end.0).sum();
        appended.insert(kind.short_name().to_owned(), sum);
    }
    Ok(StatusView {
        log: LogView {
            kind: "embedded".to_owned(),
            dir: dir.to_owned(),
            id: log.identity().log_id.clone(),
            appended,
        },
        roles: live.as_ref().map_or_else(stopped, |live| live.roles.clone()),
        process: live.map(|live| live.process),
        lag,
        due,
        lanes,
        budget: budget(status.as_ref()),
        settled,
        gap_repair: "off: it comes with a later version; a lost webhook stays lost".to_owned(),
    })
}

fn stopped() -> BTreeMap<String, RoleView> {
    ["ingest", "projector", "dispatcher"]
        .map(|role| (role.to_owned(), RoleView { state: "stopped".to_owned(), reason: None }))
        .into()
}

type TopicEnds = HashMap<(String, u32), Offset>;

async fn ends(
    log: &dyn LogReader,
    names: &Names,
    kinds: &[TopicKind],
) -> Result<TopicEnds, ViewError> {
    let mut ends = HashMap::new();
    for kind in kinds {
        let topic = names.topic(*kind);
        for partition in 0..names.partitions {
            let end = log.ends(&topic, Partition(partition)).await?.end;
            ends.insert((topic.as_str().to_owned(), partition), end);
        }
    }
    Ok(ends)
}

async fn found(log: &dyn LogReader, names: &Names, kind: TopicKind) -> Result<Found, ViewError> {
    let topic = names.topic(kind);
    let mut found = Found::default();
    for partition in 0..names.partitions {
        scan::each(log, &topic, Partition(partition), |record| found.see(record)).await?;
    }
    Ok(found)
}

impl Found {
    fn see(&mut self, record: &Stored) {
        if record.key.starts_with(b"position|") {
            let position = record.value.as_deref().and_then(|it| schemas::decode(it).ok());
            if let Some(position) = position {
                let position: Position = position;
                self.positions.insert(position.writer.clone(), position);
            }
        } else if record.key.starts_with(b"status|") {
            self.status = record.value.as_deref().and_then(|it| schemas::decode(it).ok());
        } else {
            self.see_due(record);
            self.see_open(record);
        }
    }

    fn see_due(&mut self, record: &Stored) {
        let due = record.header("due-at").is_some_and(|value| !value.is_empty());
        if due && record.value.is_some() {
            self.due.insert(record.key.clone());
        } else {
            self.due.remove(&record.key);
        }
    }

    fn see_open(&mut self, record: &Stored) {
        let word = record.header("state").filter(|_| record.value.is_some());
        match word.and_then(|word| OpenState::of(word)) {
            Some(state) => self.open.insert(record.key.clone(), state),
            None => self.open.remove(&record.key),
        };
    }

    /// The lanes as the ledger has them: exact, while the dispatcher's own word is at most ten
    /// seconds old.
    fn lanes(&self) -> Lanes {
        let mut lanes = Lanes::default();
        for state in self.open.values() {
            let count = match state {
                OpenState::Queued => &mut lanes.queued,
                OpenState::Intended => &mut lanes.intended,
                OpenState::InDoubt => &mut lanes.in_doubt,
                OpenState::Accepted => &mut lanes.accepted,
                OpenState::Parked => &mut lanes.parked,
                OpenState::Unknown => &mut lanes.unknown,
            };
            *count += 1;
        }
        lanes
    }
}

/// A ledger entry that is not finished, as its header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OpenState {
    Queued,
    Intended,
    InDoubt,
    Accepted,
    Parked,
    Unknown,
}

impl OpenState {
    fn of(header: &[u8]) -> Option<OpenState> {
        match header {
            b"queued" => Some(OpenState::Queued),
            b"intended" => Some(OpenState::Intended),
            b"in_doubt" => Some(OpenState::InDoubt),
            b"accepted" => Some(OpenState::Accepted),
            b"parked" => Some(OpenState::Parked),
            b"unknown" => Some(OpenState::Unknown),
            _ => None,
        }
    }
}

fn lag(ends: &TopicEnds, positions: &HashMap<String, Position>) -> u64 {
    let read: HashMap<(&str, u32), u64> = positions
        .values()
        .flat_map(|position| &position.inputs)
        .filter_map(|input| {
            let partition = u32::try_from(input.partition).ok()?;
            let next = u64::try_from(input.next_offset).ok()?;
            Some(((input.topic.as_str(), partition), next))
        })
        .collect();
    ends.iter()
        .map(|((topic, partition), end)| {
            let read = read.get(&(topic.as_str(), *partition)).copied().unwrap_or(0);
            end.0.saturating_sub(read)
        })
        .sum()
}

fn budget(status: Option<&Status>) -> Budget {
    status.map_or_else(Budget::default, |status| Budget {
        per_minute: status.budget_per_minute,
        available: status.budget_available,
        requests: status.requests,
        rejected_429: status.rejected_429,
        as_of: Some(super::events::timestamp(status.at.0)),
    })
}
