//! What the compiler cannot see: who may name what, how long things are, what tests may do, and
//! that every promise has its test. Each finding names the file, the line and what to do.

mod alerts;
mod behaviours;
mod dependencies;
mod goldens;
mod map;
mod names;
mod purity;
mod shape;
mod source;
mod tests_only;
mod words;

use source::Source;

/// Fails with all findings at once: a person mends them in one go.
#[track_caller]
fn report(findings: &[String]) {
    assert!(findings.is_empty(), "{} findings:\n{}", findings.len(), findings.join("\n"));
}

/// A finding about a line of a file.
fn at(source: &Source, line: usize, what: &str) -> String {
    format!("{}:{line}: {what}", source.path)
}
