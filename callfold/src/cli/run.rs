//! `callfold run`: all three services in one process.

use super::{Common, block_on};
use crate::config::{self, Needs, Role};
use crate::failure::{Exit, Failure};
use crate::process;

/// Run ingest, projector and dispatcher in one process, on the log that the configuration names.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    callfold run --config callfold.toml\n  \
    CALLFOLD_AIRCALL__WEBHOOK_TOKEN=... CALLFOLD_FRONT__TOKEN=... callfold run\n\n\
    Ctrl-C or SIGTERM finishes what was begun, for 20 seconds at most; a second one ends at once.")]
pub struct Args {}

/// Runs until it is told to stop.
///
/// # Errors
/// A configuration with mistakes, a log that is held, a service that failed.
pub fn run(common: &Common, _args: &Args) -> Result<Exit, Failure> {
    let (resolved, settings) = config::load(common.config.as_deref(), Needs::Run)?;
    block_on(process::run(&resolved, settings, &Role::ALL))
}
