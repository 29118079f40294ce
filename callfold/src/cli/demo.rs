//! `callfold demo`: the whole pipeline against a simulated Aircall and a simulated Front.

use std::path::PathBuf;

use super::{Common, block_on};
use crate::demo::{self, Choices};
use crate::failure::{Exit, Failure};

/// Show the whole pipeline on this machine: calls from a simulated Aircall, threads in a simulated
/// Front.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    callfold demo\n  \
    callfold demo --seed 7 --stay\n  \
    callfold demo --calls 60 --json\n\n\
    It needs no account, no configuration and no network, and takes under a minute. Ends with 1 \
    when Front does not show exactly what it must.")]
pub struct Args {
    /// How many calls Aircall makes.
    #[arg(long, value_name = "N", default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    calls: u32,
    /// What everything random is drawn from: another seed makes another day.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Requests per minute that the simulated Front allows.
    #[arg(long, value_name = "N", default_value_t = 6_000, value_parser = clap::value_parser!(u32).range(10..=1_000_000))]
    front_rpm: u32,
    /// Where the log and the child's output go, and stay; must be empty. Without it a temporary
    /// folder, deleted at the end.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// What the child logs into run.log of that folder: info, debug, trace, or a filter as
    /// telemetry.log has it.
    #[arg(long, value_name = "FILTER", default_value = "info")]
    log: String,
    /// Leave everything running at the end, until Ctrl-C, with the address of Front's page.
    #[arg(long)]
    stay: bool,
    /// Front's published specification, as tests have it: every request to the simulated Front is judged
    /// by it, and one that it does not allow makes the demo fail.
    #[arg(long, value_name = "FILE", hide = true)]
    front_spec: Option<PathBuf>,
    /// Where the child exports its traces and metrics to, so that tests can look at them.
    #[arg(long, value_name = "URL", hide = true)]
    otlp_endpoint: Option<String>,
    /// One JSON document with calls, conversations, lost, duplicated, wrong, requests, ... instead
    /// of the report.
    #[arg(long)]
    json: bool,
}

/// Shows it.
///
/// # Errors
/// A machine on which it cannot run.
pub fn run(_common: &Common, args: &Args) -> Result<Exit, Failure> {
    block_on(demo::run(Choices {
        calls: args.calls as usize,
        seed: args.seed,
        front_rpm: args.front_rpm,
        dir: args.dir.clone(),
        log: args.log.clone(),
        stay: args.stay,
        front_spec: args.front_spec.clone(),
        otlp_endpoint: args.otlp_endpoint.clone(),
        json: args.json,
    }))
}
