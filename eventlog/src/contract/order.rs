//! Records have offsets, and are read in their order, each once and whole.

use bytes::Bytes;

use super::World;
use super::world::{read_to_end, record, tombstone, value_of};
use crate::{Dated, Header, Offset, Record, WriterName};

/// Offsets start at 0 and grow by record, per partition, in the order in which records were given.
pub async fn offsets_come_in_the_order_given(world: &mut World) {
    let (all, other) = (&world.all, &world.compacted);
    let offsets = world
        .append(vec![
            record(all, 0, "a", "0"),
            record(all, 1, "b", "0"),
            record(other, 0, "c", "0"),
            record(all, 0, "d", "1"),
            record(other, 0, "e", "1"),
            record(all, 0, "f", "2"),
        ])
        .await;
    assert_eq!(offsets, [0, 0, 0, 1, 1, 2].map(Offset));
    assert_eq!(world.append(vec![record(all, 0, "g", "3")]).await, [Offset(3)]);
}

/// A reader gives every record once, in the order of offsets, with large and small batches.
pub async fn a_partition_is_read_in_order_each_record_once(world: &mut World) {
    for group in 0..20_u32 {
        let records = (0..50)
            .map(|n| record(&world.all, (group + n) % 3, "k", &format!("{group} {n}")))
            .collect();
        world.append(records).await;
    }
    for partition in 0..3 {
        let found = world.read_all(&world.all, partition).await;
        let expected = (0..20_u32).flat_map(|group| {
            (0..50)
                .filter(move |n| (group + n) % 3 == partition)
                .map(move |n| format!("{group} {n}"))
        });
        assert_eq!(found.iter().map(value_of).collect::<Vec<_>>(), expected.collect::<Vec<_>>());
        let offsets: Vec<u64> = found.iter().map(|stored| stored.offset.0).collect();
        assert_eq!(offsets, (0..found.len() as u64).collect::<Vec<_>>());
    }
}

/// Key, value, headers and the time of the append come back as they went in.
pub async fn everything_about_a_record_is_kept(world: &mut World) {
    let clock = world.subject.clock();
    let header = |name: &str, value: &'static [u8]| Header {
        name: name.to_owned(),
        value: Bytes::from_static(value),
    };
    let headers = vec![header("schema", b"\x00\xff"), header("schema", b""), header("", b"x")];
    let full = Record { headers: headers.clone(), ..record(&world.all, 2, "key", "value") };
    let empty = record(&world.all, 2, "", "");
    world.append(vec![full]).await;
    let first_ms = crate::Clock::now_ms(&clock);
    clock.advance_ms(5_000);
    world.append(vec![empty, tombstone(&world.all, 2, "key")]).await;
    let found = world.read_all(&world.all, 2).await;
    assert_eq!(found[0].headers, headers);
    assert_eq!((&found[0].key[..], found[0].value.as_deref()), (&b"key"[..], Some(&b"value"[..])));
    assert_eq!(found[0].time_ms, first_ms);
    assert_eq!((&found[1].key[..], found[1].value.as_deref()), (&b""[..], Some(&b""[..])));
    assert_eq!((found[1].headers.len(), found[1].time_ms), (0, first_ms + 5_000));
    assert_eq!((&found[2].key[..], found[2].value.as_deref()), (&b"key"[..], None));
}

/// A record that comes from another log keeps the time it has, whatever the times around it; what is
/// written beside it has that of its own append.
pub async fn a_record_that_is_carried_over_keeps_its_time(world: &mut World) {
    let clock = world.subject.clock();
    clock.advance_ms(100_000);
    let now_ms = crate::Clock::now_ms(&clock);
    let mut writer =
        world.subject.log().writer(&WriterName("copy".to_owned())).await.expect("opens");
    let dated = |n: u32, age_ms: i64| Dated {
        record: record(&world.all, n % 2, "k", &n.to_string()),
        time_ms: now_ms - age_ms,
    };
    world.append(vec![record(&world.all, 0, "k", "before")]).await;
    let ages_ms = [90_000, 30_000, 60_000, 20_000, 70_000];
    let records = (0..).zip(ages_ms).map(|(n, age_ms)| dated(n, age_ms)).collect();
    let offsets = writer.commit_dated(records).await.expect("commits");
    assert_eq!(offsets[0], Offset(1));
    world.append(vec![record(&world.all, 0, "k", "after")]).await;
    let own = |pairs: &[(&str, i64)]| {
        pairs.iter().map(|(value, age)| ((*value).to_owned(), *age)).collect::<Vec<_>>()
    };
    let even = [("before", 0), ("0", 90_000), ("2", 60_000), ("4", 70_000), ("after", 0)];
    assert_eq!(ages(world, 0, now_ms).await, own(&even));
    assert_eq!(ages(world, 1, now_ms).await, own(&[("1", 30_000), ("3", 20_000)]));
    drop(writer);
    world.subject.crash().await;
    assert_eq!(ages(world, 0, now_ms).await, own(&even));
}

/// The values of a partition with their ages.
async fn ages(world: &World, partition: u32, now_ms: i64) -> Vec<(String, i64)> {
    let found = world.read_all(&world.all, partition).await;
    found.iter().map(|it| (value_of(it), now_ms - it.time_ms)).collect()
}

/// Many callers at once: the offsets that each was told are those of its records, and its records
/// stand in its order.
pub async fn concurrent_appends_keep_each_callers_order(world: &mut World) {
    let appender = world.subject.log().appender().expect("an open log has an appender");
    let callers = (0..16).map(|caller| {
        let (appender, topic) = (appender.clone(), world.all.clone());
        tokio::spawn(async move {
            let mut told = Vec::new();
            for n in 0..20 {
                let records = vec![record(&topic, 0, "k", &format!("{caller} {n}"))];
                told.extend(appender.append(records).await.expect("becomes durable"));
            }
            (caller, told)
        })
    });
    let told = futures::future::join_all(callers).await;
    let found = world.read_all(&world.all, 0).await;
    assert_eq!(found.len(), 16 * 20);
    for (caller, offsets) in told.into_iter().map(|joined| joined.expect("a caller ends")) {
        assert!(offsets.is_sorted(), "caller {caller} was told {offsets:?}");
        for (n, offset) in offsets.iter().enumerate() {
            let stored = found.iter().find(|stored| stored.offset == *offset).expect("is there");
            assert_eq!(value_of(stored), format!("{caller} {n}"));
        }
    }
}

/// A reader starts at the offset it is given, also in the middle of what was written at once.
pub async fn a_reader_starts_where_it_is_told(world: &mut World) {
    world.append((0..40).map(|n| record(&world.all, 1, "k", &n.to_string())).collect()).await;
    for from in [0_u64, 1, 17, 39, 40] {
        let mut reader = world.reader(&world.all, 1, from).await;
        assert_eq!(reader.position(), Offset(from));
        let found = read_to_end(&mut *reader).await;
        assert_eq!(found.len() as u64, 40 - from, "from {from}");
        assert!(found.first().is_none_or(|first| first.offset == Offset(from)));
        assert_eq!(reader.position(), Offset(40));
    }
}

/// A batch has at most as many records as were asked for, and the reader stands behind the last.
pub async fn batches_are_as_large_as_asked(world: &mut World) {
    world.append((0..10).map(|n| record(&world.all, 0, "k", &n.to_string())).collect()).await;
    let mut reader = world.reader(&world.all, 0, 0).await;
    for (asked, got, position) in [(4, 4, 4), (1, 1, 5), (100, 5, 10), (100, 0, 10)] {
        let batch = reader.next_if_any(asked).await.expect("reads");
        assert_eq!((batch.records.len(), reader.position()), (got, Offset(position)));
    }
}
