//! Records with ids that were not agreed on at the start, and records without any.

use std::sync::Arc;

use bytes::Bytes;
use callfold::view::decode;
use eventlog::memory::Failure;
use eventlog::{AppendFailure, Log, Offset, Partition, ReadError};
use schemas::registry::by_id;
use schemas::{DecodeError, TopicKind};

use crate::stage::{Stage, ids, read_all, record, topic, valued};
use crate::stand_in::StandIn;

fn framed(id: u32) -> Option<Bytes> {
    let mut value = vec![0];
    value.extend_from_slice(&id.to_be_bytes());
    value.extend_from_slice(&record("x").value.unwrap()[5..]);
    Some(Bytes::from(value))
}

/// Appends as another program does, which knows the registry itself.
async fn append_as_it_is(stage: &Stage, value: Option<Bytes>) {
    stage.log.appender().unwrap().append(vec![valued("position|x", value)]).await.unwrap();
}

#[tokio::test]
async fn who_looks_resolves_ids_registers_nothing_and_writes_nothing() {
    let registry = StandIn::start().await;
    let stage = Stage::new(&registry.url());
    let log = stage.open().await.unwrap();
    log.appender().unwrap().append(vec![record("a"), record("b")]).await.unwrap();
    registry.held().asked.clear();
    let looking = stage.look();
    assert_eq!(read_all(&*looking).await, read_all(&*log).await);
    assert_eq!(registry.held().asked, ["GET /schemas/ids/9"], "once for both");
}

#[tokio::test]
async fn an_id_of_ours_under_another_number_and_layout_is_read_and_one_of_others_is_told() {
    let registry = StandIn::start().await;
    let stage = Stage::new(&registry.url());
    let log = stage.open().await.unwrap();
    let position = by_id(2_000_008_001).unwrap().json;
    let other_layout = serde_json::from_str::<serde_json::Value>(position).unwrap().to_string();
    let (ours, others) = {
        let mut held = registry.held();
        (held.number(&other_layout), held.number("{\"type\":\"string\"}"))
    };
    append_as_it_is(&stage, framed(ours as u32)).await;
    append_as_it_is(&stage, framed(others as u32)).await;
    append_as_it_is(&stage, framed(4_711)).await;
    append_as_it_is(&stage, framed(2_000_008_001)).await;
    let decoded: Vec<_> = read_all(&*log)
        .await
        .iter()
        .map(|stored| decode::value(TopicKind::Outcomes, stored).map(|it| it.is_some()))
        .collect();
    let unknown = |id: u32| Err(DecodeError::UnknownSchema(id));
    // The last looks like one of callfold's own ids, and means nothing in this numbering.
    assert_eq!(decoded, [Ok(true), unknown(others as u32), unknown(4_711), unknown(0)]);
}

#[tokio::test]
async fn with_the_registry_away_nothing_is_passed_over_and_reading_goes_on_when_it_is_back() {
    let mut registry = StandIn::start().await;
    let stage = Stage::new(&registry.url());
    let log = stage.open().await.unwrap();
    log.appender().unwrap().append(vec![record("a")]).await.unwrap();
    let looking = stage.look();
    registry.stop().await;
    let outcomes = topic(TopicKind::Outcomes);
    let mut reader = looking.reader(&outcomes, Partition(0), Offset::START).await.unwrap();
    for _ in 0..2 {
        let error = reader.next(10).await.unwrap_err();
        assert!(matches!(&error, ReadError::Log(eventlog::LogError::Io { .. })), "{error}");
        let told = error.to_string();
        let place = "ask for schema id 9 of callfold.outcomes partition 0 offset 0";
        assert!(told.contains(place) && told.contains("is away"), "{told}");
        assert_eq!(reader.position(), Offset(0));
    }
    registry.start_again().await;
    assert_eq!(reader.next(10).await.unwrap().records, read_all(&*log).await);
    assert_eq!(reader.position(), Offset(1));
}

#[tokio::test]
async fn values_without_a_frame_pass_both_ways() {
    let registry = StandIn::start().await;
    let stage = Stage::new(&registry.url());
    let log = stage.open().await.unwrap();
    let values = [None, Some(Bytes::new()), Some(Bytes::from_static(b"{\"a\":1}"))];
    let records = values.clone().map(|value| valued("k", value));
    log.appender().unwrap().append(records.into()).await.unwrap();
    for read in [read_all(&*log).await, read_all(&*stage.log).await] {
        assert_eq!(read.into_iter().map(|it| it.value).collect::<Vec<_>>(), values);
    }
}

#[tokio::test]
async fn records_that_are_given_back_can_be_appended_again() {
    let registry = StandIn::start().await;
    let stage = Stage::new(&registry.url());
    let log = stage.open().await.unwrap();
    let appender = log.appender().unwrap();
    stage.log.fail_next(Failure::Retry);
    let refused = appender.append(vec![record("a")]).await.unwrap_err();
    assert_eq!(refused.not_durable, vec![record("a")]);
    appender.append(refused.not_durable).await.unwrap();
    assert_eq!(ids(&*stage.log).await.into_iter().collect::<Vec<_>>(), [9]);
}

#[tokio::test]
async fn an_id_that_was_not_registered_is_never_written() {
    let registry = StandIn::start().await;
    let stage = Stage::new(&registry.url());
    let log: Arc<dyn Log> = stage.open().await.unwrap();
    let records = vec![record("a"), valued("b", framed(2_000_008_999))];
    let refused = log.appender().unwrap().append(records.clone()).await.unwrap_err();
    assert!(matches!(refused.cause, AppendFailure::Log(_)), "{refused}");
    assert_eq!(refused.not_durable, records);
    assert_eq!(read_all(&*stage.log).await, []);
}
