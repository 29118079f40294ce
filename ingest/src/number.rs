//! Phone numbers as Aircall writes them, made E.164.

use std::str::FromStr;

use phonenumber::{Mode, country};

/// The fewest digits, country code included, that make an identity. The shortest subscriber
/// numbers in use have four digits behind a country code of three (Niue, Saint Helena); anything
/// shorter is a service code that many callers share.
const E164_DIGITS_MIN: usize = 7;

/// The longest text that is tried. E.164 has 15 digits; the rest is room for separators.
const TEXT_BYTES_MAX: usize = 40;

/// The E.164 form of `text`, or none when it is no number that identifies a party: `anonymous` in
/// any case, empty, words, service codes.
///
/// A number with a plus is taken as it is; without one it needs a `region` (ISO 3166 alpha-2) and
/// must be a valid number there, because the region is a guess.
#[must_use]
pub fn e164(text: &str, region: Option<&str>) -> Option<String> {
    let text = text.trim();
    if text.is_empty() || text.len() > TEXT_BYTES_MAX || !text.chars().all(is_number_character) {
        return None;
    }
    let international = text.starts_with('+');
    let region = region.and_then(|region| country::Id::from_str(region).ok());
    if !international && region.is_none() {
        return None;
    }
    let number = phonenumber::parse(region, text).ok()?;
    if !international && !number.is_valid() {
        return None;
    }
    let formatted = number.format().mode(Mode::E164).to_string();
    let digits = formatted.strip_prefix('+')?;
    (E164_DIGITS_MIN..=15).contains(&digits.len()).then_some(formatted)
}

/// Whether a character may stand in a written number. Letters may not: the library would read the
/// word `restricted` as the digits below its letters.
fn is_number_character(character: char) -> bool {
    matches!(character, '0'..='9' | '+' | ' ' | '-' | '(' | ')' | '.' | '/' | '\u{a0}')
}
