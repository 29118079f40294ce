//! `callfold copy`: a log carried over to another place.

use std::io::{IsTerminal, Write};
use std::sync::Arc;

use eventlog::{Clock, SystemClock};
use schemas::TopicKind;
use serde_json::json;
use tokio::time::Instant;

use super::{Common, block_on};
use crate::config::{self, Needs};
use crate::copy::carry::{Carry, Done};
use crate::copy::error::CopyError;
use crate::copy::found;
use crate::copy::look::{State, look};
use crate::copy::place::Place;
use crate::copy::plan::Plan;
use crate::copy::sides::{Configured, Target};
use crate::copy::telling::Telling;
use crate::failure::{Exit, Failure};
use crate::process::log::Open;
use crate::terminal;
use crate::view::events::timestamp;

/// Carry a stopped log over to another place: every topic, nothing sent to Front twice.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    callfold copy --from embedded:callfold-data --to kafka:kafka-1:9092,kafka-2:9092/callfold\n  \
    callfold copy --from kafka:kafka-1:9092/callfold --to embedded:callfold-data --yes\n  \
    callfold copy --from embedded:old --to embedded:new --partitions 24\n\n\
    Stop everything that works on the source first, and never start it there again. The target must be\n\
    empty; topics that are missing are made. A copy that was interrupted goes on where it was when the\n\
    same command is given again; until it is whole, no service works on the target. Brokers' settings\n\
    (log.replication, log.librdkafka.*) are those of the configuration.")]
pub struct Args {
    /// The log that is read: embedded:DIR or kafka:BROKERS/PREFIX.
    #[arg(long, value_name = "PLACE")]
    from: Place,
    /// The log that is filled: embedded:DIR or kafka:BROKERS/PREFIX.
    #[arg(long, value_name = "PLACE")]
    to: Place,
    /// Partitions that a new target gets; as many as the source, when not given.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000))]
    partitions: Option<u32>,
    /// Do not ask.
    #[arg(long, short)]
    yes: bool,
    /// One JSON document: {"from", "to", "partitions": {"from", "to"}, "records": {topic: count},
    /// "unread_at_most", "resumed", "finished_before", "seconds"}.
    #[arg(long)]
    json: bool,
}

/// Copies it.
///
/// # Errors
/// Places that cannot be copied between, a log that is in use, not empty or cannot be read or written.
pub fn run(common: &Common, args: &Args) -> Result<Exit, Failure> {
    if args.from == args.to {
        return Err(Failure::Usage("source and target are the same place".to_owned()));
    }
    for place in [&args.from, &args.to] {
        if matches!(place, Place::Kafka { .. }) && cfg!(not(feature = "kafka")) {
            return Err(Failure::Usage(format!(
                "{place} is on Kafka, and this callfold was built without it: build one with `cargo \
                 build --release --features kafka`"
            )));
        }
    }
    let (resolved, settings) = config::load(common.config.as_deref(), Needs::Look)?;
    // What is written is of callers: for its owner only.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    let configured = Configured { resolved: &resolved, settings: &settings };
    block_on(copy(args, &configured))
}

async fn copy(args: &Args, configured: &Configured<'_>) -> Result<Exit, Failure> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let source = configured.source(&args.from, clock.clone()).await?;
    let target = configured.target(&args.to, args.partitions, source.names.partitions).await?;
    // What is there already is looked at before anybody is asked; what is not, is made after that.
    let mut open = None;
    if target.is_there {
        open = Some(target.open(clock.clone()).await?);
    }
    let state = match &open {
        Some(open) => look(&*open.log(), &target.names).await?,
        None => State::Empty,
    };
    if state == State::Other {
        return Err(CopyError::NotEmpty.into());
    }
    let found = found::of(&*source.log, &source.names).await.map_err(CopyError::from)?;
    let plan = Plan::of(&found, target.names.partitions);
    let finished = matches!(&state, State::Copy(begun, _) if begun.finished);
    if !finished {
        terminal::tell(&told(args, &plan, &state, found.partitions, &target));
        if !args.yes && !agreed()? {
            terminal::tell("nothing was done");
            return Ok(Exit::Failed);
        }
    }
    let open = match open {
        Some(open) => open,
        None => target.open(clock.clone()).await?,
    };
    let (began, telling) = (Instant::now(), Telling::new(plan.spans().values().sum()));
    let carry = Carry {
        source: &*source.log,
        source_names: &source.names,
        from: args.from.to_string(),
        target: &*open.log(),
        target_names: &target.names,
        found: &found,
        plan: &plan,
        clock: &*clock,
        told: &|records| telling.carried(records),
    };
    let done = carry.run().await;
    telling.done();
    close(open).await;
    let (done, seconds) = (done?, began.elapsed().as_secs_f64());
    report(args, &plan, (found.partitions, target.names.partitions), &done, seconds)?;
    Ok(Exit::Done)
}

async fn close(open: Open) {
    open.close().await;
}

/// The plan, as a person reads it.
fn told(args: &Args, plan: &Plan, state: &State, partitions: u32, target: &Target) -> String {
    let into = target.names.partitions;
    let mut lines = vec![format!(
        "copy {} ({partitions} partitions) to {} ({into} partitions{})",
        args.from,
        args.to,
        if target.is_there { "" } else { ", to be made" }
    )];
    for (kind, records) in plan.spans() {
        lines.push(format!("  {:<14} at most {records} records", kind.short_name()));
    }
    if plan.unread() > 0 {
        lines.push(format!(
            "  at most {} of them were not read yet by the source's services: those of the target will",
            plan.unread()
        ));
    }
    if let State::Copy(_, progress) = state {
        lines.push(format!("  {} records are there already: it goes on", progress.total()));
    }
    lines.push(
        "Nothing in the source is changed. Once the target is whole, start services there only: two \
         that work on both would both write to Front."
            .to_owned(),
    );
    lines.join("\n")
}

/// Asks on a terminal.
fn agreed() -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::Usage("nobody can be asked here: say --yes".to_owned()));
    }
    let failed = |error: std::io::Error| Failure::because("asking", &error);
    let mut out = std::io::stderr().lock();
    out.write_all(b"Go on? [y/N] ").and_then(|()| out.flush()).map_err(failed)?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).map_err(failed)?;
    Ok(["y", "yes"].contains(&answer.trim().to_lowercase().as_str()))
}

fn report(
    args: &Args,
    plan: &Plan,
    (from, to): (u32, u32),
    done: &Done,
    seconds: f64,
) -> Result<(), Failure> {
    let finished_before = done.finished_before.map(|at| timestamp(at.0));
    if args.json {
        let of = |kind: TopicKind| done.carried.get(&kind).copied().unwrap_or(0);
        let records: serde_json::Map<_, _> = TopicKind::ALL
            .map(|kind| (kind.short_name().to_owned(), json!(of(kind))))
            .into_iter()
            .collect();
        return terminal::print_json(&json!({
            "from": args.from.to_string(),
            "to": args.to.to_string(),
            "partitions": { "from": from, "to": to },
            "records": records,
            "unread_at_most": plan.unread(),
            "resumed": done.resumed,
            "finished_before": finished_before,
            "seconds": seconds,
        }));
    }
    let records: u64 = done.carried.values().sum();
    terminal::print_line(&match finished_before {
        Some(at) => {
            format!("this copy was finished at {at}: {records} records; nothing is left to do")
        }
        None => format!(
            "{} holds all of {}: {records} records, {seconds:.1} s; its services go on where those of \
             the source were",
            args.to, args.from
        ),
    })
}
