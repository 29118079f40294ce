//! Captured webhook bodies through the running program, to what the article asks for. The bodies lie
//! outside the project and are read where they lie: they show the wire and are no part of it.

use std::path::Path;

use bytes::Bytes;
use serde_json::Value;
use simulators::front::TeammateSeed;
use simulators::snapshot::{ConversationView, EntryView, Snapshot};
use tests::journey::TOKEN;
use tests::pipeline::{Options, Pipeline};
use tests::tell::tell;

use crate::BINARY;

/// The call that nobody took and that left a voicemail, from its first ring on.
const VOICEMAIL: i64 = 780_836_754;
/// The call that was answered and commented; the same caller on the same line, later.
const ANSWERED: i64 = 780_883_160;
/// The outbound call of which only the answer was captured, never the end.
const UNFINISHED: i64 = 780_836_699;

/// A captured webhook with the token replaced.
struct Captured {
    name: String,
    said: Value,
}

impl Captured {
    fn call_id(&self) -> Option<i64> {
        self.said["data"]["id"].as_i64()
    }

    fn body(&self) -> Bytes {
        serde_json::to_vec(&self.said).expect("JSON can be written").into()
    }
}

/// Every captured webhook in the order in which Aircall stamped them, or none with a line that says
/// so. In CI they must be there.
#[allow(clippy::disallowed_methods, reason = "a test that reads files outside the project")]
fn captured() -> Option<Vec<Captured>> {
    let Ok(folder) = std::env::var("CALLFOLD_AIRCALL_SAMPLES") else {
        tell("SKIPPED: captured bodies: set CALLFOLD_AIRCALL_SAMPLES to the folder that has them");
        let in_ci = std::env::var("CI").is_ok_and(|value| value == "true");
        assert!(!in_ci, "CALLFOLD_AIRCALL_SAMPLES must be set where CI is true");
        return None;
    };
    let mut all: Vec<Captured> = std::fs::read_dir(folder)
        .expect("the folder of samples can be read")
        .filter_map(|entry| webhook(&entry.expect("an entry can be read").path()))
        .collect();
    all.sort_by_key(|it| it.said["timestamp"].as_i64());
    Some(all)
}

/// The webhook in a file; none where the file holds an answer of the REST interface or no JSON.
fn webhook(path: &Path) -> Option<Captured> {
    let name = path.file_name()?.to_str()?.to_owned();
    if path.extension()? != "json" || name.starts_with("rest.") {
        return None;
    }
    let bytes = std::fs::read(path).expect("a sample can be read");
    let mut said: Value = serde_json::from_slice(&bytes).expect("a sample is JSON");
    said["token"] = TOKEN.into();
    Some(Captured { name, said })
}

fn of_call(all: &[Captured], id: i64) -> Vec<&Captured> {
    all.iter().filter(|it| it.call_id() == Some(id)).collect()
}

/// Front with a seat for everybody who is named in the bodies, in every inbox.
async fn pipeline(all: &[Captured]) -> Pipeline {
    let mut emails = Vec::new();
    all.iter().for_each(|it| emails_in(&it.said, &mut emails));
    emails.sort();
    emails.dedup();
    assert!(emails.len() >= 2, "the bodies name several agents");
    let mut options = Options::fast(BINARY);
    options.simulator.teammates =
        emails.iter().map(|email| TeammateSeed::from_email(email)).collect();
    for inbox in &mut options.simulator.inboxes {
        inbox.members.clone_from(&emails);
    }
    Pipeline::start(options).await
}

fn emails_in(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get("email").and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|member| emails_in(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| emails_in(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

async fn post(pipeline: &Pipeline, all: &[&Captured]) {
    for it in all {
        assert_eq!(pipeline.send(it.body()).await, Some(200), "{}", it.name);
    }
}

/// The only conversation.
fn only(snapshot: &Snapshot) -> &ConversationView {
    let [conversation] = snapshot.conversations.as_slice() else {
        panic!("one conversation, not {}", snapshot.conversations.len());
    };
    conversation
}

/// An activity as `(inbound, author, subject, body)`.
type Activity<'a> = (bool, Option<&'a str>, &'a str, &'a str);

/// The activities of one call, by the last line of their body.
fn activities(conversation: &ConversationView, call: i64) -> Vec<Activity<'_>> {
    let mark = format!("\nAircall call {call}");
    let mut found = Vec::new();
    for entry in &conversation.entries {
        if let EntryView::Message { inbound, author, subject, body, .. } = entry
            && let Some(body) = body.strip_suffix(mark.as_str())
        {
            found.push((*inbound, author.as_deref(), subject.as_str(), body));
        }
    }
    found
}

fn comments(conversation: &ConversationView) -> Vec<(Option<&str>, &str)> {
    let mut found = Vec::new();
    for entry in &conversation.entries {
        if let EntryView::Comment { author, body, .. } = entry {
            found.push((author.as_deref(), body.as_str()));
        }
    }
    found
}

/// E.164 of a number as Aircall writes it.
fn e164(written: &Value) -> String {
    let written = written.as_str().expect("a number");
    written.chars().filter(|it| it.is_ascii_digit() || *it == '+').collect()
}

/// B04 B05 B06 B08: nobody took it, the caller spoke to the machine.
fn check_voicemail(conversation: &ConversationView, of_call: &[&Captured]) {
    let data = &of_call.last().expect("the call was captured").said["data"];
    let line = data["number"]["name"].as_str().expect("the line has a name");
    let shown = activities(conversation, VOICEMAIL);
    let [main, link] = shown.as_slice() else { panic!("two activities, not {}", shown.len()) };
    let first = main.3.lines().next();
    assert_eq!((main.0, main.1, main.2), (true, None, "Voicemail"), "the customer's own");
    assert_eq!(first, Some(format!("Voicemail - {line}").as_str()));
    let asset = data["asset"].as_str().expect("the voicemail has an address");
    let body = format!("Voicemail: {asset}");
    assert_eq!(*link, (true, None, "Voicemail", body.as_str()), "the permanent address");
    assert!(!main.3.contains("Agent:"), "the one whose phone rang did not take it");
}

/// B04 B05 B09 B10 B12: the agent's, with its duration, in the conversation that the voicemail opened.
fn check_answered(conversation: &ConversationView, of_call: &[&Captured]) {
    let data = &of_call.last().expect("the call was captured").said["data"];
    let line = data["number"]["name"].as_str().expect("the line has a name");
    let agent = data["user"]["email"].as_str();
    let shown = activities(conversation, ANSWERED);
    let [main, duration] = shown.as_slice() else { panic!("two activities, not {}", shown.len()) };
    let subject = format!("Voicemail - {line}");
    assert_eq!((main.0, main.1, main.2), (false, agent, subject.as_str()), "the agent's own");
    assert_eq!(main.3.lines().next(), Some(format!("Inbound answered call - {line}").as_str()));
    let name = data["user"]["name"].as_str().expect("the agent has a name");
    assert!(main.3.lines().any(|it| it == format!("Agent: {name}")), "the agent is named");
    let seconds = |field: &str| data[field].as_i64().expect("a time");
    let spoken = seconds("ended_at") - seconds("answered_at");
    let waited = seconds("answered_at") - seconds("started_at");
    let body = format!("Duration: {} min {} s (waited {waited} s)", spoken / 60, spoken % 60);
    assert_eq!(*duration, (false, agent, subject.as_str(), body.as_str()));
    assert_eq!(conversation.assignee.as_deref(), agent, "whoever answered has it");

    let said = &data["comments"][0];
    let mark = format!("[call {ANSWERED} comment {}]", said["id"]);
    let first = said["content"].as_str().and_then(|text| text.lines().next()).expect("a text");
    let shown = comments(conversation);
    let [(author, body)] = shown.as_slice() else { panic!("one comment, not {}", shown.len()) };
    assert_eq!(*author, said["posted_by"]["email"].as_str(), "who wrote it in Aircall");
    assert_eq!(body.lines().next(), Some(first));
    assert_eq!(body.lines().last(), Some(mark.as_str()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b04_captured_calls_become_the_conversation_that_the_article_asks_for() {
    let Some(all) = captured() else { return };
    let (voicemail, answered) = (of_call(&all, VOICEMAIL), of_call(&all, ANSWERED));
    assert!(voicemail.len() >= 3 && !answered.is_empty(), "both calls were captured");
    let pipeline = pipeline(&all).await;

    post(&pipeline, &voicemail).await;
    pipeline.settle().await;
    let snapshot = pipeline.front.snapshot();
    let conversation = only(&snapshot);
    check_voicemail(conversation, &voicemail);
    assert_eq!(conversation.subject, "Voicemail");
    assert_eq!((conversation.status.as_str(), &conversation.assignee), ("unassigned", &None));
    assert_eq!(conversation.inboxes, ["Aircall Phone"]);

    post(&pipeline, &answered).await;
    pipeline.settle().await;
    let snapshot = pipeline.front.snapshot();
    let conversation = only(&snapshot);
    check_voicemail(conversation, &voicemail);
    check_answered(conversation, &answered);
    assert_eq!(conversation.status, "assigned");
    assert_eq!(conversation.inboxes, ["Aircall Phone"]);
    assert_eq!(conversation.entries.len(), 5, "two activities for each call, one comment");
    assert_eq!(conversation.contact_handle, e164(&answered[0].said["data"]["raw_digits"]));
    assert_eq!(snapshot.contacts.len(), 1, "one caller");

    // Everything once more, with what is no end of a call and what is no call: nothing changes.
    assert!(all.iter().any(|it| it.call_id() == Some(UNFINISHED)), "the third call was captured");
    post(&pipeline, &all.iter().collect::<Vec<_>>()).await;
    pipeline.settle().await;
    let again = pipeline.front.snapshot();
    assert_eq!(only(&again), conversation, "repeats and the call without an end show nothing");
}
