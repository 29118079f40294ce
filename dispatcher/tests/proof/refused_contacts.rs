//! A contact that Front refuses to create: what needed it parks, and nothing stays on its way.

use bytes::Bytes;
use eventlog::Header;
use schemas::{Command, Outcome, OutcomeState};

use crate::stage::{Call, Refusing, Stage, contact, effect_key, quick_front, tried};

const CREATE: &str = "contact:create";

/// A dispatcher that has not been started, and what is between it and Front.
async fn set() -> (Stage, Refusing) {
    let mut stage = Stage::set(quick_front()).await;
    let way = Refusing::before(stage.front.address()).await;
    stage.config.api_url.clone_from(&way.url);
    (stage, way)
}

#[tokio::test]
async fn b36_a_refused_contact_parks_with_its_call_and_is_tried_again_by_the_next() {
    let (mut stage, way) = set().await;
    let (who, other) = (contact(1), contact(2));
    stage.start();
    let first = Call::missed(&who, 1);
    stage.send(first.main()).await;
    let call = stage.outcome(&who, "call:1:main", |it| it.state == OutcomeState::Parked).await;
    // Both are in one commit.
    use OutcomeState::{Done, Intended, Parked};
    assert_eq!(stage.states(&who, CREATE).await, [Intended, Parked]);
    let create = stage.outcome(&who, CREATE, |it| it.state == Parked).await;
    assert!(create.reason.as_ref().is_some_and(|why| why.contains("400")));
    assert_eq!(create.reason, call.reason);
    assert_eq!(create.attempt.and_then(|attempt| attempt.status), Some(400));
    stage.stop().await;
    // A restart finds it parked, and neither tries nor parks it again.
    let parked = stage.states(&who, "call:1:main").await;
    way.refuse(false);
    stage.start_without_store();
    stage.send(Call::missed(&other, 2).main()).await;
    stage.done(&other, "call:2:main").await;
    let status = stage.status(|status| status.parked == 1).await;
    assert_eq!((status.intended, status.in_doubt, status.queued), (0, 0, 0));
    assert_eq!(stage.states(&who, CREATE).await, [Intended, Parked]);
    assert_eq!(stage.states(&who, "call:1:main").await, parked);
    assert_eq!(way.refused(), 1);
    // The contact's next call has it made; then the first one goes too when it is asked for again.
    stage.send(Call::missed(&who, 3).main()).await;
    stage.done(&who, "call:3:main").await;
    assert_eq!(stage.states(&who, CREATE).await, [Intended, Parked, Intended, Done]);
    stage.send(Command { revision: 2, ..first.main() }).await;
    stage.done(&who, "call:1:main").await;
    assert_eq!(stage.front.snapshot().contacts.len(), 2);
    stage.curtain().await;
}

#[tokio::test]
async fn b36_a_kill_after_the_refusal_leaves_no_contact_on_its_way() {
    let (mut stage, way) = set().await;
    let who = contact(1);
    stage.start();
    stage.send(Call::missed(&who, 1).main()).await;
    stage.outcome(&who, CREATE, |it| it.state == OutcomeState::Intended).await;
    stage.kill().await;
    stage.start_without_store();
    stage.outcome(&who, "call:1:main", |it| it.state == OutcomeState::Parked).await;
    assert_eq!(stage.states(&who, CREATE).await.last(), Some(&OutcomeState::Parked));
    let calls = stage.states(&who, "call:1:main").await;
    let parked = calls.iter().filter(|state| **state == OutcomeState::Parked).count();
    assert_eq!(parked, 1);
    // At most once by each life.
    assert!((1..=2).contains(&way.refused()));
    stage.curtain().await;
}

#[tokio::test]
async fn b36_an_intent_that_an_earlier_version_left_behind_ends_with_its_call() {
    let (mut stage, _way) = set().await;
    let (who, gone) = (contact(1), contact(2));
    for (who, state) in [(&who, OutcomeState::Parked), (&gone, OutcomeState::Skipped)] {
        let (intended, _) = tried(&Call::missed(who, 1).main(), "x", "inb_1");
        let create = Outcome { effect_key: effect_key(CREATE), command: None, ..intended.clone() };
        stage.left(&create, headers("intended")).await;
        let reason = Some("Front refused to create the contact with status 400".to_owned());
        let call = Outcome { state, reason, ..intended };
        let word = if state == OutcomeState::Parked { "parked" } else { "skipped" };
        stage.left(&call, headers(word)).await;
    }
    stage.start();
    let parked = stage.outcome(&who, CREATE, |it| it.state != OutcomeState::Intended).await;
    assert_eq!(parked.state, OutcomeState::Parked);
    assert!(parked.reason.is_some_and(|why| why.contains("400")));
    let ended = stage.outcome(&gone, CREATE, |it| it.state != OutcomeState::Intended).await;
    assert_eq!(ended.state, OutcomeState::Skipped);
    assert_eq!(stage.states(&who, "call:1:main").await, [OutcomeState::Parked]);
    stage.curtain().await;
}

fn headers(state: &'static str) -> Vec<Header> {
    let header = |name: &str, value| Header { name: name.into(), value: Bytes::from_static(value) };
    vec![header("state", state.as_bytes()), header("order", b"0")]
}
