//! `callfold schemas`: what stands on the log, schema by schema and field by field.

use std::fmt::Write as _;

use schemas::{dictionary, evolution, registry};
use serde_json::{Value as Json, json};

use crate::config::nearest::nearest;
use crate::failure::{Exit, Failure};
use crate::terminal::{self, Tone, toned};

/// List, print and check the schemas of the records on the log.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    callfold schemas\n  \
    callfold schemas print CallEvent > CallEvent.avsc\n  \
    callfold schemas dictionary --json | jq '.[] | select(.schema == \"callfold.CallEvent\")'")]
pub struct Args {
    #[command(subcommand)]
    what: Option<What>,
    /// One JSON document; of the list: [{"name", "id", "newest"}].
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// All versions ever shipped, by name (what `schemas` alone does).
    #[command(after_help = "Example:\n  callfold schemas list --json | jq '.[] | select(.newest)'")]
    List,
    /// One schema as Avro JSON, the newest version unless an id is given.
    #[command(after_help = "Examples:\n  \
        callfold schemas print CallEvent > CallEvent.avsc\n  \
        callfold schemas print 2000001001\n\n\
        An earlier version has the id that `callfold schemas` lists.")]
    Print {
        /// A name, as CallEvent, or the id that stands in a record.
        schema: String,
    },
    /// Check that every version can read what every earlier one wrote; ends with 3 when not.
    #[command(after_help = "Example:\n  callfold schemas check && echo compatible")]
    Check,
    /// Every field of the newest schemas: type, unit, source, when it is absent.
    #[command(after_help = "Examples:\n  \
        callfold schemas dictionary | less\n  \
        callfold schemas dictionary --json | jq -r '.[] | [.record, .field, .doc] | @tsv'\n  \
        callfold schemas dictionary --format markdown")]
    Dictionary {
        /// How it is written.
        #[arg(long, value_enum, default_value = "text", conflicts_with = "json")]
        format: Format,
    },
}

/// How the dictionary is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Fields below their record.
    Text,
    /// Tables, topic by topic: the dictionary of schemas/README.md.
    Markdown,
}

/// Shows them.
///
/// # Errors
/// A schema that there is not.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    match &args.what {
        None | Some(What::List) => list(args.json),
        Some(What::Print { schema }) => print(schema),
        Some(What::Check) => check(args.json),
        Some(What::Dictionary { format }) => dictionary(*format, args.json),
    }
}

fn is_newest(version: &registry::Version) -> bool {
    registry::newest().any(|newest| newest.id == version.id)
}

fn list(json: bool) -> Result<Exit, Failure> {
    if json {
        let all: Vec<Json> = registry::VERSIONS
            .iter()
            .map(|it| json!({ "name": it.name, "id": it.id, "newest": is_newest(it) }))
            .collect();
        terminal::print_json(&all)?;
        return Ok(Exit::Done);
    }
    let mut text = String::new();
    for version in registry::VERSIONS {
        let age = if is_newest(version) { "" } else { "  (earlier)" };
        let _ = writeln!(text, "{}  {}{age}", version.id, version.name);
    }
    terminal::print(&text)?;
    Ok(Exit::Done)
}

fn print(wanted: &str) -> Result<Exit, Failure> {
    let by_id = wanted.parse().ok().and_then(registry::by_id);
    let short_wanted = wanted.trim_start_matches("callfold.");
    let full = format!("callfold.{short_wanted}");
    let version = by_id.or_else(|| registry::newest().find(|it| it.name == full));
    let Some(version) = version else {
        // Compared without what all of them begin with: otherwise everything is near.
        let short = |name: &'static str| name.trim_start_matches("callfold.");
        let near = nearest(short_wanted, registry::newest().map(|it| short(it.name)));
        let hint = near.map(|near| format!(": did you mean callfold.{near}?")).unwrap_or_default();
        return Err(Failure::Usage(format!(
            "there is no schema {wanted}{hint}; `callfold schemas` lists all there are"
        )));
    };
    // The newest one with today's docs; an earlier one as it was shipped.
    let text = match registry::documented(version.name) {
        Some(documented) if is_newest(version) => documented,
        Some(_) | None => version.json,
    };
    let document: Json = serde_json::from_str(text)
        .map_err(|error| Failure::because("reading the schema", &error))?;
    terminal::print_json(&document)?;
    Ok(Exit::Done)
}

fn check(json: bool) -> Result<Exit, Failure> {
    let mut found = Vec::new();
    for (at, newer) in registry::VERSIONS.iter().enumerate() {
        for older in registry::VERSIONS[..at].iter().filter(|older| older.name == newer.name) {
            let problems = evolution::problems(older.json, newer.json)
                .map_err(|error| Failure::because("reading the schemas", &error))?;
            found.extend(problems.into_iter().map(|what| {
                json!({ "name": newer.name, "older": older.id, "newer": newer.id, "what": what })
            }));
        }
    }
    if json {
        terminal::print_json(&json!({ "checked": registry::VERSIONS.len(), "problems": found }))?;
    } else {
        let mut text = String::new();
        for problem in &found {
            let _ = writeln!(text, "{problem}");
        }
        let _ = writeln!(
            text,
            "{} versions of {} schemas checked, {} problems",
            registry::VERSIONS.len(),
            registry::newest().count(),
            found.len()
        );
        terminal::print(&text)?;
    }
    Ok(if found.is_empty() { Exit::Done } else { Exit::Differs })
}

fn dictionary(format: Format, json: bool) -> Result<Exit, Failure> {
    if format == Format::Markdown {
        terminal::print(&dictionary::markdown())?;
        return Ok(Exit::Done);
    }
    let fields = dictionary::fields();
    if json {
        terminal::print_json(&fields)?;
        return Ok(Exit::Done);
    }
    let mut text = String::new();
    let mut heading = String::new();
    for field in fields {
        let of = if field.schema.ends_with(&field.record) {
            field.schema.clone()
        } else {
            format!("{}, in it {}", field.schema, field.record)
        };
        if of != heading {
            heading = of;
            let _ = writeln!(text, "\n{}", toned(&heading, Tone::Heading, terminal::is_coloured()));
        }
        let _ = writeln!(text, "  {}: {}\n      {}", field.field, field.type_name, field.doc);
    }
    terminal::print(text.trim_start())?;
    Ok(Exit::Done)
}
