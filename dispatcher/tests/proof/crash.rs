//! The process ends at any moment: nothing twice, nothing lost, order kept.

use std::time::Duration;

use simulators::front::{Faults, Span};

use crate::stage::{Call, Stage, bodies, contact, quick_front};

/// Kills the dispatcher after each of the first requests in turn.
#[tokio::test]
async fn b30_a_kill_after_any_request_loses_nothing_and_repeats_nothing() {
    let mut stage = Stage::set(quick_front()).await;
    let contacts = 3;
    for number in 0..contacts {
        let who = contact(number);
        let call = Call::answered(&who, i64::from(number) + 1);
        for command in [call.main(), call.duration(), call.recording(), call.comment(9, "Hello")] {
            stage.send(command).await;
        }
    }
    stage.front.set_faults(Faults { latency_ms: Span { min: 5, max: 30 }, ..Faults::default() });
    let mut kills = 0;
    // Each life sends its three first requests (company, inboxes, teammates) and some more.
    for round in 0..16 {
        let until = stage.front.counts().requests + 4 + round % 7;
        stage.start_without_store();
        let reached = stage.front.until_counts(|counts| counts.requests >= until);
        if tokio::time::timeout(Duration::from_secs(5), reached).await.is_err() {
            break;
        }
        stage.kill().await;
        kills += 1;
    }
    assert!(kills >= 10, "{kills} kills: the rest was idle");
    if kills == 16 {
        stage.start_without_store();
    }
    for number in 0..contacts {
        let id = number + 1;
        for piece in ["main", "duration", "recording", "comment:9"] {
            stage.done(&contact(number), &format!("call:{id}:{piece}")).await;
        }
    }
    let shown = stage.front.snapshot();
    assert_eq!((shown.contacts.len(), shown.conversations.len()), (3, 3));
    for conversation in &shown.conversations {
        let bodies = bodies(conversation);
        assert_eq!(bodies.len(), 4, "{bodies:?}");
        for (body, start) in bodies.iter().zip(["Main", "Duration", "Recording", "Hello"]) {
            assert!(body.starts_with(start), "{bodies:?}");
        }
    }
    stage.curtain().await;
}

#[tokio::test]
async fn b30_an_older_dispatcher_is_fenced_and_writes_nothing_more() {
    let mut stage = Stage::running(quick_front()).await;
    let who = contact(1);
    stage.send(Call::missed(&who, 1).main()).await;
    stage.done(&who, "call:1:main").await;
    let old = stage.handle();
    let _new_owner = eventlog::Log::writer(&*stage.log, &eventlog::WriterName("dispatcher".into()))
        .await
        .unwrap();
    let writes = stage.writes().len();
    stage.send(Call::missed(&who, 2).main()).await;
    let mut old = old;
    tokio::time::timeout(crate::stage::PATIENCE, old.until(|status| status.state == "standing_by"))
        .await
        .unwrap();
    assert_eq!(stage.writes().len(), writes);
    stage.curtain().await;
}
