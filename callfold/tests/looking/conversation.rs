//! One contact: what was asked of Front stays told when its commands are gone.

use callfold::view::conversation::{ConversationView, look};
use projector::Layout;
use schemas::OutcomeState;

use crate::shelf::{NUMBER, Shelf, call, of};

async fn seen(shelf: &Shelf) -> ConversationView {
    look(shelf.log.as_ref(), &shelf.names, NUMBER).await.unwrap()
}

/// One line per effect of the calls: state, key, what, its text.
fn written(view: &ConversationView) -> String {
    let mut text = String::new();
    for effect in view.calls.iter().flat_map(|call| &call.effects) {
        let words = effect.text.as_deref().unwrap_or("-").replace('\n', " / ");
        text += &format!("{} {} ({}) {words}\n", effect.state, effect.effect_key, effect.what);
    }
    text
}

#[tokio::test]
async fn effects_are_told_when_their_commands_are_no_longer_kept() {
    let mut shelf = Shelf::new();
    let commands = shelf.fold(&call(7), Layout::Separate).await;
    shelf.outcome(of(&commands, "call:7:main"), OutcomeState::Done, true).await;
    shelf.outcome(of(&commands, "call:7:duration"), OutcomeState::Parked, false).await;
    shelf.outcome(of(&commands, "conversation:assignee"), OutcomeState::Done, true).await;
    let view = seen(&shelf).await;
    insta::assert_snapshot!(written(&view));
    assert_eq!(view.calls[0].qualification.as_deref(), Some("Inbound answered call"));
    assert_eq!(
        view.calls[0].effects[0].link.as_deref(),
        Some("https://app.frontapp.com/open/msg_7")
    );
    assert_eq!(view.known.unwrap().calls, 1);
    assert!(view.conversation_effects.is_empty(), "the assignment is the call's");
}

#[tokio::test]
async fn texts_are_shown_as_front_shows_them_while_commands_are_kept() {
    let mut shelf = Shelf::new();
    for command in shelf.fold(&call(7), Layout::Separate).await {
        shelf.command(&command).await;
    }
    insta::assert_snapshot!(written(&seen(&shelf).await));
}

#[tokio::test]
async fn what_is_part_of_an_activity_is_as_far_as_that_activity() {
    let mut shelf = Shelf::new();
    let commands = shelf.fold(&call(7), Layout::Compact).await;
    shelf.outcome(of(&commands, "call:7:main"), OutcomeState::Accepted, false).await;
    let view = seen(&shelf).await;
    let duration = view.calls[0].effects.iter().find(|it| it.effect_key == "call:7:duration");
    let duration = duration.unwrap();
    assert_eq!(duration.part_of.as_deref(), Some("call:7:main"));
    assert_eq!(duration.state, "accepted");
}
