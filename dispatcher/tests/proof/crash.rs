//! The process ends at any moment: nothing twice, nothing lost, order kept.

use eventlog::memory::Failure;
use simulators::front::{Faults, Span};

use crate::stage::{Call, IMPATIENT, Stage, bodies, contact, quick_front};

async fn all_done(stage: &Stage, contacts: u32) {
    for number in 0..contacts {
        let id = number + 1;
        for piece in ["main", "duration", "recording", "comment:9"] {
            stage.done(&contact(number), &format!("call:{id}:{piece}")).await;
        }
    }
}

/// Kills the dispatcher after each of the first requests in turn.
#[tokio::test]
async fn b30_a_kill_after_any_request_loses_nothing_and_repeats_nothing() {
    let mut stage = Stage::set(quick_front()).await;
    stage.config.timeout = IMPATIENT;
    let contacts = 5;
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
        tokio::select! {
            biased;
            () = stage.front.until_counts(|counts| counts.requests >= until) => {}
            () = all_done(&stage, contacts) => break,
        }
        stage.kill().await;
        kills += 1;
    }
    assert!(kills >= 10, "{kills} kills: the rest was idle");
    if kills == 16 {
        stage.start_without_store();
    }
    all_done(&stage, contacts).await;
    let shown = stage.front.snapshot();
    assert_eq!((shown.contacts.len(), shown.conversations.len()), (5, 5));
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

#[tokio::test]
async fn b30_each_write_starts_after_its_intent_is_durable_and_before_the_deadline() {
    let mut stage = Stage::running(quick_front()).await;
    let who = contact(1);
    let call = Call::answered(&who, 1);
    for command in [call.main(), call.duration(), call.comment(9, "Hello")] {
        stage.send(command).await;
    }
    stage.all_done(&who, &["call:1:main", "call:1:duration", "call:1:comment:9"]).await;
    // The next commit is not made and tried again: the write waits for it.
    stage.send(Call::missed(&who, 2).main()).await;
    stage.log.fail_next(Failure::Retry);
    stage.done(&who, "call:2:main").await;
    let intents = stage.intents(&who).await;
    let names: Vec<&str> = intents.iter().map(|(_, it)| it.effect_key.as_str()).collect();
    let effects = ["call:1:main", "call:1:duration", "call:1:comment:9", "call:2:main"];
    assert_eq!(names, [&["contact:create"], &effects[..]].concat());
    let writes = stage.writes();
    assert_eq!(writes.len(), intents.len());
    for (write, (durable_at, intent)) in writes.iter().zip(&intents) {
        let deadline = intent.attempt.as_ref().unwrap().deadline;
        // All by one clock. What starts before the deadline has come to Front before it counts as lost.
        let lost_at = deadline.0 + stage.config.timeout.as_millis() as i64;
        let times = (*durable_at, write.at_ms, lost_at);
        assert!(times.0 <= times.1 && times.1 <= times.2, "{}: {times:?}", intent.effect_key);
    }
    stage.curtain().await;
}

#[tokio::test]
async fn b30_a_commit_whose_fate_is_unknown_is_read_again_and_nothing_happens_twice() {
    for failure in [Failure::UnknownWritten, Failure::UnknownLost] {
        let mut stage = Stage::set(quick_front()).await;
        stage.config.timeout = IMPATIENT;
        stage.start();
        let who = contact(1);
        let call = Call::answered(&who, 1);
        stage.send(call.main()).await;
        stage.done(&who, "call:1:main").await;
        stage.send(call.comment(9, "Hello")).await;
        stage.log.fail_next(failure);
        stage.done(&who, "call:1:comment:9").await;
        assert_eq!(stage.conversations()[0].entries.len(), 2, "{failure:?}");
        stage.curtain().await;
    }
}

/// A store that cannot be written, as on a full disk: large values get files of their own, in a folder that
/// is no longer there.
#[tokio::test]
async fn b30_a_store_that_fails_is_made_anew_and_nothing_happens_twice() {
    let mut stage = Stage::set(quick_front()).await;
    stage.config.timeout = IMPATIENT;
    stage.start();
    let who = contact(1);
    let call = Call::answered(&who, 1);
    stage.send(call.main()).await;
    stage.done(&who, "call:1:main").await;
    std::fs::remove_dir_all(stage.stores().join("dispatcher")).unwrap();
    let long = "x".repeat(400_000);
    for comment in 7..=9 {
        stage.send(call.comment(comment, &long)).await;
    }
    stage.send(Call::missed(&who, 2).main()).await;
    let effects = ["call:1:comment:7", "call:1:comment:8", "call:1:comment:9", "call:2:main"];
    stage.all_done(&who, &effects).await;
    assert_eq!(stage.conversations()[0].entries.len(), 5);
    assert!(stage.stores().join("dispatcher.1").exists(), "it did fail");
    stage.curtain().await;
}
