//! `callfold config`: the effective configuration with the source of each value, or what every
//! key means.

use super::Common;
use crate::config::{self, Needs, show};
use crate::failure::{Exit, Failure};
use crate::terminal;

/// Show the effective configuration and where each value is from; secrets are masked.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    callfold config --config callfold.toml\n  \
    callfold config --doc | less\n  \
    CALLFOLD_AIRCALL__SETTLE_S=60 callfold config --json")]
pub struct Args {
    /// Explain every key instead.
    #[arg(long)]
    doc: bool,
    /// One JSON document: {"version", "values": [{"key", "value", "source", "secret"}]}, with
    /// --doc a list of {"key", "takes", "default", "variable", "secret", "doc"}.
    #[arg(long)]
    json: bool,
}

/// Shows it.
///
/// # Errors
/// A configuration with mistakes.
pub fn run(common: &Common, args: &Args) -> Result<Exit, Failure> {
    match (args.doc, args.json) {
        (true, true) => terminal::print_json(&show::reference_document())?,
        (true, false) => terminal::print(&show::reference())?,
        (false, json) => {
            let (resolved, _) = config::load(common.config.as_deref(), Needs::Look)?;
            if json {
                terminal::print_json(&show::document(&resolved))?;
            } else {
                terminal::print(&show::table(&resolved))?;
            }
        }
    }
    Ok(Exit::Done)
}
