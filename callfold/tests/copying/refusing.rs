//! The command: what it refuses, and what it says.

use std::path::Path;
use std::process::{Command, Output};

use callfold::copy::marks::{self, Begun};
use eventlog::Log;
use schemas::{TimeMs, TopicKind};

use crate::centre::{Centre, names, open};

fn callfold(dir: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output: Output = Command::new(env!("CARGO_BIN_EXE_callfold"))
        .args(arguments)
        .current_dir(dir)
        .env_clear()
        .env("CALLFOLD_AIRCALL__WEBHOOK_TOKEN", "sesame-of-aircall")
        .env("CALLFOLD_FRONT__TOKEN", "sesame-of-front")
        .env("CALLFOLD_INGEST__LISTEN", "127.0.0.1:0")
        .env("CALLFOLD_TELEMETRY__LISTEN", "127.0.0.1:0")
        .stdin(std::process::Stdio::null())
        .output()
        .expect("the executable starts");
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("text");
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn copy<'a>(from: &'a str, to: &'a str) -> Vec<&'a str> {
    vec!["copy", "--from", from, "--to", to, "--yes", "--json"]
}

async fn centre_in(dir: &Path) -> u64 {
    let centre = Centre::new(&dir.join("old"), 12, 20, 1).await;
    let spans = centre.plan(12).await.spans().values().sum();
    centre.log.close().await;
    spans
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_is_copied_to_another_one_and_a_second_time_nothing_is_left_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let at_most = centre_in(dir.path()).await;
    let arguments = copy("embedded:old", "embedded:new");
    let (code, out, err) = callfold(dir.path(), &arguments);
    assert_eq!(code, Some(0), "{err}");
    let told: serde_json::Value = serde_json::from_str(&out).unwrap();
    let records: u64 =
        told["records"].as_object().unwrap().values().filter_map(|it| it.as_u64()).sum();
    // All but the positions of twelve projectors and the dispatcher.
    assert_eq!(records, at_most - 13);
    assert_eq!(told["partitions"]["to"], 12);
    assert!(
        err.contains("copy embedded:old (12 partitions) to embedded:new (12 partitions"),
        "{err}"
    );
    assert!(err.contains("were not read yet"), "{err}");

    let (code, out, err) = callfold(dir.path(), &arguments);
    assert_eq!(code, Some(0), "{err}");
    let told: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert!(told["finished_before"].is_string(), "{out}");

    let partitions = [copy("embedded:old", "embedded:seven"), vec!["--partitions", "7"]].concat();
    let (code, out, err) = callfold(dir.path(), &partitions);
    assert_eq!(code, Some(0), "{err}");
    let told: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(told["partitions"], serde_json::json!({ "from": 12, "to": 7 }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_copied_is_refused_with_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    centre_in(dir.path()).await;
    let other = Centre::new(&dir.path().join("other"), 5, 3, 0).await;
    other.log.close().await;
    let running = Centre::new(&dir.path().join("running"), 2, 3, 0).await;
    let usage = [
        ("embedded:old", "embedded:old", "the same place"),
        ("old", "embedded:new", "embedded:DIR or kafka:BROKERS/PREFIX"),
        ("embedded:old", "s3:new", "embedded:DIR or kafka:BROKERS/PREFIX"),
        ("embedded:old", "kafka:localhost", "brokers and a prefix"),
    ];
    for (from, to, why) in usage {
        let (code, _, err) = callfold(dir.path(), &copy(from, to));
        assert!(code == Some(2) && err.contains(why), "{from} {to}: {code:?} {err}");
    }
    let failed = [
        ("embedded:nowhere", "embedded:new", "there is no log in nowhere"),
        ("embedded:running", "embedded:new", "works on the log in running: stop it first"),
        ("embedded:old", "embedded:other", "the target is not empty"),
        ("embedded:old", "embedded:running", "is held by process"),
    ];
    for (from, to, why) in failed {
        let (code, _, err) = callfold(dir.path(), &copy(from, to));
        assert!(code == Some(1) && err.contains(why), "{from} {to}: {code:?} {err}");
    }
    drop(running);
    let (code, _, err) =
        callfold(dir.path(), &["copy", "--from", "embedded:old", "--to", "embedded:new"]);
    assert!(code == Some(2) && err.contains("say --yes"), "{code:?} {err}");
    let partitions = [copy("embedded:old", "embedded:other"), vec!["--partitions", "7"]].concat();
    let (code, _, err) = callfold(dir.path(), &partitions);
    assert!(code == Some(2) && err.contains("has 5 partitions, not 7"), "{code:?} {err}");
    assert!(!dir.path().join("new").exists(), "what is refused leaves nothing behind");
}

#[cfg(not(feature = "kafka"))]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_build_without_kafka_says_how_to_get_one_with_it() {
    let dir = tempfile::tempdir().unwrap();
    centre_in(dir.path()).await;
    let (code, _, err) = callfold(dir.path(), &copy("embedded:old", "kafka:k:9092/callfold"));
    assert!(code == Some(2) && err.contains("--features kafka"), "{code:?} {err}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_service_works_on_a_log_that_is_not_whole() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(&dir.path().join("callfold-data"), 12);
    let begun = Begun {
        source: "another".to_owned(),
        from: "embedded:old".to_owned(),
        plan: "a plan".to_owned(),
        finished: false,
        at: TimeMs(1),
    };
    let record = marks::begun(&names(12).topic(TopicKind::Outcomes), &begun);
    log.appender().unwrap().append(vec![record]).await.unwrap();
    log.close().await;
    let (code, _, err) = callfold(dir.path(), &["run"]);
    let how = "callfold copy --from embedded:old --to embedded:callfold-data";
    assert!(code == Some(1) && err.contains(how), "{code:?} {err}");
}
