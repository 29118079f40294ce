//! The ledger lost entries to damage: nothing happens twice because of it.

use eventlog::{LogReader, Offset, Partition};
use schemas::TopicKind;

use crate::stage::{Call, PARTITIONS, Stage, contact, quick_front};

#[tokio::test]
async fn b30_damage_on_the_ledger_repeats_no_activity_and_no_comment() {
    let mut stage = Stage::running(quick_front()).await;
    let who = contact(1);
    let call = Call::answered(&who, 1);
    for command in [call.main(), call.comment(8, "Same"), call.comment(9, "Same")] {
        stage.send(command).await;
    }
    stage.all_done(&who, &["call:1:main", "call:1:comment:8", "call:1:comment:9"]).await;
    stage.stop().await;
    // All of it, the position too: every command is read again and none of them is known.
    let outcomes = stage.topic(TopicKind::Outcomes);
    let mut ends = Vec::new();
    for partition in (0..PARTITIONS).map(Partition) {
        let end = stage.log.ends(&outcomes, partition).await.unwrap().end;
        stage.log.damage(&outcomes, partition, Offset::START, end);
        ends.push(end);
    }
    stage.start_without_store();
    // The last comment is new, and goes where the others are.
    stage.send(call.comment(10, "Same")).await;
    let all = ["call:1:main", "call:1:comment:8", "call:1:comment:9", "call:1:comment:10"];
    stage.all_done_after(&who, &all, &ends).await;
    assert_eq!(stage.conversations().len(), 1);
    assert_eq!(stage.conversations()[0].entries.len(), 4);
    let posts = stage
        .routes()
        .iter()
        .filter(|it| it.starts_with("POST") && it.contains("comments"))
        .count();
    assert_eq!(posts, 3, "each comment was posted once");
    stage.curtain().await;
}
