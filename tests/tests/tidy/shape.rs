//! How files and functions look: their length, their first line, their names.

use crate::source::{self, Source};
use crate::{at, report};

/// Past this a file is a defect: nobody reads it whole.
const FILE_LINES_MAX: usize = 600;
/// Past this a function does more than one thing.
const FUNCTION_LINES_MAX: usize = 70;
/// Names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 7] = ["mod", "utils", "util", "helpers", "helper", "common", "prelude"];

fn findings(source: &Source) -> Vec<String> {
    let mut findings = Vec::new();
    let lines = source.text.lines().count();
    if lines > FILE_LINES_MAX {
        let what = format!("{lines} lines: split it by meaning, {FILE_LINES_MAX} is the end");
        findings.push(at(source, 1, &what));
    }
    let first = source.text.lines().next().unwrap_or_default();
    if !first.starts_with("//! ") && !first.starts_with("#![doc = include_str!(") {
        findings.push(at(source, 1, "open with a `//!` sentence that says what the file is for"));
    }
    for part in source.path.trim_end_matches(".rs").split('/') {
        if EMPTY_NAMES.contains(&part) {
            findings.push(at(
                source,
                1,
                &format!("`{part}` says nothing: name it after its thing"),
            ));
        }
    }
    for (line, name, lines) in functions(&source.code) {
        if lines > FUNCTION_LINES_MAX {
            let what = format!("{name} has {lines} lines of code, {FUNCTION_LINES_MAX} is the end");
            findings.push(at(source, line, &what));
        }
    }
    findings
}

/// Every function with a body: its line, its name, its lines of code without blank ones.
fn functions(code: &str) -> Vec<(usize, String, usize)> {
    let mut functions = Vec::new();
    for (start, _) in code.match_indices("fn ") {
        let before = code[..start].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let name: String =
            code[start + 3..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        let Some(body) = body(&code[start..]) else { continue };
        if !name.is_empty() {
            let lines = body.lines().filter(|line| !line.trim().is_empty()).count();
            functions.push((code[..start].lines().count().max(1), name, lines.saturating_sub(2)));
        }
    }
    functions
}

/// From the opening brace to the closing one; none where a `;` comes first.
fn body(code: &str) -> Option<&str> {
    let (mut round, mut braces, mut start) = (0_i32, 0_i32, None);
    for (at, c) in code.char_indices() {
        match c {
            '(' | '[' => round += 1,
            ')' | ']' => round -= 1,
            ';' if round == 0 && start.is_none() => return None,
            '{' => {
                start.get_or_insert(at);
                braces += 1;
            }
            '}' if start.is_some() => {
                braces -= 1;
                if braces == 0 {
                    return start.map(|start| &code[start..=at]);
                }
            }
            _ => {}
        }
    }
    None
}

#[test]
fn files_and_functions_are_short_and_say_what_they_are() {
    report(&source::all().iter().flat_map(findings).collect::<Vec<_>>());
}

#[test]
fn what_is_too_long_or_says_nothing_is_found() {
    let long_function = format!("//! A.\nfn f() {{\n{}}}\n", "    g();\n".repeat(71));
    let short_function = format!("//! A.\nfn f() {{\n{}}}\n", "    g();\n".repeat(70));
    let long_file = format!("//! A.\n{}", "const A: u8 = 1;\n".repeat(600));
    let table = [
        ("a/src/b.rs", short_function.as_str(), ""),
        ("a/src/b.rs", long_function.as_str(), "f has 71 lines"),
        ("a/src/b.rs", long_file.as_str(), "601 lines"),
        ("a/src/b.rs", "use x;", "open with"),
        ("a/src/utils.rs", "//! A.", "`utils` says nothing"),
        ("a/src/b/mod.rs", "//! A.", "`mod` says nothing"),
        ("a/tests/common/x.rs", "//! A.", "`common` says nothing"),
    ];
    for (path, text, expected) in table {
        let found = findings(&Source::new(path, text)).join("\n");
        assert!(found.contains(expected) && found.is_empty() == expected.is_empty(), "{found}");
    }
}
