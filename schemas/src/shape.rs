//! What shape a record has, without the words of Avro: for whoever writes it in another format.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::registry;

/// The shape of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// True or false.
    Flag,
    /// A whole number of 32 bits.
    Int,
    /// A whole number of 64 bits.
    Long,
    /// A number with a fraction.
    Double,
    /// Milliseconds since 1970-01-01 UTC.
    TimeMs,
    /// A text, an id or one of an enum's words.
    Text,
    /// Bytes as somebody else wrote them.
    Bytes,
    /// A value that may be absent.
    Optional(Box<Shape>),
    /// Any number of values.
    List(Box<Shape>),
    /// Named values.
    Record(Vec<(String, Shape)>),
}

/// The fields of the newest schema of this full name, in its order; none when there is no such schema.
///
/// # Panics
/// Never for the schemas of this crate: a test asks for all of them.
#[must_use]
pub fn of(name: &str) -> Option<Vec<(String, Shape)>> {
    let schema: Json = serde_json::from_str(registry::documented(name)?).expect("a schema is JSON");
    match read(&schema, &mut BTreeMap::new()) {
        Shape::Record(fields) => Some(fields),
        other => panic!("a schema of this crate is a record, not {other:?}"),
    }
}

/// `named` are the records and enums that stand before it: Avro defines each once.
fn read(schema: &Json, named: &mut BTreeMap<String, Shape>) -> Shape {
    match schema {
        Json::String(name) => named.get(name).cloned().unwrap_or_else(|| simple(name)),
        Json::Array(variants) => {
            let present: Vec<&Json> = variants.iter().filter(|it| *it != "null").collect();
            let [present] = present[..] else { panic!("a field of two types: {schema}") };
            Shape::Optional(Box::new(read(present, named)))
        }
        Json::Object(_) if schema["logicalType"] == "timestamp-millis" => Shape::TimeMs,
        Json::Object(_) => {
            let shape = match schema["type"].as_str() {
                Some("record") => Shape::Record(fields(schema, named)),
                Some("enum") => Shape::Text,
                Some("array") => Shape::List(Box::new(read(&schema["items"], named))),
                _ => return read(&schema["type"], named),
            };
            if let Some(name) = schema["name"].as_str() {
                named.insert(name.to_owned(), shape.clone());
            }
            shape
        }
        other => panic!("not a schema: {other}"),
    }
}

fn fields(record: &Json, named: &mut BTreeMap<String, Shape>) -> Vec<(String, Shape)> {
    let fields = record["fields"].as_array().expect("a record has fields");
    let name = |field: &Json| field["name"].as_str().expect("a field has a name").to_owned();
    fields.iter().map(|field| (name(field), read(&field["type"], named))).collect()
}

fn simple(name: &str) -> Shape {
    match name {
        "boolean" => Shape::Flag,
        "int" => Shape::Int,
        "long" => Shape::Long,
        "double" => Shape::Double,
        "string" => Shape::Text,
        "bytes" => Shape::Bytes,
        other => panic!("no schema of this crate has a {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_schema_has_a_shape() {
        for newest in registry::newest() {
            assert!(of(newest.name).is_some_and(|fields| !fields.is_empty()), "{}", newest.name);
        }
        assert_eq!(of("callfold.Nothing"), None);
    }

    #[test]
    fn a_part_that_was_defined_before_is_known_by_its_name() {
        let fields = of("callfold.CallEvent").expect("there is one");
        let field = |wanted: &str| &fields.iter().find(|(name, _)| name == wanted).unwrap().1;
        assert_eq!(*field("event_id"), Shape::Text);
        assert_eq!(*field("call_id"), Shape::Long);
        assert_eq!(*field("origin"), Shape::Text);
        assert_eq!(*field("has_recording"), Shape::Flag);
        assert_eq!(*field("answered_at"), Shape::Optional(Box::new(Shape::TimeMs)));
        assert_eq!(*field("clears"), Shape::List(Box::new(Shape::Text)));
        assert_eq!(field("assigned_to"), field("agent"));
    }
}
