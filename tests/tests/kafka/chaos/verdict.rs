//! What must be true whatever has happened, and everything that is not.

use bytes::Bytes;
use simulators::aircall::Centre;
use simulators::model::PersonAct;
use tests::pipeline::Pipeline;
use tests::refold::refolded;
use tests::tell::tell;
use tests::verdict::{any_order, differences, lost};

/// Judges a pipeline that has settled: a sentence for whatever is wrong.
pub async fn findings(
    pipeline: &Pipeline,
    centre: &Centre,
    acts: &[PersonAct],
    acknowledged: &[Bytes],
    brokers: &str,
    partitions: u32,
) -> Vec<String> {
    let child = pipeline.child.as_ref().expect("the program runs");
    let mut findings = Vec::new();
    let lost = lost(child, acknowledged).await;
    if lost > 0 {
        findings.push(format!("{lost} of {} acknowledged are not kept", acknowledged.len()));
    }
    let snapshot = pipeline.front.snapshot();
    findings.extend(differences(pipeline, centre, acts, &any_order(), &snapshot).await);
    let anew = refolded(brokers, &pipeline.topic_prefix(), partitions).await;
    tell(&format!(
        "{} acknowledged deliveries are kept; {} states folded anew from {} events of calls and {} of \
         Front; {} findings",
        acknowledged.len() - lost,
        anew.states,
        anew.calls,
        anew.front,
        findings.len() + anew.differences.len(),
    ));
    assert!(anew.states > 0, "there are facts");
    findings.extend(anew.differences);
    findings.extend(panics(pipeline));
    findings
}

/// A supervisor starts again whatever ends: a panic must not pass for one more blow.
fn panics(pipeline: &Pipeline) -> Vec<String> {
    let outputs = pipeline.outputs();
    let lines = outputs.iter().flat_map(|output| output.lines());
    lines.filter(|line| line.contains("panicked at")).map(str::to_owned).collect()
}

/// The findings as a text, not all when there are many.
pub fn text(findings: &[String]) -> String {
    let shown = &findings[..findings.len().min(30)];
    format!("{} findings:\n{}", findings.len(), shown.join("\n"))
}
