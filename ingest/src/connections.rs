//! Accepts connections, serves each within its limits, and ends in order.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use eventlog::Clock;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::impatient::Impatient;
use crate::limits::{
    HEAD_BYTES_MAX, HEAD_TIMEOUT, HEAD_TIMEOUT_UNDER_PRESSURE, HEADERS_MAX, WRITE_TIMEOUT,
};
use crate::seldom::Seldom;
use crate::telemetry;

/// Serves until `shutdown`, then finishes the requests that were begun and returns. With
/// `connections_max` of them nothing more is accepted: others wait in the system's queue.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    connections_max: usize,
    clock: Arc<dyn Clock>,
    shutdown: CancellationToken,
) {
    let tasks = TaskTracker::new();
    let door = Door {
        listener,
        places: Arc::new(Semaphore::new(connections_max)),
        failures: Seldom::default(),
        clock,
    };
    while let Some((stream, place)) = next(&door, &shutdown).await {
        let head_timeout = head_timeout(door.places.available_permits(), connections_max);
        let connection = serve_one(stream, router.clone(), head_timeout, shutdown.clone());
        tasks.spawn(async move {
            connection.await;
            drop(place);
        });
    }
    drop(door);
    telemetry::stopping();
    tasks.close();
    tasks.wait().await;
    telemetry::stopped();
}

/// How long a connection may take for a head, and be idle: less where only a quarter of the places is
/// left, so that nobody keeps others out by being silent.
fn head_timeout(places_left: usize, places: usize) -> Duration {
    if places_left < places.div_ceil(4) { HEAD_TIMEOUT_UNDER_PRESSURE } else { HEAD_TIMEOUT }
}

/// Where connections come in.
struct Door {
    listener: TcpListener,
    places: Arc<Semaphore>,
    failures: Seldom,
    clock: Arc<dyn Clock>,
}

async fn next(
    door: &Door,
    shutdown: &CancellationToken,
) -> Option<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let accepted = async {
        let place = Arc::clone(&door.places).acquire_owned().await.expect("it is never closed");
        loop {
            match door.listener.accept().await {
                Ok((stream, _)) => return (stream, place),
                Err(error) => {
                    telemetry::accept_failed(&error, &door.failures, door.clock.now_ms());
                    // Out of file descriptors: trying at once would only spin.
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
    };
    tokio::select! {
        biased;
        () = shutdown.cancelled() => None,
        accepted = accepted => Some(accepted),
    }
}

async fn serve_one(
    stream: TcpStream,
    router: Router,
    head_timeout: Duration,
    shutdown: CancellationToken,
) {
    // An answer is one small write: waiting for more would only delay it.
    let _ = stream.set_nodelay(true);
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(head_timeout)
        .max_headers(HEADERS_MAX)
        .max_header_size(HEAD_BYTES_MAX);
    let service = TowerToHyperService::new(router);
    let stream = Impatient::new(stream, WRITE_TIMEOUT);
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let served = tokio::select! {
        served = connection.as_mut() => served,
        () = shutdown.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = served {
        telemetry::connection_failed(&error);
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use eventlog::ManualClock;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    const GET: &[u8] = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n";

    #[test]
    fn silence_is_cut_short_when_places_run_out() {
        for (left, expected) in [
            (7, HEAD_TIMEOUT),
            (2, HEAD_TIMEOUT),
            (1, HEAD_TIMEOUT_UNDER_PRESSURE),
            (0, HEAD_TIMEOUT_UNDER_PRESSURE),
        ] {
            assert_eq!(head_timeout(left, 8), expected, "{left} of 8 are left");
        }
    }

    #[tokio::test]
    async fn a_connection_over_the_limit_waits_until_another_ends() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/", get(|| async { "hello" }));
        let shutdown = CancellationToken::new();
        let clock = Arc::new(ManualClock::at(0));
        let serving = tokio::spawn(serve(listener, router, 1, clock, shutdown.clone()));
        let mut first = TcpStream::connect(address).await.unwrap();
        first.write_all(GET).await.unwrap();
        let mut byte = [0];
        first.read_exact(&mut byte).await.unwrap();
        let mut second = TcpStream::connect(address).await.unwrap();
        second.write_all(GET).await.unwrap();
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        assert!(second.try_read(&mut byte).is_err(), "nobody reads from the second yet");
        drop(first);
        second.read_exact(&mut byte).await.unwrap();
        shutdown.cancel();
        serving.await.unwrap();
    }
}
