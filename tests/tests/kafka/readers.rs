//! Others read the topics: by the page for analysts, by their headers, in Python and Java without any
//! deserializer of Kafka's, and by kcat.

use std::path::Path;
use std::process::Command;

use serde_json::Value as Json;
use tests::analysts_page;
use tests::child::Child;
use tests::collector::Collector;
use tests::kafka_cluster::reader;
use tests::load::Load;
use tests::pipeline::{Options, Pipeline};
use tests::python::{skipped, with};
use tests::tell::tell;

use crate::{BINARY, now, shared_cluster};

pub const CHECKS: usize = 1;

const SEED: u64 = 20_261_130;
/// Decodes by the Avro library of Python alone, and prints what stands beside each value.
const FASTAVRO: &str = include_str!("readers/read_topic.py");
/// Decodes by the Avro library of Java alone.
const JAVA: &str = "tests/kafka/readers/ReadTopic.java";

/// Where a reader finds the topic and its schemas.
struct Place {
    brokers: String,
    registry: String,
    topic: String,
}

impl Place {
    fn run(&self, command: &mut Command, dir: &Path) -> String {
        let prefix = self.topic.trim_end_matches(".calls");
        command
            .env("CALLFOLD_LOG__BROKERS", &self.brokers)
            .env("CALLFOLD_REGISTRY", &self.registry);
        command.env("CALLFOLD_LOG__TOPIC_PREFIX", prefix).current_dir(dir);
        let output = command.output().expect("it can be started");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command:?}: {}\n{errors}", output.status);
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn others_read_every_record_of_calls_with_every_field_and_its_headers() {
    let python = match with(&["duckdb", "confluent_kafka.schema_registry.avro", "fastavro"]) {
        Ok(python) => python,
        Err(why) => return skipped(CHECKS, &why),
    };
    let Some(cluster) = shared_cluster().await else { return };
    let mut load = Load::generate(SEED, 40, now());
    let collector = Collector::start().await;
    let mut options = Options::fast(BINARY).talkative(&collector);
    options.brokers = Some(cluster.bootstrap());
    load.seat_agents(&mut options.simulator);
    let pipeline = Pipeline::start(options).await;
    let all = load.left();
    load.send(&pipeline, all, std::future::pending()).await;
    // What a slow broker did not take at once is on its way out of the spool.
    pipeline.settle().await;
    let child = pipeline.child.as_ref().expect("the program runs");
    let shown = child.ask(&["events", "--topic", "calls"]).await;
    let shown = lines(&String::from_utf8_lossy(&shown.stdout));
    assert_eq!(shown.len(), all, "each delivery is a record");
    let place = Place {
        brokers: cluster.bootstrap(),
        registry: pipeline.url().expect("ingest has an address"),
        topic: shown[0]["topic"].as_str().expect("a line names its topic").to_owned(),
    };
    let dir = tempfile::tempdir().expect("a folder can be made");
    let code = analysts_page::python("From Kafka");
    place.run(Command::new(&python).args(["-c", &code]), dir.path());
    let read = std::fs::read_to_string(dir.path().join("calls.jsonl")).expect("the page wrote it");
    assert_eq!(values(&lines(&read)), values(&shown));
    let read = place.run(Command::new(&python).args(["-c", FASTAVRO]), dir.path());
    let read = lines(&read);
    assert_eq!(values(&read), values(&shown), "read by fastavro");
    headers_are_right(&read, &shown);
    let mut java = reader::java(JAVA).await.expect("a machine with brokers has Java and Maven");
    assert_eq!(values(&lines(&place.run(&mut java, dir.path()))), values(&shown), "read by Java");
    kcat(&place, dir.path(), &shown);
    exported(child, &place, &python, dir.path(), &shown).await;
    conversation(child, &shown).await;
}

/// The topic as a file, read by DuckDB: the same records.
async fn exported(child: &Child, place: &Place, python: &Path, dir: &Path, shown: &[Json]) {
    let file = dir.join("calls.parquet");
    let file = file.to_str().expect("a folder with a plain name");
    let export = ["events", "--topic", "calls", "--format", "parquet", "--out", file];
    let export = child.ask(&export).await;
    assert!(export.status.success(), "{}", String::from_utf8_lossy(&export.stderr));
    let code = "import duckdb, json\n\
        for id, call, at in duckdb.sql(\"select event_id, call_id, epoch_ms(received_at) from \
        'calls.parquet'\").fetchall(): print(json.dumps([id, call, at]))";
    let read = place.run(Command::new(python).args(["-c", code]), dir);
    let mut read: Vec<String> = read.lines().map(str::to_owned).collect();
    read.sort();
    let row = |line: &Json| {
        let value = &line["value"];
        format!("[{}, {}, {}]", value["event_id"], value["call_id"], value["received_at"])
    };
    let mut wanted: Vec<String> = shown.iter().map(row).collect();
    wanted.sort();
    assert_eq!(read, wanted, "read from the file by DuckDB");
}

/// `conversation` reads brokers alone, from any machine.
async fn conversation(child: &Child, shown: &[Json]) {
    let contact = |line: &Json| line["value"]["contact"].as_str().map(str::to_owned);
    let number = shown.iter().filter_map(contact).find(|contact| contact.starts_with('+'));
    let number = number.expect("somebody called from a number");
    let told = child.ask(&["conversation", &number, "--json"]).await;
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    let told: Json = serde_json::from_slice(&told.stdout).expect("a document");
    assert!(told["calls"].as_array().is_some_and(|calls| !calls.is_empty()), "{told:#}");
}

fn lines(text: &str) -> Vec<Json> {
    text.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
}

/// The records without what stands beside them, in an order of their own.
fn values(lines: &[Json]) -> Vec<String> {
    let mut values: Vec<String> = lines.iter().map(|line| line["value"].to_string()).collect();
    values.sort();
    values
}

fn headers_are_right(beside: &[Json], shown: &[Json]) {
    assert_eq!(beside.len(), shown.len());
    for headers in beside {
        let found = shown.iter().find(|line| {
            (&line["partition"], &line["offset"]) == (&headers["partition"], &headers["offset"])
        });
        let found = found.expect("a record that callfold shows too");
        assert_eq!(headers["key"], found["key"]);
        assert_eq!(headers["event-id"], found["value"]["event_id"]);
        assert_eq!(headers["schema"], "callfold.CallEvent");
        // W3C: version, trace, span, flags.
        let trace = headers["traceparent"].as_str().expect("a trace while traces are exported");
        let parts: Vec<usize> = trace.split('-').map(str::len).collect();
        assert_eq!(parts, [2, 32, 16, 2], "{trace}");
    }
}

/// By kcat, which systems ship without Avro: nothing that could be installed brings it, so that this is
/// told and is no error.
fn kcat(place: &Place, dir: &Path, shown: &[Json]) {
    let told = Command::new("kcat").arg("-V").output();
    let told = told.map(|it| String::from_utf8_lossy(&it.stdout).into_owned()).unwrap_or_default();
    if !told.contains("Avro") {
        return tell("SKIPPED: no kcat that was built with Avro, 1 check not run");
    }
    let mut kcat = Command::new("kcat");
    kcat.args(["-C", "-e", "-q", "-f", "%s\n", "-s", "value=avro", "-r", &place.registry]);
    kcat.args(["-b", &place.brokers, "-t", &place.topic]);
    let sorted = |mut ids: Vec<String>| {
        ids.sort();
        ids
    };
    let read = lines(&place.run(&mut kcat, dir));
    let read = sorted(read.iter().map(|it| it["event_id"].to_string()).collect());
    assert_eq!(read, sorted(shown.iter().map(|it| it["value"]["event_id"].to_string()).collect()));
}
