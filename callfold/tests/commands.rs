//! The command line: its help, its exit codes, and what it says to somebody who types wrong things.

use std::collections::BTreeSet;
use std::process::{Command, Output};

fn callfold(dir: &std::path::Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_callfold"))
        .args(arguments)
        .current_dir(dir)
        .env_clear()
        .output()
        .expect("the executable starts")
}

fn said(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("text");
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn help_of(command: &clap::Command, name: &str) -> String {
    let help = command.clone().term_width(100).render_long_help().to_string();
    assert!(help.contains("Example"), "{name} has no example");
    format!("\n==== {name} ====\n{help}")
}

#[test]
fn help_of_every_command_has_an_example() {
    let mut command = callfold::cli::command().term_width(100);
    command.build();
    let mut all = command.render_long_help().to_string();
    for sub in command.get_subcommands() {
        all += &help_of(sub, sub.get_name());
        for below in sub.get_subcommands() {
            all += &help_of(below, &format!("{} {}", sub.get_name(), below.get_name()));
        }
    }
    insta::assert_snapshot!(all);
}

/// The scopes that the README asks for are those that requests name, no more and no fewer.
#[test]
fn the_readme_asks_for_the_scopes_that_requests_use() {
    let requests = include_str!("../../dispatcher/src/request.rs");
    let named =
        requests.split('"').filter(|text| text.ends_with(":read") || text.ends_with(":write"));
    let used: BTreeSet<String> = named.map(|scope| scope.replace(":*:", ":")).collect();
    let readme = include_str!("../../README.md").split_whitespace().collect::<Vec<_>>().join(" ");
    let (_, asked) = readme.split_once("these scopes: ").expect("it lists them");
    let (asked, _) = asked.split_once(". ").expect("a sentence");
    let asked: BTreeSet<String> = asked
        .split(", ")
        .flat_map(|part| {
            let (name, rights) = part.trim_start_matches('`').split_once("` ").expect("a scope");
            rights.split(" and ").map(move |right| format!("{name}:{right}"))
        })
        .collect();
    assert_eq!(asked, used);
}

#[test]
fn wrong_usage_ends_with_2_and_says_what_was_probably_meant() {
    let dir = tempfile::tempdir().expect("a folder");
    for (arguments, hint) in [
        (&["stats"][..], "'status'"),
        (&["run", "--confg", "x"], "--config"),
        (&["events", "--from", "yesterday"], "2026-01-31T08:00:00Z"),
        (&["events", "--from", "-5"], "2026-01-31T08:00:00Z"),
        (&["events", "--topic", "call"], "did you mean calls?"),
        (&["events", "--contact", "0612345678"], "+33 6 12 34 56 78"),
        (&["conversation", "0612345678"], "+33 6 12 34 56 78"),
        (&["conversation", "anonymous:x"], "anonymous:<line id>"),
        (&["schemas", "print", "5"], "there is no schema 5; `callfold schemas` lists"),
        (&["config", "--config", "absent.toml"], "absent.toml cannot be read"),
        (&["run"], "CALLFOLD_FRONT__TOKEN"),
        (&["schemas", "print", "CallEvnt"], "callfold.CallEvent"),
    ] {
        let (code, out, err) = said(&callfold(dir.path(), arguments));
        assert_eq!(code, Some(2), "{arguments:?}: {err}");
        assert!(err.contains(hint), "{arguments:?}: {err}");
        assert_eq!(out, "", "{arguments:?}");
    }
}

#[test]
fn a_look_at_no_log_ends_with_1_and_says_how_to_get_one() {
    let dir = tempfile::tempdir().expect("a folder");
    for arguments in [&["status"][..], &["events"], &["conversation", "+33612345678"]] {
        let (code, _, err) = said(&callfold(dir.path(), arguments));
        assert_eq!(code, Some(1), "{arguments:?}");
        assert!(err.contains("there is no log in callfold-data: start `callfold run`"), "{err}");
    }
    assert!(!dir.path().join("callfold-data").exists(), "looking makes nothing");
}

#[test]
fn what_shows_something_ends_with_0_and_is_json_when_asked() {
    let dir = tempfile::tempdir().expect("a folder");
    for arguments in [
        &["--version"][..],
        &["--help"],
        &["config"],
        &["config", "--doc"],
        &["schemas"],
        &["schemas", "check"],
        &["schemas", "dictionary"],
    ] {
        let (code, out, err) = said(&callfold(dir.path(), arguments));
        assert_eq!((code, err.as_str()), (Some(0), ""), "{arguments:?}");
        assert!(!out.is_empty(), "{arguments:?}");
        assert!(!out.contains('\x1b'), "{arguments:?} is coloured without a terminal");
    }
    for arguments in [
        &["config", "--json"][..],
        &["config", "--doc", "--json"],
        &["schemas", "--json"],
        &["schemas", "check", "--json"],
        &["schemas", "dictionary", "--json"],
        &["schemas", "print", "CallEvent"],
    ] {
        let (code, out, _) = said(&callfold(dir.path(), arguments));
        assert_eq!(code, Some(0), "{arguments:?}");
        let document: serde_json::Value = serde_json::from_str(&out).expect("one document");
        assert!(document.is_object() || document.is_array(), "{arguments:?}");
    }
}

#[test]
fn a_file_in_the_folder_is_read_without_being_named() {
    let dir = tempfile::tempdir().expect("a folder");
    std::fs::write(dir.path().join("callfold.toml"), "[aircall]\nsettle_s = 61\n")
        .expect("written");
    let (_, out, _) = said(&callfold(dir.path(), &["config"]));
    let line = out.lines().find(|line| line.starts_with("aircall.settle_s")).expect("a line");
    assert_eq!(
        line.split_whitespace().collect::<Vec<_>>(),
        ["aircall.settle_s", "=", "61", "callfold.toml:2"]
    );
}
