//! Core modules decide and do nothing else. In every `lib.rs` they come first; a line
//! `// --- edge ---` ends them. Without that line all modules are core.

use std::collections::BTreeMap;

use crate::source::{self, Source, names};
use crate::{at, report};

const MARKER: &str = "// --- edge ---";

/// What deciding does not need. Time and chance are arguments.
const FOREIGN: [&str; 16] = [
    "tokio",
    "async",
    ".await",
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::thread",
    "SystemTime",
    "Instant",
    "Timestamp::now",
    "Zoned::now",
    "rand",
    "tracing",
    "metrics::",
    "reqwest",
];

/// The core modules of a crate, by its `lib.rs`.
fn core_modules(lib: &str) -> Vec<String> {
    lib.lines()
        .take_while(|line| line.trim() != MARKER)
        .filter_map(|line| {
            let declared = ["pub(crate) mod ", "pub mod ", "mod "];
            let module = declared.iter().find_map(|it| line.trim_start().strip_prefix(it))?;
            module.strip_suffix(';').map(str::to_owned)
        })
        .collect()
}

fn findings(source: &Source) -> Vec<String> {
    let mut findings = Vec::new();
    for (line, code) in source.lines_outside_tests() {
        for word in FOREIGN {
            if names(code, word) {
                let what = format!("a core module names `{word}`: move that to the edge");
                findings.push(at(source, line, &what));
            }
        }
    }
    findings
}

#[test]
fn core_modules_are_pure() {
    let sources = source::all();
    let mut found = Vec::new();
    let mut core = BTreeMap::new();
    for lib in sources.iter().filter(|source| source.path.ends_with("/src/lib.rs")) {
        let root = lib.path.trim_end_matches("lib.rs");
        if ["callfold/src/", "tests/src/"].contains(&root) {
            continue; // They start and play what the other crates decide.
        }
        let modules = core_modules(&lib.text);
        for source in sources.iter().filter(|source| !source.is_test()) {
            let Some(inside) = source.path.strip_prefix(root) else { continue };
            let module = inside.split('/').next().map(|it| it.trim_end_matches(".rs"));
            if module.is_some_and(|it| modules.iter().any(|module| module == it)) {
                found.extend(findings(source));
            }
        }
        if lib.code.contains("mod ") {
            core.insert(root.trim_end_matches("/src/").to_owned(), modules.len());
        }
    }
    for (krate, modules) in &core {
        assert!(*modules > 0, "{krate} lists no core module before `{MARKER}` in its lib.rs");
    }
    report(&found);
}

#[test]
fn impurity_is_found() {
    let table = [
        ("use tokio::sync::mpsc;", true),
        ("async fn f() {}", true),
        ("let x = f().await;", true),
        ("let now = Instant::now();", true),
        ("tracing::info!(\"x\");", true),
        ("metrics::counter!(\"x\");", true),
        ("let metrics = 1;", false),
        ("/// Runs in tokio.\nfn f() {}", false),
        ("#[cfg(test)]\nmod tests {\n    use tokio::test;\n}", false),
    ];
    for (text, found) in table {
        let source = Source::new("projector/src/facts.rs", text);
        assert_eq!(!findings(&source).is_empty(), found, "{text}");
    }
    let lib = "pub mod a;\nmod b;\npub(crate) mod c;\n\n// --- edge ---\npub mod run;\n";
    assert_eq!(core_modules(lib), ["a", "b", "c"]);
}
