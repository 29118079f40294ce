//! The first way through: a command on the log becomes what Front shows, and is confirmed.

use simulators::snapshot::EntryView;

use crate::stage::{AGENT, Call, LINE, Stage, contact, quick_front};

#[tokio::test]
async fn b01_b04_b11_b12_an_answered_call_of_an_unknown_number() {
    let mut stage = Stage::running(quick_front()).await;
    let who = contact(1);
    let call = Call::answered(&who, 7);
    for command in [call.main(), call.duration(), call.recording(), call.comment(9, "Hello")] {
        stage.send(command).await;
    }
    for piece in ["main", "duration", "recording", "comment:9"] {
        stage.done(&who, &call.key(piece)).await;
    }
    let shown = stage.front.snapshot();
    assert_eq!(shown.contacts.len(), 1);
    let mut handles = shown.contacts[0].handles.clone();
    handles.sort();
    let number = || who.as_str().to_owned();
    assert_eq!(handles, [("custom".to_owned(), number()), ("phone".to_owned(), number())]);
    assert_eq!(shown.contacts[0].name.as_deref(), Some(who.as_str()));
    assert_eq!(shown.conversations.len(), 1);
    let conversation = &shown.conversations[0];
    assert_eq!(conversation.inboxes, ["Aircall Phone"]);
    assert_eq!(conversation.status, "assigned");
    assert_eq!(conversation.assignee.as_deref(), Some(AGENT));
    let lines: Vec<String> = conversation.entries.iter().map(told).collect();
    assert_eq!(
        lines,
        [
            "agent.one@example.com: Main",
            "agent.one@example.com: Duration: 3 s",
            "agent.one@example.com: Recording: x",
            "agent.one@example.com comments: Hello",
        ]
    );
    let EntryView::Message { sender, to, created_at, external_id, .. } = &conversation.entries[0]
    else {
        panic!("the first entry is a message");
    };
    assert_eq!((sender.as_str(), to.as_slice()), (LINE, &[number()][..]));
    let own = format!("callfold:{}:call:7:main", who.as_str());
    assert_eq!((*created_at, external_id), (call.ended_s, &own));
    stage.curtain().await;
}

fn told(entry: &EntryView) -> String {
    match entry {
        EntryView::Message { author, sender, body, .. } => {
            let by = author.as_deref().unwrap_or(sender);
            format!("{by}: {}", body.lines().next().unwrap())
        }
        EntryView::Comment { author, body, .. } => {
            let by = author.as_deref().unwrap_or("nobody");
            format!("{by} comments: {}", body.lines().next().unwrap())
        }
    }
}
