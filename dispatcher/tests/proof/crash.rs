//! The process ends at any moment: nothing twice, nothing lost, order kept.

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
    let mut kills = 0;
    for round in 0..12 {
        let so_far = stage.requests().len() as i64;
        stage.start_without_store();
        let requests = 3 + round % 5;
        let reached = stage.status(move |it| it.requests >= requests || is_settled(it)).await;
        if is_settled(&reached) && reached.requests < requests {
            break;
        }
        stage.kill().await;
        kills += 1;
        assert!(stage.requests().len() as i64 >= so_far);
    }
    assert!(kills >= 5, "{kills}");
    stage.start_without_store();
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

fn is_settled(status: &schemas::Status) -> bool {
    status.requests > 3 && status.queued + status.intended + status.in_doubt + status.accepted == 0
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
