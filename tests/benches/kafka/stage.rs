//! A broker, the program's configuration for it, and its processes.

use std::sync::Arc;

use callfold::process::log;
use eventlog::{Log, Partition, Stored, SystemClock, Topic};
use schemas::{TopicKind, TopicNames};
use tempfile::TempDir;
use tests::child::{Child, OfCommand, Start, Where, settings};
use tests::kafka_cluster::KafkaCluster;

pub const BINARY: &str = env!("CARGO_BIN_EXE_callfold-with-crash-points");
/// As `callfold topics create` makes them.
pub const PARTITIONS: u32 = 12;
const PREFIX: &str = "callfold";

pub struct Stage {
    pub cluster: KafkaCluster,
    pub start: Start,
    client: reqwest::Client,
    // Goes after the processes that write into it.
    pub dir: TempDir,
}

impl Stage {
    /// With lines that are added to the broker's configuration.
    pub async fn start(settings_of_broker: &str) -> Stage {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let cluster = KafkaCluster::start_with(1, settings_of_broker).await.unwrap();
        let dir = tempfile::tempdir().unwrap();
        let config = dir.path().join("callfold.toml");
        let text = format!(
            "[log]\nkind = \"kafka\"\nbrokers = {:?}\ntopic_prefix = {PREFIX:?}\nreplication = 1\n\
             partitions = {PARTITIONS}\n[ingest]\nlisten = \"127.0.0.1:0\"\n\
             [telemetry]\nlisten = \"127.0.0.1:0\"\n",
            cluster.bootstrap()
        );
        std::fs::write(&config, text).unwrap();
        let variables = [
            ("CALLFOLD_AIRCALL__WEBHOOK_TOKEN", crate::body::TOKEN),
            ("CALLFOLD_FRONT__TOKEN", "token-of-the-bench"),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let start = Start {
            binary: BINARY.into(),
            config,
            command: "ingest",
            log: Where::Brokers,
            variables: variables.to_vec(),
            of_command: OfCommand::new(),
            output: dir.path().join("output.txt"),
        };
        start.once(&["topics", "create"]).await;
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        Stage { cluster, start, client, dir }
    }

    /// A process of a role, with a folder of its own.
    pub fn child(&self, role: &'static str, number: usize) -> Child {
        Child::start(self.start.of_role(role, number))
    }

    /// The log as the program opens it.
    pub async fn log(&self) -> Arc<dyn Log> {
        let mut start = self.start.clone();
        let dir = self.dir.path().join("bench").display().to_string();
        start.variables.push(("CALLFOLD_LOG__DIR".to_owned(), dir));
        let opened = log::open(&settings(&start), Arc::new(SystemClock)).await;
        opened.unwrap_or_else(|_| panic!("the log cannot be opened")).log()
    }

    /// The sum of a counter of a child that answers for its health at `address`.
    pub async fn counter(&self, address: std::net::SocketAddr, name: &str) -> f64 {
        let answer = self.client.get(format!("http://{address}/metrics")).send().await.unwrap();
        let text = answer.text().await.unwrap();
        let lines = text.lines().filter(|line| line.starts_with(name));
        lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
    }

    /// What the broker has on its disk of a topic, in bytes.
    pub fn disk_bytes(&self, kind: TopicKind) -> u64 {
        let name = format!("{}-", topic(kind));
        let partitions = std::fs::read_dir(self.cluster.data(0)).unwrap().flatten();
        let of_topic =
            partitions.filter(|dir| dir.file_name().to_string_lossy().starts_with(&name));
        let files = of_topic.flat_map(|dir| std::fs::read_dir(dir.path()).unwrap().flatten());
        let segments = files.filter(|file| file.path().extension().is_some_and(|it| it == "log"));
        segments.map(|file| file.metadata().unwrap().len()).sum()
    }
}

pub fn topic(kind: TopicKind) -> Topic {
    Topic::new(&TopicNames::with_prefix(PREFIX).name(kind))
}

/// All records of a topic that are there now, one after the other.
pub async fn all(log: &Arc<dyn Log>, kind: TopicKind, mut take: impl FnMut(&Stored)) {
    let topic = topic(kind);
    for partition in (0..PARTITIONS).map(Partition) {
        let mut reader = log.reader(&topic, partition, eventlog::Offset::START).await.unwrap();
        loop {
            let records = reader.next_if_any(4_096).await.unwrap().records;
            if records.is_empty() {
                break;
            }
            records.iter().for_each(&mut take);
        }
    }
}
