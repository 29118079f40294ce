//! Brokers that are killed, frozen and come back.

use std::time::Duration;

use eventlog::{AppendFailure, CommitError, Log, LogReader, Offset, Partition, WriterName};

use crate::own_cluster;
use crate::place::{Place, append, read_on, record, soon, values};

pub const CHECKS: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_the_kill_of_the_broker() {
    let Some(mut cluster) = own_cluster(1, "").await else { return };
    let place = Place::new(&cluster);
    place.create().await;
    let log = place.open().await;
    let mut writer = log.writer(&WriterName("w".to_owned())).await.expect("opens");
    let mut reader = log.reader(&place.all(), Partition(0), Offset::START).await.expect("opens");
    append(&log, (0..50).map(|n| record(&place.all(), 0, "k", &n.to_string())).collect()).await;
    writer.commit(vec![record(&place.all(), 0, "k", "commit")]).await.expect("commits");
    assert_eq!(read_on(&mut *reader).await.len(), 51);
    cluster.kill(0).await;
    // An append that waits while the broker is away, a reader that follows, and a commit.
    let waiting = tokio::spawn({
        let (appender, topic) = (log.appender().expect("is open"), place.all());
        async move { appender.append(vec![record(&topic, 0, "k", "meanwhile")]).await }
    });
    cluster.restart(0).await;
    soon("the append", waiting).await.expect("ends").expect("becomes durable");
    let batch = soon("the reader goes on", reader.next(10)).await.expect("reads");
    assert_eq!(batch.records[0].value.as_deref(), Some(&b"meanwhile"[..]));
    soon("the writer goes on", writer.commit(vec![record(&place.all(), 1, "k", "after")]))
        .await
        .expect("commits");
    let expected = (0..50).map(|n| n.to_string()).chain(["commit", "meanwhile"].map(str::to_owned));
    assert_eq!(values(&log, &place.all(), 0).await, expected.collect::<Vec<_>>());
    assert_eq!(values(&log, &place.all(), 1).await, ["after"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_append_that_takes_too_long_gives_its_records_back() {
    let Some(cluster) = own_cluster(1, "").await else { return };
    let mut place = Place::new(&cluster);
    place.options.delivery_timeout = Duration::from_secs(3);
    place.create().await;
    let log = place.open().await;
    append(&log, vec![record(&place.all(), 0, "k", "before")]).await;
    cluster.freeze(0);
    let records: Vec<_> = (0..9).map(|n| record(&place.all(), n % 3, "k", "frozen")).collect();
    let appender = log.appender().expect("is open");
    let refused = soon("the append ends", appender.append(records.clone())).await;
    let refused = refused.expect_err("the broker answers nothing");
    assert!(matches!(refused.cause, AppendFailure::Retry(_)), "{refused}");
    assert_eq!(refused.not_durable, records);
    cluster.thaw(0);
    append(&log, refused.not_durable).await;
    let found = values(&log, &place.all(), 0).await;
    // What was given back may have arrived all the same: keys make a repeat collapse.
    assert!(found.len() >= 4 && found[1..].iter().all(|value| value == "frozen"), "{found:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_takes_too_long_ends_and_its_writer_can_be_reopened() {
    let Some(cluster) = own_cluster(1, "").await else { return };
    let mut place = Place::new(&cluster);
    place.options.commit_timeout = Duration::from_secs(3);
    place.create().await;
    let log = place.open().await;
    let name = WriterName("w".to_owned());
    let mut writer = log.writer(&name).await.expect("opens");
    writer.commit(vec![record(&place.all(), 0, "k", "before")]).await.expect("commits");
    cluster.freeze(0);
    let frozen =
        soon("the commit ends", writer.commit(vec![record(&place.all(), 0, "k", "frozen")]));
    let frozen = frozen.await.expect_err("the broker answers nothing");
    assert!(matches!(frozen, CommitError::Unknown(_) | CommitError::Retry(_)), "{frozen}");
    drop(writer);
    cluster.thaw(0);
    let mut writer = soon("opens again", log.writer(&name)).await.expect("opens");
    let before = values(&log, &place.all(), 0).await;
    writer.commit(vec![record(&place.all(), 0, "k", "after")]).await.expect("commits");
    let mut expected = before;
    expected.push("after".to_owned());
    assert_eq!(values(&log, &place.all(), 0).await, expected);
}

/// One of three brokers dies, and each has partitions that no other has: the others answer, and are not enough.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_is_not_ready_while_a_partition_has_no_leader() {
    let Some(mut cluster) = own_cluster(3, "").await else { return };
    let place = Place::new(&cluster);
    place.create().await;
    let log = place.open().await;
    log.ready().await.expect("all partitions are led");
    cluster.kill(2).await;
    let mut ticks = tokio::time::interval(Duration::from_millis(200));
    let told = async {
        loop {
            ticks.tick().await;
            match log.ready().await {
                Err(error) if error.to_string().contains("no leader") => return error,
                Ok(()) | Err(_) => {}
            }
        }
    };
    let told = soon("it says so", told).await.to_string();
    assert!(told.contains("partition"), "{told}");
    cluster.restart(2).await;
    let again = async {
        while log.ready().await.is_err() {
            ticks.tick().await;
        }
    };
    soon("it is ready again", again).await;
}
