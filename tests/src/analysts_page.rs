//! The code that stands on the page for analysts, `schemas/ANALYSTS.md`.

use std::path::Path;

/// What is the same whichever way the events came, in the page's order.
pub const QUESTIONS: [&str; 4] = [
    "One row per call",
    "Missed calls per line and hour",
    "Time to answer per agent",
    "Call-backs within an hour",
];

/// The Python under a heading.
///
/// # Panics
/// When the page has no such part.
#[must_use]
pub fn python(heading: &str) -> String {
    block(heading, "python")
}

/// The commands under a heading.
///
/// # Panics
/// When the page has no such part.
#[must_use]
pub fn shell(heading: &str) -> String {
    block(heading, "sh")
}

fn block(heading: &str, language: &str) -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/ANALYSTS.md");
    let page = std::fs::read_to_string(page).expect("the page can be read");
    let (_, part) = page.split_once(&format!("\n## {heading}\n")).expect("the page has this part");
    let part = part.split("\n## ").next().unwrap_or(part);
    let (_, code) = part.split_once(&format!("```{language}\n")).expect("it has such a block");
    let (code, _) = code.split_once("```").expect("a block ends");
    code.to_owned()
}
