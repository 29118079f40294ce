//! Whatever bytes come, nothing panics, and JSON is read as the well-known parser reads it.

use ingest::json::Json;
use proptest::prelude::*;
use serde_json::Value;

use crate::bodies::{full, read, read_in};

/// Any JSON, texts with every kind of character.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "[0-9+ anonymus().-]{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::btree_map("[a-z_]{0,8}", inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// The same value, by the well-known parser's types.
fn same(ours: &Json<'_>) -> Value {
    match ours {
        Json::Null => Value::Null,
        Json::Bool(flag) => Value::Bool(*flag),
        Json::Number(number) => serde_json::from_str(number).unwrap(),
        Json::Text(text) => Value::from(text.as_ref()),
        Json::List(elements) => elements.iter().map(same).collect(),
        Json::Object(members) => Value::Object(
            members.iter().map(|(key, value)| (key.to_string(), same(value))).collect(),
        ),
    }
}

#[test]
fn what_only_looks_like_json_is_refused() {
    for text in [
        "",
        "-",
        "1.",
        "1e",
        "1e+",
        "1E-",
        ".5",
        "+1",
        "01",
        "-01",
        "tru",
        "nul",
        "falsy",
        "True",
        "\"",
        "\"\\",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\u12g4\"",
        "\"\n\"",
        "\"\\n\n\"",
        "[",
        "[1",
        "[1,]",
        "[,1]",
        "[1 2]",
        "]",
        "{",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "{\"a\":1,}",
        "{\"a\" 1}",
        "{a:1}",
        "{,}",
        "1 2",
        "[]]",
        "{}{}",
    ] {
        assert!(serde_json::from_str::<Value>(text).is_err(), "{text} is JSON");
        assert!(Json::parse(text).is_err(), "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn b20_any_bytes_are_an_event_or_a_reason(body in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&body);
        let _ = ingest::envelope::token_of(&body);
        let _ = ingest::front_body::read(&body);
    }

    #[test]
    fn b20_any_json_in_the_place_of_any_field_is_an_event(
        value in any_json(),
        name in proptest::sample::select(full()["data"].as_object().unwrap().keys().cloned().collect::<Vec<_>>()),
        region in proptest::sample::select(vec![None, Some("FR"), Some("US"), Some("??")]),
    ) {
        let mut body = full();
        body["data"][&name] = value;
        let made = read_in(body.to_string().as_bytes(), region);
        prop_assert!(made.is_ok() || name == "id");
    }

    #[test]
    fn b20_any_raw_digits_are_a_number_or_nobody(digits in any::<String>(), region in "[A-Z]{2}") {
        if let Some(number) = ingest::number::e164(&digits, Some(&region)) {
            prop_assert!(schemas::Contact::from_e164(&number).is_ok());
        }
    }

    #[test]
    fn digits_with_separators_never_panic(digits in "[0-9+ ().-]{0,40}", region in "(FR|US|IT|AR|MX|BR)") {
        if let Some(number) = ingest::number::e164(&digits, Some(&region)) {
            prop_assert_eq!(ingest::number::e164(&number, None), Some(number.clone()), "reading again gives the same");
        }
    }

    #[test]
    fn json_is_read_as_by_the_well_known_parser(value in any_json()) {
        for text in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
            let theirs: Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(same(&Json::parse(&text).unwrap()), theirs);
        }
    }

    #[test]
    fn what_the_well_known_parser_refuses_is_refused(
        value in any_json(), at in any::<prop::sample::Index>(), byte in any::<u8>()
    ) {
        let mut bytes = value.to_string().into_bytes();
        let place = at.index(bytes.len());
        bytes[place] = byte;
        if let Ok(text) = std::str::from_utf8(&bytes) {
            match (Json::parse(text), serde_json::from_str::<Value>(text)) {
                (Ok(ours), Ok(theirs)) => prop_assert_eq!(same(&ours), theirs),
                (Err(_), Err(_)) => {}
                // Ours also takes numbers out of range and halves of surrogate pairs.
                (Ok(_), Err(error)) => {
                    let why = error.to_string();
                    prop_assert!(why.contains("out of range") || why.contains("surrogate") || why.contains("hex escape"), "{}", why);
                }
                (Err(error), Ok(_)) => prop_assert!(false, "{text} is {error}"),
            }
        }
    }
}
