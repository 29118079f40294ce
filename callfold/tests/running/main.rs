//! `callfold run` as a process: its socket, its lock, its signals, and commands that ask it.

mod looking;
mod process;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;

use rustix::process::Signal;

use process::{Running, ask, command, get, send_call, text};

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
