//! Who logs a call whose agent has no teammate in Front.

use schemas::Agent;
use schemas::AgentId;
use simulators::snapshot::EntryView;

use crate::stage::{AGENT, Call, Stage, contact, quick_front};

const OTHER: &str = "agent.two@example.com";

#[tokio::test]
async fn b11_an_agent_without_a_teammate_is_replaced_by_the_fallback_author() {
    let by_email = "Agent.Two@example.com";
    for (fallback, want) in [
        (Some("tea_2"), Some(OTHER)),
        (Some(by_email), Some(OTHER)),
        (Some("nobody@example.com"), None),
        (None, None),
    ] {
        assert_eq!(author("left@example.com", fallback).await.as_deref(), want, "{fallback:?}");
    }
}

#[tokio::test]
async fn b11_an_agent_with_a_teammate_logs_in_person_whatever_the_fallback_author() {
    assert_eq!(author(AGENT, Some(OTHER)).await.as_deref(), Some(AGENT));
}

/// Who is shown as the author of an answered call of the agent with this e-mail.
async fn author(email: &str, fallback: Option<&str>) -> Option<String> {
    let mut stage = Stage::set(quick_front()).await;
    stage.config.fallback_author = fallback.map(str::to_owned);
    stage.start();
    let who = contact(1);
    let agent = Agent { id: AgentId(9), email: Some(email.into()) };
    let call = Call { agent: Some(agent), ..Call::answered(&who, 7) };
    stage.send(call.main()).await;
    stage.done(&who, "call:7:main").await;
    let shown = stage.conversations();
    let EntryView::Message { author, .. } = &shown[0].entries[0] else {
        panic!("the call is a message");
    };
    let author = author.clone();
    stage.curtain().await;
    author
}
