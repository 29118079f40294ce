//! Whether one version of a schema may stand beside another on a log that is kept for ever: each
//! must be able to read what the other wrote.

use apache_avro::Schema;
use apache_avro::schema::{EnumSchema, NamesRef, RecordSchema, ResolvedSchema, UnionSchema};
use apache_avro::schema_compatibility::{Compatibility, SchemaCompatibility};

/// What is wrong with two versions, each a sentence that names the field; none when they may stand
/// beside each other.
///
/// Avro's own rules come first. Ours are stricter, because a value is read with the schema that
/// wrote it: a field keeps its type to the letter (a reader of a `long` does not take an `int`), and
/// a new field holds no enum and no record (a reader that does not know the field cannot skip them).
///
/// # Errors
/// A text that is no Avro schema, as a sentence.
pub fn problems(older: &str, newer: &str) -> Result<Vec<String>, String> {
    let parse = |text: &str| {
        Schema::parse_str(text).map_err(|error| format!("it is not an Avro schema: {error}"))
    };
    let (older, newer) = (parse(older)?, parse(newer)?);
    let resolve = |schema| {
        ResolvedSchema::new(schema).map_err(|error| format!("a name is not defined: {error}"))
    };
    let (older_resolved, newer_resolved) = (resolve(&older)?, resolve(&newer)?);
    let mut problems = Vec::new();
    match SchemaCompatibility::mutual_read(&older, &newer) {
        Ok(Compatibility::Full) => {}
        Ok(Compatibility::Partial) => {
            problems.push("one of them cannot read every value of the other".to_owned());
        }
        Err(error) => problems.push(format!("one of them cannot read the other: {error}")),
    }
    let names = Names { older: older_resolved.get_names(), newer: newer_resolved.get_names() };
    names.compare("the record", &older, &newer, &mut problems);
    Ok(problems)
}

/// The named types of both, to follow references.
struct Names<'a> {
    older: &'a NamesRef<'a>,
    newer: &'a NamesRef<'a>,
}

fn resolve<'a>(schema: &'a Schema, names: &'a NamesRef<'a>) -> &'a Schema {
    match schema {
        Schema::Ref { name } => names.get(name).copied().unwrap_or(schema),
        other => other,
    }
}

impl Names<'_> {
    fn compare(&self, place: &str, older: &Schema, newer: &Schema, problems: &mut Vec<String>) {
        match (resolve(older, self.older), resolve(newer, self.newer)) {
            (Schema::Record(older), Schema::Record(newer)) => {
                self.compare_records(older, newer, problems);
            }
            (Schema::Union(older), Schema::Union(newer)) => {
                self.compare_unions(place, older, newer, problems);
            }
            (Schema::Array(older), Schema::Array(newer)) => {
                self.compare(place, &older.items, &newer.items, problems);
            }
            (Schema::Map(older), Schema::Map(newer)) => {
                self.compare(place, &older.types, &newer.types, problems);
            }
            (Schema::Enum(older), Schema::Enum(newer)) => {
                problems.extend([older, newer].into_iter().filter_map(|it| no_default(place, it)));
            }
            (older, newer) if older != newer => {
                problems.push(format!("{place} changes its type"));
            }
            _ => {}
        }
    }

    fn compare_records(
        &self,
        older: &RecordSchema,
        newer: &RecordSchema,
        problems: &mut Vec<String>,
    ) {
        if older.name != newer.name {
            problems.push(format!("{} changes its name", older.name));
        }
        for field in &newer.fields {
            let place = format!("{}.{}", newer.name.name(), field.name);
            match older.fields.iter().find(|it| it.name == field.name) {
                Some(before) => self.compare(&place, &before.schema, &field.schema, problems),
                None if field.default.is_none() => {
                    problems.push(format!("{place} is new and has no default"));
                }
                None if holds_named_type(&field.schema, self.newer) => problems.push(format!(
                    "{place} is new and holds an enum or a record, which a reader that does not know \
                     the field cannot skip: make it texts and numbers"
                )),
                None => {}
            }
        }
        for field in &older.fields {
            if !newer.fields.iter().any(|it| it.name == field.name) {
                let place = format!("{}.{}", older.name.name(), field.name);
                problems.push(format!("{place} is taken away: keep it, and write its default"));
            }
        }
    }

    fn compare_unions(
        &self,
        place: &str,
        older: &UnionSchema,
        newer: &UnionSchema,
        problems: &mut Vec<String>,
    ) {
        if older.variants().len() != newer.variants().len() {
            problems.push(format!("{place} changes the number of its alternatives"));
            return;
        }
        for (older, newer) in older.variants().iter().zip(newer.variants()) {
            self.compare(place, older, newer, problems);
        }
    }
}

fn no_default(place: &str, words: &EnumSchema) -> Option<String> {
    words.default.is_none().then(|| {
        format!("{place}: {} has no default for words that a reader does not know", words.name)
    })
}

fn holds_named_type(schema: &Schema, names: &NamesRef<'_>) -> bool {
    match resolve(schema, names) {
        Schema::Enum(_) | Schema::Record(_) => true,
        Schema::Union(union) => union.variants().iter().any(|it| holds_named_type(it, names)),
        Schema::Array(array) => holds_named_type(&array.items, names),
        Schema::Map(map) => holds_named_type(&map.types, names),
        _ => false,
    }
}
