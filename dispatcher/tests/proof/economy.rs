//! How much is asked of Front: no request more than needed.

use std::sync::mpsc;
use std::time::Duration;

use schemas::{Attribute, OutcomeState};
use simulators::front::{LimitWindow, Limits, Switches};
use tokio::task::JoinSet;

use crate::stage::{Call, Stage, attribute, bodies, contact, quick_front};

#[tokio::test]
async fn b33_a_known_contact_costs_three_writes_or_one_and_one_per_comment() {
    let mut stage = Stage::running(quick_front()).await;
    let who = contact(1);
    let first = Call::answered(&who, 1);
    stage.send(first.main()).await;
    stage.done(&who, "call:1:main").await;
    let before_contact = ["GET /contacts/{contact_id}", "POST /contacts"];
    assert_eq!(stage.routes()[..2], before_contact, "a new contact costs these");
    let confirmed_by = "GET /messages/{message_id}";
    assert!(stage.routes()[3..].iter().all(|route| route == confirmed_by), "and this");

    let so_far = stage.writes().len();
    let separate = Call::answered(&who, 2);
    for command in [separate.main(), separate.duration(), separate.recording()] {
        stage.send(command).await;
    }
    stage.all_done(&who, &["call:2:main", "call:2:duration", "call:2:recording"]).await;
    assert_eq!(stage.writes().len() - so_far, 3);

    let compact = Call::answered(&who, 3);
    stage.send(compact.main()).await;
    stage.send(compact.comment(9, "Hello")).await;
    stage.all_done(&who, &["call:3:main", "call:3:comment:9"]).await;
    assert_eq!(stage.writes().len() - so_far, 3 + 1 + 1);
    stage.curtain().await;
}

#[tokio::test]
async fn b30_commands_that_come_again_send_nothing() {
    let mut stage = Stage::running(quick_front()).await;
    let who = contact(1);
    let call = Call::answered(&who, 1);
    for _ in 0..2 {
        stage.send(call.main()).await;
        stage.send(call.comment(9, "Hello")).await;
    }
    stage.all_done(&who, &["call:1:main", "call:1:comment:9"]).await;
    let writes = stage.writes().len();
    stage.send(call.main()).await;
    stage.send(Call::missed(&who, 2).main()).await;
    stage.done(&who, "call:2:main").await;
    stage.stop().await;
    stage.start_without_store();
    stage.send(call.main()).await;
    stage.send(Call::missed(&who, 3).main()).await;
    stage.done(&who, "call:3:main").await;
    assert_eq!(stage.writes().len(), writes + 2);
    stage.curtain().await;
}

#[tokio::test]
async fn b10_two_comments_with_the_same_text_are_two_and_in_order() {
    let mut stage = Stage::running(quick_front()).await;
    let who = contact(1);
    let call = Call::answered(&who, 1);
    stage.send(call.main()).await;
    for id in [8, 9, 10] {
        stage.send(call.comment(id, "Same")).await;
    }
    stage.done(&who, "call:1:comment:10").await;
    let conversations = stage.conversations();
    assert_eq!(
        bodies(&conversations[0])[1..],
        [8, 9, 10].map(|id| format!("Same\n[call 1 comment {id}]"))
    );
    stage.curtain().await;
}

#[tokio::test]
async fn b33_waiting_changes_of_one_attribute_become_one_request() {
    let mut stage = Stage::set(quick_front()).await;
    let who = contact(1);
    stage.send(Call::missed(&who, 1).main()).await;
    for (revision, archived) in [(1, true), (2, false), (3, true)] {
        stage.send(attribute(&who, "status", revision, Attribute::Archived(archived))).await;
    }
    stage.start();
    let outcome = stage.done(&who, "conversation:status").await;
    assert_eq!(outcome.revision, 3);
    let patches = stage.writes().into_iter().filter(|it| it.method == "PATCH").count();
    assert_eq!((patches, stage.conversations()[0].status.as_str()), (1, "archived"));
    stage.curtain().await;
}

#[tokio::test]
async fn b33_a_dry_run_reads_and_writes_nothing() {
    let mut stage = Stage::set(quick_front()).await;
    stage.config.dry_run = true;
    stage.start();
    let who = contact(1);
    stage.send(Call::missed(&who, 1).main()).await;
    let waiting = stage.outcome(&who, "call:1:main", |_| true).await;
    assert_eq!((waiting.state, waiting.reason.as_deref()), (OutcomeState::Queued, Some("dry run")));
    stage
        .status(|status| status.state == "dry_run" && status.queued == 1 && status.requests >= 4)
        .await;
    stage.stop().await;
    assert!(stage.writes().is_empty());
    stage.config.dry_run = false;
    stage.start();
    stage.done(&who, "call:1:main").await;
    stage.curtain().await;
}

/// Simulated time that goes on in steps of a millisecond, each after everybody had a turn. On a machine that
/// stands still for a while, what was sent in several moments would else come in one.
fn time_in_steps() -> JoinSet<()> {
    tokio::time::pause();
    let (mut steps, (held, until_dropped)) = (JoinSet::new(), mpsc::sync_channel::<()>(1));
    // Paused time goes on by itself when nothing runs, but not while a blocking task does.
    tokio::task::spawn_blocking(move || until_dropped.recv());
    steps.spawn(async move {
        let _held = held;
        loop {
            // What the kernel hands over needs real time.
            let moment = || std::thread::park_timeout(Duration::from_millis(1));
            tokio::task::spawn_blocking(moment).await.unwrap();
            tokio::time::advance(Duration::from_millis(1)).await;
        }
    });
    steps
}

#[tokio::test]
async fn limits_are_kept_without_one_429_whatever_minute_front_counts() {
    for limit_window in [LimitWindow::Fixed, LimitWindow::Sliding] {
        let mut config = quick_front();
        config.limits = Limits {
            requests_per_minute: 1_200,
            burst: 0,
            per_resource_per_s: 10,
            search_share: 0.4,
        };
        config.switches = Switches { limit_window, ..Switches::default() };
        let steps = time_in_steps();
        let mut stage = Stage::set(config).await;
        stage.config.requests_per_minute = 300.0;
        stage.config.requests_per_resource_s = 10;
        stage.start();
        for number in 0..25 {
            stage.send(Call::missed(&contact(number), i64::from(number) + 1).main()).await;
        }
        for number in 0..25 {
            stage.done(&contact(number), &format!("call:{}:main", number + 1)).await;
        }
        let counts = stage.front.counts();
        assert_eq!((counts.rejected_429_company, counts.rejected_429_resource), (0, 0));
        stage.curtain().await;
        drop(steps);
        tokio::time::resume();
    }
}
