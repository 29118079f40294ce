//! `callfold status`: what runs, what waits, and whether all is done.

use std::fmt::Write as _;

use super::{Common, block_on};
use crate::config::{self, Needs};
use crate::failure::{Exit, Failure};
use crate::reach;
use crate::terminal::{self, Tone, toned};
use crate::view::status::StatusView;

/// Show what runs, how far it is, what waits and what needs a person.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    callfold status\n  \
    callfold status --json | jq .settled\n\n\
    Asks the running process; when none runs, reads the stopped log. On Kafka it reads the log, and\n\
    asks for the spool of the ingest in log.dir.")]
pub struct Args {
    /// One JSON document with at least log, process, roles, lag, due, lanes, budget, outage, settled.
    #[arg(long)]
    json: bool,
}

/// Shows it.
///
/// # Errors
/// No log, or one that cannot be read.
pub fn run(common: &Common, args: &Args) -> Result<Exit, Failure> {
    let (_, settings) = config::load(common.config.as_deref(), Needs::Look)?;
    let view = block_on(reach::status(&settings))?;
    if args.json {
        terminal::print_json(&view)?;
    } else {
        terminal::print(&text(&view, terminal::is_coloured()))?;
    }
    Ok(Exit::Done)
}

fn text(view: &StatusView, coloured: bool) -> String {
    let mut text = String::new();
    let mut line = |name: &str, what: String| {
        let _ =
            writeln!(text, "{}  {what}", toned(&format!("{name:<11}"), Tone::Heading, coloured));
    };
    line("log", format!("{} ({}, id {})", view.log.dir, view.log.kind, view.log.id));
    line("process", process(view));
    for (role, how) in &view.roles {
        let tone = if how.state == "running" { Tone::Good } else { Tone::Bad };
        let tone = if view.process.is_none() { Tone::Faint } else { tone };
        let reason = how.reason.as_deref().map(|it| format!(": {it}")).unwrap_or_default();
        line(role, format!("{}{reason}", toned(&how.state, tone, coloured)));
    }
    line(
        "lag",
        format!(
            "projector {}, dispatcher {} (records not read yet)",
            view.lag.projector, view.lag.dispatcher
        ),
    );
    if let Some(spool) = &view.spool {
        let tone = if spool.is_usual() { Tone::Good } else { Tone::Bad };
        line("spool", format!("{} (of this machine)", toned(&spool.sentence(), tone, coloured)));
    }
    line("due", format!("{} calls wait for a voicemail, an agent or a link", view.due));
    let lanes = &view.lanes;
    line(
        "lanes",
        format!(
            "{} queued, {} on their way, {} in doubt, {} accepted and not seen yet",
            lanes.queued, lanes.intended, lanes.in_doubt, lanes.accepted
        ),
    );
    line("", format!("{} parked, {} unknown: these need a person", lanes.parked, lanes.unknown));
    let budget = &view.budget;
    line(
        "budget",
        format!(
            "{:.0} requests per minute, {:.0} free now; {} sent, {} refused with 429",
            budget.per_minute, budget.available, budget.requests, budget.rejected_429
        ),
    );
    if let Some(outage) = &view.outage {
        line("outage", toned(&outage.sentence(), Tone::Bad, coloured));
    }
    if let (Some(calls), Some(per_call)) = (budget.calls_logged, budget.requests_per_call) {
        line("", format!("{calls} calls logged since the start, {per_call:.1} requests for each"));
    }
    line("gap repair", view.gap_repair.clone());
    let is_dry = view.process.as_ref().is_some_and(|process| process.dry_run);
    let settled = if !view.settled && is_dry {
        "no: a dry run writes nothing to Front, what waits for it stays queued".to_owned()
    } else if view.settled && lanes.parked + lanes.unknown > 0 {
        let left = lanes.parked + lanes.unknown;
        toned(&format!("yes, but for {left} effects that need a person"), Tone::Bad, coloured)
    } else if view.settled {
        toned("yes: everything that came in is in Front", Tone::Good, coloured)
    } else {
        "no: something is still on its way".to_owned()
    };
    line("settled", settled);
    text
}

fn process(view: &StatusView) -> String {
    let Some(process) = &view.process else {
        return match view.log.kind.as_str() {
            "embedded" => "none: the log is stopped".to_owned(),
            _ => "any number: this is what the log alone tells".to_owned(),
        };
    };
    let dry = if process.dry_run { ", dry run" } else { "" };
    let mut text = format!(
        "{} (callfold {}, configuration {}{dry})",
        process.pid, process.version, process.config_version
    );
    for reason in &process.not_ready {
        let _ = write!(text, "\n             not ready: {reason}");
    }
    text
}
