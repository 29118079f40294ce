//! The map is of what stands: every file that ARCHITECTURE.md and the README files name exists.

use std::path::Path;

use crate::report;
use crate::source;

/// What a text names in backticks that looks like a path of this project.
fn paths(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (line, text) in (1..).zip(text.lines()) {
        for named in text.split('`').skip(1).step_by(2) {
            let plain = named.chars().all(|c| c.is_alphanumeric() || "/._-".contains(c));
            let file = [".rs", ".md", ".toml", ".avsc"].iter().any(|end| named.ends_with(end));
            if plain && named.contains('/') && (file || named.ends_with('/')) {
                found.push((line, named.to_owned()));
            }
        }
    }
    found
}

#[test]
fn every_file_on_the_map_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut missing = Vec::new();
    for (path, text) in source::texts(&["md"]) {
        let folder = root.join(Path::new(&path).parent().expect("a file lies in a folder"));
        for (line, named) in paths(&text) {
            let here = |named: &str| folder.join(named).exists() || root.join(named).exists();
            // A path that begins in no folder of ours is about another place.
            let first = named.split('/').next().unwrap_or_default();
            if here(first) && !here(&named) {
                missing.push(format!("{path}:{line}: {named} does not exist"));
            }
        }
    }
    report(&missing);
}

#[test]
fn paths_are_found_in_backticks() {
    let text = "See `a/src/b.rs`, `a/src/`, `b.rs`, `x/<id>.avsc` and c/d.rs.\n`cargo run`";
    assert_eq!(paths(text), [(1, "a/src/b.rs".to_owned()), (1, "a/src/".to_owned())]);
}
