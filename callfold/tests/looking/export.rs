//! Lines of a topic as a Parquet file, read back by the library's own reader.

use std::fs::File;
use std::path::Path;

use callfold::export::{Export, Written, record_of};
use parquet::file::reader::{FileReader, SerializedFileReader};
use schemas::TopicKind;
use serde_json::{Value as Json, json};

fn line(offset: u64, value: &Json) -> String {
    json!({ "topic": "callfold.calls", "partition": 1, "offset": offset, "key": "+331|a",
            "time": "2026-01-31T08:00:00.123Z", "value": value })
    .to_string()
}

fn person(id: i64) -> Json {
    json!({ "id": id, "name": "Ada", "email": null })
}

/// An event with these fields; those that may be absent are, and lists are empty.
fn event(fields: Json) -> Json {
    let mut event = json!({
        "event_id": "e1", "event": "call.ended", "snapshot_at": 1_000, "received_at": 2_000,
        "origin": "webhook", "normaliser_revision": 1, "clears": [], "contact": "+331",
        "call_id": 5_000_000_000_i64, "direction": "inbound", "status": "done", "teams": [],
        "has_recording": false, "has_voicemail": true, "comments": [], "tags": [],
    });
    let all = event.as_object_mut().unwrap();
    fields.as_object().unwrap().iter().for_each(|(name, it)| {
        all.insert(name.clone(), it.clone());
    });
    event
}

fn export(path: &Path, lines: &[String]) -> Written {
    let record = record_of(TopicKind::Calls, None).unwrap();
    let mut export = Export::begin(path, false, TopicKind::Calls, record).unwrap();
    lines.iter().for_each(|line| export.take(line).unwrap());
    assert!(!path.exists(), "nothing is there before it is whole");
    export.finish().unwrap()
}

/// The rows as the library shows them.
fn rows(path: &Path) -> Vec<String> {
    let reader = SerializedFileReader::new(File::open(path).unwrap()).unwrap();
    reader.get_row_iter(None).unwrap().map(|row| row.unwrap().to_string()).collect()
}

#[test]
fn every_field_is_a_typed_column_and_lists_are_lists() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("calls.parquet");
    let comments = json!([
        { "id": 7, "content": "one", "posted_at": null, "posted_by": person(3) },
        { "id": 8, "content": "two", "posted_at": 4_000, "posted_by": null },
    ]);
    let full = event(json!({ "comments": comments, "clears": ["agent", "teams"],
        "agent": person(9), "answered_at": 1_500, "line_id": 12, "archived": true }));
    let written = export(&path, &[line(0, &full), line(1, &event(json!({})))]);
    assert_eq!(written, Written { rows: 2, ..Written::default() });
    let rows = rows(&path);
    let has = |row: &str, part: &str| assert!(row.contains(part), "{part} in {row}");
    for part in [
        "log_partition: 1, log_offset: 0, log_time: 2026-01-31 08:00:00",
        "event_id: \"e1\"",
        "snapshot_at: 1970-01-01 00:00:01",
        "call_id: 5000000000",
        "clears: [\"agent\", \"teams\"]",
        "agent: {id: 9, name: \"Ada\", email: null}",
        "{id: 7, content: \"one\", posted_at: null, posted_by: {id: 3, name: \"Ada\", email: null}}",
        "{id: 8, content: \"two\", posted_at: 1970-01-01 00:00:04.000 +00:00, posted_by: null}",
        "has_voicemail: true",
        "archived: true",
    ] {
        has(&rows[0], part);
    }
    for part in ["log_offset: 1", "agent: null", "comments: []", "clears: []", "answered_at: null"]
    {
        has(&rows[1], part);
    }
}

#[test]
fn what_is_no_row_is_counted_and_a_field_that_must_be_there_is_missed() {
    let dir = tempfile::tempdir().unwrap();
    let deleted = line(0, &Json::Null);
    let damage =
        json!({ "partition": 0, "damage": { "what": "x", "from": 1, "to": 2 } }).to_string();
    let undecodable = json!({ "key": "a", "undecodable": "why" }).to_string();
    let written = export(&dir.path().join("a.parquet"), &[deleted, damage, undecodable]);
    assert_eq!(written, Written { rows: 0, deleted: 1, undecodable: 1, damaged: 1 });

    let path = dir.path().join("b.parquet");
    let record = record_of(TopicKind::Calls, None).unwrap();
    let mut export = Export::begin(&path, false, TopicKind::Calls, record).unwrap();
    let mut event = event(json!({}));
    event.as_object_mut().unwrap().remove("contact");
    let error = export.take(&line(3, &event)).unwrap_err().to_string();
    assert!(error.contains("offset 3 of partition 1") && error.contains("no contact"), "{error}");
    drop(export);
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is left of it");
}

#[test]
fn a_file_that_is_there_is_replaced_only_by_force() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("calls.parquet");
    std::fs::write(&path, "mine").unwrap();
    let record = record_of(TopicKind::Calls, None).unwrap();
    let refused = Export::begin(&path, false, TopicKind::Calls, record).err().unwrap().to_string();
    assert!(refused.contains("--force"), "{refused}");
    assert_eq!(std::fs::read(&path).unwrap(), b"mine");
    let mut export = Export::begin(&path, true, TopicKind::Calls, record).unwrap();
    export.take(&line(0, &event(json!({})))).unwrap();
    export.finish().unwrap();
    assert_eq!(rows(&path).len(), 1);
}

#[test]
fn a_topic_of_several_records_asks_which() {
    let error = record_of(TopicKind::Conversations, None).unwrap_err().to_string();
    assert!(error.contains("--record") && error.contains("Conversation, CallState"), "{error}");
    let error = record_of(TopicKind::Calls, Some("CallState")).unwrap_err().to_string();
    assert!(error.contains("CallEvent"), "{error}");
    let found = record_of(TopicKind::Conversations, Some("CallState")).unwrap();
    assert_eq!(found, "callfold.CallState");
    for kind in TopicKind::ALL {
        for name in kind.schemas() {
            assert_eq!(record_of(kind, Some(name)).unwrap(), *name);
        }
    }
}
