//! What is carried over, and that it goes on where it was.

use std::sync::atomic::{AtomicU64, Ordering};

use callfold::copy::carry::{Carry, Done};
use callfold::copy::error::CopyError;
use callfold::copy::look::{State, look};
use callfold::copy::plan::{Found, Part, Plan};
use callfold::view::Names;
use eventlog::embedded::EmbeddedLog;
use eventlog::{LogReader, Partition, SystemClock};
use schemas::TopicKind;

use crate::centre::{Centre, kept, names, open, position, records};

/// Carries over until `stop_at` records are there; none: to the end.
async fn carry(
    centre: &Centre,
    target: &EmbeddedLog,
    target_names: &Names,
    (found, plan): (&Found, &Plan),
    stop_at: Option<u64>,
) -> Option<Result<Done, CopyError>> {
    let stop = tokio::sync::Notify::new();
    let told = |records: u64| {
        if stop_at.is_some_and(|at| records >= at) {
            stop.notify_one();
        }
    };
    let carry = Carry {
        source: &*centre.log,
        source_names: &centre.names,
        from: "embedded:source".to_owned(),
        target,
        target_names,
        found,
        plan,
        clock: &SystemClock,
        told: &told,
    };
    tokio::select! {
        biased;
        () = stop.notified() => None,
        done = carry.run() => Some(done),
    }
}

async fn whole(centre: &Centre, target: &EmbeddedLog, into: &Names) -> Result<Done, CopyError> {
    let found = centre.found().await;
    let plan = Plan::of(&found, into.partitions);
    carry(centre, target, into, (&found, &plan), None).await.unwrap()
}

/// The target's positions are where the target's unread records begin: at its ends when the source
/// was read to its ends.
async fn positions_are_right(target: &EmbeddedLog, into: &Names, unread: u64) {
    let mut behind = [0; 2];
    let ends = callfold::copy::found::ends(target, into).await.unwrap();
    let mut positions = Vec::new();
    for partition in 0..into.partitions {
        let writer = format!("projector/{partition}");
        positions.push(position(target, into, &writer).await.expect("a position"));
    }
    let dispatcher = position(target, into, "dispatcher").await.expect("a position");
    assert_eq!(dispatcher.front_cursor.map(|it| it.0), Some(77));
    assert_eq!(dispatcher.inputs.len() as u32, 2 * into.partitions);
    positions.push(dispatcher);
    for input in positions.iter().flat_map(|it| &it.inputs) {
        let kind = TopicKind::by_name(&input.topic).unwrap();
        let end = ends[&(kind, input.partition.unsigned_abs())].end.0;
        let read = input.next_offset.unsigned_abs();
        assert!(read <= end, "{input:?} is behind the end {end}");
        match kind {
            TopicKind::Calls => behind[0] += end - read,
            TopicKind::Commands => behind[1] += end - read,
            TopicKind::Front => assert_eq!(read, end),
            _ => {}
        }
    }
    assert_eq!(behind, [unread, unread], "of calls and of commands");
}

#[tokio::test]
async fn b30_a_copy_has_everything_in_order_and_was_read_as_far_as_its_source() {
    for (from, into, unread) in [(12, 12, 0), (12, 12, 2), (12, 7, 0), (12, 7, 2), (3, 12, 1)] {
        let dir = tempfile::tempdir().unwrap();
        let centre = Centre::new(&dir.path().join("source"), from, 40, unread).await;
        let (target, into) = (open(&dir.path().join("target"), into), names(into));
        let done = whole(&centre, &target, &into).await.unwrap();
        assert!(!done.resumed && done.finished_before.is_none());
        let (was, is) = (kept(&*centre.log, &centre.names).await, kept(&*target, &into).await);
        assert_eq!(was, is, "{from} to {} with {unread}", into.partitions);
        let carried: u64 = done.carried.values().sum();
        assert_eq!(carried, was.values().map(|all| all.len() as u64).sum::<u64>());
        positions_are_right(&target, &into, u64::from(unread) * 40).await;
        target.close().await;
    }
}

#[tokio::test]
async fn b35_commands_that_nobody_had_read_keep_their_place_and_new_ones_come_after() {
    let dir = tempfile::tempdir().unwrap();
    let centre = Centre::new(&dir.path().join("source"), 12, 40, 2).await;
    let (target, into) = (open(&dir.path().join("target"), 7), names(7));
    whole(&centre, &target, &into).await.unwrap();
    let commands = centre.names.topic(TopicKind::Commands);
    let mut highest = 0;
    let mut orders = std::collections::HashMap::new();
    for partition in 0..12 {
        for stored in records(&*centre.log, &commands, partition).await {
            highest = highest.max(stored.offset.0);
            orders.insert(stored.key, stored.offset.0);
        }
    }
    let mut said = 0;
    for partition in 0..7 {
        for stored in records(&*target, &into.topic(TopicKind::Commands), partition).await {
            let Some(order) = stored.header("order") else { continue };
            let order: u64 = std::str::from_utf8(order).unwrap().parse().unwrap();
            assert_eq!(order, orders[&stored.key]);
            said += 1;
        }
    }
    assert_eq!(said, 2 * 40, "those that were not read");
    let own = schemas::topics::key::order("dispatcher");
    let outcomes = records(&*target, &into.topic(TopicKind::Outcomes), 0).await;
    let first = outcomes.iter().rev().find(|stored| stored.key == own).unwrap();
    let first: schemas::Position = schemas::decode(first.value.as_ref().unwrap()).unwrap();
    assert_eq!(first.inputs.len(), 7);
    assert!(first.inputs.iter().all(|it| it.next_offset.unsigned_abs() == highest + 1));

    // A copy of a copy: its places come after those of both.
    let again = Centre { log: target, names: into };
    let found = again.found().await;
    assert_eq!(found.orders[&6], highest + 1);
    let plan = Plan::of(&found, 12);
    let ends = found.ends.iter().filter(|((kind, _), _)| *kind == TopicKind::Commands);
    let end = ends.map(|(_, ends)| ends.end.0).max().unwrap();
    assert_eq!(plan.order_first, highest + 1 + end);
    assert!(plan.stretches.iter().any(|it| it.part == Part::Unread), "nobody has read them yet");
}

/// Cut at every commit, again and again, and crashed there: what is there in the end is what an uncut
/// copy has, each record once.
#[tokio::test]
async fn b30_a_copy_that_is_cut_anywhere_goes_on_and_doubles_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let centre = Centre::new(&dir.path().join("source"), 4, 12, 1).await;
    let (found, into) = (centre.found().await, names(3));
    let plan = Plan::of(&found, 3);
    let place = dir.path().join("target");
    let mut cuts = 0;
    let reached = AtomicU64::new(0);
    let done = loop {
        let target = open(&place, 3);
        let stop_at = reached.load(Ordering::SeqCst) + 1;
        let ended = carry(&centre, &target, &into, (&found, &plan), Some(stop_at)).await;
        let state = look(&*target, &into).await.unwrap();
        let State::Copy(begun, progress) = state else { panic!("it says what it is: {state:?}") };
        if let Some(done) = ended {
            assert!(begun.finished);
            let done = done.unwrap();
            assert!(done.resumed);
            break Some(done);
        }
        if begun.finished {
            // A commit that was under way at the cut is made all the same; this was the last.
            target.abandon();
            break None;
        }
        reached.store(progress.total(), Ordering::SeqCst);
        cuts += 1;
        target.abandon();
    };
    assert!(cuts > 10, "it was cut often: {cuts}");
    let target = open(&place, 3);
    assert_eq!(kept(&*centre.log, &centre.names).await, kept(&*target, &into).await);
    positions_are_right(&target, &into, 12).await;
    let again = carry(&centre, &target, &into, (&found, &plan), None).await.unwrap().unwrap();
    assert!(again.finished_before.is_some(), "there is nothing left to do");
    let carried: u64 = again.carried.values().sum();
    let there: usize = kept(&*target, &into).await.values().map(Vec::len).sum();
    assert_eq!(carried, there as u64);
    assert!(done.is_none_or(|done| done.carried == again.carried));
}

#[tokio::test]
async fn b30_a_copy_goes_on_with_the_same_source_only_and_into_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let centre = Centre::new(&dir.path().join("source"), 4, 12, 0).await;
    let other = Centre::new(&dir.path().join("other"), 4, 12, 0).await;
    let (target, into) = (open(&dir.path().join("target"), 4), names(4));
    let (found, plan) = (centre.found().await, centre.plan(4).await);
    let cut = carry(&centre, &target, &into, (&found, &plan), Some(1)).await;
    assert!(cut.is_none(), "it was cut");

    let refused = whole(&other, &target, &into).await.unwrap_err();
    assert!(matches!(&refused, CopyError::OfAnother { from } if from == "embedded:source"));
    let refused = whole(&centre, &centre.log, &centre.names).await.unwrap_err();
    assert!(matches!(refused, CopyError::SameLog));
    let refused = whole(&centre, &other.log, &other.names).await.unwrap_err();
    assert!(matches!(refused, CopyError::NotEmpty));

    // Somebody has worked on the source since.
    let topic = centre.names.topic(TopicKind::Calls);
    let more = records(&*centre.log, &topic, 1).await.pop().unwrap();
    let record = eventlog::Record {
        topic,
        partition: Partition(1),
        key: more.key,
        value: more.value,
        headers: Vec::new(),
    };
    let appender = eventlog::Log::appender(&*centre.log).unwrap();
    appender.append(vec![record]).await.unwrap();
    let refused = whole(&centre, &target, &into).await.unwrap_err();
    assert!(matches!(refused, CopyError::OtherPlan));
    // While it is copied: the plan is one of before.
    let fresh = open(&dir.path().join("fresh"), 4);
    let refused = carry(&centre, &fresh, &into, (&found, &plan), None).await.unwrap().unwrap_err();
    assert!(matches!(refused, CopyError::Written { partition: 1, .. }), "{refused}");
    let State::Copy(begun, _) = look(&*fresh, &into).await.unwrap() else { panic!("a copy") };
    assert!(!begun.finished, "what is not whole never says that it is");
    assert_eq!(fresh.identity().format_version, 1);
}
