//! What must be true after any crash: everything acknowledged is on the log, and Front shows what
//! the independent model expects.

use std::collections::HashSet;

use bytes::Bytes;
use serde_json::Value;
use simulators::aircall::centre::Centre;
use simulators::model::{ModelConfig, compare, expect};
use simulators::snapshot::Snapshot;

use crate::child::Child;

/// The event ids of one topic, as `callfold events` prints them.
///
/// # Panics
/// When the command fails.
pub async fn event_ids(child: &Child, topic: &str) -> HashSet<String> {
    let output = child.ask(&["events", "--topic", topic]).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).expect("JSON is text");
    lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("one document a line"))
        .filter_map(|line| line["value"]["event_id"].as_str().map(str::to_owned))
        .collect()
}

/// Finds every acknowledged body on the log by its event id.
///
/// # Panics
/// When one is lost.
pub async fn everything_acknowledged_is_kept(child: &Child, acknowledged: &[Bytes]) {
    let kept = event_ids(child, "raw").await;
    let lost = acknowledged.iter().filter(|body| !kept.contains(&event_id(body))).count();
    assert_eq!(lost, 0, "of {} acknowledged deliveries", acknowledged.len());
}

fn event_id(body: &Bytes) -> String {
    let text = std::str::from_utf8(body).expect("Aircall sends text");
    let envelope = ingest::json::Json::parse(text).expect("Aircall sends JSON");
    ingest::event_id::of_event(&envelope).to_string()
}

/// Compares Front with the model.
///
/// # Panics
/// With the differences.
pub fn front_shows_what_the_model_expects(
    centre: &Centre,
    config: &ModelConfig,
    snapshot: &Snapshot,
) {
    let differences = compare(&expect(centre, &[], config), snapshot);
    let shown: Vec<_> = differences.iter().take(20).map(|it| format!("{it:?}")).collect();
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), shown.join("\n"));
}
