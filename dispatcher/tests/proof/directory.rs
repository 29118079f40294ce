//! A company with more inboxes, teammates and tags than one page shows.

use schemas::Attribute;
use simulators::front::{InboxSeed, PHONE_INBOX, TeammateSeed};

use crate::stage::{AGENT, Call, Stage, attribute, contact, quick_front};

#[tokio::test]
async fn b04_b11_an_inbox_and_a_teammate_of_a_later_page_are_found() {
    let mut config = quick_front();
    config.directory_page = Some(2);
    let members = vec![AGENT.to_owned()];
    let seed = |name: &str| InboxSeed { name: name.to_owned(), members: members.clone() };
    config.inboxes = ["One", "Two", "Three", "Four", PHONE_INBOX].map(seed).to_vec();
    let others = (0..4).map(|number| format!("other.{number}@example.com"));
    config.teammates =
        others.chain([AGENT.to_owned()]).map(|it| TeammateSeed::from_email(&it)).collect();
    let mut stage = Stage::running(config).await;
    let who = contact(1);
    stage.send(Call::answered(&who, 1).main()).await;
    stage.done(&who, "call:1:main").await;
    let shown = stage.conversations();
    assert_eq!(shown[0].inboxes, [PHONE_INBOX]);
    assert_eq!(shown[0].assignee.as_deref(), Some(AGENT));
    let routes = stage.requests().into_iter().filter_map(|it| it.route);
    let lists = routes.filter(|it| it == "GET /inboxes" || it == "GET /teammates").count();
    assert_eq!(lists, 6, "three pages each, and nobody was asked for by e-mail");
    assert!(!stage.routes().iter().any(|it| it.contains("/teammates/")), "{:?}", stage.routes());
    stage.curtain().await;
}

#[tokio::test]
async fn a_tag_of_a_later_page_is_found() {
    let mut config = quick_front();
    config.tags = (0..130).map(|number| format!("tag {number:03}")).collect();
    let mut stage = Stage::running(config).await;
    let who = contact(1);
    stage.send(Call::missed(&who, 1).main()).await;
    stage.send(attribute(&who, "tag:tag 129", 1, Attribute::TagOn("Tag 129".into()))).await;
    stage.done(&who, "conversation:tag:tag 129").await;
    assert_eq!(stage.conversations()[0].tags, ["tag 129"]);
    stage.curtain().await;
}
