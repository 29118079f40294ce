//! The server: Aircall's REST API on a loopback port, and the sender behind it.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::centre::Centre;
use super::rest;
use super::rest::limit::Limit;
use super::send::{self, SendError, SendOptions, SendReport};
use super::webhooks::{Webhook, Webhooks};

/// How the simulated company is set up.
#[derive(Debug, Clone)]
pub struct SimulatorConfig {
    /// Its calls.
    pub centre: Centre,
    /// The user name of Basic authentication.
    pub api_id: String,
    /// The password.
    pub api_token: String,
    /// Unix seconds that the simulator's clock shows when it starts; REST tells of each call what is
    /// known at that clock's time.
    pub now: i64,
    /// Requests per minute for the whole company: 120 in the reference.
    pub requests_per_minute: u32,
    /// Whether a 429 carries `Retry-After`, which is not documented.
    pub retry_after: bool,
}

impl SimulatorConfig {
    /// A company with these calls, four days after they began: even late comments are known.
    #[must_use]
    pub fn new(centre: Centre) -> Self {
        Self {
            now: centre.start_at + 4 * 86_400,
            centre,
            api_id: "api-id".to_owned(),
            api_token: "api-token".to_owned(),
            requests_per_minute: 120,
            retry_after: false,
        }
    }
}

/// What the server's handlers share.
pub(super) struct State {
    pub(super) centre: Centre,
    pub(super) config: Access,
    pub(super) base_url: String,
    pub(super) progress: Progress,
    pub(super) limit: Mutex<Limit>,
    webhooks: Mutex<Webhooks>,
    now: i64,
    started: Instant,
}

/// Who may ask, and how often.
pub(super) struct Access {
    pub(super) api_id: String,
    pub(super) api_token: String,
    pub(super) retry_after: bool,
}

impl State {
    /// Unix seconds on the simulator's clock.
    pub(super) fn now(&self) -> i64 {
        self.now + i64::try_from(self.started.elapsed().as_secs()).unwrap_or(0)
    }

    /// Time since the start, for the limit's window.
    pub(super) fn uptime(&self) -> std::time::Duration {
        self.started.elapsed()
    }

    /// Held for single looks and changes, never across an await.
    pub(super) fn webhooks(&self) -> MutexGuard<'_, Webhooks> {
        self.webhooks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How far sending has come.
#[derive(Debug, Default)]
pub(super) struct Progress {
    pub(super) planned: AtomicUsize,
    pub(super) finished: AtomicUsize,
    pub(super) acknowledged: AtomicUsize,
}

impl Progress {
    pub(super) fn begin(&self, count: usize) {
        self.planned.fetch_add(count, Ordering::Relaxed);
    }

    pub(super) fn finish(&self, acknowledged: bool) {
        self.finished.fetch_add(1, Ordering::Relaxed);
        self.acknowledged.fetch_add(usize::from(acknowledged), Ordering::Relaxed);
    }
}

/// A running Aircall. Dropping it stops the server.
pub struct Simulator {
    state: Arc<State>,
    address: SocketAddr,
    stop: CancellationToken,
    server: JoinHandle<()>,
}

impl Simulator {
    /// Binds a free port of 127.0.0.1 and serves.
    ///
    /// # Errors
    /// When no port can be bound.
    pub async fn start(config: SimulatorConfig) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let state = Arc::new(State {
            centre: config.centre,
            config: Access {
                api_id: config.api_id,
                api_token: config.api_token,
                retry_after: config.retry_after,
            },
            base_url: format!("http://{address}"),
            progress: Progress::default(),
            limit: Mutex::new(Limit::new(config.requests_per_minute)),
            webhooks: Mutex::default(),
            now: config.now,
            started: Instant::now(),
        });
        let stop = CancellationToken::new();
        let app = rest::router(state.clone());
        let stopped = stop.clone().cancelled_owned();
        let server = tokio::spawn(async move {
            let served = axum::serve(listener, app).with_graceful_shutdown(stopped).await;
            if let Err(error) = served {
                tracing::error!(%error, "the Aircall simulator's server ended");
            }
        });
        Ok(Self { state, address, stop, server })
    }

    /// Where the API is, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.state.base_url
    }

    /// Where the server listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The company.
    #[must_use]
    pub fn centre(&self) -> &Centre {
        &self.state.centre
    }

    /// Registers a webhook for all events, as a person does in the Dashboard, with a chosen token.
    pub fn register(&self, url: &str, token: &str) -> Webhook {
        self.state.webhooks().add(url, None, Vec::new(), token.to_owned())
    }

    /// The registered webhooks as they are now.
    #[must_use]
    pub fn webhooks(&self) -> Vec<Webhook> {
        self.state.webhooks().all().to_vec()
    }

    /// `(planned, finished, acknowledged)` deliveries so far, over all runs.
    #[must_use]
    pub fn progress(&self) -> (usize, usize, usize) {
        let progress = &self.state.progress;
        (
            progress.planned.load(Ordering::Relaxed),
            progress.finished.load(Ordering::Relaxed),
            progress.acknowledged.load(Ordering::Relaxed),
        )
    }

    /// Sends all webhooks of the centre to `url` with `token`, registering the webhook if it is not
    /// yet known, and returns when each is acknowledged or given up.
    ///
    /// # Errors
    /// When the URL is not http on a loopback address.
    pub async fn send_all(
        &self,
        url: &str,
        token: &str,
        options: &SendOptions,
    ) -> Result<SendReport, SendError> {
        let known = self.state.webhooks().find(url, token).cloned();
        let webhook = known.unwrap_or_else(|| self.register(url, token));
        send::send_all(&self.state, &webhook, options).await
    }

    /// Sends all webhooks to a webhook that was registered, in this process or over the API.
    ///
    /// # Errors
    /// When there is no such webhook, or its URL is not http on a loopback address.
    pub async fn send_to(
        &self,
        webhook_id: &str,
        options: &SendOptions,
    ) -> Result<SendReport, SendError> {
        let webhook = self.state.webhooks().get(webhook_id).cloned();
        let webhook = webhook.ok_or_else(|| SendError::UnknownWebhook(webhook_id.to_owned()))?;
        send::send_all(&self.state, &webhook, options).await
    }

    /// Stops serving and waits until open requests are answered.
    pub async fn stop(mut self) {
        self.stop.cancel();
        if let Err(error) = (&mut self.server).await {
            tracing::error!(%error, "the Aircall simulator's server panicked");
        }
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
