//! One conversation per contact, also while its first message is on its way and a rule moves the
//! conversation as soon as it shows: nobody says whether a reference leads there from another inbox.

use eventlog::Header;
use schemas::{Command, Outcome, OutcomeState};
use simulators::front::{Config, DuplicateImport, RecordedRequest, Switches};

use crate::stage::{Call, Stage, contact, quick_front, tried};

/// A Front with rules that move a voicemail, where references end at the inbox.
fn moving_front() -> Config {
    let switches = Switches { thread_ref_across_inboxes: false, ..Switches::default() };
    Config { company_rules: true, switches, ..quick_front() }
}

fn voicemail(call: &Call) -> Command {
    call.main_with(|activity| activity.subject = "Voicemail".into())
}

fn link(call: &Call) -> Command {
    call.recording_with(|activity| activity.subject = "Voicemail".into())
}

#[tokio::test]
async fn b03_b30_a_rule_that_moves_the_first_message_leaves_one_conversation() {
    for imports_in_order in [true, false] {
        let mut config = moving_front();
        config.switches.imports_in_order = imports_in_order;
        let mut stage = Stage::set(config).await;
        let who = contact(1);
        let call = Call::missed(&who, 1);
        stage.send(voicemail(&call)).await;
        stage.send(link(&call)).await;
        stage.send(Call::missed(&who, 2).main()).await;
        stage.start();
        stage.all_done(&who, &["call:1:main", "call:1:recording", "call:2:main"]).await;
        let shown = stage.conversations();
        assert_eq!(shown.len(), 1, "in order: {imports_in_order}");
        assert_eq!(shown[0].entries.len(), 3);
        assert_eq!(shown[0].inboxes, ["Voicemails"]);
        let named = |it: &RecordedRequest| it.body.as_ref()?.get("conversation_id").cloned();
        let imports = stage.writes().into_iter().filter(|it| it.external_id.is_some());
        let named: Vec<bool> = imports.map(|it| named(&it).is_some()).collect();
        assert_eq!(named, [false, true, true], "one by reference, the others by name");
        stage.curtain().await;
    }
}

/// An earlier version sent the second import by reference too, and left it in doubt; with `forgets` a
/// second time, when Front has it already.
async fn strays(duplicate_import: DuplicateImport, forgets: bool) {
    let mut config = moving_front();
    config.switches.duplicate_import = duplicate_import;
    let mut stage = Stage::running(config).await;
    let who = contact(1);
    let call = Call::missed(&who, 1);
    stage.send(voicemail(&call)).await;
    let home = stage.done(&who, "call:1:main").await.conversation_id;
    let external_id = format!("callfold:{}:call:1:recording", who.as_str());
    let (outcome, headers) = tried(&link(&call), &external_id, "inb_1");
    if forgets {
        stage = after(stage, &outcome, &headers).await.0;
    }
    let (mut stage, found) = after(stage, &outcome, &headers).await;
    assert!(found.conversation_id.is_some() && found.conversation_id != home);
    let reason = found.reason.expect("a person is told that there are two");
    assert!(reason.contains("another conversation"), "{reason}");
    // What comes later goes to the contact's own conversation all the same.
    stage.send(Call::missed(&who, 2).main()).await;
    assert_eq!(stage.done(&who, "call:2:main").await.conversation_id, home);
    let messages: usize = stage.conversations().iter().map(|it| it.entries.len()).sum();
    assert_eq!((stage.conversations().len(), messages), (2, 3), "nothing is there twice");
    stage.curtain().await;
}

/// A dispatcher that finds this entry, and what it comes to.
async fn after(mut stage: Stage, outcome: &Outcome, headers: &[Header]) -> (Stage, Outcome) {
    stage.stop().await;
    let from = stage.left(outcome, headers.to_vec()).await;
    stage.start_without_store();
    let done = |it: &Outcome| it.state == OutcomeState::Done;
    let found = stage.outcome_from(from, &outcome.contact, "call:1:recording", done).await;
    (stage, found)
}

#[tokio::test]
async fn b30_what_began_another_conversation_is_found_by_its_uid() {
    strays(DuplicateImport::SameUid, false).await;
}

#[tokio::test]
async fn b30_what_began_another_conversation_is_found_without_a_uid_of_use() {
    strays(DuplicateImport::NewUidNeverResolves, true).await;
}
