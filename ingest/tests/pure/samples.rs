//! Real captured bodies, read where they lie: they show the wire and are no part of this project.

use std::io::Write;
use std::path::PathBuf;

use ingest::NoCall;
use serde_json::Value;

use crate::bodies::read;

/// The folder of captured bodies, or none with a line that says so. In CI it must be there.
#[allow(clippy::disallowed_methods, reason = "the one test that reads files outside the project")]
fn samples() -> Option<PathBuf> {
    if let Ok(folder) = std::env::var("CALLFOLD_AIRCALL_SAMPLES") {
        return Some(PathBuf::from(folder));
    }
    // Straight to the stream: what a test that passes prints is kept from people.
    let told = writeln!(
        std::io::stderr(),
        "SKIPPED: captured bodies: set CALLFOLD_AIRCALL_SAMPLES to the folder that has them"
    );
    let in_ci = std::env::var("CI").is_ok_and(|value| value == "true");
    assert!(told.is_ok() && !in_ci, "CALLFOLD_AIRCALL_SAMPLES must be set where CI is true");
    None
}

#[test]
fn b20_every_captured_webhook_is_understood() {
    let Some(folder) = samples() else { return };
    let mut webhooks = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let is_webhook = path.extension().is_some_and(|extension| extension == "json")
            && !name.starts_with("rest.");
        if !is_webhook {
            continue;
        }
        webhooks += 1;
        let body = std::fs::read(&path).unwrap();
        let said: Value = serde_json::from_slice(&body).unwrap();
        match read(&body) {
            Ok(event) => check(&name, &said, &event),
            Err(NoCall::OtherEvent { event, .. }) => assert!(!event.starts_with("call."), "{name}"),
            Err(NoCall::Rejected(why)) => panic!("{name} was rejected: {}", why.reason),
        }
    }
    assert!(webhooks >= 5, "only {webhooks} captured webhooks in the folder");
}

/// The event says what the body says, read a second way.
fn check(name: &str, said: &Value, event: &schemas::CallEvent) {
    let data = &said["data"];
    let seconds = |field: &str| data[field].as_i64();
    assert_eq!(Some(event.event.as_str()), said["event"].as_str(), "{name}");
    assert_eq!(Some(event.call_id.get()), data["id"].as_i64(), "{name}");
    assert_eq!(event.started_at.map(schemas::TimeMs::seconds), seconds("started_at"), "{name}");
    assert_eq!(event.answered_at.map(schemas::TimeMs::seconds), seconds("answered_at"), "{name}");
    assert_eq!(event.ended_at.map(schemas::TimeMs::seconds), seconds("ended_at"), "{name}");
    assert_eq!(event.agent.as_ref().map(|agent| agent.id.0), data["user"]["id"].as_i64(), "{name}");
    assert_eq!(event.line_name.as_deref(), data["number"]["name"].as_str(), "{name}");
    assert_eq!(event.asset_url.as_deref(), data["asset"].as_str(), "{name}");
    assert_eq!(event.has_voicemail, data["voicemail"].is_string(), "{name}");
    assert_eq!(event.comments.len(), data["comments"].as_array().unwrap().len(), "{name}");
    assert_eq!(event.tags.len(), data["tags"].as_array().unwrap().len(), "{name}");
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let number = event.contact.e164().map(digits);
    assert_eq!(number, data["raw_digits"].as_str().map(digits), "{name}");
}
