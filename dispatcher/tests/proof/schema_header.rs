//! What stands beside a record's value for readers that look before they decode.

use eventlog::{LogReader, Offset, Partition};
use schemas::TopicKind;

use crate::stage::{Call, PARTITIONS, Stage, contact, quick_front};

#[tokio::test]
async fn every_record_says_the_name_of_its_values_schema() {
    let mut stage = Stage::running(quick_front()).await;
    let who = contact(1);
    let call = Call::answered(&who, 7);
    stage.send(call.main()).await;
    stage.done(&who, &call.key("main")).await;
    let mut seen = std::collections::BTreeSet::new();
    let outcomes = stage.topic(TopicKind::Outcomes);
    for partition in (0..PARTITIONS).map(Partition) {
        let mut reader = stage.log.reader(&outcomes, partition, Offset::START).await.unwrap();
        for record in reader.next_if_any(10_000).await.unwrap().records {
            let value = record.value.as_ref().unwrap();
            let id = u32::from_be_bytes(value[1..5].try_into().unwrap());
            let name = schemas::registry::by_id(id).unwrap().name;
            assert_eq!(record.header("schema").map(|it| &it[..]), Some(name.as_bytes()));
            seen.insert(name);
        }
    }
    let all = ["callfold.Outcome", "callfold.Position", "callfold.Status", "callfold.Thread"];
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), all);
    stage.curtain().await;
}
