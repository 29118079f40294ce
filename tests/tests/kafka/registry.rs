//! A real registry beside real brokers: roles that work while it is away, and starts that it stops.

use std::process::ExitStatus;
use std::time::Duration;

use callfold::process::log::registry::ID_SPACE;
use callfold::view::decode;
use eventlog::kafka::{self, Options as LogOptions};
use eventlog::{Cleanup, LogReader, Partition, SystemClock, Topic, TopicSpec};
use schemas::codec::schema_id;
use schemas::{TopicKind, TopicNames, registry};
use tests::child::Child;
use tests::kafka_cluster::registry::{Keeps, Registry, skipped};
use tests::kafka_cluster::{KafkaCluster, random_letters};
use tests::load::Load;
use tests::pipeline::{Options, Pipeline};
use tests::tell::tell;
use tests::verdict::the_rest_arrives;

use crate::place::read_on;
use crate::{BINARY, now, shared_cluster};

pub const CHECKS: usize = 4;

const SEED: u64 = 20_261_130;
const PARTITIONS: u32 = 3;
const URL: &str = "CALLFOLD_LOG__REGISTRY_URL";

/// Brokers and a registry of the test's own; none, and a line that says so, where there can be none.
async fn both(keeps: Keeps) -> Option<(&'static KafkaCluster, Registry)> {
    let cluster = shared_cluster().await?;
    let registry = Registry::start(keeps).await.map_err(|why| skipped(CHECKS, &why)).ok()?;
    Some((cluster, registry))
}

fn options(cluster: &KafkaCluster, registry: &Registry) -> Options {
    let mut options = Options::fast(BINARY);
    options.brokers = Some(cluster.bootstrap());
    options.variables.push((URL.to_owned(), registry.url()));
    options
}

/// The topics of a pipeline as they lie on the brokers.
async fn as_it_lies(
    cluster: &KafkaCluster,
    prefix: &str,
    id_space: &str,
) -> Result<std::sync::Arc<kafka::KafkaLog>, kafka::OpenError> {
    let names = TopicNames::with_prefix(prefix);
    let spec = |kind| TopicSpec {
        topic: Topic::new(&names.name(kind)),
        partitions: PARTITIONS,
        cleanup: Cleanup { compact: true, retention: None },
    };
    let options = LogOptions::new(&cluster.bootstrap(), prefix, id_space);
    let topics = TopicKind::ALL.map(spec).to_vec();
    kafka::open_read_only(options, topics, std::sync::Arc::new(SystemClock)).await
}

/// Reads every record as somebody does who knows the topic, the record and the registry alone; how many
/// there are.
async fn read_by_the_registry(cluster: &KafkaCluster, prefix: &str, registry: &Registry) -> usize {
    let log = as_it_lies(cluster, prefix, ID_SPACE).await.expect("it is a log with a registry");
    let mut known = std::collections::BTreeMap::new();
    let mut count = 0;
    for kind in TopicKind::ALL {
        let topic = Topic::new(&TopicNames::with_prefix(prefix).name(kind));
        for partition in (0..PARTITIONS).map(Partition) {
            let reader = log.reader(&topic, partition, eventlog::Offset::START).await;
            for mut stored in read_on(&mut *reader.expect("opens")).await {
                let Some(value) = stored.value.take() else { continue };
                let id = schema_id(&value).expect("a frame");
                let schema = match known.get(&id) {
                    Some(schema) => *schema,
                    None => {
                        let answer = registry.get(&format!("/schemas/ids/{id}")).await;
                        let text = answer["schema"].as_str().expect("the registry knows the id");
                        registry::same_as(text).expect("it is one of ours")
                    }
                };
                known.insert(id, schema);
                if let Some(name) = stored.header("schema") {
                    assert_eq!(name, schema.name, "{topic}");
                }
                stored.value = Some(schemas::id_map::with_id(value, schema.id));
                decode::value(kind, &stored).expect("it is of this schema");
                count += 1;
            }
        }
    }
    assert!(known.len() > 5, "several schemas: {known:?}");
    count
}

fn prefix(pipeline: &Pipeline) -> String {
    let folder = pipeline.dir().file_name().expect("a folder of its own");
    folder.to_string_lossy().replace('.', "t")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b52_calls_flow_while_the_registry_is_away_and_all_of_it_is_read_by_its_ids() {
    let Some((cluster, mut registry)) = both(Keeps::OnDisk).await else { return };
    let mut load = Load::generate(SEED, 60, now());
    let mut options = options(cluster, &registry);
    load.seat_agents(&mut options.simulator);
    let mut pipeline = Pipeline::start(options).await;
    let prefix = prefix(&pipeline);
    let subjects = registry.get("/subjects").await;
    let of_this = subjects.as_array().expect("a list");
    for end in ["calls-value", "commands-value", "outcomes-callfold.Thread"] {
        assert!(of_this.contains(&format!("{prefix}.{end}").into()), "{end}: {subjects}");
    }
    let quarter = load.left() / 4;
    load.send(&pipeline, quarter, std::future::pending()).await;
    registry.stop().await;
    load.send(&pipeline, quarter, std::future::pending()).await;
    // It starts by what it remembers.
    let killed = pipeline.others.remove(0);
    pipeline.start_again(0, killed).await;
    let said = pipeline.others[0].said();
    assert!(said.contains("is away") && said.contains("remembers the ids"), "{said}");
    load.send(&pipeline, quarter, std::future::pending()).await;
    pipeline.settle().await;
    registry.start_again().await;
    the_rest_arrives(&pipeline, &mut load).await;
    let records = read_by_the_registry(cluster, &prefix, &registry).await;
    assert!(records > load.acknowledged.len(), "{records}");
    tell(&format!("{records} records were read by the registry's ids"));
    assert_eq!(registry.get("/subjects").await, subjects, "nothing else was registered");
}

/// Starts a role that must not come up; how it ended, and what it said.
async fn refused(pipeline: &mut Pipeline, registry_url: Option<&str>) -> (ExitStatus, String) {
    let running = pipeline.child.take();
    let place = format!("{}.data", random_letters(8));
    let folder = pipeline.dir().join(place).display().to_string();
    let mut start = running.as_ref().expect("it runs").started_with().clone();
    start.variables.retain(|(name, _)| name != URL);
    start.variables.extend(registry_url.map(|url| (URL.to_owned(), url.to_owned())));
    start.variables.push(("CALLFOLD_LOG__DIR".to_owned(), folder));
    pipeline.child = running;
    let mut child = Child::start(start);
    let ended = tokio::time::timeout(Duration::from_secs(60), child.ended()).await;
    (ended.expect("it ends by itself"), child.said())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_with_a_registry_is_not_opened_without_one_nor_the_other_way_round() {
    let Some((cluster, registry)) = both(Keeps::InMemory).await else { return };
    let mut with = Pipeline::start(options(cluster, &registry)).await;
    let (ended, said) = refused(&mut with, None).await;
    assert_eq!(ended.code(), Some(2), "{said}");
    assert!(
        said.contains("made with a registry") && said.contains("set log.registry_url"),
        "{said}"
    );
    let without = Options { brokers: Some(cluster.bootstrap()), ..Options::fast(BINARY) };
    let mut without = Pipeline::start(without).await;
    let (ended, said) = refused(&mut without, Some(&registry.url())).await;
    assert_eq!(ended.code(), Some(2), "{said}");
    assert!(said.contains("made without a registry"), "{said}");
}

/// Makes the topics of a log on which nothing has run, and starts ingest on it.
async fn started_on_nothing(
    cluster: &KafkaCluster,
    prefix: &str,
    registry_url: &str,
) -> (ExitStatus, String, tempfile::TempDir) {
    let dir = tempfile::tempdir().expect("a folder can be made");
    let config = dir.path().join("callfold.toml");
    let text = format!(
        "[log]\nkind = \"kafka\"\nbrokers = {:?}\ntopic_prefix = {prefix:?}\nreplication = 1\n\
         partitions = {PARTITIONS}\ndir = {:?}\n[ingest]\nlisten = \"127.0.0.1:0\"\n\
         [telemetry]\nlisten = \"127.0.0.1:0\"\n",
        cluster.bootstrap(),
        dir.path().join("data"),
    );
    std::fs::write(&config, text).expect("a file can be written");
    let variables = [(URL, registry_url), ("CALLFOLD_AIRCALL__WEBHOOK_TOKEN", "token")];
    let start = tests::child::Start {
        binary: BINARY.into(),
        config,
        command: "ingest",
        variables: variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        of_command: tests::child::OfCommand::new(),
        log: tests::child::Where::Brokers,
        output: dir.path().join("output.txt"),
    };
    start.once(&["topics", "create"]).await;
    let mut child = Child::start(start);
    let ended = tokio::time::timeout(Duration::from_secs(60), child.ended()).await;
    (ended.expect("it ends by itself"), child.said(), dir)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_schema_that_cannot_be_registered_stops_before_anything_is_written() {
    let Some((cluster, mut registry)) = both(Keeps::InMemory).await else { return };
    // Somebody else has another record under the name.
    let prefix = random_letters(12);
    let subject = format!("{prefix}.calls-value");
    let other = r#"{"type":"record","name":"CallEvent","namespace":"callfold",
        "fields":[{"name":"event_id","type":"long"}]}"#;
    registry.register(&subject, other).await;
    registry.insist_on(&subject, "FULL").await;
    let (ended, said, _dir) = started_on_nothing(cluster, &prefix, &registry.url()).await;
    assert_eq!(ended.code(), Some(1), "{said}");
    assert!(
        said.contains(&format!("callfold.CallEvent (2000001001) under subject {subject}")),
        "{said}"
    );
    let opened = as_it_lies(cluster, &prefix, ID_SPACE).await;
    assert!(matches!(opened, Err(kafka::OpenError::New)), "nothing was written");
    assert_eq!(registry.get("/subjects").await, serde_json::json!([subject]), "nor registered");
    // And with the registry away.
    registry.stop().await;
    let prefix = random_letters(12);
    let with_password = registry.url().replace("http://", "http://name:sesame@");
    let (ended, said, _dir) = started_on_nothing(cluster, &prefix, &with_password).await;
    assert_eq!(ended.code(), Some(1), "{said}");
    assert!(said.contains("cannot be registered while the registry is away"), "{said}");
    assert!(!said.contains("sesame"), "{said}");
    let opened = as_it_lies(cluster, &prefix, ID_SPACE).await;
    assert!(matches!(opened, Err(kafka::OpenError::New)), "nothing was written");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_registry_that_lost_its_content_is_filled_again_or_noticed() {
    let Some((cluster, mut registry)) = both(Keeps::InMemory).await else { return };
    let mut load = Load::generate(SEED, 20, now());
    let mut options = options(cluster, &registry);
    load.seat_agents(&mut options.simulator);
    let mut pipeline = Pipeline::start(options).await;
    let prefix = prefix(&pipeline);
    let third = load.left() / 3;
    load.send(&pipeline, third, std::future::pending()).await;
    registry.stop().await;
    registry.start_again().await;
    assert_eq!(registry.get("/subjects").await, serde_json::json!([]), "it has lost everything");
    load.send(&pipeline, third, std::future::pending()).await;
    pipeline.settle().await;
    // The next start of any role brings all of it back, under the ids that the records have.
    let killed = pipeline.others.remove(0);
    pipeline.start_again(0, killed).await;
    let left = load.left();
    load.send(&pipeline, left, std::future::pending()).await;
    pipeline.settle().await;
    read_by_the_registry(cluster, &prefix, &registry).await;
    // Where somebody else was faster the ids come out otherwise, and the start ends.
    registry.stop().await;
    registry.start_again().await;
    registry.register("theirs-value", "\"string\"").await;
    let projector = pipeline.others.remove(0);
    let start = projector.started_with().clone();
    projector.kill().await;
    let mut child = Child::start(start);
    let ended = tokio::time::timeout(Duration::from_secs(60), child.ended()).await;
    let said = child.said();
    assert_eq!(ended.expect("it ends by itself").code(), Some(1), "{said}");
    assert!(said.contains("it has lost what it held") && said.contains("registry.json"), "{said}");
}
