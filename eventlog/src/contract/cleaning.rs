//! Compaction and retention take away what the topic allows, and nothing else.

use super::World;
use super::world::{read_to_end, record, tombstone, value_of};
use crate::topic::TOMBSTONES_KEPT;
use crate::{Clock, Dated, Offset, Stored, WriterName};

fn pairs(found: &[Stored]) -> Vec<(String, String)> {
    let key = |stored: &Stored| String::from_utf8_lossy(&stored.key).into_owned();
    found.iter().map(|stored| (key(stored), value_of(stored))).collect()
}

/// Many versions of a few keys, in many appends.
async fn versions(world: &World, versions: u32) {
    for version in 0..versions {
        let one = |key: u32| {
            record(&world.compacted, 0, &format!("key {key}"), &format!("{key} v{version}"))
        };
        world.append((0..5).filter(|key| (key + version) % 2 == 0).map(one).collect()).await;
    }
}

/// After cleaning, each key has its newest record, and topics that are not compacted have all.
pub async fn compaction_keeps_the_newest_of_each_key(world: &mut World) {
    versions(world, 40).await;
    for n in 0..20 {
        world.append(vec![record(&world.all, 0, "same", &n.to_string())]).await;
    }
    let before = world.read_all(&world.compacted, 0).await;
    if !world.clean("compaction_keeps_the_newest_of_each_key").await {
        return;
    }
    let after = world.read_all(&world.compacted, 0).await;
    let newest = |stored: &&Stored| {
        before.iter().all(|other| other.key != stored.key || other.offset <= stored.offset)
    };
    let expected: Vec<Stored> = before.iter().filter(newest).cloned().collect();
    assert_eq!(after, expected);
    assert_eq!(world.values(&world.all, 0).await.len(), 20);
}

/// Records keep their offsets; a reader that starts in a gap goes on behind it; new records get
/// offsets behind all that ever were.
pub async fn offsets_stay_and_gaps_are_passed(world: &mut World) {
    versions(world, 10).await;
    let end = world.ends(&world.compacted, 0).await.1;
    if !world.clean("offsets_stay_and_gaps_are_passed").await {
        return;
    }
    let left = world.read_all(&world.compacted, 0).await;
    assert_eq!(left.len(), 5);
    let (start, still) = world.ends(&world.compacted, 0).await;
    assert!(start <= left[0].offset.0 && still == end, "{start} {still}");
    for from in 0..=end {
        let mut reader = world.reader(&world.compacted, 0, from).await;
        let found = read_to_end(&mut *reader).await;
        let expected: Vec<_> = left.iter().filter(|s| s.offset.0 >= from).cloned().collect();
        assert_eq!((found, reader.position()), (expected, Offset(end)), "from {from}");
    }
    let told = world.append(vec![record(&world.compacted, 0, "new", "v")]).await;
    assert_eq!(told, [Offset(end)]);
}

/// A tombstone takes the older records of its key away at once, and goes itself when everybody had
/// time to see it.
pub async fn a_tombstone_is_kept_and_then_forgotten(world: &mut World) {
    let own = |text: &str| text.to_owned();
    world
        .append(vec![record(&world.compacted, 1, "a", "1"), record(&world.compacted, 1, "b", "1")])
        .await;
    world.append(vec![tombstone(&world.compacted, 1, "a")]).await;
    if !world.clean("a_tombstone_is_kept_and_then_forgotten").await {
        return;
    }
    let left = pairs(&world.read_all(&world.compacted, 1).await);
    assert_eq!(left, [(own("b"), own("1")), (own("a"), own("-"))]);
    let kept_ms = i64::try_from(TOMBSTONES_KEPT.as_millis()).expect("a week in milliseconds fits");
    world.subject.clock().advance_ms(kept_ms - 1);
    world.append(vec![record(&world.compacted, 1, "c", "1")]).await;
    world.clean("a_tombstone_is_kept_and_then_forgotten").await;
    assert_eq!(world.read_all(&world.compacted, 1).await.len(), 3);
    world.subject.clock().advance_ms(2);
    world.append(vec![record(&world.compacted, 1, "d", "1")]).await;
    world.clean("a_tombstone_is_kept_and_then_forgotten").await;
    let left = pairs(&world.read_all(&world.compacted, 1).await);
    assert_eq!(left, ["b", "c", "d"].map(|key| (own(key), own("1"))));
}

/// What is older than the retention goes, what is younger stays, and so does every other topic.
pub async fn retention_drops_what_is_old(world: &mut World) {
    let clock = world.subject.clock();
    world.append(vec![record(&world.hour, 0, "k", "old"), record(&world.all, 0, "k", "old")]).await;
    clock.advance_ms(30 * 60_000);
    world.append(vec![record(&world.hour, 0, "k", "young")]).await;
    clock.advance_ms(30 * 60_000 + 1);
    world.append(vec![record(&world.hour, 0, "k", "new")]).await;
    if !world.clean("retention_drops_what_is_old").await {
        return;
    }
    assert_eq!(world.values(&world.hour, 0).await, ["young", "new"]);
    assert_eq!(world.ends(&world.hour, 0).await, (1, 3));
    assert_eq!(world.values(&world.all, 0).await, ["old"]);
}

/// What another log took in long ago goes when it would have gone there.
pub async fn what_is_carried_over_is_as_old_as_it_was(world: &mut World) {
    let clock = world.subject.clock();
    let half_an_hour_ms = 30 * 60_000;
    // Brokers refuse times of more than an hour from now.
    clock.advance_ms(half_an_hour_ms);
    let dated = |value: &str, age_ms: i64| Dated {
        record: record(&world.hour, 0, "k", value),
        time_ms: clock.now_ms() - age_ms,
    };
    let mut writer =
        world.subject.log().writer(&WriterName("copy".to_owned())).await.expect("opens");
    for (value, age_ms) in [("old", half_an_hour_ms), ("young", 0)] {
        writer.commit_dated(vec![dated(value, age_ms)]).await.expect("commits");
    }
    clock.advance_ms(half_an_hour_ms + 1);
    if !world.clean("what_is_carried_over_is_as_old_as_it_was").await {
        return;
    }
    assert_eq!(world.values(&world.hour, 0).await, ["young"]);
}

/// A partition that lost all its records still knows where it ends, also after a reopening.
pub async fn the_end_stays_when_everything_is_dropped(world: &mut World) {
    world.append((0..9).map(|n| record(&world.hour, 0, "k", &n.to_string())).collect()).await;
    world.subject.clock().advance_ms(2 * 3_600_000);
    if !world.clean("the_end_stays_when_everything_is_dropped").await {
        return;
    }
    for _ in 0..2 {
        assert_eq!(world.ends(&world.hour, 0).await, (9, 9));
        let mut reader = world.reader(&world.hour, 0, 3).await;
        assert!(reader.next_if_any(9).await.expect("reads").records.is_empty());
        assert_eq!(reader.position(), Offset(9));
        world.subject.reopen().await;
    }
    world.clean("the_end_stays_when_everything_is_dropped").await;
    world.subject.crash().await;
    let told = world.append(vec![record(&world.hour, 0, "k", "next")]).await;
    assert_eq!(told, [Offset(9)]);
}

/// A reader that is under way when its segments are cleaned, again and again, gives offsets that
/// only grow, misses no record that is left, and gives no record that never was.
pub async fn a_reader_goes_on_during_compaction(world: &mut World) {
    versions(world, 60).await;
    let before = world.read_all(&world.compacted, 0).await;
    let mut reader = world.reader(&world.compacted, 0, 0).await;
    let mut found = Vec::new();
    for round in 0.. {
        let batch = reader.next_if_any(3).await.expect("reads during compaction");
        if batch.records.is_empty() {
            break;
        }
        found.extend(batch.records);
        if round % 5 == 0 && !world.clean("a_reader_goes_on_during_compaction").await {
            return;
        }
    }
    assert!(found.is_sorted_by_key(|stored| stored.offset), "offsets must grow");
    assert!(found.iter().all(|stored| before.contains(stored)));
    let left = world.read_all(&world.compacted, 0).await;
    assert!(left.iter().all(|stored| found.contains(stored)), "a record that is left was missed");
}

/// A reopened log shows what the cleaning left.
pub async fn what_is_cleaned_stays_so_after_a_reopen(world: &mut World) {
    versions(world, 30).await;
    world.append(vec![record(&world.all, 2, "k", "v"), record(&world.hour, 1, "k", "v")]).await;
    if !world.clean("what_is_cleaned_stays_so_after_a_reopen").await {
        return;
    }
    let left = world.read_all(&world.compacted, 0).await;
    for round in 0..4 {
        if round % 2 == 0 {
            world.subject.reopen().await;
        } else {
            world.subject.crash().await;
        }
        assert_eq!(world.read_all(&world.compacted, 0).await, left);
        assert_eq!(world.values(&world.all, 2).await, ["v"]);
        world.clean("what_is_cleaned_stays_so_after_a_reopen").await;
    }
}
