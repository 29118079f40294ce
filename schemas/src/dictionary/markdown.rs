//! The dictionary as a page: topic by topic, a table of fields for each record.

use std::fmt::Write as _;

use apache_avro::schema::RecordSchema;

use super::{documented, records, type_name};
use crate::topics::{Keeps, TopicKind};

/// Every topic, what it keeps, and every field of the records that it holds. A record that several
/// topics hold stands at the first of them.
#[must_use]
pub fn markdown() -> String {
    let mut page = String::new();
    let mut told: Vec<&str> = Vec::new();
    for topic in TopicKind::ALL {
        let _ = writeln!(page, "### Topic `{}`\n", topic.short_name());
        let _ = writeln!(page, "{}\n", keeps(topic.keeps()));
        for name in topic.schemas() {
            if told.contains(name) {
                let _ = writeln!(page, "It also holds `{}`, see above.\n", short(name));
            } else {
                told.push(name);
                schema(&mut page, name);
            }
        }
    }
    page.truncate(page.trim_end().len());
    page.push('\n');
    page
}

fn keeps(keeps: Keeps) -> String {
    let which = if keeps.compact {
        "Of each key the newest record stays; earlier ones go some time after it has come."
    } else {
        "All records stay."
    };
    match keeps.retention_days {
        None => which.to_owned(),
        Some(days) => format!("{which} Records older than {days} days go."),
    }
}

fn schema(page: &mut String, name: &str) {
    let schema = documented(name);
    for (at, record) in records(&schema).into_iter().enumerate() {
        if at == 0 {
            let _ = writeln!(page, "#### `{}`\n", record.name.name());
        } else {
            let _ = writeln!(page, "**`{}`** in `{}`:", record.name.name(), short(name));
        }
        let _ = writeln!(page, "{}\n", escaped(record.doc.as_deref().unwrap_or_default()));
        table(page, record);
    }
}

fn table(page: &mut String, record: &RecordSchema) {
    page.push_str("| field | type | meaning |\n|---|---|---|\n");
    for field in &record.fields {
        let name = &field.name;
        let kind = type_name(&field.schema).replace('|', "\\|");
        let doc = escaped(field.doc.as_deref().unwrap_or_default());
        let _ = writeln!(page, "| `{name}` | `{kind}` | {doc} |");
    }
    page.push('\n');
}

fn short(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// Text that a page shows as it stands: no column ends in it, nothing is taken for markup.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut in_code = false;
    for character in text.chars() {
        in_code ^= character == '`';
        let markup = matches!(character, '<' | '>' | '[' | ']' | '*' | '_') && !in_code;
        if markup || character == '|' {
            out.push('\\');
        }
        out.push(character);
    }
    out
}
