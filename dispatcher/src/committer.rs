//! One task commits for all lanes: whatever waits goes into one commit, so that throughput is not one
//! sync per request, and on an idle system nothing waits for company. After the commit the local store follows.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use eventlog::store::{StoreBatch, StoreError};
use eventlog::{
    Clock, CommitError, Offset, Partition, Patience, Progress, Reached, Record, Topic, Writer,
};
use tokio::sync::{mpsc, oneshot};

use crate::ledger::{Change, Ledger};
use crate::telemetry;

/// Transfers that may wait: more than requests can be under way, so that only reading ahead feels it.
const WAITING_MAX: usize = 1_024;
/// Records of one commit: a commit of 1,000 takes hardly longer than one of a single record.
const RECORDS_MAX: usize = 1_000;

/// What must become durable together.
#[derive(Debug, Default)]
pub(crate) struct Transfer {
    pub(crate) records: Vec<Record>,
    pub(crate) changes: Vec<Change>,
    /// A command's ledger entry is new in it.
    pub(crate) taken: bool,
    pub(crate) results: bool,
    /// How far the commands of each partition were read, for whoever watches the lag from outside.
    pub(crate) reached: Vec<(Partition, Offset)>,
    pub(crate) durable: Option<oneshot::Sender<()>>,
}

/// Why committing ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Ended {
    /// Another process is active.
    #[error("another process is active")]
    Fenced,
    /// What is on the log must be read again.
    #[error("a commit's fate is not known: {0}")]
    Reopen(String),
    /// The local store is lost; it is rebuilt.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The log does not work.
    #[error("the log does not take what the dispatcher writes: {0}")]
    Log(String),
}

/// The way to the committing task.
#[derive(Debug, Clone)]
pub(crate) struct Committer {
    transfers: mpsc::Sender<Transfer>,
}

impl Committer {
    /// The committer and the future that does its work; whoever holds it awaits it.
    pub(crate) fn start(
        writer: Box<dyn Writer>,
        ledger: Ledger,
        clock: Arc<dyn Clock>,
        outcomes: Topic,
        progress: Progress,
    ) -> (Committer, impl Future<Output = Ended>) {
        let (transfers, inbox) = mpsc::channel(WAITING_MAX);
        let work = Work { writer, ledger, clock, outcomes, progress };
        (Committer { transfers }, work.run(inbox))
    }

    /// Hands over a transfer; waits only when very many wait already. Says whether anybody takes it.
    pub(crate) async fn transfer(&self, transfer: Transfer) -> bool {
        self.transfers.send(transfer).await.is_ok()
    }
}

struct Work {
    writer: Box<dyn Writer>,
    ledger: Ledger,
    clock: Arc<dyn Clock>,
    outcomes: Topic,
    progress: Progress,
}

impl Work {
    async fn run(mut self, mut inbox: mpsc::Receiver<Transfer>) -> Ended {
        let mut group = Vec::new();
        while let Some(first) = inbox.recv().await {
            let mut count = first.records.len();
            group.push(first);
            while count < RECORDS_MAX {
                let Ok(transfer) = inbox.try_recv() else { break };
                count += transfer.records.len();
                group.push(transfer);
            }
            if let Err(ended) = self.commit(&mut group).await {
                return ended;
            }
        }
        Ended::Reopen("the dispatcher stopped".to_owned())
    }

    async fn commit(&mut self, group: &mut Vec<Transfer>) -> Result<(), Ended> {
        let records = group.iter_mut().flat_map(|it| std::mem::take(&mut it.records)).collect();
        let records = newest_of_each_key(records);
        let taken = group.iter().any(|it| it.taken);
        let results = group.iter().any(|it| it.results);
        let began = tokio::time::Instant::now();
        let offsets = self.write(&records).await?;
        telemetry::committed(records.len(), began.elapsed());
        if taken {
            fail::fail_point!("dispatcher.taken", |_| std::process::abort());
        }
        if results {
            fail::fail_point!("dispatcher.noted", |_| std::process::abort());
        }
        for transfer in group.iter_mut() {
            for (partition, next) in &transfer.reached {
                self.progress.reached(partition.0, *next);
            }
            if let Some(durable) = transfer.durable.take() {
                // Nobody waits any more when the process is on its way out.
                let _ = durable.send(());
            }
        }
        let changes: Vec<Change> = group.drain(..).flat_map(|transfer| transfer.changes).collect();
        self.ledger.apply(&changes, self.reached(&records, &offsets))?;
        if results {
            fail::fail_point!("dispatcher.stored", |_| std::process::abort());
        }
        Ok(())
    }

    async fn write(&mut self, records: &[Record]) -> Result<Vec<Offset>, Ended> {
        let mut patience = Patience::default();
        loop {
            match self.writer.commit(records.to_vec()).await {
                Ok(offsets) => return Ok(offsets),
                Err(CommitError::Retry(why)) => {
                    telemetry::commit_failed(&why);
                    tokio::time::sleep(patience.wait()).await;
                }
                Err(CommitError::Fenced(_)) => return Err(Ended::Fenced),
                Err(CommitError::Unknown(why)) => return Err(Ended::Reopen(why)),
                Err(error @ (CommitError::TooLarge { .. } | CommitError::Log(_))) => {
                    return Err(Ended::Log(error.to_string()));
                }
            }
        }
    }

    /// How far the store has got with these records.
    fn reached(&self, records: &[Record], offsets: &[Offset]) -> StoreBatch {
        let mut batch = StoreBatch::default();
        let time_ms = self.clock.now_ms();
        let mut newest: HashMap<Partition, Offset> = HashMap::new();
        for (record, offset) in records.iter().zip(offsets) {
            if record.topic == self.outcomes {
                newest.insert(record.partition, offset.next());
            }
        }
        for (partition, offset) in newest {
            batch.position(&self.outcomes, partition, Reached { offset, time_ms });
        }
        batch
    }
}

/// Only the newest record of each key: all topics that the dispatcher writes are compacted.
fn newest_of_each_key(records: Vec<Record>) -> Vec<Record> {
    let mut newest: HashMap<(Topic, Bytes), usize> = HashMap::with_capacity(records.len());
    for (place, record) in records.iter().enumerate() {
        newest.insert((record.topic.clone(), record.key.clone()), place);
    }
    let is_newest = |place: usize, record: &Record| {
        newest.get(&(record.topic.clone(), record.key.clone())) == Some(&place)
    };
    let mut kept = Vec::with_capacity(newest.len());
    for (place, record) in records.into_iter().enumerate() {
        if is_newest(place, &record) {
            kept.push(record);
        }
    }
    kept
}
