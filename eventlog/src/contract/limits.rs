//! What is refused, and what is nothing.

use futures::FutureExt;

use super::World;
use super::world::{record, soon};
use crate::admission::{COMMIT_BYTES_MAX, RECORD_BYTES_MAX};
use crate::{CommitError, LogError, MembershipChange, Offset, Partition, Topic, WriterName};

/// A topic or partition that the log does not have is an error everywhere.
pub async fn unknown_places_are_refused(world: &mut World) {
    let log = world.subject.log();
    let unknown = Topic::new("unknown");
    let refused = log.ends(&unknown, Partition(0)).await;
    assert!(matches!(refused, Err(LogError::UnknownTopic(_))), "{refused:?}");
    let refused = log.ends(&world.all, Partition(3)).await;
    assert!(matches!(refused, Err(LogError::UnknownPartition { .. })), "{refused:?}");
    assert!(log.reader(&unknown, Partition(0), Offset(0)).await.is_err());
    assert!(log.reader(&world.all, Partition(3), Offset(0)).await.is_err());
    let appender = log.appender().expect("an open log has an appender");
    assert!(appender.append(vec![record(&world.all, 3, "k", "v")]).await.is_err());
    assert!(appender.append(vec![record(&unknown, 0, "k", "v")]).await.is_err());
}

/// The largest record is written and read; a byte more is refused, and so is a commit that is too
/// large as a whole.
pub async fn a_record_that_is_too_large_is_refused(world: &mut World) {
    let largest = record(&world.all, 0, "k", &"x".repeat(RECORD_BYTES_MAX - 1));
    world.append(vec![largest.clone(), record(&world.all, 0, "k", "next")]).await;
    let found = world.read_all(&world.all, 0).await;
    assert_eq!((found.len(), found[0].value.as_ref()), (2, largest.value.as_ref()));
    let mut writer = world.subject.log().writer(&WriterName("w".to_owned())).await.expect("opens");
    let many = vec![largest; COMMIT_BYTES_MAX / RECORD_BYTES_MAX + 1];
    let refused = writer.commit(many).await;
    assert!(matches!(refused, Err(CommitError::TooLarge { .. })), "{refused:?}");
}

/// Nothing to append and nothing to commit succeed.
pub async fn nothing_is_a_commit_too(world: &mut World) {
    assert!(world.append(Vec::new()).await.is_empty());
    let mut writer = world.subject.log().writer(&WriterName("w".to_owned())).await.expect("opens");
    assert!(writer.commit(Vec::new()).await.expect("commits").is_empty());
    assert_eq!(world.ends(&world.all, 0).await, (0, 0));
}

/// A member is granted its slots, then waits; leaving ends it. There are as many slots as
/// partitions, or fewer.
pub async fn a_member_gets_all_slots_or_waits(world: &mut World) {
    let mut member = world.subject.log().join("projector", 3).await.expect("joins");
    let change = soon("a first change", member.change()).await.expect("a change");
    assert_eq!(change, MembershipChange::Granted((0..3).collect()));
    assert!(member.change().now_or_never().is_none());
    member.leave().await.expect("leaves");
    let mut member = world.subject.log().join("dispatcher", 1).await.expect("joins");
    let change = soon("a first change", member.change()).await.expect("a change");
    assert_eq!(change, MembershipChange::Granted(vec![0]));
    assert!(member.change().now_or_never().is_none());
    member.leave().await.expect("leaves");
}
