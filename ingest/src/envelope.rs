//! The token of a webhook, read without looking at the rest: nothing else is done for a stranger.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::json;

/// The bytes are no JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the body is not JSON")]
pub struct NotJson;

/// The value of the top member `token`, the last one if there are several; none when there is no
/// such text. Takes memory for the token alone, and stack for none of the body's depth.
///
/// # Errors
/// [`NotJson`].
pub fn token_of(body: &[u8]) -> Result<Option<String>, NotJson> {
    let text = json::text_of(body);
    let mut deserializer = serde_json::Deserializer::from_str(&text);
    let token = deserializer.deserialize_any(TopVisitor).map_err(|_| NotJson)?;
    deserializer.end().map_err(|_| NotJson)?;
    Ok(token)
}

/// Answers everything that is not wanted with none.
macro_rules! nothing_else {
    () => {
        fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
            Ok(Self::Value::default())
        }
        fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
            Ok(Self::Value::default())
        }
        fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
            Ok(Self::Value::default())
        }
        fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
            Ok(Self::Value::default())
        }
        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(Self::Value::default())
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            while list.next_element::<IgnoredAny>()?.is_some() {}
            Ok(Self::Value::default())
        }
    };
}

struct TopVisitor;

impl<'de> Visitor<'de> for TopVisitor {
    type Value = Option<String>;

    nothing_else!();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut token = None;
        while let Some(is_token) = members.next_key_seed(NameSeed)? {
            if is_token {
                token = members.next_value_seed(TokenSeed)?;
            } else {
                members.next_value::<IgnoredAny>()?;
            }
        }
        Ok(token)
    }
}

/// Whether a member's name is `token`.
struct NameSeed;

impl<'de> DeserializeSeed<'de> for NameSeed {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for NameSeed {
    type Value = bool;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<bool, E> {
        Ok(name == "token")
    }
}

/// The token, if it is a text.
struct TokenSeed;

impl<'de> DeserializeSeed<'de> for TokenSeed {
    type Value = Option<String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for TokenSeed {
    type Value = Option<String>;

    nothing_else!();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a token")
    }

    fn visit_str<E>(self, token: &str) -> Result<Self::Value, E> {
        Ok(Some(token.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_the_last_text_of_that_name_at_the_top() {
        for (body, token) in [
            (r#"{"token":"a"}"#, Some("a")),
            (r#"{"data":{"token":"b"},"token":"a","resource":"x"}"#, Some("a")),
            (r#"{"token":"a","token":"b"}"#, Some("b")),
            (r#"{"token":"a","token":null}"#, None),
            (r#"{"data":{"token":"b"}}"#, None),
            (r#"{"tokens":"b","Token":"b"}"#, None),
            (r#"[{"token":"a"}]"#, None),
            (r#""token""#, None),
            ("17", None),
        ] {
            assert_eq!(token_of(body.as_bytes()).unwrap().as_deref(), token, "{body}");
        }
    }

    #[test]
    fn a_token_that_is_no_text_is_none() {
        for value in ["true", "-1", "1", "1.5", "null", "[\"a\"]", "{\"a\":\"b\"}"] {
            let body = format!(r#"{{"token":{value}}}"#);
            assert_eq!(token_of(body.as_bytes()), Ok(None), "{body}");
        }
    }

    #[test]
    fn what_is_no_json_has_no_token() {
        for body in [r#"{"token":"a""#, r#"{"token":"a"} x"#, "", "{token:1}"] {
            assert_eq!(token_of(body.as_bytes()), Err(NotJson), "{body}");
        }
    }
}
