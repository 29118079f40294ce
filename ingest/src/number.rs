//! Phone numbers as Aircall writes them, made E.164.

use std::str::FromStr;

use phonenumber::metadata::DATABASE;
use phonenumber::{Mode, country};

/// The fewest digits, country code included, that make an identity. The shortest subscriber
/// numbers in use have four digits behind a country code of three (Niue, Saint Helena); anything
/// shorter is a service code that many callers share.
const E164_DIGITS_MIN: usize = 7;

/// The most digits that E.164 allows.
const E164_DIGITS_MAX: usize = 15;

/// The longest text that is tried. E.164 has 15 digits; the rest is room for separators.
const TEXT_BYTES_MAX: usize = 40;

/// The E.164 form of `text`, or none when it is no number that identifies a party: `anonymous` in
/// any case, empty, words, service codes.
///
/// A number with a plus is international already, and its digits are taken as they stand; the
/// library only says which country codes there are and what to do with a leading zero. Its parser
/// is not asked, because it takes a leading national prefix off international numbers too: it
/// makes +7 800 555 35 35 another number. A number without a plus needs a `region` (ISO 3166
/// alpha-2) and must be a valid number there, because the region is a guess.
#[must_use]
pub fn e164(text: &str, region: Option<&str>) -> Option<String> {
    let text = text.trim();
    if text.is_empty() || text.len() > TEXT_BYTES_MAX || !text.chars().all(is_number_character) {
        return None;
    }
    let number = match text.strip_prefix('+') {
        Some(digits) => international(digits)?,
        None => national(text, country::Id::from_str(region?).ok()?)?,
    };
    (E164_DIGITS_MIN..=E164_DIGITS_MAX).contains(&(number.len() - 1)).then_some(number)
}

/// A number that was written with a plus, without it.
fn international(written: &str) -> Option<String> {
    // `+44 (0)330 ...` shows the zero that is dialled within the country only.
    let written = written.replace("(0)", "");
    let mut number = String::with_capacity(E164_DIGITS_MAX + 1);
    number.push('+');
    number.extend(written.chars().filter(char::is_ascii_digit));
    let national = number.get(1 + country_code_digits(&number[1..])?..)?;
    if national.starts_with('0') {
        // In Italy it belongs to the number, elsewhere somebody wrote a prefix too many.
        // A zero that goes only one at a time was no prefix: the number would change when read again.
        let read = without_prefix(&number)?;
        let has_zero = read.get(1 + country_code_digits(&read[1..])?..)?.starts_with('0');
        let stays = !has_zero || without_prefix(&read).as_ref() == Some(&read);
        return stays.then_some(read);
    }
    (!written.contains('+')).then_some(number)
}

/// What the library makes of an international number: it knows which zeros belong to it.
fn without_prefix(number: &str) -> Option<String> {
    Some(phonenumber::parse(None, number).ok()?.format().mode(Mode::E164).to_string())
}

/// How many of the first digits are the country code. No code starts with another one.
fn country_code_digits(digits: &str) -> Option<usize> {
    (1..=3).find(|length| {
        let code = digits.get(..*length).and_then(|code| code.parse().ok());
        code.is_some_and(|code: u16| DATABASE.region(&code).is_some())
    })
}

/// A number as it is dialled within a region.
fn national(text: &str, region: country::Id) -> Option<String> {
    let number = phonenumber::parse(Some(region), text).ok()?;
    number.is_valid().then(|| number.format().mode(Mode::E164).to_string())
}

/// Whether a character may stand in a written number. Letters may not: the library would read the
/// word `restricted` as the digits below its letters.
fn is_number_character(character: char) -> bool {
    matches!(character, '0'..='9' | '+' | ' ' | '-' | '(' | ')' | '.' | '/' | '\u{a0}')
}
