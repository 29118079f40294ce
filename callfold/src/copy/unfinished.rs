//! No service works on a log that is not whole yet.

use eventlog::LogReader;

use super::look::copy_in;
use crate::config::Settings;
use crate::failure::Failure;
use crate::reach::{names, place};

/// Refuses a log that a copy has begun to fill and not finished: its services would take what is there
/// for all that there is.
///
/// # Errors
/// Such a log, or one that cannot be read.
pub async fn refuse(log: &dyn LogReader, settings: &Settings) -> Result<(), Failure> {
    match copy_in(log, &names(settings)).await? {
        Some((begun, _)) if !begun.finished => {
            let place = place(settings);
            Err(Failure::Failed(format!(
                "this log is an unfinished copy: end it first with `callfold copy --from {} --to \
                 {}:{}`, which goes on where it was",
                begun.from, place.kind, place.what
            )))
        }
        Some(_) | None => Ok(()),
    }
}
