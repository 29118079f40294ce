//! A TCP proxy on the way between two others: it can cut every connection, and stall all of them. With
//! several places behind it, it is the one address that they have.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};

/// As much as is carried at once: more than most requests have.
const CARRIED: usize = 64 << 10;

/// A proxy on a port of its own. It works on a thread of its own, so that it outlives the test that has
/// started it and is not slowed by what a test computes. It ends when it is dropped.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    way: Arc<Way>,
    _stop: oneshot::Sender<()>,
}

#[derive(Debug)]
struct Way {
    /// Where connections are carried to, in turn.
    behind: Mutex<Vec<SocketAddr>>,
    turn: AtomicUsize,
    open: AtomicUsize,
    /// Counts the cuts: each ends all connections that are open.
    cuts: watch::Sender<u64>,
    stalled: watch::Sender<bool>,
}

impl Proxy {
    /// Starts one in front of these places.
    ///
    /// # Panics
    /// When this machine has no free port or starts no thread.
    #[must_use]
    pub fn start(behind: Vec<SocketAddr>) -> Proxy {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a socket can be made so");
        let address = listener.local_addr().expect("a bound port");
        let way = Arc::new(Way {
            behind: Mutex::new(behind),
            turn: AtomicUsize::new(0),
            open: AtomicUsize::new(0),
            cuts: watch::Sender::new(0),
            stalled: watch::Sender::new(false),
        });
        let (stop, stopped) = oneshot::channel::<()>();
        let works = way.clone();
        let run = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
            runtime.expect("a runtime").block_on(async {
                let listener = TcpListener::from_std(listener).expect("a listener of tokio's");
                tokio::select! {
                    // Its sender never sends: it goes with the proxy.
                    _gone = stopped => {}
                    () = works.serve(&listener) => {}
                }
            });
        };
        std::thread::Builder::new().name("proxy".to_owned()).spawn(run).expect("a thread");
        Proxy { address, way, _stop: stop }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Replaces the places behind it; connections that are open stay as they are.
    pub fn lead_to(&self, behind: Vec<SocketAddr>) {
        *self.way.behind.lock().unwrap_or_else(PoisonError::into_inner) = behind;
    }

    /// Ends all connections; how many that were.
    #[must_use]
    pub fn cut(&self) -> usize {
        let open = self.way.open.load(Ordering::SeqCst);
        self.way.cuts.send_modify(|cuts| *cuts += 1);
        open
    }

    /// From now on nothing is carried, and connections stay open; or it is carried on.
    pub fn stall(&self, on: bool) {
        self.way.stalled.send_replace(on);
    }
}

impl Way {
    async fn serve(self: Arc<Way>, listener: &TcpListener) {
        loop {
            match listener.accept().await {
                Ok((client, _)) => {
                    tokio::spawn(self.clone().carry(client));
                }
                // Of one connection alone, or too many are open: those that end make room.
                Err(_) => tokio::task::yield_now().await,
            }
        }
    }

    async fn carry(self: Arc<Way>, client: TcpStream) {
        let mut cuts = self.cuts.subscribe();
        self.open.fetch_add(1, Ordering::SeqCst);
        tokio::select! {
            // A change is a cut; the sender lives as long as `self`.
            _changed = cuts.changed() => {}
            () = self.between(client) => {}
        }
        self.open.fetch_sub(1, Ordering::SeqCst);
    }

    async fn between(&self, client: TcpStream) {
        let Some(server) = self.reached().await else { return };
        let _ = (client.set_nodelay(true), server.set_nodelay(true));
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        tokio::join!(self.pump(from_client, to_server), self.pump(from_server, to_client));
    }

    /// A connection to the next place, or to another one where nobody listens there.
    async fn reached(&self) -> Option<TcpStream> {
        self.flows().await;
        let behind = self.behind.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let turn = self.turn.fetch_add(1, Ordering::SeqCst);
        for place in 0..behind.len() {
            let address = behind[(turn + place) % behind.len()];
            if let Ok(stream) = TcpStream::connect(address).await {
                return Some(stream);
            }
        }
        None
    }

    async fn pump(&self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
        let mut carried = vec![0; CARRIED];
        while let Ok(count) = from.read(&mut carried).await {
            self.flows().await;
            if count == 0 || to.write_all(&carried[..count]).await.is_err() {
                break;
            }
        }
        // Who has gone already needs not be told.
        let _ = to.shutdown().await;
    }

    async fn flows(&self) {
        // The sender lives as long as `self`.
        let _ = self.stalled.subscribe().wait_for(|stalled| !stalled).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers every byte with the same one.
    async fn echo() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut from, mut to) = stream.split();
                    let _ = tokio::io::copy(&mut from, &mut to).await;
                });
            }
        });
        address
    }

    #[tokio::test]
    async fn it_carries_stalls_and_cuts() {
        let proxy = Proxy::start(vec![echo().await]);
        let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
        stream.write_u8(1).await.unwrap();
        assert_eq!(stream.read_u8().await.unwrap(), 1);
        proxy.stall(true);
        stream.write_u8(2).await.unwrap();
        let mut other = TcpStream::connect(proxy.address()).await.unwrap();
        other.write_u8(3).await.unwrap();
        let nothing = std::time::Duration::from_millis(200);
        assert!(tokio::time::timeout(nothing, stream.read_u8()).await.is_err(), "it is stalled");
        proxy.stall(false);
        assert_eq!(stream.read_u8().await.unwrap(), 2);
        assert_eq!(other.read_u8().await.unwrap(), 3);
        assert_eq!(proxy.cut(), 2);
        assert!(stream.read_u8().await.is_err(), "it is cut");
    }

    #[tokio::test]
    async fn where_nobody_listens_another_place_answers() {
        let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let proxy = Proxy::start(vec![gone, echo().await]);
        for byte in [1, 2, 3] {
            let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
            stream.write_u8(byte).await.unwrap();
            assert_eq!(stream.read_u8().await.unwrap(), byte);
        }
    }
}
