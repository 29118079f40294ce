//! What brokers throw away, in their own time, is passed over, and ends stay where they are.

use std::time::Duration;

use eventlog::{LogReader, Offset, Partition};
use tokio::time::interval;

use crate::own_cluster;
use crate::place::{PATIENCE, Place, append, read_all, read_on, record};

pub const CHECKS: usize = 2;

/// A broker that cleans at once what it usually cleans in minutes or days.
const EAGER: &str = "log.initial.task.delay.ms=100\n\
                     log.retention.check.interval.ms=200\n\
                     log.cleaner.backoff.ms=100\n\
                     log.cleaner.min.cleanable.ratio=0.0001\n\
                     log.segment.delete.delay.ms=0\n\
                     log.roll.ms=50";
const LOOK_EVERY: Duration = Duration::from_millis(200);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_stays_when_everything_was_dropped() {
    let Some(cluster) = own_cluster(1, EAGER).await else { return };
    let mut place = Place::new(&cluster);
    let now_ms = eventlog::Clock::now_ms(&place.clock);
    place.clock = eventlog::ManualClock::at(now_ms - 2 * 3_600_000);
    place.create().await;
    let log = place.open().await;
    append(&log, (0..9).map(|n| record(&place.hour(), 0, "k", &n.to_string())).collect()).await;
    let mut ticks = interval(LOOK_EVERY);
    let dropped = async {
        while log.ends(&place.hour(), Partition(0)).await.expect("ends").start.0 < 9 {
            ticks.tick().await;
        }
    };
    tokio::time::timeout(PATIENCE, dropped).await.expect("the broker drops what is too old");
    for from in [0, 3, 9] {
        let reader = log.reader(&place.hour(), Partition(0), Offset(from)).await;
        let mut reader = reader.expect("opens");
        assert!(reader.next_if_any(9).await.expect("reads").records.is_empty(), "from {from}");
        assert_eq!(reader.position(), Offset(9), "from {from}");
    }
    place.clock.advance_ms(2 * 3_600_000);
    let told = append(&log, vec![record(&place.hour(), 0, "k", "next")]).await;
    assert_eq!(told, [Offset(9)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_passes_the_gaps_of_a_compaction() {
    let Some(cluster) = own_cluster(1, EAGER).await else { return };
    let place = Place::new(&cluster);
    place.create().await;
    let log = place.open().await;
    let topic = place.compacted();
    for version in 0..40 {
        let key = format!("key {}", version % 5);
        append(&log, vec![record(&topic, 0, &key, &version.to_string())]).await;
    }
    let mut ticks = interval(LOOK_EVERY);
    let mut version = 40;
    let compacted = async {
        loop {
            let left = read_all(&log, &topic, 0).await;
            // The newest segment is never compacted.
            if left.len() < 12 {
                return left;
            }
            // Another append closes the segment that is open.
            ticks.tick().await;
            place.clock.advance_ms(1_000);
            append(&log, vec![record(&topic, 0, "key 0", &version.to_string())]).await;
            version += 1;
        }
    };
    let left = tokio::time::timeout(PATIENCE, compacted).await.expect("the broker compacts");
    let end = log.ends(&topic, Partition(0)).await.expect("ends").end;
    for from in 0..=end.0 {
        let reader = log.reader(&topic, Partition(0), Offset(from)).await;
        let mut reader = reader.expect("opens");
        let found = read_on(&mut *reader).await;
        let expected: Vec<_> =
            left.iter().filter(|s| s.offset.0 >= from).map(|s| s.offset).collect();
        let found: Vec<_> = found.iter().map(|stored| stored.offset).collect();
        // Meanwhile it may have compacted more.
        assert!(found.iter().all(|offset| expected.contains(offset)), "{found:?} {expected:?}");
        assert_eq!(found.last(), expected.last(), "from {from}");
        assert_eq!(reader.position(), end, "from {from}");
    }
}
