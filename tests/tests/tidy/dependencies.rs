//! Which crate may depend on which, as ARCHITECTURE.md draws it.

use crate::report;
use crate::source;

/// A crate, what of ours it may use, and what its tests may use besides.
const MAY_USE: [(&str, &[&str], &[&str]); 8] = [
    ("schemas", &[], &[]),
    ("eventlog", &[], &[]),
    ("simulators", &[], &[]),
    ("ingest", &["schemas", "eventlog"], &["simulators"]),
    ("projector", &["schemas", "eventlog"], &["simulators"]),
    ("dispatcher", &["schemas", "eventlog"], &["simulators"]),
    ("callfold", &["schemas", "eventlog", "ingest", "projector", "dispatcher", "simulators"], &[]),
    (
        "tests",
        &["schemas", "eventlog", "ingest", "projector", "dispatcher", "simulators", "callfold"],
        &[],
    ),
];

/// What of ours a manifest names, and whether for tests only.
fn ours(manifest: &str) -> Vec<(String, bool)> {
    let mut section = "";
    let mut found = Vec::new();
    for line in manifest.lines().map(str::trim) {
        if line.starts_with('[') {
            section = line;
        }
        let name = line.split(['.', '=', ' ']).next().unwrap_or_default();
        if MAY_USE.iter().any(|(krate, _, _)| *krate == name) && section.contains("dependencies") {
            found.push((name.to_owned(), section.contains("dev-")));
        }
    }
    found
}

fn findings(krate: &str, manifest: &str) -> Vec<String> {
    let Some((_, used, tested)) = MAY_USE.iter().find(|(name, _, _)| *name == krate) else {
        return vec![format!("{krate}: a new crate; say in tidy/dependencies.rs what it may use")];
    };
    ours(manifest)
        .into_iter()
        .filter(|(name, for_tests)| {
            // A crate may name itself, to build its own tests with a feature on.
            name != krate
                && !used.contains(&name.as_str())
                && !(*for_tests && tested.contains(&name.as_str()))
        })
        .map(|(name, _)| format!("{krate}/Cargo.toml: {krate} must not know {name}"))
        .collect()
}

#[test]
fn crates_depend_in_one_direction() {
    let mut found = Vec::new();
    let mut seen = 0;
    for (path, manifest) in source::texts(&["toml"]) {
        let Some(krate) = path.strip_suffix("/Cargo.toml") else { continue };
        if krate.contains('/') || krate == "fuzz" {
            continue; // Fuzz targets are workspaces of their own.
        }
        seen += 1;
        found.extend(findings(krate, &manifest));
    }
    assert_eq!(seen, MAY_USE.len(), "manifests found");
    report(&found);
}

#[test]
fn a_wrong_direction_is_found() {
    let manifest = |dependency: &str, kind: &str| {
        format!("[package]\nname = \"x\"\n\n[{kind}]\n{dependency}.workspace = true\n")
    };
    let table = [
        ("ingest", manifest("schemas", "dependencies"), false),
        ("ingest", manifest("projector", "dependencies"), true),
        ("schemas", manifest("eventlog", "dependencies"), true),
        ("simulators", manifest("schemas", "dev-dependencies"), true),
        ("dispatcher", manifest("simulators", "dev-dependencies"), false),
        ("dispatcher", manifest("simulators", "dependencies"), true),
        ("projector", manifest("callfold", "dev-dependencies"), true),
        ("another", manifest("schemas", "dependencies"), true),
    ];
    for (krate, manifest, found) in table {
        assert_eq!(!findings(krate, &manifest).is_empty(), found, "{krate}: {manifest}");
    }
}
