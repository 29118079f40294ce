//! Contacts that Front has already, in whatever form.

use simulators::front::{ContactSeed, DuplicateStatus, Switches};

use crate::stage::{Call, Stage, contact, quick_front};

fn seeded(handles: &[(&str, &str)]) -> simulators::front::Config {
    let handles = handles.iter().map(|(source, it)| ((*source).into(), (*it).into())).collect();
    let contacts = vec![ContactSeed { name: Some("Typed by a person".into()), handles }];
    simulators::front::Config { contacts, ..quick_front() }
}

#[tokio::test]
async fn b01_a_known_contact_is_neither_made_again_nor_renamed() {
    let who = contact(1);
    let number = who.as_str();
    for (handles, written) in [
        (vec![("phone", number), ("custom", number)], vec![]),
        (vec![("phone", number)], vec!["POST /contacts/{contact_id}/handles"]),
    ] {
        let mut stage = Stage::running(seeded(&handles)).await;
        let call = Call::missed(&who, 7);
        let named = call.main_with(|activity| activity.customer.name = Some("Other".into()));
        stage.send(named).await;
        stage.done(&who, "call:7:main").await;
        let writes: Vec<_> = stage
            .writes()
            .into_iter()
            .filter_map(|it| it.route)
            .filter(|it| it.contains("contacts"))
            .collect();
        assert_eq!(writes, written);
        let contacts = stage.front.snapshot().contacts;
        assert_eq!(contacts.len(), 1);
        assert_eq!(contacts[0].name.as_deref(), Some("Typed by a person"));
        stage.curtain().await;
    }
}

#[tokio::test]
async fn b01_a_contact_that_only_the_refusal_shows_is_found_after_all() {
    for status in [DuplicateStatus::Conflict409, DuplicateStatus::Bad400] {
        let who = contact(1);
        let switches = Switches { duplicate_handle: status, ..Switches::default() };
        let mut config = seeded(&[("custom", who.as_str())]);
        config.switches = switches;
        let mut stage = Stage::running(config).await;
        stage.send(Call::missed(&who, 7).main()).await;
        stage.done(&who, "call:7:main").await;
        assert_eq!(stage.front.snapshot().contacts.len(), 1);
        stage.curtain().await;
    }
}

#[tokio::test]
async fn b03_every_later_call_joins_the_one_conversation() {
    let mut stage = Stage::running(quick_front()).await;
    let who = contact(1);
    for id in 1..=4 {
        stage.send(Call::missed(&who, id).main()).await;
    }
    for id in 1..=4 {
        stage.done(&who, &format!("call:{id}:main")).await;
    }
    let conversations = stage.conversations();
    assert_eq!(conversations.len(), 1);
    assert_eq!(conversations[0].entries.len(), 4);
    stage.curtain().await;
}

#[tokio::test]
async fn b03_a_merged_conversation_is_followed_and_remembered() {
    use simulators::front::{Act, On, What};
    let mut stage = Stage::running(quick_front()).await;
    let (who, other) = (contact(1), contact(2));
    let call = Call::answered(&who, 1);
    stage.send(call.main()).await;
    stage.send(Call::missed(&other, 2).main()).await;
    stage.done(&who, "call:1:main").await;
    stage.done(&other, "call:2:main").await;
    let act = Act {
        by: crate::stage::AGENT.into(),
        on: On::Contact(who.as_str().into()),
        what: What::Merge(On::Contact(other.as_str().into())),
    };
    assert!(stage.front.act(&act).unwrap());
    stage.send(call.comment(9, "After the merge")).await;
    stage.send(call.comment(10, "And again")).await;
    let outcome = stage.done(&who, "call:1:comment:10").await;
    assert!(outcome.comment_id.is_some());
    let redirected = stage.requests().iter().filter(|it| it.status == Some(301)).count();
    assert_eq!(redirected, 1, "the survivor is remembered");
    stage.curtain().await;
}
