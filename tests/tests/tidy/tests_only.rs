//! What tests may not do: sleep, take a fixed port, be ignored.

use crate::source::{self, Source, names};
use crate::{at, report};

fn findings(source: &Source) -> Vec<String> {
    let mut findings = Vec::new();
    for (line, code) in (1..).zip(source.code.lines()) {
        if code.contains("#[ignore") {
            findings.push(at(source, line, "an ignored test proves nothing: mend or delete it"));
        }
    }
    let texts: Vec<&str> = source.text.lines().collect();
    for (line, code) in source.lines_in_tests() {
        if names(code, "sleep(") {
            findings.push(at(source, line, "wait for what is awaited, not for time to pass"));
        }
        let opens = ["bind(", "connect("].iter().any(|word| code.contains(word));
        if opens && texts.get(line - 1).is_some_and(|text| has_fixed_port(text)) {
            findings.push(at(source, line, "a fixed port is taken on somebody's machine: bind 0"));
        }
    }
    findings
}

fn has_fixed_port(text: &str) -> bool {
    ["127.0.0.1:", "localhost:", "0.0.0.0:", "[::1]:"].iter().any(|host| {
        text.match_indices(host)
            .any(|(at, _)| text[at + host.len()..].starts_with(|c: char| ('1'..='9').contains(&c)))
    })
}

#[test]
fn tests_wait_for_nothing_but_what_they_await() {
    report(&source::all().iter().flat_map(findings).collect::<Vec<_>>());
}

#[test]
fn sleeping_ignored_and_fixed_tests_are_found() {
    let table = [
        ("a/tests/b.rs", "tokio::time::sleep(d).await;", true),
        ("a/src/b.rs", "tokio::time::sleep(d).await;", false),
        ("a/src/b.rs", "#[cfg(test)]\nmod tests {\n    thread::sleep(d);\n}", true),
        ("a/tests/b.rs", "TcpListener::bind(\"127.0.0.1:8080\")", true),
        ("a/tests/b.rs", "TcpListener::bind(\"127.0.0.1:0\")", false),
        ("a/tests/b.rs", "assert_eq!(listen, \"127.0.0.1:8080\")", false),
        ("a/src/b.rs", "#[ignore]\nfn f() {}", true),
    ];
    for (path, text, found) in table {
        assert_eq!(!findings(&Source::new(path, text)).is_empty(), found, "{path}: {text}");
    }
}
