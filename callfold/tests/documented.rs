//! Every key that `--json` prints is explained in the crate's README.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value as Json;

const README: &str = include_str!("../README.md");

/// The keys that the part under this heading explains.
fn explained(heading: &str) -> BTreeSet<String> {
    let (_, part) = README.split_once(&format!("\n### {heading}\n")).expect("it has this part");
    let part = part.split("\n### ").next().unwrap_or(part);
    let first_cells = part.lines().filter_map(|line| line.strip_prefix("| `")?.split('|').next());
    let keys = first_cells.flat_map(|cell| cell.split('`').step_by(2));
    keys.map(|key| key.trim_end_matches("[]").to_owned()).filter(|key| !key.is_empty()).collect()
}

/// The paths of all keys of a document. Below `whole` nothing is looked at: records of the log
/// are explained by their schemas. Below `named` keys are names.
fn paths(
    value: &Json,
    at: &str,
    whole: &[&str],
    named: &[(&str, &str)],
    found: &mut BTreeSet<String>,
) {
    match value {
        Json::Object(fields) => {
            for (name, value) in fields {
                let name = named.iter().find(|(of, _)| *of == at).map_or(name.as_str(), |it| it.1);
                let path = if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") };
                if whole.contains(&path.as_str()) || !has_keys(value) {
                    found.insert(path);
                } else {
                    paths(value, &path, whole, named, found);
                }
            }
        }
        Json::Array(items) => {
            let at = if at.is_empty() { String::new() } else { format!("{at}[]") };
            items.iter().for_each(|item| paths(item, &at, whole, named, found));
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

fn has_keys(value: &Json) -> bool {
    match value {
        Json::Object(_) => true,
        Json::Array(items) => items.iter().any(has_keys),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => false,
    }
}

/// Fails with every key of `value` that the part under `heading` does not explain.
#[track_caller]
fn check(heading: &str, value: &Json, whole: &[&str], named: &[(&str, &str)]) {
    let mut found = BTreeSet::new();
    paths(value, "", whole, named, &mut found);
    assert!(!found.is_empty(), "{heading} prints keys");
    let explained = explained(heading);
    let of_effect = |path: &str| {
        let effect = path.strip_prefix("calls[].effects[].");
        effect.or_else(|| path.strip_prefix("conversation_effects[].")).map(str::to_owned)
    };
    let unexplained: Vec<String> = found
        .into_iter()
        .map(|path| of_effect(&path).unwrap_or(path))
        .filter(|path| !explained.contains(path))
        .collect();
    assert!(unexplained.is_empty(), "README.md does not explain of {heading}: {unexplained:?}");
}

fn callfold(dir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callfold"));
    command
        .args(arguments)
        .current_dir(dir)
        .env_clear()
        .env("CALLFOLD_LOG__DIR", "shown/log")
        .env("CALLFOLD_INGEST__LISTEN", "127.0.0.1:0")
        .env("CALLFOLD_TELEMETRY__LISTEN", "127.0.0.1:0")
        .env("CALLFOLD_AIRCALL__WEBHOOK_TOKEN", "sesame")
        .env("CALLFOLD_FRONT__TOKEN", "sesame")
        // Port 1 of this machine: refused at once.
        .env("CALLFOLD_FRONT__API_URL", "http://127.0.0.1:1");
    command
}

fn printed(dir: &Path, arguments: &[&str]) -> String {
    let output = callfold(dir, arguments).output().expect("the executable starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {errors}");
    String::from_utf8(output.stdout).expect("text")
}

fn document(dir: &Path, arguments: &[&str]) -> Json {
    serde_json::from_str(&printed(dir, arguments)).expect("one document")
}

#[test]
fn every_key_of_config_and_schemas_is_explained() {
    let dir = tempfile::tempdir().expect("a folder");
    let look = |arguments: &[&str]| document(dir.path(), arguments);
    check("config", &look(&["config", "--json"]), &["values[].value"], &[]);
    check("config", &look(&["config", "--doc", "--json"]), &[], &[]);
    check("schemas", &look(&["schemas", "--json"]), &[], &[]);
    check("schemas", &look(&["schemas", "check", "--json"]), &[], &[]);
    check("schemas", &look(&["schemas", "dictionary", "--json"]), &[], &[]);
}

/// The demo leaves a log in which everything has happened.
#[test]
fn every_key_of_demo_status_conversation_and_events_is_explained() {
    let dir = tempfile::tempdir().expect("a folder");
    let look = |arguments: &[&str]| document(dir.path(), arguments);
    let demo = look(&["demo", "--calls", "12", "--dir", "shown", "--json"]);
    let named = [("qualifications", "<words>"), ("reads", "<route>"), ("writes", "<route>")];
    check("demo", &demo, &[], &named);

    let lines = printed(dir.path(), &["events", "--topic", "calls"]);
    let records: Vec<Json> =
        lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    records.iter().for_each(|record| check("events", record, &["value"], &[]));
    let contacts = records.iter().filter_map(|record| record["value"]["contact"].as_str());
    for contact in contacts.collect::<BTreeSet<_>>() {
        let conversation = look(&["conversation", contact, "--json"]);
        assert!(conversation["front"]["conversation_id"].is_string(), "Front has all of them");
        check("conversation", &conversation, &["state", "calls[].state"], &[]);
    }

    let mut running = Running(
        callfold(dir.path(), &["run"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts"),
    );
    let named = [("log.appended", "<topic>"), ("roles", "<role>")];
    let status = loop {
        // It holds the log before it answers.
        let output = callfold(dir.path(), &["status", "--json"]).output().expect("it starts");
        let status = serde_json::from_slice(&output.stdout).unwrap_or(Json::Null);
        if status["process"].is_object() {
            break status;
        }
        assert!(running.0.try_wait().expect("known").is_none(), "run has ended");
    };
    check("status", &status, &[], &named);
    running.stop();
    check("status", &look(&["status", "--json"]), &[], &named);
}

struct Running(Child);

impl Running {
    fn stop(&mut self) {
        let id = i32::try_from(self.0.id()).expect("an id");
        kill_process(Pid::from_raw(id).expect("not 0"), Signal::TERM).expect("it is there");
        self.0.wait().expect("it ends");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Only where the test has failed: it is stopped otherwise.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_key_that_is_not_explained_is_found() {
    let mut found = BTreeSet::new();
    let value = serde_json::json!({ "a": [{ "b": 1 }], "c": { "d": null }, "e": { "x": 1 } });
    paths(&value, "", &["c"], &[("e", "<name>")], &mut found);
    assert_eq!(found.into_iter().collect::<Vec<_>>(), ["a[].b", "c", "e.<name>"]);
    assert!(explained("status").contains("lag.dispatcher"));
    assert!(!explained("status").contains("p50"));
}
