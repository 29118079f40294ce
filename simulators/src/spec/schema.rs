//! OpenAPI 3.0 schemas as JSON Schema: `nullable` translated, references written out, and objects
//! closed against fields that they do not name.

use jsonschema::{Draft, Validator};
use serde_json::{Map, Value, json};

/// Keywords that say something about values. All others are for readers.
const KEPT: [&str; 12] = [
    "type",
    "enum",
    "required",
    "maxLength",
    "minLength",
    "maxItems",
    "minItems",
    "maximum",
    "minimum",
    "pattern",
    "uniqueItems",
    "additionalProperties",
];

/// A schema of the document as JSON Schema that stands alone.
pub(super) fn standalone(schema: &Value, document: &Value) -> Value {
    translate(schema, document, Closing::Closed, &mut Vec::new())
}

pub(super) fn compile(schema: &Value) -> Result<Validator, String> {
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .build(schema)
        .map_err(|error| format!("a schema cannot be used: {error}"))
}

/// Whether unknown fields are refused here, or by the schema that this one is a part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Closing {
    Closed,
    ByParent,
}

fn translate(
    schema: &Value,
    document: &Value,
    closing: Closing,
    within: &mut Vec<String>,
) -> Value {
    let Some(object) = schema.as_object() else { return json!(true) };
    let translated = match object.get("$ref").and_then(Value::as_str) {
        Some(reference) => follow(reference, document, closing, within),
        None => plain(object, document, closing, within),
    };
    if object.get("nullable") == Some(&json!(true)) {
        return json!({"anyOf": [translated, {"type": "null"}]});
    }
    translated
}

fn follow(reference: &str, document: &Value, closing: Closing, within: &mut Vec<String>) -> Value {
    if within.iter().any(|outer| outer == reference) {
        return json!(true);
    }
    let Some(target) = document.pointer(reference.trim_start_matches('#')) else {
        return json!(false);
    };
    within.push(reference.to_owned());
    let translated = translate(target, document, closing, within);
    within.pop();
    translated
}

fn plain(
    object: &Map<String, Value>,
    document: &Value,
    closing: Closing,
    within: &mut Vec<String>,
) -> Value {
    let mut out = Map::new();
    for keyword in KEPT {
        if let Some(value) = object.get(keyword) {
            out.insert(keyword.to_owned(), value.clone());
        }
    }
    if let Some(properties) = object.get("properties").and_then(Value::as_object) {
        let each = properties.iter().map(|(name, property)| {
            (name.clone(), translate(property, document, Closing::Closed, within))
        });
        out.insert("properties".to_owned(), Value::Object(each.collect()));
        out.entry("type").or_insert_with(|| json!("object"));
    }
    if let Some(items) = object.get("items") {
        out.insert("items".to_owned(), translate(items, document, Closing::Closed, within));
    }
    for (keyword, closing) in
        [("allOf", Closing::ByParent), ("oneOf", Closing::Closed), ("anyOf", Closing::Closed)]
    {
        if let Some(branches) = object.get(keyword).and_then(Value::as_array) {
            let each = branches.iter().map(|branch| translate(branch, document, closing, within));
            out.insert(keyword.to_owned(), Value::Array(each.collect()));
        }
    }
    let names_fields = out.contains_key("properties") || out.contains_key("allOf");
    if names_fields && closing == Closing::Closed && !out.contains_key("additionalProperties") {
        out.insert("unevaluatedProperties".to_owned(), json!(false));
    }
    Value::Object(out)
}
