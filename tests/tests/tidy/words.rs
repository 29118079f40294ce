//! The project speaks of itself alone: nothing about the machine it was written on, how it came
//! about, or where its libraries were downloaded from.

use crate::report;
use crate::source;

/// Words that have no place here, in halves, so that this file does not have them either.
const WORDS: [(&str, &str); 11] = [
    ("sub", "agent"),
    ("this ", "session"),
    ("/wo", "rk/"),
    ("/ro", "ot/"),
    ("/home", "/"),
    ("shared/ref", "erence"),
    ("shared/des", "ign"),
    ("index.crates", ".io"),
    ("static.crates", ".io"),
    ("registry.npm", "js.org"),
    ("proxy.go", "lang.org"),
];

/// Files that must name such a thing: the lock file names the registry, and the CI script looks
/// for the references beside the project.
const EXCEPT: [&str; 2] = ["Cargo.lock", ".ci/references"];

fn findings(path: &str, text: &str) -> Vec<String> {
    let mut findings = Vec::new();
    for (line, text) in (1..).zip(text.lines()) {
        for (a, b) in WORDS {
            if text.to_lowercase().contains(&format!("{a}{b}")) {
                findings.push(format!("{path}:{line}: `{a}{b}` has no place in the project"));
            }
        }
    }
    findings
}

#[test]
fn the_project_speaks_of_itself_alone() {
    let texts = source::texts(&[]);
    let ours = texts.iter().filter(|(path, _)| !EXCEPT.contains(&path.as_str()));
    report(&ours.flat_map(|(path, text)| findings(path, text)).collect::<Vec<_>>());
}

#[test]
fn foreign_words_are_found() {
    let (a, b) = WORDS[2];
    assert_eq!(findings("a.md", &format!("see\n{a}{b}x")).len(), 1);
    assert_eq!(findings("a.md", "work/ and roots"), Vec::<String>::new());
}
