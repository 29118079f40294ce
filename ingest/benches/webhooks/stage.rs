//! A running ingest on the log of choice, on threads of its own.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use eventlog::bench::TimedFiles;
use eventlog::embedded;
use eventlog::memory::MemoryLog;
use eventlog::{Cleanup, Log, Partition, SystemClock, Topic, TopicSpec};
use schemas::{TopicKind, TopicNames};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

const PARTITIONS: u32 = 12;

pub struct Stage {
    pub address: SocketAddr,
    runtime: Runtime,
    log: Arc<dyn Log>,
    /// Those under the log, when it is one on a disk.
    pub files: Option<TimedFiles>,
    shutdown: CancellationToken,
    running: JoinHandle<()>,
}

impl Stage {
    pub fn start(dir: Option<&Path>) -> Stage {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.unwrap();
        let files = dir.map(|_| TimedFiles::default());
        let log = runtime.block_on(open(dir.zip(files.clone())));
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = CancellationToken::new();
        let config = ingest::Config {
            kept_lines: ingest::KeptLines::All,
            path_secret: None,
            aircall_tokens: vec![crate::body::TOKEN.into()],
            front_app_secret: None,
            default_region: None,
            connections_max: ingest::limits::CONNECTIONS_MAX,
            serves_schemas: true,
            topics: TopicNames::with_prefix("callfold"),
            partitions: PARTITIONS,
        };
        let clock = Arc::new(SystemClock);
        let running = runtime.spawn(ingest::run(
            listener,
            log.appender().unwrap(),
            clock,
            config,
            shutdown.clone(),
        ));
        Stage { address, runtime, log, files, shutdown, running }
    }

    /// Stops the service and says how many events are on the log.
    pub fn stop(self) -> u64 {
        self.shutdown.cancel();
        self.runtime.block_on(async {
            self.running.await.unwrap();
            let calls = Topic::new(&TopicNames::with_prefix("callfold").name(TopicKind::Calls));
            let mut events = 0;
            for partition in 0..PARTITIONS {
                events += self.log.ends(&calls, Partition(partition)).await.unwrap().end.0;
            }
            events
        })
    }
}

async fn open(disk: Option<(&Path, TimedFiles)>) -> Arc<dyn Log> {
    let names = TopicNames::with_prefix("callfold");
    let topics = TopicKind::ALL.map(|kind| TopicSpec {
        topic: Topic::new(&names.name(kind)),
        partitions: PARTITIONS,
        cleanup: Cleanup { compact: false, retention: None },
    });
    match disk {
        None => MemoryLog::new(topics.to_vec(), Arc::new(SystemClock)),
        Some((dir, files)) => {
            let clock = Arc::new(SystemClock);
            let options = embedded::Options::default();
            embedded::open_with(Arc::new(files), dir, topics.to_vec(), "callfold", clock, options)
                .unwrap()
        }
    }
}
