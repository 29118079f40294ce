//! The Kafka Streams program of `tests/peers/`: built by Maven, run beside, and left in good order.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use eventlog::kafka::{Options, open, topics};
use eventlog::{Cleanup, LogReader, Offset, Partition, SystemClock, Topic, TopicSpec};
use schemas::{Command, Message, TopicKind};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStdin, Command as Process};
use tokio::time::Instant;

use crate::fold::{Folded, watch};
use crate::stage::{PARTITIONS, Stage, topic};

const PREFIX: &str = "peer";

/// The running program.
pub struct Peer {
    process: Child,
    /// It ends in good order when this does.
    input: ChildStdin,
    folded: Arc<AtomicU64>,
    began: Instant,
}

impl Peer {
    /// Builds and starts it.
    pub async fn start(stage: &Stage) -> Result<Peer, String> {
        let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers");
        let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/kafka-streams-peer");
        let mut maven = Process::new("mvn");
        maven.args(["-q", "-B", "package", "-f"]).arg(home.join("pom.xml"));
        maven.arg(format!("-Dbuilt={}", built.display()));
        let answer = maven.output().await.map_err(|_| "no Maven".to_owned())?;
        if !answer.status.success() {
            return Err(String::from_utf8_lossy(&answer.stdout).into_owned());
        }
        drop(commands_of(stage).await);
        let mut java = Process::new("java");
        let classes = format!("{0}/classes:{0}/lib/*", built.display());
        java.args(["-Xmx1g", "-cp", &classes, "callfold.peer.Main"]);
        java.args([stage.cluster.bootstrap(), topic(TopicKind::Calls).as_str().to_owned()]);
        java.arg(commands_topic().as_str()).arg(Command::SCHEMA_ID.to_string());
        java.arg(stage.dir.path().join("peer"));
        let log = std::fs::File::create(stage.dir.path().join("peer.txt")).unwrap();
        java.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log).kill_on_drop(true);
        let began = Instant::now();
        let mut process = java.spawn().map_err(|_| "no Java".to_owned())?;
        let input = process.stdin.take().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let folded = Arc::new(AtomicU64::new(0));
        let told = folded.clone();
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                match line.strip_prefix("folded ").and_then(|count| count.parse().ok()) {
                    Some(count) => told.store(count, Ordering::SeqCst),
                    None => println!("       Kafka Streams: {line}"),
                }
            }
        });
        Ok(Peer { process, input, folded, began })
    }

    /// Until it has folded so many.
    pub async fn fold(&mut self, events: f64) -> Folded {
        let id = self.process.id().unwrap();
        watch(self.began, id, events, async || self.folded.load(Ordering::SeqCst) as f64).await
    }

    /// Ends it.
    pub async fn stop(mut self) {
        drop(self.input);
        assert!(self.process.wait().await.unwrap().success(), "it ends well");
    }

    /// What it wrote.
    pub async fn commands(stage: &Stage) -> Vec<(Bytes, Bytes)> {
        let log = commands_of(stage).await;
        let mut found = Vec::new();
        for partition in (0..PARTITIONS).map(Partition) {
            let mut reader = log.reader(&commands_topic(), partition, Offset::START).await.unwrap();
            loop {
                let records = reader.next_if_any(4_096).await.unwrap().records;
                if records.is_empty() {
                    break;
                }
                found.extend(records.into_iter().filter_map(|it| Some((it.key, it.value?))));
            }
        }
        found
    }
}

fn commands_topic() -> Topic {
    Topic::new(&format!("{PREFIX}.commands"))
}

/// A log with its topic alone, made when it is not there.
async fn commands_of(stage: &Stage) -> Arc<dyn LogReader> {
    let cleanup = Cleanup { compact: false, retention: None };
    let specs = vec![TopicSpec { topic: commands_topic(), partitions: PARTITIONS, cleanup }];
    let options =
        Options { replication: 1, ..Options::new(&stage.cluster.bootstrap(), PREFIX, "peer") };
    assert_eq!(topics::create(&options, &specs).await.unwrap(), []);
    open(options, specs, Arc::new(SystemClock)).await.unwrap()
}
