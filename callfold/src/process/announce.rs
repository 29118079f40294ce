//! What `run` tells a person at the start, on standard output: it names the company, inbox and
//! lines, so it is no log line. Agents are told by their ids only.

mod aircall;
mod front;

use tokio_util::sync::CancellationToken;

use crate::config::Settings;
use crate::failure::Failure;
use crate::terminal;
use crate::view::status::ProcessView;

/// What is known before anything was asked.
///
/// # Errors
/// Standard output that cannot be written.
pub fn opening(process: &ProcessView, settings: &Settings) -> Result<(), Failure> {
    let secret = if settings.ingest.path_secret.is_some() { "/<ingest.path_secret>" } else { "" };
    let dry = if settings.front.dry_run {
        "\n  dry run    nothing is written to Front: `callfold conversation <number>` shows what \
         would be"
    } else {
        ""
    };
    terminal::print_line(&format!(
        "callfold {version}, configuration {config}\n  \
           webhooks   http://{ingest}/webhooks/aircall{secret}\n  \
           health     http://{telemetry}/readyz, metrics on /metrics\n  \
           log        {dir}, embedded, {partitions} partitions\n  \
           Front      {front}, inbox {inbox}{dry}",
        version = process.version,
        config = process.config_version,
        ingest = process.ingest,
        telemetry = process.telemetry,
        dir = settings.log.dir.display(),
        partitions = settings.log.partitions,
        front = settings.front.api_url,
        inbox = settings.front.inbox,
    ))
}

/// What the two APIs say: the lines, the company, the inbox, who is missing in Front; and why the
/// dispatcher is held, each time that the reason changes. Ends with `stop`.
pub async fn apis(settings: Settings, handle: dispatcher::Handle, stop: CancellationToken) {
    let asking = aircall::ask(&settings);
    let Some(agents) = stop.run_until_cancelled(asking).await else { return };
    front::follow(&settings, &handle, agents, stop).await;
}

/// Tells a line; whoever closed standard output does not want to know.
fn tell(line: &str) {
    let _ = terminal::print_line(line);
}
