//! What must be true after any crash: everything acknowledged is on the log, and Front shows what
//! the independent model expects.

use std::collections::HashSet;

use bytes::Bytes;
use serde_json::Value;
use simulators::aircall::centre::Centre;
use simulators::front::RecordedRequest;
use simulators::model::{ModelConfig, PersonAct, Piece, compare, compare_sending, expect, pieces};
use simulators::snapshot::Snapshot;

use crate::child::Child;
use crate::load::Load;
use crate::pipeline::Pipeline;

/// The event ids of one topic, as `callfold events` prints them.
///
/// # Panics
/// When the command fails.
pub async fn event_ids(child: &Child, topic: &str) -> HashSet<String> {
    let values = values(child, topic).await;
    values.iter().filter_map(|value| value["event_id"].as_str().map(str::to_owned)).collect()
}

async fn values(child: &Child, topic: &str) -> Vec<Value> {
    let output = child.ask(&["events", "--topic", topic]).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).expect("JSON is text");
    let line = |line| serde_json::from_str::<Value>(line).expect("one document a line");
    lines.lines().map(line).map(|mut line| line["value"].take()).collect()
}

/// Sends what is left of a load; then all of it was acknowledged, is on the log, and is in Front.
///
/// # Panics
/// When something was refused, is lost, or Front shows something else than the model.
pub async fn the_rest_arrives(pipeline: &Pipeline, load: &mut Load) {
    let left = load.left();
    load.send(pipeline, left, std::future::pending()).await;
    assert!(load.unanswered.is_empty(), "{} were refused", load.unanswered.len());
    pipeline.settle().await;
    let child = pipeline.child.as_ref().expect("the program runs");
    everything_acknowledged_is_kept(child, &load.acknowledged).await;
    let snapshot = pipeline.front.snapshot();
    front_shows_what_the_model_expects(pipeline, &load.centre, &[], &any_order(), &snapshot).await;
}

/// Finds every acknowledged body on the log by its event id.
///
/// # Panics
/// When one is lost.
pub async fn everything_acknowledged_is_kept(child: &Child, acknowledged: &[Bytes]) {
    let lost = lost(child, acknowledged).await;
    assert_eq!(lost, 0, "of {} acknowledged deliveries", acknowledged.len());
}

/// How many acknowledged bodies are not on the log.
pub async fn lost(child: &Child, acknowledged: &[Bytes]) -> usize {
    let kept = event_ids(child, "raw").await;
    acknowledged.iter().filter(|body| !kept.contains(&event_id(body))).count()
}

fn event_id(body: &Bytes) -> String {
    let text = std::str::from_utf8(body).expect("Aircall sends text");
    let envelope = ingest::json::Json::parse(text).expect("Aircall sends JSON");
    ingest::event_id::of_event(&envelope).to_string()
}

/// What a load allows: calls are sent far faster than they happened, so any may overtake any; and after a
/// kill a link may come later than its call.
#[must_use]
pub fn any_order() -> ModelConfig {
    ModelConfig { overtake_s: 100 * 86_400, late_media: true, ..ModelConfig::default() }
}

/// Compares with the model, which knows the calls and what people did, what Front shows, and in which order it was sent: as B35 has it, each
/// contact's in the order of the commands on the log.
///
/// # Panics
/// With the differences.
pub async fn front_shows_what_the_model_expects(
    pipeline: &Pipeline,
    centre: &Centre,
    acts: &[PersonAct],
    config: &ModelConfig,
    snapshot: &Snapshot,
) {
    let differences = differences(pipeline, centre, acts, config, snapshot).await;
    let shown = &differences[..differences.len().min(20)];
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), shown.join("\n"));
}

/// Where Front shows something else than the model expects, or was sent it in another order.
///
/// # Panics
/// When the commands cannot be read.
pub async fn differences(
    pipeline: &Pipeline,
    centre: &Centre,
    acts: &[PersonAct],
    config: &ModelConfig,
    snapshot: &Snapshot,
) -> Vec<String> {
    let expected = expect(centre, acts, config);
    let mut differences = compare(&expected, snapshot);
    let requests = pipeline.front.requests();
    let sent = pieces(requests.iter().filter_map(RecordedRequest::text));
    let child = pipeline.child.as_ref().expect("the program runs");
    let decided = decided(child).await;
    assert!(decided.len() >= sent.len() / 2, "the commands were read: {}", decided.len());
    differences.extend(compare_sending(&expected, &sent, &decided));
    differences.iter().map(|it| format!("{it:?}")).collect()
}

/// The activities and comments that were decided, a contact's in the order of their commands.
async fn decided(child: &Child) -> Vec<(i64, Piece)> {
    let values = values(child, "commands").await;
    let text = |value: &Value| {
        let of = |action: &str| value[action]["body"].as_str().map(str::to_owned);
        of("activity").or_else(|| of("comment"))
    };
    let texts: Vec<String> = values.iter().filter_map(text).collect();
    pieces(texts.iter().map(String::as_str))
}
