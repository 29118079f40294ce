//! The projector's front door.
//!
//! The durable order, per partition:
//! 1. open the writer: it fences whoever had the partition, so that nothing is appended behind us;
//! 2. bring the local store up to the end of `conversations`, and take the position found there:
//!    it was committed together with those states, so both are of the same moment;
//! 3. read, fold, commit {commands, changed states, position} as one.
//!
//! A crash before the commit loses nothing (the position did not move) and one after it repeats
//! nothing (the position moved with the commands). The store comes last and may lag: it catches up
//! from the log. A zombie cannot write: its commits are fenced.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use eventlog::store::{Shelf, StoreError};
use eventlog::{
    Clock, FENCED_MAX, Log, LogError, Membership, MembershipChange, Partition, Progress,
};
use tokio::task::{Id, JoinSet};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::partition::{Ended, PartitionError, Surroundings, work};
use crate::rules::Rules;
use crate::telemetry;

/// Why the projector ended.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The log failed.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The local store is another process's.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Another process has opened a partition's writer, and the partition is still ours: nobody would
    /// fold it. A new start takes part in sharing the partitions out again.
    #[error(
        "partition {0} was taken over by another process, and is still this one's: start again"
    )]
    TakenOver(u32),
    /// The work on a partition failed.
    #[error("partition {partition}: {source}")]
    Partition {
        /// Which.
        partition: u32,
        /// Why.
        source: Box<PartitionError>,
    },
}

/// Folds the partitions that this member of the role owns, until `shutdown`.
///
/// # Errors
/// [`Error`]: what was committed stands, and a new run goes on from there.
pub async fn run(
    log: Arc<dyn Log>,
    stores: PathBuf,
    clock: Arc<dyn Clock>,
    config: Config,
    shutdown: CancellationToken,
) -> Result<(), Error> {
    let shelf = Shelf::new(stores, "projector", log.identity());
    match shelf.store() {
        Ok(store) => store.rebuilt().map_or((), telemetry::store_emptied),
        // Each partition tries again by itself.
        Err(error) if error.may_pass() => {}
        Err(error) => return Err(Error::Store(error)),
    }
    let mut membership = log.join("projector", config.partitions).await?;
    let around = Surroundings {
        log,
        clock,
        config: Arc::new(config),
        rules: Arc::new(Rules::none()),
        shelf: Arc::new(shelf),
        progress: Progress::default(),
    };
    let (tasks, owned, fenced) = (JoinSet::new(), HashMap::new(), HashMap::new());
    let mut partitions = Partitions { around, tasks, owned, fenced };
    let result = partitions.follow(membership.as_mut(), &shutdown).await;
    let ended = partitions.stop_all().await;
    let left = membership.leave().await;
    result?;
    ended?;
    Ok(left?)
}

struct Partitions {
    around: Surroundings,
    tasks: JoinSet<Result<Ended, PartitionError>>,
    owned: HashMap<Id, (u32, CancellationToken)>,
    /// Slots that are ours, and whose writer is another's: until when that may be.
    fenced: HashMap<u32, Instant>,
}

impl Partitions {
    async fn follow(
        &mut self,
        membership: &mut dyn Membership,
        shutdown: &CancellationToken,
    ) -> Result<(), Error> {
        let mut heard = self.around.progress.heard();
        loop {
            let fenced = self.fenced.iter().min_by_key(|(_, until)| **until);
            let fenced = fenced.map(|(slot, until)| (*slot, *until));
            tokio::select! {
                () = shutdown.cancelled() => return Ok(()),
                () = sleep_until(fenced.map_or_else(Instant::now, |it| it.1)), if fenced.is_some() => {
                    return Err(Error::TakenOver(fenced.map_or(u32::MAX, |it| it.0)));
                }
                change = membership.change() => match change? {
                    MembershipChange::Granted(slots) => self.start(&slots),
                    MembershipChange::Revoked(slots) => {
                        self.stop(&slots).await?;
                        membership.released(&slots).await?;
                    }
                    MembershipChange::Lost(slots) => self.stop(&slots).await?,
                },
                Some(ended) = self.tasks.join_next_with_id() => self.ended(ended)?,
                () = heard.changed() => heard.pass_on(membership),
            }
        }
    }

    fn start(&mut self, slots: &[u32]) {
        for slot in slots {
            let stop = CancellationToken::new();
            let work = work(self.around.clone(), Partition(*slot), stop.clone());
            let task = self.tasks.spawn(work);
            self.owned.insert(task.id(), (*slot, stop));
        }
    }

    /// Ends the work on `slots`: each finishes the commit that it has begun.
    async fn stop(&mut self, slots: &[u32]) -> Result<(), Error> {
        self.fenced.retain(|slot, _| !slots.contains(slot));
        for (slot, stop) in self.owned.values() {
            if slots.contains(slot) {
                stop.cancel();
            }
        }
        while self.owned.values().any(|(slot, _)| slots.contains(slot)) {
            match self.tasks.join_next_with_id().await {
                Some(ended) => self.ended(ended)?,
                None => break,
            }
        }
        self.fenced.retain(|slot, _| !slots.contains(slot));
        Ok(())
    }

    async fn stop_all(&mut self) -> Result<(), Error> {
        for (_, stop) in self.owned.values() {
            stop.cancel();
        }
        let mut result = Ok(());
        while let Some(ended) = self.tasks.join_next_with_id().await {
            let ended = self.ended(ended);
            result = result.and(ended);
        }
        result
    }

    fn ended(
        &mut self,
        ended: Result<(Id, Result<Ended, PartitionError>), tokio::task::JoinError>,
    ) -> Result<(), Error> {
        match ended {
            Ok((id, result)) => {
                let partition = self.owned.remove(&id).map_or(u32::MAX, |(slot, _)| slot);
                let failed = |source| Error::Partition { partition, source: Box::new(source) };
                if result.map_err(failed)? == Ended::Fenced {
                    self.fenced.insert(partition, Instant::now() + FENCED_MAX);
                }
                Ok(())
            }
            // The fold is total: a panic is a broken invariant and ends the process's role.
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }
}
