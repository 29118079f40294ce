//! What a start asks the registry, and when it goes on without one.

use std::sync::atomic::Ordering;

use axum::http::StatusCode;
use eventlog::WriterName;

use crate::stage::{Stage, ids, read_all, record};
use crate::stand_in::StandIn;

/// Subjects and versions of all schemas, see `schemas/src/topics.rs`.
const WANTED: usize = 14;

#[tokio::test]
async fn b52_every_schema_is_registered_before_the_first_record_and_ids_are_the_registrys() {
    let registry = StandIn::start().await;
    registry.held().number("{\"type\":\"record\",\"name\":\"Elsewhere\",\"fields\":[]}");
    let stage = Stage::new(&registry.url());
    let log = stage.open().await.unwrap();
    let subjects = registry.held().registered.clone();
    assert_eq!(subjects.len(), WANTED);
    assert_eq!(subjects[0], ("callfold.calls-value".to_owned(), 2));
    let thread = "callfold.outcomes-callfold.Thread".to_owned();
    assert!(subjects.contains(&(thread.clone(), 8)) && subjects.contains(&(thread, 9)));
    log.appender().unwrap().append(vec![record("a")]).await.unwrap();
    let mut writer = log.writer(&WriterName("w".to_owned())).await.unwrap();
    writer.commit(vec![record("b")]).await.unwrap();
    assert_eq!(ids(&*stage.log).await.into_iter().collect::<Vec<_>>(), [10]);
    // Ours again for whoever reads through it.
    let read = read_all(&*log).await;
    let keys: Vec<String> = read
        .iter()
        .map(|it| schemas::decode::<schemas::Position>(it.value.as_ref().unwrap()).unwrap().writer)
        .collect();
    assert_eq!(keys, ["a", "b"]);
}

#[tokio::test]
async fn b52_a_second_start_registers_nothing_and_needs_no_registry() {
    let mut registry = StandIn::start().await;
    let stage = Stage::new(&registry.url());
    stage.open().await.unwrap();
    assert_eq!(registry.registrations(), WANTED);
    stage.open().await.unwrap();
    assert_eq!(registry.registrations(), WANTED, "a second start");
    registry.stop().await;
    let log = stage.open().await.unwrap();
    log.appender().unwrap().append(vec![record("a")]).await.unwrap();
    registry.start_again().await;
    log.appender().unwrap().append(vec![record("b")]).await.unwrap();
    assert_eq!(read_all(&*log).await.len(), 2);
    assert_eq!(registry.registrations(), WANTED, "after all of that");
}

#[tokio::test]
async fn a_new_schema_with_the_registry_away_stops_before_anything_is_written() {
    let mut registry = StandIn::start().await;
    let stage = Stage::new(&registry.url());
    registry.stop().await;
    let told = stage.refused().await;
    assert!(told.contains("is away") && told.contains("callfold.CallEvent (2000001001)"), "{told}");
    assert!(!stage.remembered().exists());
    // A log that is opened for the first time is given a name.
    assert_eq!(stage.opened.load(Ordering::SeqCst), 0);
    registry.start_again().await;
    stage.open().await.unwrap();
    // As an update that has a new version finds it.
    let file = std::fs::read_to_string(stage.remembered()).unwrap();
    let without: String = file
        .lines()
        .filter(|line| !line.contains("2000007002"))
        .map(|it| format!("{it}\n"))
        .collect();
    assert_ne!(file, without);
    std::fs::write(stage.remembered(), &without).unwrap();
    registry.held().instead = Some(StatusCode::SERVICE_UNAVAILABLE);
    let told = stage.refused().await;
    assert!(
        told.contains("it answered 503")
            && told.contains("callfold.Thread (2000007002) in this log is not known")
            && told.contains("cannot be registered while the registry is away"),
        "{told}"
    );
    // An older version is not written: whoever meets it asks then.
    std::fs::write(stage.remembered(), file.replace("\"2000007001\": 7,", "")).unwrap();
    stage.open().await.unwrap();
}

#[tokio::test]
async fn a_schema_that_the_registry_refuses_stops_with_its_subject_and_registers_none() {
    let registry = StandIn::start().await;
    let stage = Stage::new(&registry.url());
    registry.held().incompatible = Some("callfold.conversations-callfold.CallState".to_owned());
    let told = stage.refused().await;
    assert!(
        told.contains("callfold.CallState (2000011001) under subject callfold.conversations-callfold.CallState")
            && told.contains("reader type: LONG"),
        "{told}"
    );
    assert_eq!((registry.registrations(), stage.remembered().exists()), (0, false));
    assert_eq!(stage.opened.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_registry_that_lost_everything_is_filled_again_and_one_with_other_ids_is_refused() {
    let registry = StandIn::start().await;
    let stage = Stage::new(&registry.url());
    stage.open().await.unwrap();
    *registry.held() = Default::default();
    stage.open().await.unwrap();
    assert_eq!(registry.held().registered.len(), WANTED, "it has them again, under the same ids");
    *registry.held() = Default::default();
    registry.held().number("\"somebody else was faster\"");
    let told = stage.refused().await;
    assert!(
        told.contains("callfold.CallEvent (2000001001) the id 2") && told.contains("log have 1"),
        "{told}"
    );
}

#[tokio::test]
async fn ids_of_another_log_in_the_same_folder_are_not_taken_for_this_ones() {
    let mut registry = StandIn::start().await;
    let stage = Stage::new(&registry.url());
    stage.open().await.unwrap();
    let other = std::fs::read_to_string(stage.remembered()).unwrap().replace("memory", "another");
    std::fs::write(stage.remembered(), other).unwrap();
    registry.stop().await;
    let told = stage.refused().await;
    assert!(told.contains("callfold.CallEvent (2000001001) in this log is not known"), "{told}");
    registry.start_again().await;
    stage.open().await.unwrap();
    assert!(std::fs::read_to_string(stage.remembered()).unwrap().contains("memory"));
}

#[tokio::test]
async fn credentials_go_to_the_registry_and_nowhere_else() {
    let registry = StandIn::start().await;
    let with = registry.url().replace("http://", "http://na%40me:se%2Fsame@");
    let stage = Stage::new(&with);
    stage.open().await.unwrap();
    // base64 of na@me:se/same
    assert_eq!(registry.held().authorization.as_deref(), Some("Basic bmFAbWU6c2Uvc2FtZQ=="));
    let file = std::fs::read_to_string(stage.remembered()).unwrap();
    let fresh = Stage::new(&with);
    let mut told = vec![file];
    for status in [StatusCode::UNAUTHORIZED, StatusCode::BAD_GATEWAY, StatusCode::NOT_FOUND] {
        registry.held().instead = Some(status);
        let said = fresh.refused().await;
        assert!(said.contains(&status.as_u16().to_string()), "{said}");
        told.push(said);
    }
    for url in ["http://name:sesame@", "ftp://name:sesame@host", "http://name:sesame@:0"] {
        told.push(Stage::new(url).refused().await);
    }
    told.push(Stage::new("http://name:sesame@127.0.0.1:1/x").refused().await);
    for said in told {
        assert!(!said.contains("same") && !said.contains("na%40me"), "{said}");
    }
}
