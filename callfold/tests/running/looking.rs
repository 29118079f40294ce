//! Commands that look: at the running process, and at the log that it has left.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Stdio};

use rustix::process::Signal;

use crate::process::{Running, ask, command, send_call, text};

#[test]
fn commands_see_the_same_through_the_socket_and_on_the_stopped_log() {
    let dir = tempfile::tempdir().expect("a folder");
    let running = Running::start(dir.path());
    assert!(send_call(&running.ingest, 71).starts_with("HTTP/1.1 200"));
    let look = || text(&ask(dir.path(), &["events", "--topic", "calls"]).stdout);
    let asked = look();
    assert_eq!(asked.lines().count(), 1, "{asked}");
    assert!(asked.contains(r#""call_id":71"#), "{asked}");
    let wrong = ask(dir.path(), &["events", "--topic", "call"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(text(&wrong.stderr).contains("did you mean calls?"), "{}", text(&wrong.stderr));
    let status: serde_json::Value =
        serde_json::from_slice(&ask(dir.path(), &["status", "--json"]).stdout).expect("JSON");
    assert_eq!(status["process"]["pid"], running.process.id());
    assert_eq!(status["log"]["appended"]["calls"], 1);
    // A second look goes on where the first one stopped, and sees what came in between.
    assert!(send_call(&running.ingest, 72).starts_with("HTTP/1.1 200"));
    let status: serde_json::Value =
        serde_json::from_slice(&ask(dir.path(), &["status", "--json"]).stdout).expect("JSON");
    assert_eq!(status["log"]["appended"]["calls"], 2);
    let asked = look();

    running.signal(Signal::TERM);
    assert_eq!(running.ends().0, Some(0));
    assert_eq!(look(), asked);
    let status: serde_json::Value =
        serde_json::from_slice(&ask(dir.path(), &["status", "--json"]).stdout).expect("JSON");
    assert_eq!(status["process"], serde_json::Value::Null);
    assert_eq!(status["roles"]["ingest"]["state"], "stopped");
}

/// `events` with these arguments, left running: what it prints, and what it says.
struct Following {
    process: Child,
    lines: BufReader<ChildStdout>,
    notes: BufReader<std::process::ChildStderr>,
}

impl Following {
    fn start(dir: &Path, arguments: &[&str]) -> Following {
        let mut process = command(dir, arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the executable starts");
        let lines = BufReader::new(process.stdout.take().expect("piped"));
        let notes = BufReader::new(process.stderr.take().expect("piped"));
        Following { process, lines, notes }
    }

    fn call(&mut self) -> i64 {
        let mut line = String::new();
        self.lines.read_line(&mut line).expect("readable");
        let line: serde_json::Value = serde_json::from_str(&line).expect("a record");
        line["value"]["call_id"].as_i64().expect("a call's id")
    }

    fn note(&mut self) -> String {
        let mut line = String::new();
        self.notes.read_line(&mut line).expect("readable");
        line
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        // It follows for ever otherwise, also when the test has failed.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn following_lets_go_of_a_stopped_log_and_goes_on_with_each_process_that_starts() {
    let dir = tempfile::tempdir().expect("a folder");
    let stop = |running: Running| {
        running.signal(Signal::TERM);
        assert_eq!(running.ends().0, Some(0));
    };
    let running = Running::start(dir.path());
    assert!(send_call(&running.ingest, 81).starts_with("HTTP/1.1 200"));
    stop(running);

    let mut following = Following::start(dir.path(), &["events", "--follow", "--limit", "4"]);
    assert_eq!(following.call(), 81);
    assert!(following.note().contains("goes on when `callfold run` starts"));
    for call in [82, 83] {
        let running = Running::start(dir.path());
        assert!(send_call(&running.ingest, call).starts_with("HTTP/1.1 200"));
        assert_eq!(following.call(), call);
        stop(running);
    }
    let running = Running::start(dir.path());
    assert!(send_call(&running.ingest, 84).starts_with("HTTP/1.1 200"));
    assert_eq!(following.call(), 84);
    let status = following.process.wait().expect("it ends with its limit");
    assert_eq!(status.code(), Some(0));
    stop(running);
}

/// Changes a byte of every `wanted` in the log's own files.
fn damage(dir: &Path, wanted: &[u8]) {
    let mut found = 0;
    for file in std::fs::read_dir(dir).expect("readable") {
        let file = file.expect("readable").path();
        if !file.is_file() {
            continue;
        }
        let mut bytes = std::fs::read(&file).expect("readable");
        let places: Vec<usize> =
            (0..bytes.len()).filter(|at| bytes[*at..].starts_with(wanted)).collect();
        for place in &places {
            bytes[*place] ^= 0x20;
        }
        found += places.len();
        std::fs::write(&file, bytes).expect("writable");
    }
    assert!(found > 0, "the log has it as it is");
}

#[test]
fn damage_of_a_stopped_log_is_told_and_read_past_when_asked() {
    let dir = tempfile::tempdir().expect("a folder");
    let running = Running::start(dir.path());
    for call in [91, 92] {
        assert!(send_call(&running.ingest, call).starts_with("HTTP/1.1 200"));
    }
    let lines = text(&ask(dir.path(), &["events"]).stdout);
    running.signal(Signal::TERM);
    assert_eq!(running.ends().0, Some(0));
    let first: serde_json::Value =
        serde_json::from_str(lines.lines().next().expect("two")).expect("a record");
    damage(&dir.path().join("data"), first["key"].as_str().expect("a key").as_bytes());

    let refused = ask(dir.path(), &["events"]);
    assert_eq!(refused.status.code(), Some(1));
    let told = text(&refused.stderr);
    assert!(told.contains("at offset 0") && told.contains("--skip-damage"), "{told}");
    let skipped = text(&ask(dir.path(), &["events", "--skip-damage"]).stdout);
    let told: Vec<serde_json::Value> =
        skipped.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(told.len(), 2, "{skipped}");
    assert_eq!(
        (told[0]["damage"]["from"].as_u64(), told[0]["damage"]["to"].as_u64()),
        (Some(0), Some(1))
    );
    assert_eq!(told[1]["value"]["call_id"], 92);
}
