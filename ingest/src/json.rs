//! A JSON value that loses nothing of the bytes: numbers stay text, lone surrogates are replaced.
//!
//! `serde_json` refuses a whole body for one number that no `f64` holds or one half of a surrogate
//! pair, in a field that nobody reads. An authentic webhook must not be lost for that, and the
//! event id needs numbers as they were written.

use std::borrow::Cow;

/// How deep values may lie in each other. Aircall's deepest body has six levels; ten times that
/// keeps the recursion here far below any thread's stack.
pub const DEPTH_MAX: usize = 64;

/// Room for the members of most objects of a body.
const MEMBERS_USUAL: usize = 8;

/// A value, borrowed from the body where nothing had to be unescaped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Json<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number as it was written.
    Number(&'a str),
    /// A string, unescaped.
    Text(Cow<'a, str>),
    /// `[...]`
    List(Vec<Json<'a>>),
    /// `{...}` in the order of the body, repeated keys included.
    Object(Vec<(Cow<'a, str>, Json<'a>)>),
}

/// Why bytes are not a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// The grammar is broken here.
    #[error("not JSON from byte {0} on")]
    Malformed(usize),
    /// Values lie too deep in each other.
    #[error("nested more than {DEPTH_MAX} levels deep")]
    TooDeep,
}

/// Bytes as text: what is no UTF-8 is replaced. Valid bytes, nearly all, are only checked.
#[must_use]
pub fn text_of(body: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(body).map_or_else(|_| String::from_utf8_lossy(body), Cow::Borrowed)
}

impl<'a> Json<'a> {
    /// Reads the whole of `text` as one value.
    ///
    /// # Errors
    /// [`JsonError`].
    pub fn parse(text: &'a str) -> Result<Json<'a>, JsonError> {
        let mut parser = Parser { text, at: 0 };
        let value = parser.value(0)?;
        parser.whitespace();
        if parser.at == text.len() { Ok(value) } else { Err(parser.malformed()) }
    }

    /// The member `name` of an object: the last one, as every parser has it. None when this is no
    /// object, when there is no such member and when it is `null`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Json<'a>> {
        let Json::Object(members) = self else { return None };
        let (_, value) = members.iter().rev().find(|(key, _)| key == name)?;
        (*value != Json::Null).then_some(value)
    }

    /// The elements of a list; nothing for anything else.
    #[must_use]
    pub fn elements(&self) -> &[Json<'a>] {
        if let Json::List(elements) = self { elements } else { &[] }
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Parser<'a> {
    fn malformed(&self) -> JsonError {
        JsonError::Malformed(self.at)
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn whitespace(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn take(&mut self, wanted: u8) -> Result<(), JsonError> {
        if self.peek() == Some(wanted) {
            self.at += 1;
            Ok(())
        } else {
            Err(self.malformed())
        }
    }

    fn value(&mut self, depth: usize) -> Result<Json<'a>, JsonError> {
        self.whitespace();
        match self.peek() {
            Some(b'{') => self.object(depth + 1),
            Some(b'[') => self.list(depth + 1),
            Some(b'"') => Ok(Json::Text(self.string()?)),
            Some(b't') => self.word("true", Json::Bool(true)),
            Some(b'f') => self.word("false", Json::Bool(false)),
            Some(b'n') => self.word("null", Json::Null),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(_) | None => Err(self.malformed()),
        }
    }

    fn word(&mut self, word: &str, value: Json<'a>) -> Result<Json<'a>, JsonError> {
        if self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            self.at += word.len();
            Ok(value)
        } else {
            Err(self.malformed())
        }
    }

    fn digits(&mut self) -> Result<(), JsonError> {
        let from = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at > from { Ok(()) } else { Err(self.malformed()) }
    }

    fn number(&mut self) -> Result<Json<'a>, JsonError> {
        let from = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(Json::Number(&self.text[from..self.at]))
    }

    fn list(&mut self, depth: usize) -> Result<Json<'a>, JsonError> {
        if depth > DEPTH_MAX {
            return Err(JsonError::TooDeep);
        }
        self.take(b'[')?;
        let mut elements = Vec::new();
        self.whitespace();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Json::List(elements));
        }
        loop {
            elements.push(self.value(depth)?);
            self.whitespace();
            if self.peek() == Some(b',') {
                self.at += 1;
                continue;
            }
            self.take(b']')?;
            return Ok(Json::List(elements));
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json<'a>, JsonError> {
        if depth > DEPTH_MAX {
            return Err(JsonError::TooDeep);
        }
        self.take(b'{')?;
        let mut members = Vec::with_capacity(MEMBERS_USUAL);
        self.whitespace();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Json::Object(members));
        }
        loop {
            self.whitespace();
            let key = self.string()?;
            self.whitespace();
            self.take(b':')?;
            members.push((key, self.value(depth)?));
            self.whitespace();
            if self.peek() == Some(b',') {
                self.at += 1;
                continue;
            }
            self.take(b'}')?;
            return Ok(Json::Object(members));
        }
    }

    /// Goes to the next byte that is no plain part of a string, or to the end.
    fn plain_text(&mut self) {
        let rest = &self.text.as_bytes()[self.at..];
        let plain = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f));
        self.at += plain.unwrap_or(rest.len());
    }

    fn string(&mut self) -> Result<Cow<'a, str>, JsonError> {
        self.take(b'"')?;
        let from = self.at;
        self.plain_text();
        match self.peek() {
            Some(b'"') => {
                let text = &self.text[from..self.at];
                self.at += 1;
                Ok(Cow::Borrowed(text))
            }
            Some(b'\\') => self.escaped_string(from),
            Some(_) | None => Err(self.malformed()),
        }
    }

    fn escaped_string(&mut self, from: usize) -> Result<Cow<'a, str>, JsonError> {
        let mut text = self.text[from..self.at].to_owned();
        let mut plain_from = self.at;
        loop {
            self.plain_text();
            text.push_str(&self.text[plain_from..self.at]);
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(Cow::Owned(text));
                }
                Some(b'\\') => {
                    self.at += 1;
                    text.push(self.escape()?);
                    plain_from = self.at;
                }
                Some(_) | None => return Err(self.malformed()),
            }
        }
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        let escaped = match self.peek() {
            Some(b'n') => '\n',
            Some(b't') => '\t',
            Some(b'r') => '\r',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(plain @ (b'"' | b'\\' | b'/')) => char::from(plain),
            Some(b'u') => {
                self.at += 1;
                return self.unicode_escape();
            }
            Some(_) | None => return Err(self.malformed()),
        };
        self.at += 1;
        Ok(escaped)
    }

    /// The character behind `\u`: with the second half where there is one, else a replacement.
    fn unicode_escape(&mut self) -> Result<char, JsonError> {
        let first = self.four_hex_digits()?;
        if let Some(whole) = char::from_u32(first) {
            return Ok(whole);
        }
        let second_at = self.at;
        let is_high = (0xd800..0xdc00).contains(&first);
        if is_high && self.text.as_bytes()[self.at..].starts_with(b"\\u") {
            self.at += 2;
            let second = self.four_hex_digits()?;
            if (0xdc00..0xe000).contains(&second) {
                let code = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            self.at = second_at;
        }
        Ok(char::REPLACEMENT_CHARACTER)
    }

    fn four_hex_digits(&mut self) -> Result<u32, JsonError> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            code = code * 16 + digit.ok_or_else(|| self.malformed())?;
            self.at += 1;
        }
        Ok(code)
    }
}
