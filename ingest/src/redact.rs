//! Takes tokens out of the bytes of a body before they are kept.

use memchr::{memchr, memmem};

/// The name of the member whose value goes.
const NAME: &[u8] = b"\"token\"";

/// Shorter tokens are removed only where they stand as the value of `token`: anywhere else so few
/// characters would also meet ids and times. Aircall's have 32.
const TOKEN_BYTES_ANYWHERE_MIN: usize = 8;

/// Knows the tokens that must not be kept.
pub struct Redactor {
    anywhere: Vec<String>,
    may_start: [bool; 256],
}

impl Redactor {
    /// A redactor of these tokens.
    #[must_use]
    pub fn new<'a>(tokens: impl IntoIterator<Item = &'a str>) -> Redactor {
        let anywhere: Vec<String> = tokens
            .into_iter()
            .filter(|token| token.len() >= TOKEN_BYTES_ANYWHERE_MIN)
            .map(str::to_owned)
            .collect();
        let mut may_start = [false; 256];
        may_start[usize::from(b'"')] = true;
        may_start[usize::from(b'\\')] = true;
        for token in &anywhere {
            may_start[usize::from(token.as_bytes()[0])] = true;
        }
        Redactor { anywhere, may_start }
    }

    /// `body` without tokens: the value of every member `token` is empty, and every other place
    /// where a known token stands, also written with escapes, is cut out. JSON stays JSON; bytes
    /// that are no JSON (a body that was cut off) are searched all the same.
    #[must_use]
    pub fn redact(&self, body: &[u8]) -> Vec<u8> {
        if memchr(b'\\', body).is_none() {
            self.redact_plain(body)
        } else {
            self.redact_escaped(body)
        }
    }

    /// Without an escape in the body, a token stands there letter by letter or not at all.
    fn redact_plain(&self, body: &[u8]) -> Vec<u8> {
        let mut kept = Vec::with_capacity(body.len());
        let mut at = 0;
        let mut names = memmem::find_iter(body, NAME).peekable();
        let mut tokens: Vec<_> = self
            .anywhere
            .iter()
            .map(|token| (token.len(), memmem::find_iter(body, token.as_bytes()).peekable()))
            .collect();
        loop {
            while names.next_if(|found| *found < at).is_some() {}
            let mut next = names.peek().map(|found| (*found, None));
            for (length, finds) in &mut tokens {
                while finds.next_if(|found| *found < at).is_some() {}
                let found = finds.peek().map(|found| (*found, Some(*length)));
                next = [next, found].into_iter().flatten().min_by_key(|(found, _)| *found);
            }
            let Some((found, token)) = next else { break };
            let cut = match token {
                Some(length) => found..found + length,
                None => token_value(body, found)
                    .map_or(found + NAME.len()..found + NAME.len(), |from| {
                        from..end_of_string(body, from)
                    }),
            };
            kept.extend_from_slice(&body[at..cut.start]);
            at = cut.end;
        }
        kept.extend_from_slice(&body[at..]);
        kept
    }

    fn redact_escaped(&self, body: &[u8]) -> Vec<u8> {
        let mut kept = Vec::with_capacity(body.len());
        let mut at = 0;
        while let Some(found) = self.next_start(body, at) {
            kept.extend_from_slice(&body[at..found]);
            at = found;
            if let Some(value) = token_value(body, at) {
                kept.extend_from_slice(&body[at..value]);
                at = end_of_string(body, value);
            } else if let Some(end) = self.token_at(body, at) {
                at = end;
            } else {
                // An escape is passed whole, so that its second half starts nothing.
                let step = if body[at] == b'\\' { 2 } else { 1 };
                let end = (at + step).min(body.len());
                kept.extend_from_slice(&body[at..end]);
                at = end;
            }
        }
        kept.extend_from_slice(&body[at..]);
        kept
    }

    fn next_start(&self, body: &[u8], from: usize) -> Option<usize> {
        let after = body[from..].iter().position(|byte| self.may_start[usize::from(*byte)])?;
        Some(from + after)
    }

    fn token_at(&self, body: &[u8], at: usize) -> Option<usize> {
        self.anywhere.iter().find_map(|token| text_at(body, at, token))
    }
}

/// Where the content of the text starts that is the value of a member `token` starting at `at`.
fn token_value(body: &[u8], at: usize) -> Option<usize> {
    let name = byte_at(body, at, b'"')?;
    let after_name = byte_at(body, text_at(body, name, "token")?, b'"')?;
    let colon = byte_at(body, skip_whitespace(body, after_name), b':')?;
    byte_at(body, skip_whitespace(body, colon), b'"')
}

fn byte_at(body: &[u8], at: usize, byte: u8) -> Option<usize> {
    (body.get(at) == Some(&byte)).then_some(at + 1)
}

fn skip_whitespace(body: &[u8], from: usize) -> usize {
    let rest = &body[from..];
    from + rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count()
}

/// The place of the quote that ends the text whose content starts at `from`, or the end.
fn end_of_string(body: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(byte) = body.get(at) {
        match byte {
            b'"' => return at,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    body.len()
}

/// The end of `text` when it stands at `at`, any of its characters perhaps escaped.
fn text_at(body: &[u8], at: usize, text: &str) -> Option<usize> {
    text.chars().try_fold(at, |at, character| character_at(body, at, character))
}

fn character_at(body: &[u8], at: usize, character: char) -> Option<usize> {
    let rest = body.get(at..)?;
    if let [b'\\', b'u', digits @ ..] = rest {
        let digits = std::str::from_utf8(digits.get(..4)?).ok()?;
        let code = u32::from_str_radix(digits, 16).ok()?;
        return (code == u32::from(character)).then_some(at + 6);
    }
    if let [b'\\', escaped, ..] = rest {
        return (u32::from(*escaped) == u32::from(character)).then_some(at + 2);
    }
    let mut bytes = [0; 4];
    let plain = character.encode_utf8(&mut bytes).as_bytes();
    rest.starts_with(plain).then_some(at + plain.len())
}
