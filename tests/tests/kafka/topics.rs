//! Topics are made as they must be, and a difference is named; the log says who it is.

use std::sync::Arc;
use std::time::Duration;

use eventlog::kafka::{OpenError, open, open_read_only, topics};
use eventlog::{Log, LogError, LogReader};

use crate::place::Place;
use crate::shared_cluster;

pub const CHECKS: usize = 4;

#[tokio::test]
async fn a_difference_names_topic_property_and_both_values() {
    let Some(cluster) = shared_cluster().await else { return };
    let place = Place::new(cluster);
    place.create().await;
    let mut options = place.options.clone();
    options.replication = 3;
    let mut specs = place.topics.clone();
    specs[0].partitions = 6;
    specs[1].cleanup.retention = Some(Duration::from_hours(2));
    specs.push(specs[2].clone());
    specs[3].topic = eventlog::Topic::new(&format!("{}.more", options.prefix));
    let found = topics::check(&options, &specs).await.expect("asks");
    let told: Vec<String> = found
        .iter()
        .map(|it| format!("{} {} {} {}", it.topic, it.property, it.wanted, it.found))
        .map(|line| line.replace(&options.prefix, "p"))
        .filter(|line| !line.contains("replica"))
        .collect();
    let expected = [
        "p.all partitions 6 3",
        "p.compacted cleanup.policy compact,delete compact",
        "p.compacted retention.ms 7200000 604800000",
        "p.more partitions 3 missing",
    ];
    assert_eq!(told, expected);
    // One broker: replication 1 instead of 3, and in sync 1 instead of 2, on each of four topics.
    assert_eq!(found.len(), expected.len() + 8, "{found:?}");
}

#[tokio::test]
async fn partitions_of_a_log_are_never_grown() {
    let Some(cluster) = shared_cluster().await else { return };
    let place = Place::new(cluster);
    place.create().await;
    let mut specs = place.topics.clone();
    specs[0].partitions = 6;
    let left = topics::create(&place.options, &specs).await.expect("asks");
    assert_eq!(left.len(), 1);
    assert!(left[0].to_string().contains("copy the log"), "{}", left[0]);
    assert_eq!(topics::check(&place.options, &place.topics).await.expect("asks"), []);
    let opened = open(place.options.clone(), specs, Arc::new(place.clock.clone())).await;
    assert!(matches!(&opened, Err(OpenError::Topics(found)) if *found == left), "must not open");
}

#[tokio::test]
async fn a_log_says_who_it_is_and_another_one_is_refused() {
    let Some(cluster) = shared_cluster().await else { return };
    let place = Place::new(cluster);
    let clock = || Arc::new(place.clock.clone());
    let missing = open(place.options.clone(), place.topics.clone(), clock()).await;
    assert!(matches!(missing, Err(OpenError::Topics(found)) if found.len() == 4));
    place.create().await;
    let new = open_read_only(place.options.clone(), place.topics.clone(), clock()).await;
    assert!(matches!(new, Err(OpenError::New)));
    // Several at once agree.
    let logs = futures::future::join_all((0..4).map(|_| place.open())).await;
    for log in &logs {
        assert_eq!(log.identity(), logs[0].identity());
    }
    let mut options = place.options.clone();
    let looking = open_read_only(options.clone(), place.topics.clone(), clock()).await;
    let looking = looking.expect("opens");
    assert_eq!(looking.identity(), logs[0].identity());
    assert!(matches!(looking.appender(), Err(LogError::ReadOnly)));
    options.id_space = "another".to_owned();
    let refused = open(options, place.topics.clone(), clock()).await;
    assert!(matches!(&refused, Err(OpenError::IdSpace { found, .. }) if found == "callfold"));
}

#[tokio::test]
async fn settings_that_break_promises_are_refused_and_others_are_passed_on() {
    let Some(cluster) = shared_cluster().await else { return };
    let mut place = Place::new(cluster);
    place.options.librdkafka.insert("linger.ms".to_owned(), "1".into());
    place.create().await;
    drop(place.open().await);
    place.options.librdkafka.insert("acks".to_owned(), "1".into());
    let clock = Arc::new(place.clock.clone());
    let refused = open(place.options.clone(), place.topics.clone(), clock.clone()).await;
    assert!(matches!(refused, Err(OpenError::Refused(why)) if why[0].contains("`acks`")));
    place.options.librdkafka.remove("acks");
    place.options.librdkafka.insert("security.protocol".to_owned(), "ssl".into());
    let refused = open(place.options.clone(), place.topics.clone(), clock).await;
    if !cfg!(feature = "tls") {
        let why = refused.err().expect("this build has no TLS").to_string();
        assert!(why.contains("cargo feature `tls`"), "{why}");
    }
}
