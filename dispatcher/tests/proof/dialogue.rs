//! What people do in Front comes back, keyed to the contact; what callfold did is recognised.

use schemas::{Actor, Agent, AgentId, Attribute, Contact, FrontChange, OutcomeState};
use serde_json::json;
use simulators::front::{Act, On, Switches, What};

use crate::stage::{AGENT, Call, Stage, attribute, contact, of_teammate, quick_front};

fn act(who: &Contact, what: What) -> Act {
    Act { by: AGENT.into(), on: On::Contact(who.as_str().into()), what }
}

async fn polling(config: simulators::front::Config) -> Stage {
    let mut stage = Stage::set(config).await;
    stage.config.poll_events = true;
    stage.start();
    stage
}

#[tokio::test]
async fn b23_archive_move_assign_and_reopen_by_a_person_come_back() {
    let mut stage = polling(quick_front()).await;
    let who = contact(1);
    stage.send(Call::missed(&who, 1).main()).await;
    stage.done(&who, "call:1:main").await;
    let acts = [
        What::Archive,
        What::Reopen,
        What::Move("Support".into()),
        What::Assign(Some("agent.two@example.com".into())),
    ];
    for what in acts {
        assert!(stage.front.act(&act(&who, what)).unwrap());
    }
    let mut events = stage.front_events(4).await;
    events.sort_by_key(|event| event.event_id.to_string()[4..].parse::<u32>().unwrap());
    assert!(events.iter().all(|event| event.contact == who && event.actor == Actor::Teammate));
    assert!(events.iter().all(|event| event.echo_of.is_none()));
    assert!(events.iter().all(|event| event.cause_at == event.emitted_at));
    assert_eq!(events[0].change, FrontChange::Archived);
    assert_eq!(events[1].change, FrontChange::Reopened);
    assert!(
        matches!(&events[2].change, FrontChange::Moved { inbox_name: Some(name), .. } if name == "Support")
    );
    assert!(
        matches!(&events[3].change, FrontChange::Assigned { email: Some(email), .. } if email == "agent.two@example.com")
    );
    stage.curtain().await;
}

#[tokio::test]
async fn b23_our_own_change_comes_back_as_an_echo_with_the_time_of_its_cause() {
    let mut stage = polling(quick_front()).await;
    let who = contact(1);
    stage.send(Call::missed(&who, 1).main()).await;
    let agent = Agent { id: AgentId(1), email: Some(AGENT.into()) };
    let change = attribute(&who, "assignee", 1, Attribute::Assignee(Some(agent)));
    stage.send(change.clone()).await;
    stage.done(&who, "conversation:assignee").await;
    let events = stage.front_events(1).await;
    assert_eq!(events[0].actor, Actor::Callfold);
    assert_eq!(events[0].echo_of.as_ref(), Some(&change.effect_key));
    assert_eq!(events[0].cause_at, change.cause_at);
    stage.curtain().await;
}

#[tokio::test]
async fn b23_a_webhook_is_read_from_raw_and_kept_until_its_conversation_is_known() {
    let mut stage = Stage::set(quick_front()).await;
    let who = contact(1);
    // The first conversation of this Front will be cnv_1; its event is here before anybody knows it.
    let body = |id: &str, conversation_id: &str| {
        json!({"type": "conversation_archived", "authorization": {"id": "cmp_1"}, "payload": {
            "id": id, "type": "archive", "emitted_at": 1_754_900_000.5,
            "source": {"_meta": {"type": "teammate"}, "data": {"id": "tea_1"}},
            "conversation": {"id": conversation_id},
        }})
    };
    stage.webhook(&who, &body("evt_77", "cnv_1")).await;
    stage.webhook(&who, &body("evt_78", "cnv_999")).await;
    stage.start();
    stage.status(|status| status.requests >= 3).await;
    // It is kept over a restart, because the position does not pass it.
    stage.stop().await;
    stage.start_without_store();
    stage.send(Call::missed(&who, 1).main()).await;
    stage.done(&who, "call:1:main").await;
    let events = stage.front_events(1).await;
    assert_eq!(events.len(), 1);
    assert_eq!((events[0].event_id.to_string(), &events[0].contact), ("evt_77".to_owned(), &who));
    stage.curtain().await;
}

#[tokio::test]
async fn b04_a_main_activity_opens_what_was_archived_whether_or_not_the_import_does() {
    for import_reopens_archived in [true, false] {
        let mut config = quick_front();
        config.switches = Switches { import_reopens_archived, ..Switches::default() };
        let mut stage = polling(config).await;
        let who = contact(1);
        stage.send(Call::missed(&who, 1).main()).await;
        stage.done(&who, "call:1:main").await;
        assert!(stage.front.act(&act(&who, What::Archive)).unwrap());
        stage.front_events(1).await;
        stage.send(Call::missed(&who, 2).main()).await;
        stage.done(&who, "call:2:main").await;
        if !import_reopens_archived {
            stage.done(&who, "call:2:main:status").await;
        }
        assert_eq!(stage.conversations()[0].status, "unassigned", "{import_reopens_archived}");
        stage.curtain().await;
    }
}

#[tokio::test]
async fn b04_a_later_activity_leaves_an_archive_as_it_is() {
    let mut stage = polling(quick_front()).await;
    let who = contact(1);
    let call = Call::missed(&who, 1);
    stage.send(call.main()).await;
    stage.done(&who, "call:1:main").await;
    assert!(stage.front.act(&act(&who, What::Archive)).unwrap());
    stage.send(call.recording_with(|activity| activity.is_archived = true)).await;
    stage.done(&who, "call:1:recording").await;
    assert_eq!(stage.conversations()[0].status, "archived");
    stage.curtain().await;
}

#[tokio::test]
async fn b04_a_later_call_goes_through_the_inbox_that_the_conversation_was_moved_to() {
    let mut stage = polling(quick_front()).await;
    let who = contact(1);
    stage.send(Call::missed(&who, 1).main()).await;
    stage.done(&who, "call:1:main").await;
    assert!(stage.front.act(&act(&who, What::Move("Support".into()))).unwrap());
    let events = stage.front_events(1).await;
    let FrontChange::Moved { inbox_id, .. } = events[0].change.clone() else {
        panic!("a move is told as one");
    };
    let moved = Call::missed(&who, 2).main_with(|activity| activity.inbox_id = Some(inbox_id));
    stage.send(moved).await;
    stage.done(&who, "call:2:main").await;
    let conversations = stage.conversations();
    assert_eq!((conversations.len(), conversations[0].entries.len()), (1, 2));
    assert_eq!(conversations[0].inboxes, ["Support"], "callfold never moves it back");
    stage.curtain().await;
}

#[tokio::test]
async fn b37_what_a_person_decides_while_ours_waits_is_not_overwritten() {
    let mut stage = Stage::running(quick_front()).await;
    let who = contact(1);
    stage.send(Call::missed(&who, 1).main()).await;
    stage.done(&who, "call:1:main").await;
    let conversation_id = stage.conversations()[0].id.clone();
    stage.front.outage(true);
    // Of a call that ended long ago: an import that assigns, sent and in doubt, and behind it an
    // assignment of its own, not sent yet.
    let agent = Agent { id: AgentId(1), email: Some(AGENT.into()) };
    stage.send(Call::answered(&who, 2).main()).await;
    stage.send(attribute(&who, "assignee", 1, Attribute::Assignee(Some(agent)))).await;
    stage.outcome(&who, "call:2:main", |it| it.state == OutcomeState::InDoubt).await;
    stage.status(|status| status.queued == 1).await;
    let other = "agent.two@example.com";
    assert!(stage.front.act(&act(&who, What::Assign(Some(other.into())))).unwrap());
    let target = json!({"id": "tea_2", "email": other});
    stage.webhook(&who, &of_teammate("evt_777", "assign", target, &conversation_id)).await;
    stage.front_events(1).await;
    stage.front.outage(false);
    stage.done(&who, "call:2:main").await;
    let is_over =
        |it: &schemas::Outcome| matches!(it.state, OutcomeState::Done | OutcomeState::Skipped);
    let assignment = stage.outcome(&who, "conversation:assignee", is_over).await;
    assert_eq!(assignment.state, OutcomeState::Skipped);
    assert_eq!(stage.conversations()[0].assignee.as_deref(), Some(other));
    stage.curtain().await;
}
