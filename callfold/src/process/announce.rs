//! What `run` tells a person at the start, on standard output: it names the company, inbox and
//! lines, so it is no log line.

use std::fmt::Write as _;
use std::time::Duration;

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
        "\n  dry run    nothing is written to Front: `callfold conversation <number>` shows what would be"
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

/// How often the dispatcher is asked whether it has found Front.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// What is known once Front has answered: the company, the inbox and its id, who is missing there;
/// and why the dispatcher is held, each time that the reason changes. Ends with `stop`.
pub async fn front(
    handle: dispatcher::Handle,
    agents: Option<Vec<String>>,
    stop: CancellationToken,
) {
    let mut told_directory = false;
    let mut held: Option<String> = None;
    let mut looks = tokio::time::interval(LOOK_EVERY);
    while stop.run_until_cancelled(looks.tick()).await.is_some() {
        if !told_directory && let Some(directory) = handle.directory() {
            told_directory = true;
            // Whoever closed standard output does not want to know.
            let _ = terminal::print(&directory_text(&directory, agents.as_deref()));
        }
        let status = handle.status();
        let reason = status.reason.filter(|_| status.state == "held");
        if reason != held {
            let text = match &reason {
                Some(reason) => format!(
                    "  held       the dispatcher waits: {reason}\n             webhooks are taken and kept all the same"
                ),
                None => "  released   the dispatcher goes on".to_owned(),
            };
            let _ = terminal::print_line(&text);
            held = reason;
        }
    }
}

fn directory_text(directory: &dispatcher::DirectoryView, agents: Option<&[String]>) -> String {
    let inbox = directory
        .inbox
        .as_ref()
        .map_or_else(|| "no such inbox".to_owned(), |(id, name)| format!("inbox {name} ({id})"));
    let mut text = format!(
        "  company    {}, {inbox}, {} teammates\n",
        directory.company,
        directory.teammates.len()
    );
    let Some(agents) = agents else { return text };
    let unknown: Vec<&str> = agents
        .iter()
        .filter(|email| !directory.teammates.contains(&email.to_lowercase()))
        .map(String::as_str)
        .collect();
    if !unknown.is_empty() {
        let _ =
            writeln!(text, "  agents     {} without a teammate of the same e-mail", unknown.len());
    }
    text
}
