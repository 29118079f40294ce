//! A call whose number Aircall corrects belongs to another contact from then on.

use schemas::OutcomeState;
use simulators::front::Faults;

use crate::stage::{Call, Stage, bodies, contact, quick_front, tried};

#[tokio::test]
async fn b03_b30_a_corrected_number_brings_the_call_into_the_right_contacts_conversation() {
    let mut stage = Stage::running(quick_front()).await;
    let (wrong, right) = (contact(1), contact(2));
    let (first, corrected) = (Call::answered(&wrong, 7), Call::answered(&right, 7));
    for command in [first.main(), first.duration()] {
        stage.send(command).await;
    }
    stage.all_done(&wrong, &["call:7:main", "call:7:duration"]).await;
    let commands =
        [corrected.main(), corrected.duration(), corrected.recording(), corrected.comment(9, "Hi")];
    for command in commands {
        stage.send(command).await;
    }
    let pieces = ["main", "duration", "recording", "comment:9"].map(|piece| corrected.key(piece));
    for piece in &pieces {
        let done = stage.done(&right, piece).await;
        assert_eq!(done.reason, None, "the right contact's entries need no excuse");
    }
    let shown = stage.conversations();
    let of = |who: &schemas::Contact| {
        shown.iter().find(|it| it.contact_handle == who.as_str()).map(|it| bodies(it).len())
    };
    assert_eq!((of(&wrong), of(&right)), (Some(2), Some(4)));
    assert_eq!(stage.front.counts().repeats_recognised, 0);
    // What the wrong conversation has cannot be taken back; its entries say why, over a restart too.
    for piece in ["call:7:main", "call:7:duration"] {
        let said = stage.outcome(&wrong, piece, |it| it.reason.is_some()).await;
        assert_eq!(said.state, OutcomeState::Done);
        assert!(said.reason.unwrap().contains("corrected its number"));
    }
    stage.stop().await;
    stage.start_without_store();
    stage.send(first.recording()).await;
    let said = stage.done(&wrong, "call:7:recording").await;
    assert!(said.reason.unwrap().contains("corrected its number"));
    stage.curtain().await;
}

#[tokio::test]
async fn b30_what_a_former_version_sent_is_repeated_under_the_external_id_that_it_had() {
    let mut stage = Stage::set(quick_front()).await;
    let who = contact(1);
    // The external ids of the first version had no contact.
    let (outcome, headers) = tried(&Call::missed(&who, 7).main(), "callfold:call:7:main", "inb_1");
    stage.left(&outcome, headers).await;
    // The first repeat is refused for being too early in an outage: even then no new id is made.
    stage.front.set_faults(Faults { error_before: 0.5, seed: 3, ..Faults::default() });
    stage.start();
    stage.done(&who, "call:7:main").await;
    let ids: Vec<_> = stage.writes().into_iter().filter_map(|it| it.external_id).collect();
    assert!(!ids.is_empty() && ids.iter().all(|id| id == "callfold:call:7:main"), "{ids:?}");
    stage.curtain().await;
}
