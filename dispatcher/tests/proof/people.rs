//! What people decide in Front is kept: over restarts, and against commands that were written before.

use schemas::{Agent, AgentId, Attribute, Contact, OutcomeState};
use serde_json::{Value, json};
use simulators::front::{Act, On, What};

use crate::stage::{AGENT, Call, IMPATIENT, Stage, attribute, contact, of_teammate, quick_front};

async fn told(stage: &Stage, who: &Contact, id: &str, kind: &str, target: Value) {
    let conversation_id = stage.conversations()[0].id.clone();
    stage.webhook(who, &of_teammate(id, kind, target, &conversation_id)).await;
}

fn to_agent_one(who: &Contact) -> schemas::Command {
    let agent = Agent { id: AgentId(1), email: Some(AGENT.into()) };
    attribute(who, "assignee", 1, Attribute::Assignee(Some(agent)))
}

#[tokio::test]
async fn b37_a_decision_is_kept_over_a_restart_and_wins_over_a_command_that_comes_late() {
    let mut stage = Stage::running(quick_front()).await;
    let who = contact(1);
    stage.send(Call::missed(&who, 1).main()).await;
    stage.done(&who, "call:1:main").await;
    told(&stage, &who, "evt_1", "unassign", json!(null)).await;
    stage.front_events(1).await;
    stage.kill().await;
    stage.start_without_store();
    stage.send(to_agent_one(&who)).await;
    stage.send(Call::answered(&who, 2).main()).await;
    let is_over =
        |it: &schemas::Outcome| matches!(it.state, OutcomeState::Done | OutcomeState::Skipped);
    let assignment = stage.outcome(&who, "conversation:assignee", is_over).await;
    assert_eq!(assignment.state, OutcomeState::Skipped);
    stage.done(&who, "call:2:main").await;
    assert_eq!(stage.conversations()[0].assignee, None);
    stage.curtain().await;
}

#[tokio::test]
async fn b37_what_was_under_way_when_a_person_decided_is_not_repeated_after_a_restart() {
    let mut stage = Stage::running(quick_front()).await;
    let who = contact(1);
    stage.send(Call::missed(&who, 1).main()).await;
    stage.done(&who, "call:1:main").await;
    // Front has the change done, and the dispatcher does not hear of it.
    stage.front.hold_write_answers(true);
    stage.send(to_agent_one(&who)).await;
    stage.front.until_answer_held().await;
    let on = On::Contact(who.as_str().into());
    assert!(stage.front.act(&Act { by: AGENT.into(), on, what: What::Assign(None) }).unwrap());
    told(&stage, &who, "evt_1", "unassign", json!(null)).await;
    stage.front_events(1).await;
    stage.kill().await;
    stage.front.hold_write_answers(false);
    stage.start_without_store();
    let is_over =
        |it: &schemas::Outcome| matches!(it.state, OutcomeState::Done | OutcomeState::Skipped);
    let assignment = stage.outcome(&who, "conversation:assignee", is_over).await;
    assert_eq!(assignment.state, OutcomeState::Skipped);
    assert_eq!(stage.conversations()[0].assignee, None);
    assert_eq!(stage.writes().iter().filter(|it| it.path.ends_with("/assignee")).count(), 1);
    stage.curtain().await;
}

#[tokio::test]
async fn b04_what_waits_while_the_conversation_is_moved_goes_where_it_lies_now() {
    let mut stage = Stage::set(quick_front()).await;
    stage.config.timeout = IMPATIENT;
    stage.start();
    let who = contact(1);
    stage.send(Call::missed(&who, 1).main()).await;
    stage.done(&who, "call:1:main").await;
    stage.front.outage(true);
    // The first is tried and in doubt, so it is repeated as it was; the second has not been tried.
    stage.send(Call::missed(&who, 2).main()).await;
    stage.send(Call::missed(&who, 3).main()).await;
    stage.status(|status| status.in_doubt == 1 && status.queued == 1).await;
    told(&stage, &who, "evt_1", "move", json!({"id": "inb_3", "name": "Support"})).await;
    stage.front_events(1).await;
    // What was decided about the inbox is kept over a restart too.
    stage.kill().await;
    stage.front.outage(false);
    stage.start_without_store();
    stage.all_done(&who, &["call:2:main", "call:3:main"]).await;
    let writes = stage.writes();
    let of_call = |call: &str| {
        let own = |id: &String| id.ends_with(call);
        writes.iter().rfind(|it| it.external_id.as_ref().is_some_and(own)).unwrap().path.clone()
    };
    assert_eq!(of_call(":call:2:main"), "/inboxes/inb_1/imported_messages");
    assert_eq!(of_call(":call:3:main"), "/inboxes/inb_3/imported_messages");
    stage.curtain().await;
}
