//! Tokens do not stay in what is kept.

use ingest::redact::Redactor;
use proptest::prelude::*;

use crate::bodies::{full, read};

const TOKEN: &str = "0123456789abcdef0123456789abcdef";

fn redact(body: &str) -> String {
    let redactor = Redactor::new([TOKEN, "other-token/1", "short", ""]);
    String::from_utf8(redactor.redact(body.as_bytes())).unwrap()
}

#[test]
fn the_value_of_every_token_is_blank_and_nothing_else_is_touched() {
    for (body, expected) in [
        (r#"{"token":"abc","a":1}"#, r#"{"token":"","a":1}"#),
        ("{ \"token\" :\n\t\"abc\" }", "{ \"token\" :\n\t\"\" }"),
        (r#"{"token":"a\"b\\","x":"y"}"#, r#"{"token":"","x":"y"}"#),
        (r#"{"\u0074oken":"abc"}"#, r#"{"\u0074oken":""}"#),
        (r#""token":"abc""#, r#""token":"""#),
        (
            r#"{"token":"a","token":"b","c":{"token":"d"}}"#,
            r#"{"token":"","token":"","c":{"token":""}}"#,
        ),
        (r#"{"token":12,"tokens":"a","x":"token"}"#, r#"{"token":12,"tokens":"a","x":"token"}"#),
        (r#"{"x":"say \"token\": \"abc\""}"#, r#"{"x":"say \"token\": \"abc\""}"#),
        (r#"{"x":"short \\u0041 shorter"}"#, r#"{"x":"short \\u0041 shorter"}"#),
    ] {
        assert_eq!(redact(body), expected);
    }
}

#[test]
fn a_known_token_is_cut_out_wherever_it_stands() {
    for (body, expected) in [
        (format!(r#"{{"x":"my {TOKEN}!"}}"#), r#"{"x":"my !"}"#),
        (format!(r#"{{"{TOKEN}":1,"y":"{TOKEN}{TOKEN}"}}"#), r#"{"":1,"y":""}"#),
        (r#"{"x":"other-token\/1 and other-token/1"}"#.to_owned(), r#"{"x":" and "}"#),
        (r#"{"x":"\u006fther-token/1"}"#.to_owned(), r#"{"x":""}"#),
        (format!(r#"{{"token":"{TOKEN}"#), r#"{"token":""#),
        (format!("not json at all {TOKEN} \\"), "not json at all  \\"),
        (format!("\"token\": \"{TOKEN}\\"), "\"token\": \""),
    ] {
        assert_eq!(redact(&body), expected);
    }
}

#[test]
fn what_is_kept_makes_the_same_event_when_it_is_read_again() {
    let body = full().to_string();
    let kept = redact(&body);
    assert_eq!(read(body.as_bytes()).unwrap(), read(kept.as_bytes()).unwrap());
    assert_eq!(redact(&kept), kept);
}

/// A text with any of its characters escaped.
fn escaped(text: &str, escape: &[bool]) -> String {
    text.chars()
        .zip(escape.iter().chain(std::iter::repeat(&false)))
        .map(|(character, escape)| {
            if *escape { format!("\\u{:04x}", u32::from(character)) } else { character.to_string() }
        })
        .collect()
}

proptest! {
    #[test]
    fn however_a_token_is_escaped_and_wherever_it_stands_it_goes(
        before in "[ -~&&[^\"\\\\]]{0,20}",
        after in "[ -~&&[^\"\\\\]]{0,20}",
        escape in proptest::collection::vec(any::<bool>(), 32),
        nested in any::<bool>(),
    ) {
        let text = [before.as_str(), &escaped(TOKEN, &escape), &after].concat();
        let body = if nested { format!(r#"[{{"a":"{text}"}}]"#) } else { format!(r#"{{"{text}":0}}"#) };
        let kept = redact(&body);
        let value: serde_json::Value = serde_json::from_str(&kept).unwrap();
        prop_assert!(!value.to_string().contains(TOKEN));
        let around = [before, after].concat();
        prop_assert!(kept.contains(&around));
    }

    #[test]
    fn any_bytes_without_a_token_stay_as_they_are(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let redactor = Redactor::new([TOKEN]);
        prop_assert_eq!(redactor.redact(&body), body);
    }
}
