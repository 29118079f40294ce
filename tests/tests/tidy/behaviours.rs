//! Every promise has a test that names it, and every id that a test names is a promise.

use std::collections::{BTreeMap, BTreeSet};

use crate::report;
use crate::source::{self, Source};

/// Ids and whether a test must prove them now, from `tests/behaviours.toml`.
fn promises() -> BTreeMap<String, bool> {
    let mut proved = false;
    let mut promises = BTreeMap::new();
    for line in include_str!("../../behaviours.toml").lines() {
        match line.split_once(" = ") {
            Some((id, title)) => {
                assert!(title.len() > 10, "{id} says what it promises");
                assert!(promises.insert(id.to_owned(), proved).is_none(), "{id} stands twice");
            }
            None if line.starts_with('[') => proved = line == "[proved]",
            None => {}
        }
    }
    promises
}

/// The ids in a text, in a function's way (`b05_`) or a sentence's (`B05`), upper case.
fn ids(text: &str, first: char) -> BTreeSet<String> {
    let part_of_name = |c: char| c.is_alphanumeric();
    let mut found = BTreeSet::new();
    for (at, _) in text.match_indices(first) {
        let before = text[..at].chars().next_back();
        let digits: String = text[at + 1..].chars().take(2).collect();
        let after = text[at + 1..].chars().nth(2);
        let number = digits.len() == 2 && digits.chars().all(|c| c.is_ascii_digit());
        if number && !before.is_some_and(part_of_name) && !after.is_some_and(part_of_name) {
            found.insert(format!("B{digits}"));
        }
    }
    found
}

/// The ids that the tests of a file prove: in the names of test functions, in their docs, and in
/// the opening lines of a file that is all tests.
fn proved(source: &Source) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let lines: Vec<&str> = source.text.lines().collect();
    let code: Vec<&str> = source.code.lines().collect();
    for (at, line) in code.iter().enumerate() {
        if !is_test_attribute(line) {
            continue;
        }
        let function = code[at..].iter().position(|line| line.contains("fn ")).map(|it| at + it);
        if let Some(function) = function {
            found.extend(ids(code[function], 'b'));
            let docs = lines[..at].iter().rev().take_while(|line| is_above_test(line));
            docs.for_each(|line| found.extend(ids(line, 'B')));
        }
    }
    let tests = code.iter().any(|line| is_test_attribute(line));
    if tests && source.is_test() {
        let opening = lines.iter().take_while(|line| line.starts_with("//!"));
        opening.for_each(|line| found.extend(ids(line, 'B')));
    }
    found
}

fn is_test_attribute(line: &str) -> bool {
    let line = line.trim();
    line == "#[test]" || line.starts_with("#[tokio::test")
}

fn is_above_test(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("///") || line.starts_with("#[")
}

#[test]
fn every_id_that_is_named_is_a_promise() {
    let promises = promises();
    let mut found = Vec::new();
    for source in source::all().iter().filter(|it| !it.path.starts_with("tests/tests/tidy/")) {
        let mut named = ids(&source.text, 'B');
        named.extend(proved(source));
        for id in named.iter().filter(|id| !promises.contains_key(*id)) {
            found.push(format!("{}: {id} is not in tests/behaviours.toml", source.path));
        }
    }
    report(&found);
}

#[test]
fn every_promise_has_a_test() {
    let sources = source::all();
    let proved: BTreeSet<String> = sources
        .iter()
        .filter(|it| !it.path.starts_with("tests/tests/tidy/"))
        .filter(|it| !it.path.starts_with("simulators/"))
        .flat_map(proved)
        .collect();
    let missing: Vec<String> = promises()
        .into_iter()
        .filter(|(id, must)| *must && !proved.contains(id))
        .map(|(id, _)| format!("{id} has no test that names it"))
        .collect();
    report(&missing);
}

#[test]
fn ids_are_found_where_tests_name_them() {
    let table: [(&str, &str, &[&str]); 7] = [
        ("a/src/b.rs", "#[test]\nfn b05_sticks() {}", &["B05"]),
        ("a/src/b.rs", "#[tokio::test]\nasync fn b07_b11_x() {}", &["B07", "B11"]),
        ("a/src/b.rs", "/// B09: it is so.\n#[test]\nfn x() {}", &["B09"]),
        ("a/src/b.rs", "fn b05_is_no_test() {}", &[]),
        ("a/src/b.rs", "//! B05 is told of.\n#[test]\nfn x() {}", &[]),
        ("a/tests/b.rs", "//! B05 and B06.\n#[test]\nfn x() {}", &["B05", "B06"]),
        ("a/tests/b.rs", "#[test]\nfn tab05_x() { let b = \"B05\"; }", &[]),
    ];
    for (path, text, expected) in table {
        let found: Vec<String> = proved(&Source::new(path, text)).into_iter().collect();
        assert_eq!(found, expected, "{text}");
    }
}
