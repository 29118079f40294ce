//! How far the inputs were read, as the log says it: what was read and came to nothing counts.

use bytes::Bytes;
use eventlog::{Header, LogReader, Offset, Partition};
use schemas::{EventId, Input, Origin, OutcomeState, Position, Raw, Source, TimeMs, TopicKind};
use serde_json::{Value, json};

use crate::stage::{Call, PARTITIONS, PATIENCE, Stage, contact, quick_front, tried};

/// A body that came from Front, on `raw`.
async fn from_front(stage: &Stage, number: u32, body: &Value) {
    let event_id = EventId::try_from(format!("raw-{number}")).unwrap();
    let raw = Raw {
        event_id: event_id.clone(),
        source: Source::Front,
        origin: Origin::Webhook,
        event: None,
        received_at: TimeMs(1),
        body: body.to_string().into_bytes(),
    };
    let key = schemas::topics::key::orphan(&event_id);
    stage.append(TopicKind::Raw, &contact(number), key, schemas::encode(&raw)).await;
}

/// The first position of the dispatcher on the log that says `wanted` of `raw`: per partition the
/// offset that is next, and what its header says was read beyond.
async fn position(stage: &Stage, mut wanted: impl FnMut(u64, Option<&str>) -> bool) {
    let topic = stage.topic(TopicKind::Outcomes);
    let raw = stage.topic(TopicKind::Raw);
    let mut reader = stage.log.reader(&topic, Partition(0), Offset::START).await.unwrap();
    let search = async {
        loop {
            for record in reader.next(100).await.unwrap().records {
                if !record.key.starts_with(b"position|") {
                    continue;
                }
                let read = record.header("read").map(|it| String::from_utf8_lossy(it).into_owned());
                let position: Position = schemas::decode(&record.value.unwrap()).unwrap();
                let inputs = position.inputs.iter().filter(|input| input.topic == raw.as_str());
                let sum: i64 = inputs.map(|input| input.next_offset).sum();
                if wanted(sum.unsigned_abs(), read.as_deref()) {
                    return;
                }
            }
        }
    };
    tokio::time::timeout(PATIENCE, search).await.unwrap();
}

#[tokio::test]
async fn records_of_raw_that_are_none_of_ours_move_the_position_all_the_same() {
    let stage = Stage::running(quick_front()).await;
    for number in 1..=3 {
        from_front(&stage, number, &json!({ "type": "rule_created" })).await;
    }
    position(&stage, |read, beyond| read == 3 && beyond.is_none()).await;
    stage.curtain().await;
}

#[tokio::test]
async fn an_event_that_nobody_knows_yet_holds_the_position_and_is_told_as_read() {
    let stage = Stage::running(quick_front()).await;
    let body = json!({ "id": "evt_1", "type": "archive", "emitted_at": 1_754_900_000.5,
        "source": { "_meta": { "type": "teammate" }, "data": { "id": "tea_1" } },
        "target": { "data": {} }, "conversation": { "id": "cnv_foreign" } });
    from_front(&stage, 1, &body).await;
    position(&stage, |next, beyond| next == 0 && beyond.is_some_and(|it| it.ends_with("/1 ")))
        .await;
    stage.curtain().await;
}

#[tokio::test]
async fn a_logged_call_is_counted_once() {
    let mut stage = Stage::running(quick_front()).await;
    let who = contact(1);
    let call = Call::answered(&who, 7);
    stage.send(call.main()).await;
    stage.send(call.duration()).await;
    stage.all_done(&who, &["call:7:main", "call:7:duration"]).await;
    let now = stage.handle().status().at;
    stage.status(|status| status.at > now).await;
    assert_eq!(stage.handle().calls_logged(), 1, "its main activity counts, its parts do not");
    stage.curtain().await;
}

#[tokio::test]
async fn whoever_watches_the_lag_from_outside_is_told_what_was_taken_in() {
    let mut stage = Stage::running(quick_front()).await;
    let commands = stage.topic(TopicKind::Commands);
    for number in 1..=6 {
        stage.send(Call::missed(&contact(number), i64::from(number)).main()).await;
    }
    let mut handle = stage.handle();
    let told = async {
        loop {
            let mut missing = 0;
            for partition in (0..PARTITIONS).map(Partition) {
                let end = stage.log.ends(&commands, partition).await.unwrap().end;
                let told = stage.log.told_of("dispatcher", partition.0);
                missing += usize::from(told.unwrap_or(Offset::START) < end);
            }
            if missing == 0 {
                return;
            }
            let seen = handle.status().at;
            handle.until(|status| status.at > seen).await.unwrap();
        }
    };
    tokio::time::timeout(PATIENCE, told).await.unwrap();
    stage.curtain().await;
}

/// A log that was copied: what was queued there has places in an order that the new log's offsets know
/// nothing of, and comes first all the same.
#[tokio::test]
async fn b35_what_was_queued_before_a_copy_goes_before_what_came_after_it() {
    let mut stage = Stage::set(quick_front()).await;
    let who = contact(1);
    let calls: Vec<Call> = (1..=3).map(|id| Call::answered(&who, id)).collect();
    for (call, order) in calls.iter().zip(["7001", "7000"]) {
        let (mut outcome, _) = tried(&call.main(), "", "inb_1");
        (outcome.state, outcome.attempt) = (OutcomeState::Queued, None);
        let order = Bytes::from_static(order.as_bytes());
        stage.left(&outcome, vec![Header { name: "order".to_owned(), value: order }]).await;
    }
    let commands = stage.topic(TopicKind::Commands).as_str().to_owned();
    let of = |partition| Input { topic: commands.clone(), partition, next_offset: 7_002 };
    let order = Position {
        writer: "dispatcher".to_owned(),
        inputs: (0..3).map(of).collect(),
        front_cursor: None,
        at: TimeMs(1),
    };
    let key = schemas::topics::key::order("dispatcher");
    stage.append(TopicKind::Outcomes, &who, key, schemas::encode(&order)).await;
    stage.send(calls[2].main()).await;
    stage.start();
    stage.all_done(&who, &["call:1:main", "call:2:main", "call:3:main"]).await;
    let announced = stage.intents(&who).await;
    let announced: Vec<&str> = announced.iter().map(|(_, it)| it.effect_key.as_str()).collect();
    assert_eq!(announced, ["contact:create", "call:2:main", "call:1:main", "call:3:main"]);
    stage.curtain().await;
}
