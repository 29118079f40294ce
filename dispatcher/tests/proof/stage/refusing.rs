//! A way to Front on which the creation of contacts is answered 400, as long as a test wants that: Front
//! may have reasons that the simulator does not know.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

const REFUSED: &[u8] = b"HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\n\
    content-length: 2\r\nconnection: close\r\n\r\n{}";

pub struct Refusing {
    pub url: String,
    state: Arc<State>,
    _serving: JoinSet<()>,
}

struct State {
    on: AtomicBool,
    refused: AtomicUsize,
}

impl Refusing {
    /// Before the Front at this address; refuses from the start.
    pub async fn before(front: SocketAddr) -> Refusing {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(State { on: AtomicBool::new(true), refused: AtomicUsize::new(0) });
        let (mut serving, shared) = (JoinSet::new(), state.clone());
        serving.spawn(async move {
            let mut open = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                open.spawn(serve(client, front, shared.clone()));
            }
        });
        Refusing { url, state, _serving: serving }
    }

    pub fn refuse(&self, on: bool) {
        self.state.on.store(on, Ordering::SeqCst);
    }

    /// How many creations were refused.
    pub fn refused(&self) -> usize {
        self.state.refused.load(Ordering::SeqCst)
    }
}

/// The client sends one request after another, and a request's first bytes come together.
async fn serve(client: TcpStream, front: SocketAddr, state: Arc<State>) {
    let Ok(server) = TcpStream::connect(front).await else { return };
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let requests = async {
        let mut bytes = vec![0; 65_536];
        loop {
            let Ok(count @ 1..) = from_client.read(&mut bytes).await else { return false };
            let begun = &bytes[..count];
            if state.on.load(Ordering::SeqCst) && begun.starts_with(b"POST /contacts HTTP/1.1") {
                return true;
            }
            if to_server.write_all(begun).await.is_err() {
                return false;
            }
        }
    };
    let is_refused = tokio::select! {
        is_refused = requests => is_refused,
        _ = copy(&mut from_server, &mut to_client) => false,
    };
    if is_refused && to_client.write_all(REFUSED).await.is_ok() {
        state.refused.fetch_add(1, Ordering::SeqCst);
        let _ = to_client.shutdown().await;
        // Until the client closes: what it still sends must not turn the answer into a reset.
        let _ = copy(&mut from_client, &mut tokio::io::sink()).await;
    }
}
