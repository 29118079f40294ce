//! Imports that Front accepts and loses: sent again, and where Front ignores the repeat, a person's.

use std::time::Duration;

use schemas::OutcomeState;
use simulators::front::{LostImportRepeat, Switches};

use crate::stage::{Call, Stage, bodies, contact, quick_front};

async fn one_import_is_lost(lost_import_repeat: LostImportRepeat) -> Stage {
    let mut config = quick_front();
    config.switches = Switches { lost_import_repeat, ..Switches::default() };
    let mut stage = Stage::set(config).await;
    // All looks of a try are over after two seconds.
    stage.config.confirm_after = Duration::from_millis(10);
    stage.start();
    let who = contact(1);
    stage.send(Call::missed(&who, 1).main()).await;
    stage.done(&who, "call:1:main").await;
    stage.front.lose_imports(1);
    stage.send(Call::missed(&who, 2).main()).await;
    stage
}

fn tries(stage: &Stage) -> usize {
    let of_import =
        |id: &Option<String>| id.as_ref().is_some_and(|id| id.ends_with(":call:2:main"));
    stage.requests().iter().filter(|it| of_import(&it.external_id)).count()
}

#[tokio::test]
async fn b31_a_lost_import_is_sent_again_and_shown_once() {
    let stage = one_import_is_lost(LostImportRepeat::Imported).await;
    stage.done(&contact(1), "call:2:main").await;
    assert_eq!(tries(&stage), 2);
    assert_eq!(bodies(&stage.conversations()[0]).len(), 2);
    stage.curtain().await;
}

#[tokio::test]
async fn b31_a_lost_import_whose_repeats_are_ignored_is_shown_to_a_person() {
    let mut stage = one_import_is_lost(LostImportRepeat::Ignored).await;
    let who = contact(1);
    let unknown = |it: &schemas::Outcome| it.state == OutcomeState::Unknown;
    let outcome = stage.outcome(&who, "call:2:main", unknown).await;
    let reason = outcome.reason.expect("a person is told why");
    assert!(reason.contains("does not show it"), "{reason}");
    let status = stage.status(|status| status.unknown == 1).await;
    assert_eq!((status.in_doubt, status.accepted), (0, 0));
    assert_eq!(tries(&stage), 3, "and no more");
    // Neither shown twice nor in the way of what comes later.
    stage.send(Call::missed(&who, 3).main()).await;
    stage.done(&who, "call:3:main").await;
    assert_eq!(bodies(&stage.conversations()[0]).len(), 2);
    stage.curtain().await;
}
