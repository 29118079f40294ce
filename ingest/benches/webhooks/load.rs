//! A load generator on one thread: raw sockets, keep-alive, one request under way on each.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hdrhistogram::Histogram;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::body::Request;

/// What a run gave.
pub struct Figures {
    pub latency_us: Histogram<u64>,
    pub answered: u64,
    pub refused: u64,
    pub took: Duration,
}

/// Calls of all runs of this process differ.
static NEXT_CALL: AtomicU64 = AtomicU64::new(0);

/// Each connection sends its next request when the last one was answered.
pub fn closed(address: SocketAddr, connections: usize, lasts: Duration) -> Figures {
    run(address, connections, move |started, _| (started.elapsed() < lasts).then(Instant::now))
}

/// Requests are due at fixed times, whether the last ones were answered or not: the time to an
/// answer counts from when its request was due, so a stall is paid for by all that it delayed.
pub fn open(address: SocketAddr, connections: usize, rate: u64, lasts: Duration) -> Figures {
    run(address, connections, move |started, request| {
        let after = Duration::from_nanos(request * 1_000_000_000 / rate);
        (after < lasts).then(|| started + after)
    })
}

/// `due` says when the request of a number is due, and none at the end of the run.
fn run(
    address: SocketAddr,
    connections: usize,
    due: impl Fn(Instant, u64) -> Option<Instant> + Copy + Send + 'static,
) -> Figures {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async move {
        let mut streams = Vec::new();
        for _ in 0..connections {
            let stream = TcpStream::connect(address).await.unwrap();
            stream.set_nodelay(true).unwrap();
            streams.push(stream);
        }
        let requests = Arc::new(AtomicU64::new(0));
        let started = Instant::now();
        let mut running = JoinSet::new();
        for stream in streams {
            running.spawn(one(stream, started, requests.clone(), due));
        }
        let mut all = Figures::none();
        while let Some(figures) = running.join_next().await {
            all.add(&figures.unwrap());
        }
        all.took = started.elapsed();
        all
    })
}

async fn one(
    mut stream: TcpStream,
    started: Instant,
    requests: Arc<AtomicU64>,
    due: impl Fn(Instant, u64) -> Option<Instant>,
) -> Figures {
    let mut figures = Figures::none();
    let mut request = Request::new();
    let mut answer = [0; 1024];
    while let Some(due) = due(started, requests.fetch_add(1, Ordering::Relaxed)) {
        tokio::time::sleep_until(due).await;
        request.number(NEXT_CALL.fetch_add(1, Ordering::Relaxed));
        stream.write_all(request.bytes()).await.unwrap();
        let status = read_answer(&mut stream, &mut answer).await;
        let took = u64::try_from(due.elapsed().as_micros()).unwrap();
        figures.latency_us.record(took).unwrap();
        if status == *b"200" { figures.answered += 1 } else { figures.refused += 1 }
    }
    figures
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
    fn none() -> Figures {
        Figures {
            latency_us: Histogram::new(3).unwrap(),
            answered: 0,
            refused: 0,
            took: Duration::ZERO,
        }
    }

    fn add(&mut self, other: &Figures) {
        self.latency_us.add(&other.latency_us).unwrap();
        self.answered += other.answered;
        self.refused += other.refused;
    }
}
