//! What comes out of the log when events go in.

use eventlog::memory::Failure;
use eventlog::{Log, LogReader, WriterName};
use schemas::{Action, FrontChange, TimeMs, TopicKind};

use crate::centre::{Centre, START, keys};
use crate::events::{Call, agent, by_teammate, contact};

fn s(seconds: i64) -> TimeMs {
    START.plus_ms(seconds * 1000)
}

fn answered(id: i64) -> Call {
    Call::inbound(id, s(-300)).answered(s(-288), Some(agent(1))).ended(s(-83))
}

fn missed(id: i64) -> Call {
    Call::inbound(id, s(-20)).ended(s(-3))
}

#[tokio::test(start_paused = true)]
async fn b07_an_answered_call_becomes_main_duration_and_recording() {
    let centre = Centre::new();
    let running = centre.start();
    centre.call(&answered(7).recording().event("call.ended", s(0))).await;
    let commands = centre.commands(3).await;
    assert_eq!(keys(&commands), ["call:7:main", "call:7:duration", "call:7:recording"]);
    let Action::Activity(duration) = &commands[1].action else { panic!("not an activity") };
    assert_eq!(duration.body, "Duration: 3 min 25 s (waited 12 s)\nAircall call 7");
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn b13_a_missed_call_is_logged_when_the_settle_time_has_passed() {
    let centre = Centre::new();
    let running = centre.start();
    centre.call(&missed(7).event("call.ended", s(0))).await;
    centre.folded().await;
    assert_eq!(centre.now(), s(0));
    let commands = centre.commands(1).await;
    assert_eq!(commands[0].decided_at, s(45));
    assert_eq!(centre.now(), s(45), "and not a moment later");
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn b13_nothing_is_decided_on_half_the_story() {
    let centre = Centre::new();
    let running = centre.start();
    centre.call(&missed(7).event("call.ended", s(0))).await;
    centre.folded().await;
    running.stop().await;
    // While nothing runs, the voicemail comes, an agent archives, and the settle time passes.
    let left = missed(7).voicemail().event("call.voicemail_left", s(20));
    centre.call(&left).await;
    centre.front(&by_teammate(FrontChange::Archived, s(30))).await;
    tokio::time::advance(std::time::Duration::from_secs(3600)).await;
    let running = centre.start();
    let commands = centre.commands(2).await;
    let Action::Activity(main) = &commands[0].action else { panic!("not an activity") };
    assert_eq!(main.subject, "Voicemail");
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn b21_a_restart_repeats_nothing_and_loses_nothing_with_or_without_the_store() {
    for keep_store in [true, false] {
        let centre = Centre::new();
        let other = tempfile::tempdir().unwrap();
        let running = centre.start();
        centre.call(&answered(7).event("call.hungup", s(0))).await;
        centre.call(&missed(8).event("call.ended", s(0))).await;
        centre.commands(2).await;
        centre.folded().await;
        running.stop().await;

        centre.call(&answered(7).event("call.hungup", s(0))).await;
        centre.call(&answered(7).recording().event("call.ended", s(30))).await;
        let running =
            if keep_store { centre.start() } else { centre.start_in(other.path().to_owned()) };
        // What waited when it stopped is still due, known from the log alone.
        let commands = centre.commands(4).await;
        assert_eq!(
            keys(&commands),
            ["call:7:main", "call:7:duration", "call:7:recording", "call:8:main"]
        );
        assert_eq!(commands[3].decided_at, s(45));
        running.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn b21_a_commit_of_which_nothing_is_known_is_made_exactly_once() {
    for failure in [Failure::UnknownWritten, Failure::UnknownLost, Failure::Retry] {
        let centre = Centre::new();
        let running = centre.start();
        centre.call(&missed(8).event("call.ended", s(0))).await;
        centre.folded().await;
        centre.call(&answered(7).event("call.hungup", s(0))).await;
        centre.log.fail_next(failure);
        centre.commands(2).await;
        centre.call(&answered(7).recording().event("call.ended", s(30))).await;
        let commands = centre.commands(4).await;
        assert_eq!(
            keys(&commands),
            ["call:7:main", "call:7:duration", "call:7:recording", "call:8:main"],
            "{failure:?}"
        );
        running.stop().await;
    }
}

/// A store that cannot be written, as on a full disk: large values get files of their own, in a folder that
/// is no longer there.
#[tokio::test(start_paused = true)]
async fn b21_a_store_that_fails_is_made_anew_and_nothing_is_lost_or_repeated() {
    let centre = Centre::new();
    let running = centre.start();
    centre.call(&missed(8).event("call.ended", s(0))).await;
    centre.call(&answered(7).event("call.hungup", s(0))).await;
    centre.commands(2).await;
    centre.folded().await;
    std::fs::remove_dir_all(centre.stores().join("projector")).unwrap();
    let long = "x".repeat(600_000);
    let commented = (1..=3).fold(answered(7), |call, id| call.comment(id, &long, s(20), None));
    centre.call(&commented.event("call.commented", s(20))).await;
    let commands = centre.commands(5).await;
    assert_eq!(keys(&commands[2..]), ["call:7:comment:1", "call:7:comment:2", "call:7:comment:3"]);
    // The next events find the store failed; what waited is still known.
    centre.call(&answered(9).event("call.hungup", s(30))).await;
    let commands = centre.commands(8).await;
    assert_eq!(
        keys(&commands[5..]),
        ["call:9:main", "call:9:duration", "call:8:main"],
        "and what was asked for is not asked for again"
    );
    assert!(centre.stores().join("projector.1").exists(), "it did fail");
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_projector_that_was_taken_over_writes_nothing_any_more() {
    let centre = Centre::new();
    let first = centre.start();
    centre.call(&answered(7).event("call.hungup", s(0))).await;
    centre.commands(2).await;
    let other = tempfile::tempdir().unwrap();
    let second = centre.start_in(other.path().to_owned());
    centre.folded().await;
    // Both see it; one writes.
    centre.call(&answered(9).event("call.hungup", s(0))).await;
    let commands = centre.commands(4).await;
    assert_eq!(
        keys(&commands),
        ["call:7:main", "call:7:duration", "call:9:main", "call:9:duration"]
    );
    first.stop().await;
    second.stop().await;
    centre.commands(4).await;
}

#[tokio::test(start_paused = true)]
async fn a_projector_that_was_taken_over_and_keeps_its_partition_says_so() {
    let centre = Centre::new();
    let first = centre.start();
    centre.call(&answered(7).event("call.hungup", s(0))).await;
    centre.commands(2).await;
    // Somebody opens the writers, and nobody tells the projector that its partitions are another's.
    for partition in 0..3 {
        let name = WriterName(format!("projector/{partition}"));
        let _other = centre.log.writer(&name).await.unwrap();
    }
    centre.call(&answered(9).event("call.hungup", s(0))).await;
    let failure = first.failure().await;
    let partition = centre.partition(&contact()).0;
    assert!(matches!(failure, projector::Error::TakenOver(slot) if slot == partition), "{failure}");
}

#[tokio::test(start_paused = true)]
async fn b20_what_is_no_event_is_passed_over() {
    let centre = Centre::new();
    let running = centre.start();
    centre.garbage().await;
    centre.call(&answered(7).event("call.hungup", s(0))).await;
    centre.commands(2).await;
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn b23_what_people_did_in_front_is_known_to_the_next_call() {
    let centre = Centre::new();
    let running = centre.start();
    centre.call(&answered(7).event("call.hungup", s(0))).await;
    centre.commands(2).await;
    let moved = FrontChange::Moved { inbox_id: "inb_2".into(), inbox_name: None };
    centre.front(&by_teammate(moved, s(1))).await;
    centre.folded().await;
    centre.call(&answered(9).event("call.hungup", s(2))).await;
    let commands = centre.commands(4).await;
    let Action::Activity(main) = &commands[2].action else { panic!("not an activity") };
    assert_eq!(main.inbox_id, Some("inb_2".into()));
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_repeat_writes_only_the_position() {
    let centre = Centre::new();
    let running = centre.start();
    let event = answered(7).event("call.hungup", s(0));
    centre.call(&event).await;
    centre.folded().await;
    let conversations = centre.topic(TopicKind::Conversations);
    let partition = centre.partition(&contact());
    let before = centre.log.ends(&conversations, partition).await.unwrap().end;
    centre.call(&event).await;
    centre.folded().await;
    let after = centre.log.ends(&conversations, partition).await.unwrap().end;
    assert_eq!(after.0 - before.0, 1);
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_restart_reads_on_from_where_it_was() {
    let centre = Centre::new();
    let running = centre.start();
    // More than one batch, so that reading them again would take a commit of its own.
    for _ in 0..600 {
        centre.call(&answered(7).event("call.hungup", s(0))).await;
    }
    centre.folded().await;
    running.stop().await;
    let conversations = centre.topic(TopicKind::Conversations);
    let partition = centre.partition(&contact());
    let before = centre.log.ends(&conversations, partition).await.unwrap().end;
    let running = centre.start();
    centre.call(&answered(8).event("call.hungup", s(0))).await;
    centre.folded().await;
    let after = centre.log.ends(&conversations, partition).await.unwrap().end;
    assert_eq!(after.0 - before.0, 3, "a conversation, a call and a position of one batch");
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn whoever_watches_the_lag_from_outside_is_told_what_was_folded() {
    let centre = Centre::new();
    let partition = centre.partition(&contact());
    let running = centre.start();
    assert_eq!(centre.log.told_of("projector", partition.0), None);
    for id in 7..10 {
        centre.call(&answered(id).event("call.hungup", s(0))).await;
    }
    centre.folded().await;
    let end = centre.log.ends(&centre.topic(TopicKind::Calls), partition).await.unwrap().end;
    // Told after the commit, by another task, which gets its turn.
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(centre.log.told_of("projector", partition.0), Some(end));
    running.stop().await;
}
