//! A call whose number Aircall corrects belongs to another contact from then on.

use bytes::Bytes;
use eventlog::Header;
use schemas::{Attempt, Command, Outcome, OutcomeState, TimeMs};
use simulators::front::Faults;

use crate::stage::{Call, Stage, bodies, contact, quick_front};

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

/// A ledger entry and its headers as the first version wrote them: its external ids had no contact.
fn of_the_first_version(command: &Command, inbox: &str) -> (Outcome, Vec<Header>) {
    let outcome = Outcome {
        contact: command.contact.clone(),
        effect_key: command.effect_key.clone(),
        revision: 1,
        call_id: command.call_id,
        state: OutcomeState::Intended,
        reason: None,
        attempt: Some(Attempt {
            number: 1,
            intended_at: TimeMs(1),
            deadline: TimeMs(2),
            generation: 1,
            status: None,
            verdict: None,
            answered_at: None,
        }),
        message_uid: None,
        message_id: None,
        comment_id: None,
        conversation_id: None,
        repeat_recognised: false,
        waiting_revision: None,
        command: Some(schemas::encode(command)),
        cause_at: command.cause_at,
        at: TimeMs(1),
    };
    let schemas::Action::Activity(activity) = &command.action else { panic!("an activity") };
    let body = serde_json::json!({
        "sender": {"handle": activity.customer.handle},
        "to": [activity.line_handle],
        "subject": activity.subject,
        "body": activity.body,
        "external_id": format!("callfold:{}", command.effect_key),
        "created_at": activity.shown_at.seconds(),
        "type": "custom",
        "metadata": {
            "thread_ref": format!("callfold:{}", command.contact.as_str()),
            "is_inbound": true,
            "is_archived": false,
            "should_skip_rules": false,
        },
    });
    let request = format!("/inboxes/{inbox}/imported_messages\n{body}");
    let header =
        |name: &str, value: String| Header { name: name.into(), value: Bytes::from(value) };
    let headers = vec![
        header("state", "intended".into()),
        header("order", "0".into()),
        header("request", request),
    ];
    (outcome, headers)
}

#[tokio::test]
async fn b30_what_a_former_version_sent_is_repeated_under_the_external_id_that_it_had() {
    let mut stage = Stage::set(quick_front()).await;
    let who = contact(1);
    let (outcome, headers) = of_the_first_version(&Call::missed(&who, 7).main(), "inb_1");
    stage.left(&outcome, headers).await;
    // The first repeat is refused for being too early in an outage: even then no new id is made.
    stage.front.set_faults(Faults { error_before: 0.5, seed: 3, ..Faults::default() });
    stage.start();
    stage.done(&who, "call:7:main").await;
    let ids: Vec<_> = stage.writes().into_iter().filter_map(|it| it.external_id).collect();
    assert!(!ids.is_empty() && ids.iter().all(|id| id == "callfold:call:7:main"), "{ids:?}");
    stage.curtain().await;
}
