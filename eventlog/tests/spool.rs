//! While the brokers are away appends go to the spool; when they are back it is emptied into them, and
//! nothing is lost, overtaken or left behind.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use eventlog::memory::MemoryLog;
use eventlog::spool::{Connect, Options, Spool};
use eventlog::{
    AppendError, AppendFailure, Appender, Cleanup, Log, LogError, LogReader, Offset, Partition,
    Record, SystemClock, Topic, TopicSpec,
};
use tokio_util::sync::CancellationToken;

/// What happens has happened by then, also on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// Brokers that can go away: then they refuse, or say nothing at all.
struct Brokers {
    log: Arc<MemoryLog>,
    away: AtomicBool,
    silent: AtomicBool,
    /// Larger values are refused, the other records of an append are taken.
    value_bytes_max: AtomicUsize,
    /// So many appends to the second partition are refused, as by a topic that may not be written.
    refusals: AtomicUsize,
}

#[async_trait]
impl Appender for Brokers {
    async fn append(&self, records: Vec<Record>) -> Result<Vec<Offset>, AppendError> {
        if self.silent.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        if self.away.load(Ordering::SeqCst) {
            let cause = AppendFailure::Retry("no broker".to_owned());
            return Err(AppendError { not_durable: records, cause });
        }
        let refused = |left: usize| left.checked_sub(1);
        let of_second = records.iter().any(|it| it.partition == Partition(1));
        if of_second
            && self.refusals.fetch_update(Ordering::SeqCst, Ordering::SeqCst, refused).is_ok()
        {
            let cause = LogError::Stopped("this topic may not be written".to_owned()).into();
            return Err(AppendError { not_durable: records, cause });
        }
        let bytes_max = self.value_bytes_max.load(Ordering::SeqCst);
        let is_taken = |it: &Record| it.value.as_ref().is_none_or(|it| it.len() <= bytes_max);
        let (taken, too_large): (Vec<_>, Vec<_>) = records.into_iter().partition(is_taken);
        let offsets = self.log.appender().expect("it is open").append(taken).await?;
        match too_large.first().and_then(|it| it.value.as_ref()).map(Bytes::len) {
            None => Ok(offsets),
            Some(bytes) => {
                let cause = AppendFailure::TooLarge { bytes, bytes_max };
                Err(AppendError { not_durable: too_large, cause })
            }
        }
    }
}

fn topic() -> Topic {
    Topic::new("calls")
}

fn specs() -> Vec<TopicSpec> {
    let cleanup = Cleanup { compact: false, retention: None };
    vec![TopicSpec { topic: topic(), partitions: 2, cleanup }]
}

fn record(partition: u32, value: &str) -> Record {
    Record {
        topic: topic(),
        partition: Partition(partition),
        key: Bytes::copy_from_slice(value.as_bytes()),
        value: Some(Bytes::copy_from_slice(value.as_bytes())),
        headers: Vec::new(),
    }
}

impl Brokers {
    fn new() -> Arc<Brokers> {
        let log = MemoryLog::new(specs(), Arc::new(SystemClock));
        Arc::new(Brokers {
            log,
            away: AtomicBool::new(false),
            silent: AtomicBool::new(false),
            value_bytes_max: AtomicUsize::new(usize::MAX),
            refusals: AtomicUsize::new(0),
        })
    }

    /// The brokers' appender can only be had while they are there.
    fn connect(self: &Arc<Brokers>) -> Connect {
        let brokers = self.clone();
        Arc::new(move || {
            let brokers = brokers.clone();
            Box::pin(async move {
                match brokers.away.load(Ordering::SeqCst) {
                    true => Err(LogError::Stopped("no broker".to_owned())),
                    false => Ok(brokers as Arc<dyn Appender>),
                }
            })
        })
    }

    async fn start(self: &Arc<Brokers>, dir: &Path) -> (Arc<Spool>, CancellationToken) {
        self.start_with(dir, Options { patience: PATIENCE, ..Options::default() }).await
    }

    async fn start_with(
        self: &Arc<Brokers>,
        dir: &Path,
        options: Options,
    ) -> (Arc<Spool>, CancellationToken) {
        let (clock, stop) = (Arc::new(SystemClock), CancellationToken::new());
        let spool = Spool::start(dir, specs(), clock, options, self.connect(), stop.clone()).await;
        (spool.expect("it starts"), stop)
    }

    async fn values(&self, partition: u32) -> Vec<String> {
        let reader = self.log.reader(&topic(), Partition(partition), Offset::START).await;
        let batch = reader.expect("it is open").next_if_any(1_000).await.expect("reads");
        let text = |value: &Bytes| String::from_utf8(value.to_vec()).expect("it is text");
        batch.records.iter().filter_map(|it| it.value.as_ref().map(text)).collect()
    }
}

async fn emptied(spool: &Spool) {
    let mut waiting = spool.waiting();
    let empty = waiting.wait_for(|waiting| waiting.since_ms.is_none());
    tokio::time::timeout(PATIENCE, empty).await.expect("in time").expect("it lives");
}

async fn connected(brokers: &Brokers, spool: &Spool) {
    // The first append may come before the connection, and then lies in the spool.
    spool.append(vec![record(1, "first")]).await.expect("is kept");
    emptied(spool).await;
    assert_eq!(brokers.values(1).await, ["first"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_while_the_brokers_are_away_reaches_them_in_order() {
    let (brokers, dir) = (Brokers::new(), tempfile::tempdir().expect("a folder"));
    let (spool, _stop) = brokers.start(dir.path()).await;
    connected(&brokers, &spool).await;
    assert!(!dir.path().join("spool").exists(), "appends go to the brokers");
    brokers.away.store(true, Ordering::SeqCst);
    for n in 0..600 {
        spool.append(vec![record(0, &n.to_string())]).await.expect("is kept");
    }
    assert!(brokers.values(0).await.is_empty());
    let waiting = *spool.waiting().borrow();
    assert_eq!(waiting.records, 600);
    assert!(waiting.since_ms.is_some() && !spool.is_old(&waiting));
    brokers.away.store(false, Ordering::SeqCst);
    // Behind those that wait, though the brokers would take it at once.
    spool.append(vec![record(0, "after")]).await.expect("is kept");
    emptied(&spool).await;
    let all: Vec<String> = (0..600).map(|n| n.to_string()).chain(["after".to_owned()]).collect();
    assert_eq!(brokers.values(0).await, all);
    assert!(!dir.path().join("spool").exists());
    spool.append(vec![record(0, "direct")]).await.expect("is taken");
    assert_eq!(brokers.values(0).await.last().map(String::as_str), Some("direct"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn brokers_that_say_nothing_are_not_waited_for() {
    let (brokers, dir) = (Brokers::new(), tempfile::tempdir().expect("a folder"));
    // Only the brokers that say nothing may need longer than this: it must not be a record before them.
    let options = Options { patience: Duration::from_millis(300), ..Options::default() };
    let (spool, _stop) = brokers.start_with(dir.path(), options).await;
    spool.append(vec![record(1, "first")]).await.expect("is kept");
    emptied(&spool).await;
    brokers.silent.store(true, Ordering::SeqCst);
    let kept = spool.append(vec![record(0, "kept")]);
    tokio::time::timeout(PATIENCE, kept).await.expect("in time").expect("is kept");
    assert_eq!(spool.waiting().borrow().records, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_spool_that_a_dead_process_left_is_emptied_first_by_the_next() {
    let (brokers, dir) = (Brokers::new(), tempfile::tempdir().expect("a folder"));
    brokers.away.store(true, Ordering::SeqCst);
    let (spool, stop) = brokers.start(dir.path()).await;
    for n in 0..3 {
        spool.append(vec![record(0, &n.to_string())]).await.expect("is kept");
    }
    ended(spool, &stop).await;
    let (spool, _stop) = brokers.start(dir.path()).await;
    assert_eq!(spool.waiting().borrow().records, 3, "what was left is known");
    spool.append(vec![record(0, "new")]).await.expect("is kept");
    brokers.away.store(false, Ordering::SeqCst);
    emptied(&spool).await;
    assert_eq!(brokers.values(0).await, ["0", "1", "2", "new"]);
}

/// Its emptying ends and lets go of it, as of a process that died.
async fn ended(spool: Arc<Spool>, stop: &CancellationToken) {
    stop.cancel();
    tokio::time::timeout(PATIENCE, async {
        while Arc::strong_count(&spool) > 1 {
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect("in time");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_moved_is_not_moved_again_when_the_rest_is_refused() {
    let (brokers, dir) = (Brokers::new(), tempfile::tempdir().expect("a folder"));
    brokers.away.store(true, Ordering::SeqCst);
    let (spool, _stop) = brokers.start(dir.path()).await;
    for partition in [0, 1] {
        spool.append(vec![record(partition, "kept")]).await.expect("is kept");
    }
    brokers.refusals.store(2, Ordering::SeqCst);
    brokers.away.store(false, Ordering::SeqCst);
    emptied(&spool).await;
    assert_eq!(brokers.refusals.load(Ordering::SeqCst), 0, "it was refused");
    for partition in [0, 1] {
        assert_eq!(brokers.values(partition).await, ["kept"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_brokers_refuse_for_its_size_is_set_aside_and_offered_by_the_next_process() {
    let (brokers, dir) = (Brokers::new(), tempfile::tempdir().expect("a folder"));
    let (spool, stop) = brokers.start(dir.path()).await;
    connected(&brokers, &spool).await;
    brokers.value_bytes_max.store(6, Ordering::SeqCst);
    let direct = vec![record(0, "too large"), record(0, "direct")];
    spool.append(direct).await.expect("is kept");
    assert_eq!(spool.waiting().borrow().refused, 1);

    brokers.away.store(true, Ordering::SeqCst);
    for value in ["before", "also too large", "after"] {
        spool.append(vec![record(0, value)]).await.expect("is kept");
    }
    brokers.away.store(false, Ordering::SeqCst);
    emptied(&spool).await;
    assert_eq!(brokers.values(0).await, ["direct", "before", "after"]);
    assert_eq!(spool.waiting().borrow().refused, 2);
    ended(spool, &stop).await;

    let (spool, stop) = brokers.start(dir.path()).await;
    assert_eq!(spool.waiting().borrow().refused, 2, "what lies aside is known");
    connected_again(&spool).await;
    assert_eq!(spool.waiting().borrow().refused, 2, "it is still too large");
    ended(spool, &stop).await;

    brokers.value_bytes_max.store(usize::MAX, Ordering::SeqCst);
    let (spool, _stop) = brokers.start(dir.path()).await;
    let mut waiting = spool.waiting();
    let taken = waiting.wait_for(|waiting| waiting.refused == 0);
    tokio::time::timeout(PATIENCE, taken).await.expect("in time").expect("it lives");
    let values = brokers.values(0).await;
    assert_eq!(values[values.len() - 2..], ["too large", "also too large"]);
    assert!(!dir.path().join("spool.refused").exists());
}

/// By the time that a record was taken what lay aside has been offered.
async fn connected_again(spool: &Spool) {
    spool.append(vec![record(1, "again")]).await.expect("is kept");
    emptied(spool).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_spool_refuses_and_gives_the_records_back() {
    let (brokers, dir) = (Brokers::new(), tempfile::tempdir().expect("a folder"));
    brokers.away.store(true, Ordering::SeqCst);
    let (spool, _stop) =
        brokers.start_with(dir.path(), Options { bytes_max: 10, ..Options::default() }).await;
    spool.append(vec![record(0, "12345")]).await.expect("is kept");
    let refused = spool.append(vec![record(0, "6")]).await.expect_err("is full");
    assert!(matches!(refused.cause, AppendFailure::Retry(_)), "{refused}");
    assert_eq!(refused.not_durable, [record(0, "6")]);
    brokers.away.store(false, Ordering::SeqCst);
    emptied(&spool).await;
    spool.append(vec![record(0, "6")]).await.expect("there is room again");
    assert_eq!(brokers.values(0).await, ["12345", "6"]);
}
