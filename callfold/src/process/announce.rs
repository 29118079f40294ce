//! What `run` tells a person at the start, on standard output: it names the company, inbox and
//! lines, so it is no log line. Agents are told by their ids only.

mod aircall;
mod front;

use tokio_util::sync::CancellationToken;

use crate::config::{Role, Settings};
use crate::failure::Failure;
use crate::terminal;
use crate::view::status::ProcessView;

/// What is known before anything was asked.
///
/// # Errors
/// Standard output that cannot be written.
pub fn opening(process: &ProcessView, settings: &Settings, roles: &[Role]) -> Result<(), Failure> {
    let mut text =
        format!("callfold {}, configuration {}", process.version, process.config_version);
    let mut line = |name: &str, what: String| text.push_str(&format!("\n  {name:<10} {what}"));
    if roles.len() == 1 {
        line("role", roles[0].to_string());
    }
    if let Some(ingest) = &process.ingest {
        let secret =
            if settings.ingest.path_secret.is_some() { "/<ingest.path_secret>" } else { "" };
        line("webhooks", format!("http://{ingest}/webhooks/aircall{secret}"));
    }
    line("health", format!("http://{}/readyz, metrics on /metrics", process.telemetry));
    let partitions = settings.log.partitions;
    line(
        "log",
        match &settings.log.kafka {
            None => format!("{}, embedded, {partitions} partitions", settings.log.dir.display()),
            Some(kafka) => format!(
                "{}/{}, Kafka, {partitions} partitions",
                kafka.brokers, settings.log.topic_prefix
            ),
        },
    );
    if roles.contains(&Role::Dispatcher) {
        line("Front", format!("{}, inbox {}", settings.front.api_url, settings.front.inbox));
        if settings.front.dry_run {
            let what = "nothing is written to Front: `callfold conversation <number>` shows what \
                        would be";
            line("dry run", what.to_owned());
        }
    }
    terminal::print_line(&text)
}

/// What the two APIs say: the lines, the company, the inbox, who is missing in Front; and why the
/// dispatcher is held, each time that the reason changes. Ends with `stop`.
pub async fn apis(settings: Settings, handle: Option<dispatcher::Handle>, stop: CancellationToken) {
    // Lines and agents are told where their calls are written.
    let Some(handle) = handle else { return };
    let asking = aircall::ask(&settings);
    let Some(agents) = stop.run_until_cancelled(asking).await else { return };
    front::follow(&settings, &handle, agents, stop).await;
}

/// Tells a line; whoever closed standard output does not want to know.
fn tell(line: &str) {
    let _ = terminal::print_line(&terminal::plain(line));
}
