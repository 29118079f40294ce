//! `callfold events`: a topic as JSON lines, or as a Parquet file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{Common, block_on};
use crate::config::{self, Needs, Settings};
use crate::export::{self, Export, Written};
use crate::failure::{Exit, Failure};
use crate::reach;
use crate::terminal;
use crate::view::events::{From, Query, contact_of, kind_of};

/// Print a topic of the log as JSON lines, oldest first, or write it to a Parquet file.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    callfold events --topic calls --limit 3 | jq .value.event\n  \
    callfold events --topic commands --contact '+33 6 12 34 56 78'\n  \
    callfold events --topic rejected --from 2026-01-31T08:00:00Z --follow\n  \
    callfold events --topic calls --format parquet --out calls.parquet\n\n\
    Each line has topic, partition, offset, time, key and value (null: the key was deleted);\n\
    `undecodable` instead of value says why a record cannot be read. With --skip-damage a line\n\
    may have topic, partition and damage {what, from, to} instead: those offsets are lost.\n\n\
    A Parquet file has a row for each record: its fields, and log_partition, log_offset, log_time\n\
    and log_key. It appears when it is whole.")]
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
    /// Only what was appended before this time: 2026-02-01T00:00:00Z.
    #[arg(long, value_name = "TIME", value_parser = time, conflicts_with = "follow")]
    to: Option<i64>,
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
    /// JSON lines on standard output, or a Parquet file.
    #[arg(long, value_enum, default_value = "json")]
    format: Format,
    /// The Parquet file.
    #[arg(long, value_name = "FILE", conflicts_with = "follow")]
    out: Option<PathBuf>,
    /// Replace the file when it is there already.
    #[arg(long, requires = "out")]
    force: bool,
    /// The kind of records that become rows, where a topic holds several: CallState.
    #[arg(long, value_name = "NAME", requires = "out")]
    record: Option<String>,
    /// Lines are JSON anyway; taken so that every command takes it.
    #[arg(long, hide = true)]
    json: bool,
}

/// What records become.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// A line each.
    Json,
    /// Rows of a file.
    Parquet,
}

/// Prints it, or writes it to a file.
///
/// # Errors
/// No such topic, no log, or one that cannot be read; a file that cannot be written.
pub fn run(common: &Common, args: &Args) -> Result<Exit, Failure> {
    let (_, settings) = config::load(common.config.as_deref(), Needs::Look)?;
    let query = Query {
        topic: args.topic.clone(),
        from: args.from,
        to_ms: args.to,
        follow: args.follow,
        limit: args.limit,
        contact: args.contact.clone(),
        partition: args.partition,
        skip_damage: args.skip_damage,
        reached: BTreeMap::new(),
    };
    // Told before a log is looked for: the one who typed it wrong may not have one yet.
    let kind = kind_of(&args.topic)?;
    args.contact.as_deref().map(contact_of).transpose()?;
    match (args.format, &args.out) {
        (Format::Json, None) => {
            let line = |line: &str| terminal::print_line(&terminal::harmless(line));
            block_on(reach::events(&settings, query, note, line))?;
        }
        (Format::Parquet, Some(path)) => {
            let record = export::record_of(kind, args.record.as_deref())?;
            let export = Export::begin(path, args.force, kind, record)?;
            let written = write(&settings, query, export)?;
            tell(path, &written);
        }
        (Format::Parquet, None) => {
            return Err(Failure::Usage("say where to: add --out FILE.parquet".to_owned()));
        }
        (Format::Json, Some(_)) => {
            return Err(Failure::Usage(
                "lines go to standard output (> FILE); --out goes with --format parquet".to_owned(),
            ));
        }
    }
    Ok(Exit::Done)
}

fn note(note: &str) {
    terminal::tell(&format!("callfold: {note}"));
}

fn write(settings: &Settings, query: Query, mut export: Export) -> Result<Written, Failure> {
    block_on(reach::events(settings, query, note, |line| export.take(line)))?;
    export.finish()
}

/// Says what the file has, and what it has not.
fn tell(path: &Path, written: &Written) {
    note(&format!("{} rows in {}", written.rows, path.display()));
    let left_out = [
        (written.deleted, "keys were deleted"),
        (written.undecodable, "records cannot be read; as JSON lines they say why"),
        (written.damaged, "damaged places were passed over"),
    ];
    for (count, what) in left_out.into_iter().filter(|(count, _)| *count > 0) {
        note(&format!("not in the file: {count} {what}"));
    }
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

fn time(text: &str) -> Result<i64, String> {
    text.parse::<jiff::Timestamp>()
        .map(|time| time.as_millisecond())
        .map_err(|_| "write a time with its zone, as 2026-02-01T00:00:00Z".to_owned())
}
