//! An OpenTelemetry collector that only remembers what it is sent.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::any;

/// What was exported to us, as it came over the wire: texts in it are readable as they are.
#[derive(Debug, Clone)]
pub struct Collector {
    address: SocketAddr,
    received: Arc<Mutex<Vec<u8>>>,
}

impl Collector {
    /// Listens on a free port of this machine until the runtime ends.
    ///
    /// # Panics
    /// When no port is free.
    pub async fn start() -> Collector {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let received = Arc::new(Mutex::new(Vec::new()));
        let app = Router::new().fallback(any(take)).with_state(received.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Collector { address, received }
    }

    /// Where to export to.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Everything so far.
    ///
    /// # Panics
    /// When a handler panicked.
    #[must_use]
    pub fn received(&self) -> Vec<u8> {
        self.received.lock().expect("no handler panics").clone()
    }
}

async fn take(State(received): State<Arc<Mutex<Vec<u8>>>>, body: Bytes) {
    received.lock().expect("no handler panics").extend_from_slice(&body);
}
