//! What can be checked of the Kafka log without a broker: the wire-level part of the contract, on the
//! client library's mock cluster. The whole contract on a real broker is in
//! `tests/tests/kafka/contract.rs`.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use eventlog::contract::Subject;
use eventlog::kafka::mock::Mock;
use eventlog::kafka::{KafkaLog, Options, open};
use eventlog::{
    AppendFailure, Cleanup, Clock, Log, LogReader, ManualClock, Offset, Partition, Record,
    SystemClock, Topic, TopicSpec,
};

struct Mocked {
    // Lives as long as the log that talks to it.
    _mock: Mock,
    options: Options,
    topics: Vec<TopicSpec>,
    log: Option<Arc<KafkaLog>>,
    clock: ManualClock,
}

impl Mocked {
    async fn open(&mut self) {
        let (options, topics) = (self.options.clone(), self.topics.clone());
        let log = open(options, topics, Arc::new(self.clock.clone())).await;
        self.log = Some(log.expect("the log opens"));
    }
}

async fn make(topics: Vec<TopicSpec>) -> Box<dyn Subject> {
    let mock = Mock::start();
    let options = Options::new(&mock.brokers(), "mocked", "callfold");
    mock.create(&options, &topics);
    let clock = ManualClock::at(SystemClock.now_ms());
    let mut subject = Mocked { _mock: mock, options, topics, log: None, clock };
    subject.open().await;
    Box::new(subject)
}

#[async_trait]
impl Subject for Mocked {
    fn log(&self) -> Arc<dyn Log> {
        self.log.as_ref().expect("is open between two calls").clone()
    }

    fn clock(&self) -> ManualClock {
        self.clock.clone()
    }

    async fn reopen(&mut self) {
        self.log.take().expect("is open between two calls").close();
        self.open().await;
    }

    async fn crash(&mut self) {
        self.reopen().await;
    }

    async fn clean(&self) -> Result<(), String> {
        Err("a mock cluster compacts nothing".to_owned())
    }
}

// Not the cleaning, and not three rules of fencing, the times of records that are carried over, and what a
// crash leaves: the mock cluster lets the old owner go on, gives its own times, and dies with this process.
eventlog::contract_tests!(@each make;
    order::offsets_come_in_the_order_given,
    order::a_partition_is_read_in_order_each_record_once,
    order::everything_about_a_record_is_kept,
    order::concurrent_appends_keep_each_callers_order,
    order::a_reader_starts_where_it_is_told,
    order::batches_are_as_large_as_asked,
    atomic::a_commit_is_seen_whole_or_not_at_all,
    atomic::a_refused_commit_leaves_nothing,
    atomic::a_refused_append_gives_its_records_back,
    fencing::names_do_not_fence_each_other,
    fencing::a_reopened_log_has_no_old_owners,
    durable::what_was_acknowledged_survives_an_orderly_end,
    durable::a_reopened_log_goes_on_where_it_ended,
    durable::the_identity_never_changes,
    follow::a_waiting_reader_is_woken,
    follow::a_cancelled_wait_loses_nothing,
    follow::a_reader_of_another_partition_keeps_waiting,
    follow::everyone_sees_what_returned_before,
    limits::unknown_places_are_refused,
    limits::a_record_that_is_too_large_is_refused,
    limits::nothing_is_a_commit_too,
    limits::a_member_gets_all_slots_or_waits,
    positions::a_position_moves_with_its_output,
);

/// A log with two partitions on two brokers, of which the first leads both.
async fn led(mock: &Mock) -> (Arc<KafkaLog>, Topic) {
    let mut options = Options::new(&mock.brokers(), "led", "callfold");
    options.request_timeout = Duration::from_secs(6);
    let cleanup = Cleanup { compact: false, retention: None };
    let topic = Topic::new("led.all");
    let topics = vec![TopicSpec { topic: topic.clone(), partitions: 2, cleanup }];
    mock.create(&options, &topics);
    for partition in 0..2 {
        mock.lead(&topic, Partition(partition), Some(1));
    }
    let log = open(options, topics, Arc::new(SystemClock)).await.expect("the log opens");
    log.ends(&topic, Partition(0)).await.expect("the ends of a partition that is led");
    (log, topic)
}

/// While brokers agree on another leader a partition has none: who asks then is not left with that answer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_ends_are_known_as_soon_as_a_partition_is_led_again() {
    let mock = Mock::of(2);
    let (log, topic) = led(&mock).await;
    mock.lead(&topic, Partition(0), None);
    log.ready().await.expect_err("a partition has no leader");
    log.ends(&topic, Partition(0)).await.expect_err("nobody knows");
    mock.lead(&topic, Partition(0), Some(1));
    log.ends(&topic, Partition(0)).await.expect("it is asked again, and not much later");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_ends_are_asked_of_whoever_leads_after_the_death_of_a_broker() {
    let mock = Mock::of(2);
    let (log, topic) = led(&mock).await;
    for partition in 0..2 {
        mock.lead(&topic, Partition(partition), Some(2));
    }
    mock.down(1);
    for partition in 0..2 {
        log.ends(&topic, Partition(partition)).await.expect("the other broker is asked");
    }
}

/// A record for the first partition of `topic`.
fn record(topic: &Topic, value: &'static str) -> Record {
    Record {
        topic: topic.clone(),
        partition: Partition(0),
        key: "key".into(),
        value: Some(value.into()),
        headers: Vec::new(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_producer_that_failed_for_good_gives_its_records_back_and_is_replaced() {
    let mock = Mock::of(2);
    let (log, topic) = led(&mock).await;
    let appender = log.appender().expect("the log is open");
    appender.append(vec![record(&topic, "before")]).await.expect("is taken");
    mock.break_a_producer();
    let refused = appender.append(vec![record(&topic, "again")]).await.expect_err("is refused");
    assert!(matches!(refused.cause, AppendFailure::Retry(_)), "{refused}");
    assert_eq!(refused.not_durable, [record(&topic, "again")]);
    appender.append(refused.not_durable).await.expect("a fresh producer takes it");
    let mut reader = log.reader(&topic, Partition(0), Offset::START).await.expect("a place");
    let mut values = Vec::new();
    while values.len() < 2 {
        let batch = reader.next(10).await.expect("reads");
        values.extend(batch.records.into_iter().filter_map(|it| it.value));
    }
    assert_eq!(values, ["before", "again"]);
}
