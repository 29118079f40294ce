//! `callfold ingest`, `projector` and `dispatcher`: one service in a process of its own.

use super::{Common, block_on};
use crate::config::{self, Needs, Role};
use crate::failure::{Exit, Failure};
use crate::process;

/// What `callfold ingest --help` adds.
pub const INGEST: &str = "Example:\n  callfold ingest --config callfold.toml\n\n\
    Needs log.kind = \"kafka\", log.brokers and aircall.webhook_token. Start as many as you like behind\n\
    one address. Ctrl-C or SIGTERM finishes what was begun, for 20 seconds at most.";

/// What `callfold projector --help` adds.
pub const PROJECTOR: &str = "Example:\n  callfold projector --config callfold.toml\n\n\
    Needs log.kind = \"kafka\" and log.brokers. As many as there are partitions share the work; on one\n\
    machine each has a log.dir of its own. Ctrl-C or SIGTERM hands its partitions over.";

/// What `callfold dispatcher --help` adds.
pub const DISPATCHER: &str = "Example:\n  callfold dispatcher --config callfold.toml\n\n\
    Needs log.kind = \"kafka\", log.brokers and front.token. One writes to Front, the others stand by; on\n\
    one machine each has a log.dir of its own. Ctrl-C or SIGTERM hands over.";

/// Runs the role until it is told to stop.
///
/// # Errors
/// A configuration with mistakes, brokers that cannot be reached, a service that failed.
pub fn run(common: &Common, role: Role) -> Result<Exit, Failure> {
    let (resolved, settings) = config::load(common.config.as_deref(), Needs::Role(role))?;
    block_on(process::run(&resolved, settings, &[role]))
}
