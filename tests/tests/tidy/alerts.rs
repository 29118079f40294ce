//! An alert on a metric that is not there never fires: what the page names, the code measures.

use std::collections::BTreeSet;

use crate::report;
use crate::source;

const PAGE: &str = "deploy/alerts.md";
const PREFIX: &str = "callfold_";

/// Every metric that a text names.
fn metrics(text: &str) -> BTreeSet<&str> {
    let word = |at: usize| {
        let rest = &text[at..];
        let end = rest.find(|it: char| !it.is_ascii_alphanumeric() && it != '_');
        &rest[..end.unwrap_or(rest.len())]
    };
    text.match_indices(PREFIX).map(|(at, _)| word(at)).collect()
}

#[test]
fn every_metric_of_the_alert_page_is_measured() {
    let pages = source::texts(&["md"]);
    let (_, page) = pages.iter().find(|(path, _)| path == PAGE).expect("the page is there");
    let code: String = source::all()
        .iter()
        .filter(|source| !source.is_test())
        .map(|source| source.text.as_str())
        .collect();
    let named = metrics(page);
    assert!(named.len() > 10, "only {} metrics on {PAGE}", named.len());
    let unknown: Vec<String> = named
        .iter()
        .filter(|name| !code.contains(&format!("\"{name}\"")))
        .map(|name| format!("{PAGE}: {name} is measured nowhere: name another, or measure it"))
        .collect();
    report(&unknown);
}

#[test]
fn metrics_are_found_in_expressions() {
    let text = "`sum(callfold_a_total{x=\"1\"}[5m])` and callfold_b.";
    assert_eq!(metrics(text), BTreeSet::from(["callfold_a_total", "callfold_b"]));
}
