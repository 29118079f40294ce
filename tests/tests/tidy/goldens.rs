//! Stale goldens fail: every reviewed text belongs to a test that still compares with it.

use schemas::registry::VERSIONS;

use crate::report;
use crate::source;

/// The golden files of the journeys, which are named after the journey and the layout.
const JOURNEYS: &str = "tests/tests/end_to_end/golden/";
/// Those of the schemas, which are named after the record and its version.
const RECORDS: &str = "schemas/tests/records/snapshots/";

/// Whether a test compares with this file. `functions` says whether a function of this name stands
/// in a file below a folder.
fn is_compared(path: &str, functions: impl Fn(&str, &str) -> bool) -> bool {
    let Some(stem) = path.strip_suffix(".snap") else { return false };
    if let Some(stem) = stem.strip_prefix(JOURNEYS) {
        let journeys = tests::journeys::all(0);
        let layouts = ["separate", "compact"];
        return stem.split_once('.').is_some_and(|(name, layout)| {
            journeys.iter().any(|it| it.name == name) && layouts.contains(&layout)
        });
    }
    if let Some(stem) = stem.strip_prefix(RECORDS) {
        let of_version = |name: &str, id: u32| {
            format!("{}-{id}", name.strip_prefix("callfold.").unwrap_or(name))
        };
        return stem == "shipped" || VERSIONS.iter().any(|it| stem == of_version(it.name, it.id));
    }
    let Some((folder, file)) = stem.rsplit_once("/snapshots/") else { return false };
    let function = file.rsplit("__").next().unwrap_or(file);
    functions(folder, function)
}

fn stands(folder: &str, function: &str) -> bool {
    let head = format!("fn {function}(");
    source::all().iter().any(|source| {
        source.path.starts_with(folder)
            && source.code.contains(&head)
            && source.code.contains("assert_snapshot!")
    })
}

#[test]
fn every_golden_is_compared_by_a_test() {
    let goldens = source::texts(&["snap", "snap.new", "pending-snap"]);
    assert!(goldens.len() > 50, "only {} goldens found", goldens.len());
    let stale: Vec<String> = goldens
        .iter()
        .filter(|(path, _)| !is_compared(path, stands))
        .map(|(path, _)| format!("{path}: no test compares with it: delete it or bring its test"))
        .collect();
    report(&stale);
}

#[test]
fn a_golden_without_its_test_is_found() {
    let known = |folder: &str, function: &str| (folder, function) == ("a/tests/fold", "b07_it");
    let table = [
        ("tests/tests/end_to_end/golden/anonymous.compact.snap", true),
        ("tests/tests/end_to_end/golden/anonymous.wide.snap", false),
        ("tests/tests/end_to_end/golden/no_such_journey.compact.snap", false),
        ("a/tests/fold/snapshots/fold__layouts__b07_it.snap", true),
        ("a/tests/fold/snapshots/fold__layouts__b07_it.snap.new", false),
        ("a/tests/fold/snapshots/fold__layouts__b07_gone.snap", false),
        ("schemas/tests/records/snapshots/shipped.snap", true),
        ("schemas/tests/records/snapshots/CallEvent-1.snap", false),
    ];
    for (path, compared) in table {
        assert_eq!(is_compared(path, known), compared, "{path}");
    }
}
