//! Readers follow the log without being asked again.

use futures::FutureExt;

use super::World;
use super::world::{record, soon, value_of};
use crate::Offset;

/// A reader that waits at the end gets what is appended.
pub async fn a_waiting_reader_is_woken(world: &mut World) {
    world.append(vec![record(&world.all, 0, "k", "first")]).await;
    let mut reader = world.reader(&world.all, 0, 0).await;
    let following = tokio::spawn(async move {
        let mut found = Vec::new();
        while found.len() < 51 {
            found.extend(reader.next(10).await.expect("reads").records);
        }
        found.iter().map(value_of).collect::<Vec<_>>()
    });
    for n in 0..50 {
        world.append(vec![record(&world.all, 0, "k", &n.to_string())]).await;
    }
    let found = soon("the follower gets everything", following).await.expect("the reader ends");
    let appended = std::iter::once("first".to_owned()).chain((0..50).map(|n| n.to_string()));
    assert_eq!(found, appended.collect::<Vec<_>>());
}

/// A wait that is dropped takes nothing with it.
pub async fn a_cancelled_wait_loses_nothing(world: &mut World) {
    let mut reader = world.reader(&world.all, 0, 0).await;
    for n in 0..10 {
        assert!(reader.next(1).now_or_never().is_none(), "there is nothing to read yet");
        world.append(vec![record(&world.all, 0, "k", &n.to_string())]).await;
        let batch = soon("the record comes", reader.next(5)).await.expect("reads");
        assert_eq!(batch.records.iter().map(value_of).collect::<Vec<_>>(), [n.to_string()]);
    }
}

/// What goes to one partition does not end the wait on another, and what ends it is its own.
pub async fn a_reader_of_another_partition_keeps_waiting(world: &mut World) {
    let mut reader = world.reader(&world.all, 2, 0).await;
    let mut wait = std::pin::pin!(reader.next(1));
    assert!(wait.as_mut().now_or_never().is_none());
    world
        .append(vec![record(&world.all, 0, "k", "other"), record(&world.hour, 2, "k", "other")])
        .await;
    assert!(wait.as_mut().now_or_never().is_none(), "it is not this reader's record");
    world.append(vec![record(&world.all, 2, "k", "own")]).await;
    let batch = soon("its own record comes", wait).await.expect("reads");
    assert_eq!(value_of(&batch.records[0]), "own");
}

/// When an append has returned, whoever asks sees it.
pub async fn everyone_sees_what_returned_before(world: &mut World) {
    let mut open = world.reader(&world.all, 0, 0).await;
    for n in 0..20 {
        world.append(vec![record(&world.all, 0, "k", &n.to_string())]).await;
        assert_eq!(world.ends(&world.all, 0).await, (0, n + 1));
        assert_eq!(open.next_if_any(9).await.expect("reads").records.len(), 1);
        let mut new = world.reader(&world.all, 0, n).await;
        assert_eq!(new.next_if_any(9).await.expect("reads").records[0].offset, Offset(n));
    }
}
