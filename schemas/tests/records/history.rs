//! The history folder: complete, unchanged, and every version may stand beside every other.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use apache_avro::Schema;
use apache_avro::rabin::Rabin;
use schemas::dictionary;
use schemas::evolution;
use schemas::registry::{self, VERSIONS};
use serde_json::Value;

fn listed(folder: &str) -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut files = BTreeSet::new();
    for entry in fs::read_dir(root).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_dir() {
            let inner = listed(&format!("{folder}/{name}"));
            files.extend(inner.into_iter().map(|it| format!("{name}/{it}")));
        } else {
            files.insert(name);
        }
    }
    files
}

#[test]
fn the_registry_lists_exactly_the_files_that_are_there() {
    let mut expected = BTreeSet::new();
    let mut newest = BTreeSet::new();
    for version in VERSIONS {
        let name = version.name.strip_prefix("callfold.").unwrap();
        expected.insert(format!("{name}/{}.avsc", version.id));
        expected.insert(format!("{name}/{}.hex", version.id));
        newest.insert(format!("{name}.avsc"));
    }
    assert_eq!(listed("history"), expected);
    assert_eq!(listed("avro"), newest);
}

#[test]
fn ids_are_unique_and_tell_type_and_version() {
    let mut types: Vec<&str> = Vec::new();
    let mut ids = BTreeSet::new();
    for version in VERSIONS {
        assert!(ids.insert(version.id), "{} twice", version.id);
        if types.last() != Some(&version.name) {
            assert!(!types.contains(&version.name), "versions of {} stand apart", version.name);
            types.push(version.name);
        }
        let of_type = VERSIONS.iter().filter(|it| it.name == version.name);
        let number = of_type.take_while(|it| it.id != version.id).count() + 1;
        assert_eq!(version.id % 1000, u32::try_from(number).unwrap(), "{}", version.id);
        let first = VERSIONS.iter().find(|it| it.name == version.name).unwrap();
        assert_eq!(version.id / 1000, first.id / 1000, "one thousand for {}", version.name);
        assert!(version.id > 2_000_000_000, "{} is in the high range", version.id);
        assert_eq!(registry::by_id(version.id), Some(version));
    }
    assert_eq!(registry::newest().count(), types.len());
}

/// What of a schema decides bytes and meaning, without its docs, as one number. When this test
/// fails for an old version, a shipped file was edited: take the edit back. A new version adds a
/// line.
#[test]
fn shipped_schemas_have_not_changed() {
    let table: String = VERSIONS
        .iter()
        .map(|version| {
            let mut json: Value = serde_json::from_str(version.json).unwrap();
            strip_docs(&mut json);
            let schema = Schema::parse_str(&json.to_string()).unwrap();
            let print: String = schema
                .fingerprint::<Rabin>()
                .bytes
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            format!("{} {} {print}\n", version.id, version.name)
        })
        .collect();
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("shipped", table);
    });
}

fn strip_docs(json: &mut Value) {
    match json {
        Value::Object(object) => {
            // A field's name may be "doc" only as the value of "name", never as a key.
            object.remove("doc");
            object.values_mut().for_each(strip_docs);
        }
        Value::Array(items) => items.iter_mut().for_each(strip_docs),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn the_present_schema_is_the_newest_in_the_history_but_for_its_docs() {
    for version in registry::newest() {
        let mut present: Value =
            serde_json::from_str(registry::documented(version.name).unwrap()).unwrap();
        let mut newest: Value = serde_json::from_str(version.json).unwrap();
        strip_docs(&mut present);
        strip_docs(&mut newest);
        assert_eq!(present, newest, "{} needs a new version, see README.md", version.name);
    }
}

#[test]
fn every_version_may_stand_beside_every_other() {
    // Of one name the oldest stands first; each comparison looks in both directions.
    for (at, older) in VERSIONS.iter().enumerate() {
        for newer in VERSIONS[at..].iter().filter(|it| it.name == older.name) {
            let problems = evolution::problems(older.json, newer.json).unwrap();
            assert_eq!(problems, Vec::<String>::new(), "{} and {}", older.id, newer.id);
        }
    }
}

#[test]
fn every_field_has_a_doc_that_says_something() {
    let fields = dictionary::fields();
    assert!(fields.len() > 100, "{} fields", fields.len());
    for field in &fields {
        let place = format!("{} {}.{}", field.schema, field.record, field.field);
        assert!(field.doc.len() > 10 && field.doc.ends_with('.'), "{place}: {:?}", field.doc);
        if field.type_name.ends_with('?') {
            assert!(field.doc.contains("Null"), "{place}: says when it is absent");
            assert_eq!(field.default.as_deref(), Some("null"), "{place}");
        }
        if field.type_name.starts_with('[') {
            assert_eq!(field.default.as_deref(), Some("[]"), "{place}");
        }
        if field.type_name.starts_with("timestamp") {
            assert!(field.doc.contains("milliseconds since 1970-01-01 UTC"), "{place}: unit");
        }
        if field.type_name.trim_end_matches('?') == "long" && field.field.ends_with("_at") {
            panic!("{place}: a time is timestamp-millis");
        }
    }
}
