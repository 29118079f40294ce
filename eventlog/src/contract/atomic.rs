//! A commit is there as a whole or not at all.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::World;
use super::world::record;
use crate::admission::RECORD_BYTES_MAX;
use crate::{AppendFailure, CommitError, LogError, Partition, WriterName};

/// While commits of one record to each of three partitions go on, the end of no partition is ever
/// behind one that was looked at before it by a commit, and readers find all or nothing.
pub async fn a_commit_is_seen_whole_or_not_at_all(world: &mut World) {
    let log = world.subject.log();
    let mut writer = log.writer(&WriterName("w".to_owned())).await.expect("opens");
    let (topic, done) = (world.all.clone(), Arc::new(AtomicBool::new(false)));
    let looking = {
        let (log, topic, done) = (log.clone(), topic.clone(), done.clone());
        tokio::spawn(async move {
            let mut looked = 0_u32;
            while !done.load(Ordering::SeqCst) || looked == 0 {
                let order = [looked % 3, (looked + 1) % 3, (looked + 2) % 3];
                let mut before = 0;
                for partition in order {
                    let from = log.ends(&topic, Partition(partition)).await.expect("ends").end;
                    assert!(from.0 >= before, "partition {partition} lacks a part of a commit");
                    before = from.0;
                }
                looked += 1;
                tokio::task::yield_now().await;
            }
        })
    };
    for n in 0..100 {
        let records = (0..3).map(|p| record(&topic, p, "k", &n.to_string())).collect();
        writer.commit(records).await.expect("commits");
    }
    done.store(true, Ordering::SeqCst);
    looking.await.expect("nobody saw a part of a commit");
    for partition in 0..3 {
        assert_eq!(world.values(&topic, partition).await.len(), 100);
    }
}

/// A commit with one record that cannot be written writes none of the others.
pub async fn a_refused_commit_leaves_nothing(world: &mut World) {
    let log = world.subject.log();
    let mut writer = log.writer(&WriterName("w".to_owned())).await.expect("opens");
    let good = record(&world.all, 0, "k", "good");
    let mut foreign = good.clone();
    foreign.topic = crate::Topic::new("unknown");
    let refused = writer.commit(vec![good.clone(), foreign]).await;
    assert!(matches!(refused, Err(CommitError::Log(LogError::UnknownTopic(_)))), "{refused:?}");
    let large = record(&world.all, 0, "k", &"x".repeat(RECORD_BYTES_MAX));
    let refused = writer.commit(vec![good.clone(), large]).await;
    assert!(matches!(refused, Err(CommitError::TooLarge { .. })), "{refused:?}");
    assert!(world.values(&world.all, 0).await.is_empty());
    writer.commit(vec![good]).await.expect("the writer goes on");
    assert_eq!(world.values(&world.all, 0).await, ["good"]);
}

/// An append that is refused gives back what is not durable.
pub async fn a_refused_append_gives_its_records_back(world: &mut World) {
    let appender = world.subject.log().appender().expect("an open log has an appender");
    let large = record(&world.all, 0, "k", &"x".repeat(RECORD_BYTES_MAX));
    let refused = appender.append(vec![large.clone()]).await.expect_err("is too large");
    assert!(matches!(refused.cause, AppendFailure::TooLarge { .. }), "{refused}");
    assert_eq!(refused.not_durable, [large]);
}
