//! A load generator on one thread: raw sockets, keep-alive, one request under way on each.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use eventlog::bench::Times;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::body::Request;
use crate::pace::Pace;

/// What a run gave.
pub struct Figures {
    waited: Vec<Duration>,
    /// By how much the generator itself was late, where a connection was free in time.
    late: Vec<Duration>,
    /// Requests that were due when no connection was free.
    held_up: u64,
    refused: u64,
    took: Duration,
}

/// Calls of all runs of this process differ.
static NEXT_CALL: AtomicU64 = AtomicU64::new(0);

/// The connections of all runs: made once, so that no run pays for making them.
pub struct Generator {
    runtime: Runtime,
    idle: Vec<Connection>,
}

struct Connection {
    stream: TcpStream,
    request: Request,
}

impl Generator {
    pub fn connect(address: SocketAddr, connections: usize) -> Generator {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let idle = (0..connections).map(|_| runtime.block_on(Connection::open(address))).collect();
        Generator { runtime, idle }
    }

    /// Each connection sends its next request when the last one was answered.
    pub fn closed(&mut self, lasts: Duration) -> Figures {
        self.run(|| Pace::closed(lasts))
    }

    /// Requests are due at fixed times, whether the last ones were answered or not: the time to an
    /// answer counts from when its request was due, so a stall is paid for by all that it delayed.
    pub fn open(&mut self, rate: u64, lasts: Duration) -> Figures {
        self.run(|| Pace::open(rate, lasts))
    }

    fn run(&mut self, pace: impl FnOnce() -> Pace) -> Figures {
        let idle = std::mem::take(&mut self.idle);
        let (all, idle) = self.runtime.block_on(async move {
            let (started, pace) = (Instant::now(), pace());
            let mut running = JoinSet::new();
            for connection in idle {
                running.spawn(connection.run(pace.clone()));
            }
            let (mut all, mut idle) = (Figures::none(), Vec::new());
            while let Some(done) = running.join_next().await {
                let (figures, connection) = done.unwrap();
                all.add(figures);
                idle.push(connection);
            }
            all.took = started.elapsed();
            (all, idle)
        });
        self.idle = idle;
        all
    }
}

impl Connection {
    async fn open(address: SocketAddr) -> Connection {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Connection { stream, request: Request::new() }
    }

    async fn run(mut self, pace: Pace) -> (Figures, Connection) {
        let mut figures = Figures::none();
        let mut answer = [0; 1024];
        while let Some(due) = pace.next().await {
            if due.held_up {
                figures.held_up += 1;
            } else {
                figures.late.push(due.at.elapsed());
            }
            self.request.number(NEXT_CALL.fetch_add(1, Ordering::Relaxed));
            self.stream.write_all(self.request.bytes()).await.unwrap();
            let status = read_answer(&mut self.stream, &mut answer).await;
            figures.waited.push(due.at.elapsed());
            figures.refused += u64::from(status != *b"200");
        }
        (figures, self)
    }
}

/// An answer is small and comes in one piece or few; a 200 of ours has no body.
async fn read_answer(stream: &mut TcpStream, answer: &mut [u8]) -> [u8; 3] {
    let mut filled = 0;
    loop {
        let bytes = stream.read(&mut answer[filled..]).await.unwrap();
        assert!(bytes > 0, "the server ended a connection");
        filled += bytes;
        if answer[..filled].ends_with(b"\r\n\r\n") || !answer.starts_with(b"HTTP/1.1 200") {
            return answer[9..12].try_into().unwrap();
        }
    }
}

impl Figures {
    pub fn none() -> Figures {
        Figures {
            waited: Vec::new(),
            late: Vec::new(),
            held_up: 0,
            refused: 0,
            took: Duration::ZERO,
        }
    }

    pub fn add(&mut self, other: Figures) {
        self.waited.extend(other.waited);
        self.late.extend(other.late);
        self.held_up += other.held_up;
        self.refused += other.refused;
        self.took += other.took;
    }

    /// Requests answered 200 in a second.
    pub fn rate(&self) -> f64 {
        (self.waited.len() as f64 - self.refused as f64) / self.took.as_secs_f64()
    }

    /// From when a request was due to its answer.
    pub fn times(&self) -> Times {
        Times::of(self.waited.clone())
    }

    /// How late the generator itself was: it shares the processors with what it measures.
    pub fn generator(&self) -> String {
        format!(
            "the generator itself was late by {}; {} requests were due when no connection was free",
            Times::of(self.late.clone()),
            self.held_up
        )
    }
}

impl std::fmt::Display for Figures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (rate, times) = (self.rate(), self.times());
        write!(f, "{rate:.0} webhooks/s answered 200, {times}, {} not 200", self.refused)
    }
}
