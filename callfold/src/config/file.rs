//! The TOML file as a flat list of entries, each with its line.

use toml::de::{DeTable, DeValue};

use super::problem::{Problem, Source};
use super::value::Raw;

/// One `name = value`, wherever it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// With dots.
    pub name: String,
    /// As written.
    pub raw: Raw,
    /// Where.
    pub source: Source,
}

/// All entries of a file, and what TOML itself refuses. What can be read is read in spite of a
/// mistake elsewhere, so that all mistakes are told at once.
#[must_use]
pub fn entries(file: &str, text: &str) -> (Vec<Entry>, Vec<Problem>) {
    let (table, errors) = DeTable::parse_recoverable(text);
    let line = |place: usize| 1 + text[..place.min(text.len())].matches('\n').count();
    let problems: Vec<Problem> = errors
        .into_iter()
        .map(|error| {
            let place = error.span().map_or(0, |span| span.start);
            let source = Source::File { file: file.to_owned(), line: line(place) };
            Problem { source, what: format!("this is not TOML: {}", error.message()) }
        })
        .collect();
    let mut found = Vec::new();
    let context = Context { file, line: &line };
    context.flatten("", table.get_ref(), &mut found);
    // What stands on a broken line was half read: a second complaint about it would mislead.
    found.retain(|entry| problems.iter().all(|problem| problem.source != entry.source));
    (found, problems)
}

struct Context<'a> {
    file: &'a str,
    line: &'a dyn Fn(usize) -> usize,
}

impl Context<'_> {
    fn flatten(&self, prefix: &str, table: &DeTable<'_>, found: &mut Vec<Entry>) {
        for (name, value) in table {
            let path = match prefix {
                "" => name.get_ref().to_string(),
                section => format!("{section}.{}", name.get_ref()),
            };
            if let DeValue::Table(inner) = value.get_ref() {
                self.flatten(&path, inner, found);
                continue;
            }
            let line = (self.line)(name.span().start);
            let source = Source::File { file: self.file.to_owned(), line };
            found.push(Entry { name: path, raw: raw(value.get_ref()), source });
        }
    }
}

fn raw(value: &DeValue<'_>) -> Raw {
    match value {
        DeValue::String(text) => Raw::Quoted(text.to_string()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or(Raw::Other("a number that is too large"), Raw::Whole),
        DeValue::Float(number) => {
            number.as_str().parse().map_or(Raw::Other("not a number"), Raw::Float)
        }
        DeValue::Boolean(on) => Raw::Switch(*on),
        DeValue::Datetime(_) => Raw::Other("a date"),
        DeValue::Array(items) => Raw::List(items.iter().map(|it| raw(it.get_ref())).collect()),
        DeValue::Table(_) => Raw::Other("a table"),
    }
}
