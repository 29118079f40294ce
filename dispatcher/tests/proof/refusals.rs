//! What Front refuses: an effect parks alone; a missing scope, a revoked token or a missing inbox holds
//! everything and loses nothing.

use schemas::{Attribute, Command, OutcomeState};
use simulators::front::{ALL_SCOPES, Limits};

use crate::stage::{Call, Stage, attribute, contact, quick_front};

#[tokio::test]
async fn b35_a_poisoned_effect_parks_with_what_depends_on_it_and_nothing_else() {
    let mut stage = Stage::running(quick_front()).await;
    let (who, other) = (contact(1), contact(2));
    let poisoned = Call::answered(&who, 1);
    let nowhere = poisoned.main_with(|activity| activity.inbox_id = Some("inb_999".into()));
    stage.send(nowhere).await;
    stage.send(poisoned.duration()).await;
    stage.send(poisoned.comment(9, "Held")).await;
    let healthy = Call::answered(&who, 2);
    stage.send(healthy.main()).await;
    stage.send(healthy.comment(10, "Goes")).await;
    stage.send(Call::missed(&other, 3).main()).await;
    let parked = stage.outcome(&who, "call:1:main", |it| it.state == OutcomeState::Parked).await;
    assert!(parked.reason.unwrap().contains("404"));
    stage.all_done(&who, &["call:2:main", "call:2:comment:10"]).await;
    stage.done(&other, "call:3:main").await;
    let status = stage.status(|status| status.parked == 1 && status.queued == 2).await;
    assert_eq!((status.in_doubt, status.unknown, status.accepted), (0, 0, 0));
    stage.curtain().await;
}

#[tokio::test]
async fn a_missing_scope_holds_everything_is_named_and_loses_nothing() {
    let mut config = quick_front();
    config.scopes.retain(|scope| scope != "messages:write");
    let mut stage = Stage::running(config).await;
    for number in 1..=3 {
        stage.send(Call::missed(&contact(number), i64::from(number)).main()).await;
    }
    let held = stage.status(|status| status.state == "held").await;
    assert!(held.reason.unwrap().contains("messages:write"));
    stage.front.scopes(ALL_SCOPES.iter().map(|it| (*it).to_owned()).collect());
    for number in 1..=3 {
        stage.done(&contact(number), &format!("call:{number}:main")).await;
    }
    stage.status(|status| status.state == "active").await;
    stage.curtain().await;
}

#[tokio::test]
async fn a_wrong_token_and_a_missing_inbox_hold_with_a_sentence() {
    for (inbox, token, word) in
        [("Nowhere", None, "front.inbox"), ("Aircall Phone", Some("wrong"), "front.token")]
    {
        let mut stage = Stage::set(quick_front()).await;
        stage.config.inbox = inbox.into();
        if let Some(token) = token {
            stage.config.token = secrecy::SecretString::from(token);
        }
        stage.start();
        stage.send(Call::missed(&contact(1), 1).main()).await;
        let held = stage.status(|status| status.state == "held").await;
        assert!(held.reason.unwrap().contains(word));
        stage.status(|status| status.queued == 1).await;
        assert!(stage.writes().is_empty());
        stage.curtain().await;
    }
}

#[tokio::test]
async fn b31_a_429_is_waited_out_and_counts_as_no_failure() {
    let mut config = quick_front();
    config.limits =
        Limits { requests_per_minute: 6_000, burst: 0, per_resource_per_s: 1, search_share: 0.4 };
    let mut stage = Stage::running(config).await;
    for number in 1..=3 {
        stage.send(Call::missed(&contact(number), i64::from(number)).main()).await;
    }
    for number in 1..=3 {
        stage.done(&contact(number), &format!("call:{number}:main")).await;
    }
    let status = stage.status(|status| status.rejected_429 > 0).await;
    assert_eq!((status.state.as_str(), status.parked), ("active", 0));
    assert_eq!(stage.front.counts().repeats_recognised, 0);
    stage.curtain().await;
}

#[tokio::test]
async fn an_unknown_tag_parks_and_the_others_go_on() {
    let mut stage = Stage::running(quick_front()).await;
    let who = contact(1);
    stage.send(Call::missed(&who, 1).main()).await;
    for (name, tag) in [("tag:Nope", "Nope"), ("tag:Test", "Test")] {
        stage.send(attribute(&who, name, 1, Attribute::TagOn(tag.into()))).await;
    }
    stage.done(&who, "conversation:tag:Test").await;
    let parked =
        stage.outcome(&who, "conversation:tag:Nope", |it| it.state == OutcomeState::Parked).await;
    assert!(parked.reason.is_some());
    assert_eq!(stage.conversations()[0].tags, ["Test"]);
    stage.curtain().await;
}

#[tokio::test]
async fn b35_a_newer_revision_goes_when_the_one_under_way_is_refused() {
    let mut stage = Stage::running(quick_front()).await;
    let who = contact(1);
    // The contact is known, so that the next request is the import itself.
    stage.send(Call::missed(&who, 1).main()).await;
    stage.done(&who, "call:1:main").await;
    stage.front.hold_import_answers(true);
    let call = Call::missed(&who, 2);
    stage.send(call.main_with(|activity| activity.inbox_id = Some("inb_999".into()))).await;
    stage.outcome(&who, "call:2:main", |it| it.state == OutcomeState::Intended).await;
    stage.send(Command { revision: 2, ..call.main() }).await;
    stage.outcome(&who, "call:2:main", |it| it.waiting_revision == Some(2)).await;
    stage.front.hold_import_answers(false);
    let done = stage.done(&who, "call:2:main").await;
    assert_eq!(done.revision, 2);
    stage.curtain().await;
}
