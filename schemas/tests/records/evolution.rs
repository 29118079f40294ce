//! What may follow what, and that the way in which values are read bears it.

use apache_avro::Schema;
use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::types::Value;
use apache_avro::writer::datum::GenericDatumWriter;
use schemas::evolution;
use serde::Deserialize;

fn record(fields: &str) -> String {
    format!(r#"{{"type":"record","name":"R","namespace":"n","fields":[{fields}]}}"#)
}

const ID: &str = r#"{"name":"id","type":"long"}"#;
const WORD: &str = r#"{"name":"word","type":{"type":"enum","name":"W","symbols":["a","unknown"],
    "default":"unknown"},"default":"unknown"}"#;

fn judged(what: &str, older: &str, newer: &str) -> String {
    let problems = evolution::problems(&record(older), &record(newer));
    problems.unwrap_or_else(|error| panic!("{what}: {error}")).join("; ")
}

#[test]
fn what_both_can_read_may_follow() {
    let number = r#"{"name":"n","type":"int","default":0}"#;
    let text = r#"{"name":"n","type":["null","string"],"default":null}"#;
    let texts = r#"{"name":"n","type":{"type":"array","items":"string"},"default":[]}"#;
    let more_words = WORD.replace(r#"["a","#, r#"["a","b","#);
    let part = r#"{"name":"p","type":{"type":"record","name":"P","fields":[
        {"name":"x","type":"int"}]}}"#;
    let part_with_more = part.replace(
        r#"{"name":"x","type":"int"}"#,
        r#"{"name":"x","type":"int"},{"name":"y","type":["null","int"],"default":null}"#,
    );
    let table: &[(&str, &str, &str)] = &[
        ("the same", ID, ID),
        ("a number more", ID, &format!("{ID},{number}")),
        ("a text or nothing more", ID, &format!("{ID},{text}")),
        ("texts more", ID, &format!("{ID},{texts}")),
        ("a word more", WORD, &more_words),
        ("a part that grows", part, &part_with_more),
    ];
    for (what, older, newer) in table {
        assert_eq!(judged(what, older, newer), "", "{what}");
    }
}

#[test]
fn what_one_of_them_cannot_read_is_refused() {
    let number = |name: &str| format!(r#"{ID},{{"name":"{name}","type":"int","default":0}}"#);
    let of = |kind: &str| format!(r#"{{"name":"f","type":{kind}}}"#);
    let no_default = WORD
        .replace("\n    \"default\":\"unknown\"},", "},")
        .replace(r#""symbols":["a","unknown"],"#, r#""symbols":["a","unknown"]"#);
    let parts = r#"{"name":"p","type":{"type":"array","items":{"type":"record","name":"P","fields":
        [{"name":"x","type":"int"}]}},"default":[]}"#;
    let table: &[(&str, &str, &str, &str)] = &[
        ("no default", ID, &format!("{ID},{}", of(r#""int""#)), "R.f is new and has no default"),
        ("a new enum", ID, &format!("{ID},{WORD}"), "R.word is new and holds an enum"),
        ("new records", ID, &format!("{ID},{parts}"), "R.p is new and holds an enum or a record"),
        ("words without default", &no_default, &no_default, "n.W has no default for words"),
        ("a field less", &number("n"), ID, "R.n is taken away"),
        ("another name", &number("old"), &number("new"), "R.old is taken away"),
        ("a wider number", &of(r#""int""#), &of(r#""long""#), "R.f changes its type"),
        ("a text for bytes", &of(r#""bytes""#), &of(r#""string""#), "R.f changes its type"),
        ("null allowed", &of(r#""int""#), &of(r#"["null","int"]"#), "R.f changes its type"),
        ("one choice more", &of(r#"["null","int"]"#), &of(r#"["null","int","string"]"#), "number"),
    ];
    for (what, older, newer, expected) in table {
        let problems = judged(what, older, newer);
        assert!(problems.contains(expected), "{what}: {problems:?}");
    }
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(rename = "R")]
struct OldReader {
    id: i64,
    last: i64,
}

fn read_by_old(extra: &str, value: Value) -> Result<OldReader, String> {
    let last = r#"{"name":"last","type":"long"}"#;
    let schema = Schema::parse_str(&record(&format!("{ID},{extra},{last}"))).unwrap();
    let value = Value::Record(vec![
        ("id".to_owned(), Value::Long(1)),
        ("extra".to_owned(), value),
        ("last".to_owned(), Value::Long(2)),
    ]);
    let writer = GenericDatumWriter::builder(&schema).build().unwrap();
    let bytes = writer.write_value_to_vec(value).unwrap();
    GenericDatumReader::builder(&schema)
        .build()
        .unwrap()
        .read_deser(&mut bytes.as_slice())
        .map_err(|error| error.to_string())
}

#[test]
fn a_reader_skips_new_fields_of_texts_and_numbers() {
    let some = |value| Value::Union(1, Box::new(value));
    let table: Vec<(String, Value)> = vec![
        (r#""string""#.into(), Value::String("new".to_owned())),
        (r#"["null","double"]"#.into(), some(Value::Double(0.5))),
        (r#"["null","boolean"]"#.into(), Value::Union(0, Box::new(Value::Null))),
        (
            r#"["null",{"type":"long","logicalType":"timestamp-millis"}]"#.into(),
            some(Value::TimestampMillis(7)),
        ),
        (r#"["null","bytes"]"#.into(), some(Value::Bytes(vec![1, 2]))),
        (
            r#"{"type":"array","items":"string"}"#.into(),
            Value::Array(vec![Value::String("a".to_owned())]),
        ),
        (
            r#"{"type":"map","values":"int"}"#.into(),
            Value::Map([("a".to_owned(), Value::Int(1))].into()),
        ),
    ];
    for (kind, value) in table {
        let extra = format!(r#"{{"name":"extra","type":{kind}}}"#);
        assert_eq!(read_by_old(&extra, value), Ok(OldReader { id: 1, last: 2 }), "{kind}");
    }
}

/// Why a new field may hold no enum and no record. When the library learns to skip them, this test
/// fails, and the rule in `evolution.rs` can go.
#[test]
fn a_reader_cannot_skip_an_enum_or_a_record() {
    let words = r#"{"name":"extra","type":{"type":"enum","name":"W","symbols":["a"]}}"#;
    assert!(read_by_old(words, Value::Enum(0, "a".to_owned())).is_err());
    let part = r#"{"name":"extra","type":{"type":"record","name":"P","fields":[
        {"name":"x","type":"int"}]}}"#;
    let value = Value::Record(vec![("x".to_owned(), Value::Int(1))]);
    assert!(read_by_old(part, value).is_err());
}

#[test]
fn a_word_of_a_newer_writer_becomes_unknown() {
    let newer = schemas::registry::by_id(2_000_003_001)
        .unwrap()
        .json
        .replace(r#"["aircall", "front", "unknown"]"#, r#"["aircall", "genesys", "unknown"]"#);
    assert!(newer.contains("genesys"));
    let schema = Schema::parse_str(&newer).unwrap();
    let value = Value::Record(vec![
        ("event_id".to_owned(), Value::String("e".to_owned())),
        ("source".to_owned(), Value::Enum(1, "genesys".to_owned())),
        ("origin".to_owned(), Value::Enum(0, "webhook".to_owned())),
        ("event".to_owned(), Value::Union(0, Box::new(Value::Null))),
        ("received_at".to_owned(), Value::TimestampMillis(1)),
        ("body".to_owned(), Value::Bytes(vec![1])),
    ]);
    let writer = GenericDatumWriter::builder(&schema).build().unwrap();
    let bytes = writer.write_value_to_vec(value).unwrap();
    let reader = GenericDatumReader::builder(&schema).human_readable(false).build().unwrap();
    let read: schemas::Raw = reader.read_deser(&mut bytes.as_slice()).unwrap();
    assert_eq!(read.source, schemas::Source::Unknown);
    assert_eq!(read.body, [1]);
}
