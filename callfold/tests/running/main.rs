//! `callfold run` as a process: its socket, its lock, its signals, and commands that ask it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};

/// A running `callfold run` with everything on free ports; nobody answers as Front.
struct Running {
    process: Child,
    output: BufReader<ChildStdout>,
    ingest: String,
    health: String,
}

fn command(dir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callfold"));
    command
        .args(arguments)
        .current_dir(dir)
        .env_clear()
        .env("CALLFOLD_LOG__DIR", "data")
        .env("CALLFOLD_INGEST__LISTEN", "127.0.0.1:0")
        .env("CALLFOLD_TELEMETRY__LISTEN", "127.0.0.1:0")
        .env("CALLFOLD_AIRCALL__WEBHOOK_TOKEN", "sesame-of-aircall")
        .env("CALLFOLD_FRONT__TOKEN", "sesame-of-front")
        // Port 1 of this machine: refused at once.
        .env("CALLFOLD_FRONT__API_URL", "http://127.0.0.1:1");
    command
}

fn ask(dir: &Path, arguments: &[&str]) -> Output {
    command(dir, arguments).output().expect("the executable starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("text")
}

impl Running {
    fn start(dir: &Path) -> Running {
        Running::start_with(dir, &[])
    }

    fn start_with(dir: &Path, variables: &[(&str, &str)]) -> Running {
        let mut process = command(dir, &["run"])
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the executable starts");
        let mut output = BufReader::new(process.stdout.take().expect("piped"));
        let mut address = |name: &str| loop {
            let mut line = String::new();
            let read = output.read_line(&mut line).expect("readable");
            assert!(read > 0, "run ended before it named {name}");
            if line.trim_start().starts_with(name) {
                let rest = line.split("http://").nth(1).expect("an address");
                break rest.split('/').next().expect("a host").to_owned();
            }
        };
        let (ingest, health) = (address("webhooks"), address("health"));
        Running { process, output, ingest, health }
    }

    fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.process.id()).expect("an id");
        kill_process(Pid::from_raw(id).expect("not 0"), signal).expect("it can be signalled");
    }

    fn ends(mut self) -> (Option<i32>, String) {
        let mut rest = String::new();
        self.output.read_to_string(&mut rest).expect("readable");
        let output = self.process.wait_with_output().expect("it ends");
        (output.status.code(), text(&output.stderr))
    }
}

fn http(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("it listens");
    stream.write_all(request.as_bytes()).expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    answer
}

fn get(address: &str, path: &str) -> String {
    http(address, &format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"))
}

fn send_call(address: &str, call: i64) -> String {
    let body = format!(
        r#"{{"resource":"call","event":"call.ended","timestamp":1700000100,"token":"sesame-of-aircall",
        "data":{{"id":{call},"direction":"inbound","status":"done","started_at":1700000000,
        "answered_at":1700000010,"ended_at":1700000090,"raw_digits":"+33 6 00 00 00 01",
        "number":{{"id":5,"name":"Support","digits":"+33 1 00 00 00 02","country":"FR",
        "time_zone":"Europe/Paris"}},"comments":[],"tags":[]}}}}"#
    );
    http(
        address,
        &format!(
            "POST /webhooks/aircall HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        ),
    )
}

#[test]
fn the_socket_and_the_folder_are_for_their_owner_only() {
    let dir = tempfile::tempdir().expect("a folder");
    let running = Running::start(dir.path());
    let mode = |path: &str| {
        let about = std::fs::metadata(dir.path().join(path)).expect("it is there");
        about.permissions().mode() & 0o777
    };
    assert_eq!((mode("data"), mode("data/callfold.sock")), (0o700, 0o600));
    running.signal(Signal::TERM);
    assert_eq!(running.ends().0, Some(0));
    assert!(!dir.path().join("data/callfold.sock").exists(), "it is gone with its process");
}

#[test]
fn in_a_folder_that_others_may_open_the_files_are_for_their_owner_only() {
    let dir = tempfile::tempdir().expect("a folder");
    let data = dir.path().join("data");
    std::fs::create_dir(&data).expect("a folder");
    std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o755)).expect("its owner may");
    let running = Running::start(dir.path());
    assert!(send_call(&running.ingest, 70).starts_with("HTTP/1.1 200"));
    let mut files = 0;
    for entry in std::fs::read_dir(&data).expect("readable") {
        let about = entry.expect("readable").metadata().expect("it is there");
        assert_eq!(about.permissions().mode() & 0o077, 0, "{about:?}");
        files += usize::from(about.is_file());
    }
    assert!(files >= 3, "{files} files");
    running.signal(Signal::TERM);
    assert_eq!(running.ends().0, Some(0));
}

#[test]
fn who_looks_and_does_not_read_holds_no_stop_up() {
    let dir = tempfile::tempdir().expect("a folder");
    let running = Running::start(dir.path());
    let mut looker = TcpStream::connect(&running.health).expect("it listens");
    looker.write_all(b"GET /metrics HTTP/1.1\r\nhost: x\r\n").expect("it reads");
    running.signal(Signal::TERM);
    // Its end, though the request never ends.
    assert_eq!(running.ends().0, Some(0));
    drop(looker);
}

#[test]
fn a_folder_that_was_removed_is_not_ready_and_takes_nothing() {
    let dir = tempfile::tempdir().expect("a folder");
    let running = Running::start(dir.path());
    assert!(send_call(&running.ingest, 70).starts_with("HTTP/1.1 200"));
    std::fs::remove_dir_all(dir.path().join("data")).expect("its owner may");
    // 503, or nothing when the process has noticed it first and is ending.
    let answer = send_call(&running.ingest, 71);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 503"), "{answer}");
    // The services end, and with them the process: a new start makes a new log.
    let (code, told) = running.ends();
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("its folder was removed or replaced"), "{told}");
}

#[test]
fn a_second_process_is_refused_and_told_who_holds_the_log() {
    let dir = tempfile::tempdir().expect("a folder");
    let running = Running::start(dir.path());
    let second = ask(dir.path(), &["run"]);
    assert_eq!(second.status.code(), Some(1));
    let holder = format!("held by process {}", running.process.id());
    assert!(text(&second.stderr).contains(&holder), "{}", text(&second.stderr));
    running.signal(Signal::INT);
    assert_eq!(running.ends().0, Some(0));
}

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

#[test]
fn a_killed_process_leaves_what_it_acknowledged_and_a_socket_that_is_replaced() {
    let dir = tempfile::tempdir().expect("a folder");
    let running = Running::start(dir.path());
    assert!(send_call(&running.ingest, 72).starts_with("HTTP/1.1 200"));
    running.signal(Signal::KILL);
    assert_eq!(running.ends().0, None);
    assert!(dir.path().join("data/callfold.sock").exists(), "nobody could remove it");
    let stopped = text(&ask(dir.path(), &["events"]).stdout);
    assert!(stopped.contains(r#""call_id":72"#), "{stopped}");
    let again = Running::start(dir.path());
    assert_eq!(text(&ask(dir.path(), &["events"]).stdout), stopped);
    again.signal(Signal::TERM);
    assert_eq!(again.ends().0, Some(0));
}

/// Built beside the tests of the whole program it has their crash points inside; it must not arm them.
#[test]
fn crash_points_in_the_environment_mean_nothing() {
    let dir = tempfile::tempdir().expect("a folder");
    let points = "ingest.verified=return;ingest.appended=return;projector.read=return";
    let running = Running::start_with(dir.path(), &[("FAILPOINTS", points)]);
    assert!(send_call(&running.ingest, 75).starts_with("HTTP/1.1 200"));
    assert!(get(&running.health, "/healthz").starts_with("HTTP/1.1 200"), "it lives");
    running.signal(Signal::TERM);
    assert_eq!(running.ends().0, Some(0));
}

#[test]
fn the_second_signal_ends_at_once() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut running = Running::start(dir.path());
    // A request that never comes to its end keeps the first signal's drain busy.
    let mut half = TcpStream::connect(&running.ingest).expect("it listens");
    half.write_all(b"POST /webhooks/aircall HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n{")
        .expect("it reads");
    assert!(send_call(&running.ingest, 73).starts_with("HTTP/1.1 200"), "the half one is in");
    let mut errors = BufReader::new(running.process.stderr.take().expect("piped"));
    // Two at the same moment are one wish: wrappers signal the process and its group.
    running.signal(Signal::TERM);
    running.signal(Signal::INT);
    let mut line = String::new();
    while !line.contains("a second signal ends at once") {
        line.clear();
        assert!(errors.read_line(&mut line).expect("readable") > 0, "it says that it stops");
    }
    running.signal(Signal::TERM);
    let mut rest = String::new();
    errors.read_to_string(&mut rest).expect("readable");
    assert!(rest.contains("second signal"), "{rest}");
    assert_eq!(running.ends().0, Some(1));
}

#[test]
fn health_readiness_and_metrics_answer_apart_from_the_public_port() {
    let dir = tempfile::tempdir().expect("a folder");
    let running = Running::start(dir.path());
    assert!(get(&running.health, "/healthz").starts_with("HTTP/1.1 200"));
    let ready = get(&running.health, "/readyz");
    assert!(ready.starts_with("HTTP/1.1 200"), "{ready}");
    assert!(send_call(&running.ingest, 74).starts_with("HTTP/1.1 200"));
    let metrics = get(&running.health, "/metrics");
    assert!(metrics.contains("callfold_ingest_requests_total"), "{metrics}");
    for path in ["/metrics", "/readyz", "/healthz"] {
        assert!(get(&running.ingest, path).starts_with("HTTP/1.1 404"), "{path}");
    }
    running.signal(Signal::TERM);
    let (code, errors) = running.ends();
    assert_eq!(code, Some(0));
    for secret in ["sesame", "+33 6", "3360"] {
        assert!(!errors.contains(secret), "a log line contains {secret}");
    }
}

#[test]
fn another_topic_prefix_than_the_log_has_is_refused_and_makes_no_topics() {
    let dir = tempfile::tempdir().expect("a folder");
    let running = Running::start(dir.path());
    running.signal(Signal::TERM);
    assert_eq!(running.ends().0, Some(0));
    let manifest = || std::fs::read(dir.path().join("data/MANIFEST")).expect("it is there");
    let before = manifest();
    let mut mistyped = command(dir.path(), &["run"]);
    let output = mistyped.env("CALLFOLD_LOG__TOPIC_PREFIX", "calfold").output().expect("it starts");
    let told = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.contains("\"calfold\"") && told.contains("under \"callfold\""), "{told}");
    assert!(manifest() == before, "nothing was added");
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
