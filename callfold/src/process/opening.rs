//! The opening of the log. A process that only takes webhooks does not wait for brokers that are away: it
//! keeps webhooks in its spool, and opens the log when they are back.

use std::sync::Arc;
use std::time::Duration;

use eventlog::{Clock, Log, LogError};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::log::{self, Open};
use crate::config::{Role, Settings};
use crate::copy::unfinished;
use crate::failure::Failure;

/// How long a start waits for the brokers before it takes webhooks without them: brokers that are there
/// have answered by then, also with what is wrong, and webhooks that are refused meanwhile are repeated.
const START_PATIENCE: Duration = Duration::from_secs(3);
/// Between two tries. Each waits for the brokers itself.
const TRY_EVERY: Duration = Duration::from_millis(500);

/// A log that is open, or will be.
#[derive(Clone)]
pub struct Opened(watch::Receiver<Option<Open>>);

/// The opening that goes on after the start; ends when the log is open, or never can be.
pub type Later = JoinHandle<Result<(), Failure>>;

/// Opens the log. Where `roles` only take webhooks into a spool, brokers that are away are no reason to
/// wait.
///
/// # Errors
/// What the log says: held, of another version, not to be reached, topics that do not fit; an unfinished
/// copy.
pub async fn begin(
    settings: &Settings,
    clock: Arc<dyn Clock>,
    roles: &[Role],
) -> Result<(Opened, Option<Later>), Failure> {
    let (tell, opened) = watch::channel(None);
    let opened = Opened(opened);
    if roles != [Role::Ingest] {
        tell.send_replace(Some(open(settings, clock).await?));
        return Ok((opened, None));
    }
    let mut later = tokio::spawn(until_open(settings.clone(), clock, tell));
    match tokio::time::timeout(START_PATIENCE, &mut later).await {
        Ok(done) => done
            .map_err(|panic| Failure::because("opening the log", &panic))?
            .map(|()| (opened, None)),
        Err(_) => {
            tracing::warn!(
                "the brokers do not answer: webhooks are taken into the spool of this machine"
            );
            Ok((opened, Some(later)))
        }
    }
}

async fn open(settings: &Settings, clock: Arc<dyn Clock>) -> Result<Open, Failure> {
    let open = log::open(settings, clock).await?;
    unfinished::refuse(&*open.reader(), settings).await?;
    Ok(open)
}

async fn until_open(
    settings: Settings,
    clock: Arc<dyn Clock>,
    tell: watch::Sender<Option<Open>>,
) -> Result<(), Failure> {
    loop {
        match open(&settings, clock.clone()).await {
            Ok(open) => {
                tell.send_replace(Some(open));
                return Ok(());
            }
            Err(Failure::Away(why)) => {
                tracing::warn!(reason = why, "the log cannot be opened yet");
                tokio::time::sleep(TRY_EVERY).await;
            }
            Err(failure) => return Err(failure),
        }
    }
}

impl Opened {
    /// The log, if it is open.
    #[must_use]
    pub fn now(&self) -> Option<Open> {
        self.0.borrow().clone()
    }

    /// The log that is open by now.
    ///
    /// # Errors
    /// It is not.
    pub fn log(&self) -> Result<Arc<dyn Log>, LogError> {
        self.now().map(|open| open.log()).ok_or_else(not_open)
    }

    /// The log, as soon as it is open.
    ///
    /// # Errors
    /// It never will be.
    pub async fn wait(mut self) -> Result<Arc<dyn Log>, LogError> {
        // An error is that of a sender that is gone.
        let _ = self.0.wait_for(Option::is_some).await;
        self.log()
    }
}

fn not_open() -> LogError {
    LogError::Stopped("it is not open: the brokers have not answered yet".to_owned())
}
