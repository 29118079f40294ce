//! Who may name which library, and who may read the environment.

use crate::source::{self, Source, names};
use crate::{at, report};

/// A word, where it may stand, and why nowhere else.
struct Rule {
    words: &'static [&'static str],
    allowed: &'static [&'static str],
    why: &'static str,
}

const RULES: [Rule; 4] = [
    Rule {
        words: &["rdkafka"],
        // The bench measures the bare library beside the log.
        allowed: &["eventlog/src/kafka", "eventlog/benches/kafka.rs"],
        why: "nothing above the port knows which log it runs on",
    },
    Rule {
        words: &["sled"],
        allowed: &["eventlog/src/store"],
        why: "the local store can be deleted at any time; nothing else may rest on it",
    },
    Rule {
        words: &["reqwest"],
        allowed: &[
            "dispatcher/src/front/client",
            "dispatcher/src/client",
            "ingest/src/aircall_api",
            "simulators/",
            "callfold/",
            "tests/",
            "dispatcher/tests/",
            "ingest/tests/",
            "ingest/benches/",
        ],
        why: "one request is sent in one place, which decides nothing",
    },
    Rule {
        words: &["env::var", "env::var_os", "env::vars", "env::vars_os", "option_env!"],
        allowed: &[
            "callfold/src/",
            // Whether this is CI, and where the references lie, which are not part of the repository.
            "eventlog/tests/full_disk.rs",
            "simulators/src/spec.rs",
            "ingest/tests/pure/samples.rs",
            "tests/",
        ],
        why: "only callfold reads the environment, through its configuration",
    },
];

fn findings(source: &Source) -> Vec<String> {
    let mut findings = Vec::new();
    for rule in &RULES {
        if rule.allowed.iter().any(|allowed| source.path.starts_with(allowed)) {
            continue;
        }
        for (line, code) in (1..).zip(source.code.lines()) {
            if rule.words.iter().any(|word| names(code, word)) {
                findings.push(at(source, line, &format!("{}: {}", rule.words[0], rule.why)));
            }
        }
    }
    findings
}

#[test]
fn libraries_and_the_environment_are_named_only_where_they_may() {
    report(&source::all().iter().flat_map(findings).collect::<Vec<_>>());
}

#[test]
fn a_name_in_the_wrong_place_is_found() {
    let table = [
        ("projector/src/a.rs", "use sled::Db;", true),
        ("eventlog/src/store.rs", "use sled::Db;", false),
        ("projector/src/a.rs", "// sled\nlet assembled = 1;", false),
        ("dispatcher/src/lane.rs", "reqwest::get(x)", true),
        ("dispatcher/src/front/client.rs", "reqwest::get(x)", false),
        ("ingest/src/run.rs", "let x = std::env::var(\"X\");", true),
        ("ingest/src/run.rs", "use std::env;\nlet x = env::vars();", true),
        ("ingest/src/run.rs", "let x = env!(\"CARGO_PKG_VERSION\");", false),
        ("eventlog/tests/disk.rs", "let program = std::env::current_exe();", false),
        ("eventlog/src/log.rs", "use rdkafka::Message;", true),
    ];
    for (path, text, found) in table {
        assert_eq!(!findings(&Source::new(path, text)).is_empty(), found, "{path}: {text}");
    }
}
