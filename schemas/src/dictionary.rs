//! Every field of every record on the log, as a table that a person or a program can print.

mod markdown;

use apache_avro::Schema;
use apache_avro::schema::{RecordField, RecordSchema};
use serde::Serialize;

use crate::registry;

pub use markdown::markdown;

/// One field of one record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Field {
    /// The schema that it stands in, for example `callfold.CallEvent`.
    pub schema: String,
    /// The record that has it: the schema itself or a part of it, for example `Person`.
    pub record: String,
    /// Its name.
    pub field: String,
    /// Its type, for example `string?` (or absent), `[Comment]` (any number of them).
    pub type_name: String,
    /// What a reader takes when the writer did not have it, as JSON; none when every writer has it.
    pub default: Option<String>,
    /// Its unit, its source and when it is absent.
    pub doc: String,
}

/// All fields of the newest schemas, in the order in which they stand on the log. A part that
/// several fields have is listed once in each schema.
///
/// # Panics
/// Never for the schemas of this crate: a test parses them all.
#[must_use]
pub fn fields() -> Vec<Field> {
    let mut fields = Vec::new();
    for newest in registry::newest() {
        let schema = documented(newest.name);
        for record in records(&schema) {
            fields.extend(record.fields.iter().map(|field| describe(newest.name, record, field)));
        }
    }
    fields
}

/// The newest schema of this full name, with today's docs.
fn documented(name: &str) -> Schema {
    let text = registry::documented(name).expect("each name has one in avro/");
    Schema::parse_str(text).expect("a test parses every schema")
}

fn describe(schema: &str, record: &RecordSchema, field: &RecordField) -> Field {
    Field {
        schema: schema.to_owned(),
        record: record.name.name().to_owned(),
        field: field.name.clone(),
        type_name: type_name(&field.schema),
        default: field.default.as_ref().map(ToString::to_string),
        doc: field.doc.clone().unwrap_or_default(),
    }
}

/// Every record that a schema defines, itself first.
pub(crate) fn records(schema: &Schema) -> Vec<&RecordSchema> {
    match schema {
        Schema::Record(record) => {
            let parts = record.fields.iter().flat_map(|field| records(&field.schema));
            std::iter::once(record).chain(parts).collect()
        }
        Schema::Union(union) => union.variants().iter().flat_map(records).collect(),
        Schema::Array(array) => records(&array.items),
        Schema::Map(map) => records(&map.types),
        _ => Vec::new(),
    }
}

fn type_name(schema: &Schema) -> String {
    match schema {
        Schema::Union(union) => {
            let names: Vec<String> = union
                .variants()
                .iter()
                .filter(|variant| !matches!(variant, Schema::Null))
                .map(type_name)
                .collect();
            format!("{}?", names.join(" or "))
        }
        Schema::Array(array) => format!("[{}]", type_name(&array.items)),
        Schema::Map(map) => format!("{{{}}}", type_name(&map.types)),
        Schema::Enum(words) => words.symbols.join("|"),
        Schema::TimestampMillis => "timestamp-millis".to_owned(),
        Schema::Record(record) => record.name.name().to_owned(),
        Schema::Ref { name } => name.name().to_owned(),
        other => format!("{:?}", apache_avro::schema::SchemaKind::from(other)).to_lowercase(),
    }
}
