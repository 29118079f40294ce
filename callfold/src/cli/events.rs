//! `callfold events`: a topic as JSON lines.

use std::collections::BTreeMap;

use super::{Common, block_on};
use crate::config::{self, Needs};
use crate::failure::{Exit, Failure};
use crate::reach;
use crate::terminal;
use crate::view::events::{From, Query, contact_of, kind_of};

/// Print a topic of the log as JSON lines, oldest first.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    callfold events --topic calls --limit 3 | jq .value.event\n  \
    callfold events --topic commands --contact '+33 6 12 34 56 78'\n  \
    callfold events --topic rejected --from 2026-01-31T08:00:00Z --follow\n\n\
    Each line has topic, partition, offset, time, key and value (null: the key was deleted);\n\
    `undecodable` instead of value says why a record cannot be read. With --skip-damage a line\n\
    may have topic, partition and damage {what, from, to} instead: those offsets are lost.")]
pub struct Args {
    /// calls, front, raw, rejected, commands, outcomes or conversations.
    #[arg(long, default_value = "calls")]
    topic: String,
    /// `start`, an offset (of each partition), or a time: 2026-01-31T08:00:00Z.
    #[arg(
        long,
        default_value = "start",
        value_name = "WHERE",
        value_parser = from,
        allow_hyphen_values = true
    )]
    from: From,
    /// Go on with what comes, also when `callfold run` stops and starts again.
    #[arg(long, short)]
    follow: bool,
    /// At most so many lines.
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
    /// Only this contact's: a number with its country, or anonymous:<line id>.
    #[arg(long, value_name = "NUMBER")]
    contact: Option<String>,
    /// Only this partition.
    #[arg(long, value_name = "N")]
    partition: Option<u32>,
    /// Read past damaged bytes; a line with `damage` says where they are.
    #[arg(long)]
    skip_damage: bool,
    /// Lines are JSON anyway; taken so that every command takes it.
    #[arg(long, hide = true)]
    json: bool,
}

/// Prints it.
///
/// # Errors
/// No such topic, no log, or one that cannot be read.
pub fn run(common: &Common, args: &Args) -> Result<Exit, Failure> {
    let (_, settings) = config::load(common.config.as_deref(), Needs::Look)?;
    let query = Query {
        topic: args.topic.clone(),
        from: args.from,
        follow: args.follow,
        limit: args.limit,
        contact: args.contact.clone(),
        partition: args.partition,
        skip_damage: args.skip_damage,
        reached: BTreeMap::new(),
    };
    // Told before a log is looked for: the one who typed it wrong may not have one yet.
    kind_of(&args.topic)?;
    args.contact.as_deref().map(contact_of).transpose()?;
    let note = |note: &str| terminal::tell(&format!("callfold: {note}"));
    let line = |line: &str| terminal::print_line(&terminal::harmless(line));
    block_on(reach::events(&settings, query, note, line))?;
    Ok(Exit::Done)
}

fn from(text: &str) -> Result<From, String> {
    if text == "start" {
        return Ok(From::Offset(0));
    }
    if let Ok(offset) = text.parse() {
        return Ok(From::Offset(offset));
    }
    text.parse::<jiff::Timestamp>().map(|time| From::TimeMs(time.as_millisecond())).map_err(|_| {
        "write start, an offset as 1200, or a time with its zone as 2026-01-31T08:00:00Z".to_owned()
    })
}
