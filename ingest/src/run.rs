//! The service: webhooks in, records on the log.
//!
//! The durable order of a webhook, and why:
//!
//! 1. **verify** the token or signature. Before that nothing is kept: a stranger must not be able
//!    to fill the log.
//! 2. **append** the body and the event (or the rejection) made of it, in one append.
//! 3. **durable**: the append has returned, so both survive the loss of power.
//! 4. **answer 200**. Whoever sent it forgets it now, so nothing may be missing after this.
//!
//! A crash before 4 leaves the sender without an answer, and it sends again. The event's id comes
//! from its content, so the repeat has the same key and the same place, and collapses with it.

use std::sync::Arc;

use eventlog::{Appender, Clock};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::connections;
use crate::service::{Service, router};
use crate::telemetry;

/// Takes webhooks on `listener` until `shutdown`, then accepts nothing more, finishes the requests
/// that were begun and returns. While `appender` takes nothing they are answered with 503.
pub async fn run(
    listener: TcpListener,
    appender: Arc<dyn Appender>,
    clock: Arc<dyn Clock>,
    config: Config,
    shutdown: CancellationToken,
) {
    telemetry::listening(listener.local_addr().ok());
    let connections_max = config.connections_max;
    let service = Arc::new(Service::new(appender, Arc::clone(&clock), config));
    connections::serve(listener, router(service), connections_max, clock, shutdown).await;
}
