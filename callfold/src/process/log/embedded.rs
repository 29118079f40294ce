//! The log in a folder of this machine.

use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use eventlog::Clock;
use eventlog::embedded::{self, EmbeddedLog, OpenError, Options, ReadOnlyLog};

use crate::config::Settings;
use crate::failure::Failure;

/// A command that looks at a stopped log is through within seconds; a start waits that long for it
/// instead of failing, or a supervisor's restart could be lost to somebody's `status`.
const READ_BY_OTHERS_MAX: Duration = Duration::from_secs(15);
/// Between two tries to open a log that is being read.
const TRY_AGAIN_AFTER: Duration = Duration::from_millis(50);

/// Opens the log and makes its folder, for its owner only, when it is not there. Waits for
/// commands that only look at it.
///
/// # Errors
/// Held by another process, of another version, damaged, or no folder.
pub async fn open(settings: &Settings, clock: Arc<dyn Clock>) -> Result<Arc<EmbeddedLog>, Failure> {
    let dir = &settings.log.dir;
    make_folder(dir)?;
    let deadline = tokio::time::Instant::now() + READ_BY_OTHERS_MAX;
    loop {
        match embedded::open(
            dir,
            super::topics(settings),
            super::ID_SPACE,
            clock.clone(),
            Options::default(),
        ) {
            Ok(log) => return Ok(log),
            Err(OpenError::BeingRead { .. }) if tokio::time::Instant::now() < deadline => {
                tokio::time::sleep(TRY_AGAIN_AFTER).await;
            }
            Err(error) => return Err(Failure::Failed(error.to_string())),
        }
    }
}

/// Opens a stopped log.
///
/// # Errors
/// Held by a process that does not answer, of another version, damaged, or absent.
pub fn open_read_only(dir: &Path) -> Result<Arc<ReadOnlyLog>, Failure> {
    match embedded::open_read_only(dir) {
        Ok(log) => Ok(log),
        Err(OpenError::Held { holder, .. }) => Err(Failure::Failed(format!(
            "process {holder} holds the log in {} and does not answer: it is starting or stopping, \
             try again in a moment",
            dir.display()
        ))),
        Err(OpenError::Absent { .. }) => Err(Failure::Failed(format!(
            "there is no log in {}: start `callfold run`, or name another folder by log.dir \
             (CALLFOLD_LOG__DIR or --config)",
            dir.display()
        ))),
        Err(error) => Err(Failure::Failed(error.to_string())),
    }
}

/// Makes `log.dir`, for its owner only, when it is not there.
///
/// # Errors
/// What the system says.
fn make_folder(dir: &Path) -> Result<(), Failure> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(|error| Failure::because(&format!("making log.dir {}", dir.display()), &error))
}
