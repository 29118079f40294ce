//! Trouble on purpose: what the client meets, and whether the request took effect all the same.

use serde_json::Value;
use simulators::front::{Config, Effect, Faults, OutageForm, Span};

use super::caller::{finish, import, quick, start};

const IMPORTS: &str = "/inboxes/inb_1/imported_messages";

#[tokio::test]
async fn every_kind_of_trouble_does_what_it_says() {
    let none = Faults::default;
    for (name, faults, answered, effect) in [
        ("error_before", Faults { error_before: 1.0, ..none() }, true, Effect::None),
        ("error_after", Faults { error_after: 1.0, ..none() }, true, Effect::Applied),
        ("cut_before", Faults { cut_before: 1.0, ..none() }, false, Effect::None),
        ("cut_after", Faults { cut_after: 1.0, ..none() }, false, Effect::Applied),
    ] {
        let (front, caller) = start(Config { faults, ..quick() }).await;
        let answer = caller.try_send("POST", IMPORTS, Some(&import("1", true, 1))).await;
        assert_eq!(answer.is_ok(), answered, "{name}");
        if let Ok(answer) = answer {
            assert!(answer.status >= 500, "{name}");
            assert!(matches!(answer.body, Value::String(_)), "{name}: proxies answer HTML");
        }
        front.settled().await;
        let applied = usize::from(effect == Effect::Applied);
        assert_eq!(front.snapshot().conversations.len(), applied, "{name}");
        let recorded = &front.requests()[0];
        assert_eq!((recorded.fault.as_deref(), recorded.effect), (Some(name), effect));
        front.set_faults(Faults::default());
        let again = caller.send("POST", IMPORTS, Some(&import("1", true, 1))).await;
        assert_eq!((again.status, front.requests()[1].was_duplicate), (202, applied == 1));
        finish(front).await;
    }
}

#[tokio::test]
async fn an_outage_ends_when_it_is_turned_off() {
    for (outage_form, answered) in [(OutageForm::Unavailable, true), (OutageForm::Cut, false)] {
        let faults = Faults { outage_form, ..Faults::default() };
        let (front, caller) = start(Config { faults, ..quick() }).await;
        front.outage(true);
        assert_eq!(caller.try_send("GET", "/me", None).await.is_ok(), answered);
        front.outage(false);
        assert_eq!(caller.get("/me").await.status, 200);
        finish(front).await;
    }
}

#[tokio::test]
async fn a_client_that_goes_away_does_not_undo_its_request() {
    let slow = Faults { latency_ms: Span { min: 1_000, max: 1_000 }, ..Faults::default() };
    let hanging = Faults { hang_after: 1.0, ..Faults::default() };
    for faults in [slow, hanging] {
        let (front, caller) = start(Config { faults, ..quick() }).await;
        let body = import("1", true, 1);
        let sent = caller.try_send("POST", IMPORTS, Some(&body));
        tokio::select! {
            biased;
            () = front.until_arrived(1) => {}
            answer = sent => panic!("answered before it came: {answer:?}"),
        }
        // The sender is gone as soon as Front has its request.
        let shown = front.until_snapshot(|seen| !seen.conversations.is_empty());
        tokio::time::timeout(std::time::Duration::from_secs(120), shown).await.unwrap();
        front.stop().await;
    }
}

#[tokio::test]
async fn an_answer_that_is_held_back_leaves_the_sender_without_it_and_the_effect_done() {
    let (front, caller) = start(quick()).await;
    front.hold_import_answers(true);
    let body = import("1", true, 1);
    let sent = caller.send("POST", IMPORTS, Some(&body));
    tokio::select! {
        biased;
        _answer = sent => panic!("the answer is held back"),
        () = front.until_answer_held() => {}
    }
    // The sender went away, as a process that is killed.
    assert_eq!(front.requests()[0].effect, Effect::Applied);
    front.hold_import_answers(false);
    let again = caller.send("POST", IMPORTS, Some(&body)).await;
    assert_eq!((again.status, front.requests()[1].was_duplicate), (202, true));
    finish(front).await;
}
