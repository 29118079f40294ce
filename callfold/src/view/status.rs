//! What runs, how far it is, and what waits.

use std::collections::{BTreeMap, HashMap};

use eventlog::{LogReader, Offset, Partition, Stored, Topic};
use schemas::{Position, Status, TopicKind};
use serde::{Deserialize, Serialize};

use super::known::Known;
use super::outage::OutageView;
use super::spool::SpoolView;
use super::{Names, ViewError, scan};
use crate::config::Role;

/// The whole answer: the document of `status --json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StatusView {
    /// The log.
    pub log: LogView,
    /// The process that holds the log; none when it is stopped, and on Kafka, where any number works.
    pub process: Option<ProcessView>,
    /// Each role and how it is, see [`RoleView::state`].
    pub roles: BTreeMap<String, RoleView>,
    /// Records that each role has not read yet.
    pub lag: Lag,
    /// Calls that wait for their time: a voicemail, an agent, a link.
    pub due: u64,
    /// Effects that are not finished, by state.
    pub lanes: Lanes,
    /// Front's limit and what was used of it.
    pub budget: Budget,
    /// Since when nothing but probes is sent to Front, and how long what waits will take; none when the
    /// way to Front is open or no process runs.
    #[serde(default)]
    pub outage: Option<OutageView>,
    /// What waits for the brokers on the machine that was asked; none where it takes no webhooks, and
    /// always on the embedded log.
    #[serde(default)]
    pub spool: Option<SpoolView>,
    /// True when lag is 0 and nothing waits, is due, queued, on its way, in doubt or accepted
    /// without being seen.
    pub settled: bool,
    /// Who watches for lost webhooks: `off: <why>` until gap repair comes.
    pub gap_repair: String,
}

/// The log.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LogView {
    /// `embedded` or `kafka`.
    pub kind: String,
    /// Its folder; of Kafka the brokers and the prefix.
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
    /// Where webhooks arrive; none when it takes none.
    pub ingest: Option<String>,
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
    /// `running`, `standing_by`, `held`, `dry_run`, `failed` or `stopped`; `elsewhere` when other processes have it
    /// and only the log was asked.
    pub state: String,
    /// Why, when it is held or failed.
    pub reason: Option<String>,
}

/// Records not read yet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lag {
    /// Of `calls` and `front`, by the projector.
    pub projector: u64,
    /// Of `raw` and `commands`, by the dispatcher.
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
    /// Calls whose main activity Front came to show since then; none when the log is stopped.
    pub calls_logged: Option<i64>,
    /// Requests for each of these calls, everything counted; none before the first.
    pub requests_per_call: Option<f64>,
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
    /// Whether the dispatcher is held.
    pub outage: Option<dispatcher::Outage>,
    /// Calls that it has logged in the time in which its view counts requests.
    pub calls_logged: i64,
}

/// Where a log is.
#[derive(Debug, Clone)]
pub struct Place {
    /// `embedded` or `kafka`.
    pub kind: &'static str,
    /// Its folder, or its brokers and prefix.
    pub what: String,
}

/// Looks.
///
/// The order matters: what is up the stream is looked at first, so that nothing on its way can
/// slip between two looks and `settled` is never said too early.
///
/// `known` is what earlier looks have read: only what came since is read now. A process that runs keeps
/// it, so that only its first look reads the two topics whole.
///
/// # Errors
/// A log that cannot be read.
pub async fn look(
    log: &dyn LogReader,
    names: &Names,
    place: &Place,
    live: Option<&(dyn Fn() -> Live + Send + Sync)>,
    known: &mut Known,
) -> Result<StatusView, ViewError> {
    // What was read of `raw` by then is on `front` before the ends of `front` are looked at.
    let raw_ends = ends(log, names, &[TopicKind::Raw]).await?;
    known.outcomes.follow(log, names, TopicKind::Outcomes).await?;
    let raw_lag = lag(log, &raw_ends, &known.outcomes.positions).await?;
    let inputs = [TopicKind::Calls, TopicKind::Front];
    let input_ends = ends(log, names, &inputs).await?;
    known.conversations.follow(log, names, TopicKind::Conversations).await?;
    let command_ends = ends(log, names, &[TopicKind::Commands]).await?;
    known.outcomes.follow(log, names, TopicKind::Outcomes).await?;
    let (state, ledger) = (&known.conversations, &known.outcomes);
    let live = live.map(|ask| ask());
    let lag = Lag {
        projector: lag(log, &input_ends, &state.positions).await?,
        dispatcher: raw_lag + lag(log, &command_ends, &ledger.positions).await?,
    };
    let lanes = ledger.lanes();
    let status =
        live.as_ref().and_then(|live| live.dispatcher.clone()).or_else(|| ledger.status.clone());
    let calls_logged = live.as_ref().map(|live| live.calls_logged);
    let due = state.due.len() as u64;
    let outage = live.as_ref().and_then(|live| live.outage).map(|outage| {
        let per_minute = status.as_ref().map_or(0.0, |status| status.budget_per_minute);
        OutageView::of(outage, lanes.queued + lanes.intended + lanes.in_doubt, per_minute)
    });
    let waiting = lanes.queued + lanes.intended + lanes.in_doubt + lanes.accepted;
    let settled = lag == Lag::default() && due == 0 && waiting == 0;
    let mut appended = BTreeMap::new();
    for kind in TopicKind::ALL {
        let sum = ends(log, names, &[kind]).await?.values().map(|end| end.0).sum();
        appended.insert(kind.short_name().to_owned(), sum);
    }
    Ok(StatusView {
        log: LogView {
            kind: place.kind.to_owned(),
            dir: place.what.clone(),
            id: log.identity().log_id.clone(),
            appended,
        },
        roles: live.as_ref().map_or_else(|| unseen(place, status.as_ref()), |it| it.roles.clone()),
        process: live.map(|live| live.process),
        lag,
        due,
        lanes,
        budget: budget(status.as_ref(), calls_logged),
        outage,
        spool: None,
        settled,
        gap_repair: "off: it comes with a later version; a lost webhook stays lost".to_owned(),
    })
}

/// The roles as the log alone tells them: a log in a folder that no process holds is stopped. Who
/// works on brokers is not known from here, but what the dispatcher said last.
fn unseen(place: &Place, dispatcher: Option<&Status>) -> BTreeMap<String, RoleView> {
    let state = if place.kind == "embedded" { "stopped" } else { "elsewhere" };
    let mut roles: BTreeMap<String, RoleView> = Role::ALL
        .map(|role| (role.name().to_owned(), RoleView { state: state.to_owned(), reason: None }))
        .into();
    if let Some(said) = dispatcher.filter(|_| place.kind != "embedded") {
        let at = super::events::timestamp(said.at.0);
        let why = said.reason.as_deref().map(|why| format!(": {why}")).unwrap_or_default();
        let reason = Some(format!("{} at {at}{why}", said.state));
        roles.insert("dispatcher".to_owned(), RoleView { state: state.to_owned(), reason });
    }
    roles
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

/// Records between what was read and the ends. Offsets have gaps where commits end on brokers, so
/// a few are counted; of many it is the difference, which one offset for each commit makes too high.
async fn lag(
    log: &dyn LogReader,
    ends: &TopicEnds,
    positions: &HashMap<String, Position>,
) -> Result<u64, ViewError> {
    let read: HashMap<(&str, u32), u64> = positions
        .values()
        .flat_map(|position| &position.inputs)
        .filter_map(|input| {
            let partition = u32::try_from(input.partition).ok()?;
            let next = u64::try_from(input.next_offset).ok()?;
            Some(((input.topic.as_str(), partition), next))
        })
        .collect();
    let mut lag = 0;
    for ((topic, partition), end) in ends {
        let read = read.get(&(topic.as_str(), *partition)).copied().unwrap_or(0);
        let distance = end.0.saturating_sub(read);
        lag += if distance == 0 || distance > COUNTED_MAX {
            distance
        } else {
            let (topic, partition) = (Topic::new(topic), Partition(*partition));
            let mut count = 0;
            let see = |_: &Stored| count += 1;
            scan::each_between(log, &topic, partition, Offset(read), *end, see).await?;
            count
        };
    }
    Ok(lag)
}

/// The longest distance whose records are counted one by one: a look takes some milliseconds more.
const COUNTED_MAX: u64 = 1_000;

fn budget(status: Option<&Status>, calls_logged: Option<i64>) -> Budget {
    let per_call = |requests: i64| {
        calls_logged.filter(|calls| *calls > 0).map(|calls| requests as f64 / calls as f64)
    };
    status.map_or_else(Budget::default, |status| Budget {
        per_minute: status.budget_per_minute,
        available: status.budget_available,
        requests: status.requests,
        rejected_429: status.rejected_429,
        calls_logged,
        requests_per_call: per_call(status.requests),
        as_of: Some(super::events::timestamp(status.at.0)),
    })
}
