//! What was acknowledged is there after the log was opened again.

use super::World;
use super::world::{record, tombstone};
use crate::{Header, Offset, Record, WriterName};

async fn fill(world: &World) {
    let header = Header { name: "event-id".to_owned(), value: "7".into() };
    for n in 0..30 {
        let value = format!("{n} {}", "x".repeat(n * 37));
        let with_header =
            Record { headers: vec![header.clone()], ..record(&world.all, 0, "k", &value) };
        world.append(vec![with_header, record(&world.compacted, 1, &value, "v")]).await;
    }
    let mut writer = world.subject.log().writer(&WriterName("w".to_owned())).await.expect("opens");
    let records = vec![tombstone(&world.compacted, 1, "gone"), record(&world.all, 2, "k", "v")];
    writer.commit(records).await.expect("commits");
}

/// Everything comes back after an orderly end.
pub async fn what_was_acknowledged_survives_an_orderly_end(world: &mut World) {
    fill(world).await;
    let before = everything(world).await;
    world.subject.reopen().await;
    assert_eq!(everything(world).await, before);
}

/// Everything comes back after a crash, also after several.
pub async fn what_was_acknowledged_survives_a_crash(world: &mut World) {
    for _ in 0..3 {
        fill(world).await;
        let before = everything(world).await;
        world.subject.crash().await;
        assert_eq!(everything(world).await, before);
    }
}

async fn everything(world: &World) -> Vec<Vec<crate::Stored>> {
    let mut everything = Vec::new();
    for topic in [&world.all, &world.compacted, &world.hour] {
        for partition in 0..3 {
            everything.push(world.read_all(topic, partition).await);
        }
    }
    everything
}

/// The next append after a reopening gets the next offset, orderly or not.
pub async fn a_reopened_log_goes_on_where_it_ended(world: &mut World) {
    for round in 0..6_u64 {
        let told = world.append(vec![record(&world.all, 1, "k", &round.to_string())]).await;
        assert_eq!(told, [Offset(round)]);
        if round % 2 == 0 {
            world.subject.reopen().await;
        } else {
            world.subject.crash().await;
        }
        assert_eq!(world.ends(&world.all, 1).await, (0, round + 1));
    }
    assert_eq!(world.values(&world.all, 1).await, ["0", "1", "2", "3", "4", "5"]);
}

/// A log has the same identity for ever.
pub async fn the_identity_never_changes(world: &mut World) {
    let before = world.subject.log().identity().clone();
    world.subject.reopen().await;
    assert_eq!(*world.subject.log().identity(), before);
    world.subject.crash().await;
    assert_eq!(*world.subject.log().identity(), before);
}
