//! A running ingest on a free port, and a client that writes bytes.

use std::net::SocketAddr;
use std::sync::Arc;

use eventlog::memory::MemoryLog;
use eventlog::{
    Appender, Cleanup, Log, LogReader, ManualClock, Offset, Partition, Stored, Topic, TopicSpec,
};
use ingest::Config;
use schemas::{TopicKind, TopicNames};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::bodies::TOKEN;

/// The time that the rig's clock shows.
pub const NOW_MS: i64 = 1_767_261_660_123;

/// As few as make it matter which one is taken.
pub const PARTITIONS: u32 = 12;

pub struct Rig {
    pub address: SocketAddr,
    pub log: Arc<MemoryLog>,
    pub shutdown: CancellationToken,
    running: JoinHandle<()>,
}

/// What ingest is told unless a test says otherwise.
pub fn config() -> Config {
    Config {
        kept_lines: ingest::KeptLines::All,
        path_secret: None,
        aircall_tokens: vec!["an-older-token".into(), TOKEN.into()],
        front_app_secret: None,
        default_region: None,
        connections_max: ingest::limits::CONNECTIONS_MAX,
        serves_schemas: true,
        topics: TopicNames::with_prefix("callfold"),
        partitions: PARTITIONS,
    }
}

impl Rig {
    pub async fn start(config: Config) -> Rig {
        Rig::start_behind(config, |appender| appender).await
    }

    /// The same with an appender of the test's own around the log's.
    pub async fn start_behind(
        config: Config,
        around: impl FnOnce(Arc<dyn Appender>) -> Arc<dyn Appender>,
    ) -> Rig {
        let names = TopicNames::with_prefix("callfold");
        let spec = |kind: TopicKind| TopicSpec {
            topic: Topic::new(&names.name(kind)),
            partitions: PARTITIONS,
            cleanup: Cleanup { compact: false, retention: None },
        };
        let clock = Arc::new(ManualClock::at(NOW_MS));
        let log = MemoryLog::new(TopicKind::ALL.map(spec).to_vec(), clock.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = CancellationToken::new();
        let appender = around(log.appender().unwrap());
        let running =
            tokio::spawn(ingest::run(listener, appender, clock, config, shutdown.clone()));
        Rig { address, log, shutdown, running }
    }

    /// Everything on a topic, with its partition.
    pub async fn on(&self, kind: TopicKind) -> Vec<(u32, Stored)> {
        let topic = Topic::new(&TopicNames::with_prefix("callfold").name(kind));
        let mut all = Vec::new();
        for partition in 0..PARTITIONS {
            let mut reader =
                self.log.reader(&topic, Partition(partition), Offset::START).await.unwrap();
            loop {
                let batch = reader.next_if_any(1000).await.unwrap();
                if batch.records.is_empty() {
                    break;
                }
                all.extend(batch.records.into_iter().map(|record| (partition, record)));
            }
        }
        all
    }

    /// The values on a topic.
    pub async fn values<T: schemas::Message>(&self, kind: TopicKind) -> Vec<T> {
        let records = self.on(kind).await;
        records
            .iter()
            .map(|(_, record)| schemas::decode(record.value.as_ref().unwrap()).unwrap())
            .collect()
    }

    pub async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Posts a body on a connection of its own and gives the whole answer.
    pub async fn post(&self, path: &str, body: impl AsRef<[u8]>) -> Reply {
        self.post_with(path, "", body).await
    }

    /// The same with more headers, each ending in CRLF.
    pub async fn post_with(&self, path: &str, headers: &str, body: impl AsRef<[u8]>) -> Reply {
        let body = body.as_ref();
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: callfold\r\ncontent-type: application/json\r\n\
             connection: close\r\n{headers}content-length: {}\r\n\r\n",
            body.len()
        );
        let mut stream = self.connect().await;
        stream.write_all(&[head.as_bytes(), body].concat()).await.unwrap();
        Reply::read_to_end(&mut stream).await
    }

    /// Stops the service and waits until it has returned.
    pub async fn stop(self) {
        self.shutdown.cancel();
        self.running.await.unwrap();
    }
}

/// The server asks for the body once it waits for it, where the head says `expect: 100-continue`.
pub async fn until_asked_for_the_body(stream: &mut TcpStream) {
    let mut asked = [0; 25];
    stream.read_exact(&mut asked).await.unwrap();
    assert_eq!(&asked, b"HTTP/1.1 100 Continue\r\n\r\n");
}

/// An answer as it came.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub text: String,
}

impl Reply {
    pub async fn read_to_end(stream: &mut TcpStream) -> Reply {
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await.unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let status = text.get(9..12).and_then(|status| status.parse().ok()).unwrap_or(0);
        Reply { status, text }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let head = self.text.split("\r\n\r\n").next()?;
        head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}
