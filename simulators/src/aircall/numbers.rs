//! Phone numbers that no one can have, from the ranges that regulators keep for fiction, in the
//! display form that Aircall uses for `raw_digits`.
//!
//! | country | range | distinct |
//! |---|---|---|
//! | US | `+1 <area> 555-0100` to `0199` in 20 area codes | 2,000 |
//! | GB | `+44 20 7946 0xxx`, `+44 <city> 496 0xxx` in 9 cities | 10,000 |
//! | FR | `+33 1 99 00 xx xx`, `2 61 91`, `3 53 01`, `4 65 71`, `5 36 49` | 50,000 |
//!
//! [`COUNT`] in all, for contacts. Lines have 300 others: `+33 1 99 00 00 xx` is taken out of the French
//! ones, `+44 151 496 00xx` and `+1 919-555-01xx` are theirs alone. Left out is what a phone-number
//! library takes for invalid, such as the fictional mobiles `+44 7700 900xxx`.

/// How many distinct numbers [`contact_number`] knows.
pub const COUNT: usize = US_COUNT + GB_COUNT + FR_COUNT - LINES_PER_COUNTRY;

/// Lines per country: more is not what a test of a call centre needs.
const LINES_PER_COUNTRY: usize = 100;

const US_AREAS: [&str; 20] = [
    "202", "206", "212", "213", "214", "215", "216", "303", "305", "312", "313", "404", "415",
    "503", "512", "602", "617", "702", "713", "808",
];
const GB_CITIES: [&str; 9] = ["113", "114", "116", "117", "118", "121", "131", "141", "161"];
const FR_PREFIXES: [(&str, &str, &str); 5] =
    [("1", "99", "00"), ("2", "61", "91"), ("3", "53", "01"), ("4", "65", "71"), ("5", "36", "49")];
const US_COUNT: usize = 100 * 20;
const GB_COUNT: usize = 1_000 * 10;
const FR_COUNT: usize = 10_000 * 5;

/// A number in the two forms in which it is seen.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PhoneNumber {
    /// `+33199001234`.
    pub e164: String,
    /// `+33 1 99 00 12 34`.
    pub display: String,
    /// ISO 3166 country of two letters.
    pub country: &'static str,
}

/// The number of a contact. Neighbouring indexes lie in different ranges; indexes of [`COUNT`] and
/// more begin again.
#[must_use]
pub fn contact_number(index: usize) -> PhoneNumber {
    // A stride that shares no factor with the count visits every number once.
    const STRIDE: usize = 23_459;
    let index = index % COUNT * STRIDE % COUNT + LINES_PER_COUNTRY;
    if index < FR_COUNT {
        french(index)
    } else if index < FR_COUNT + GB_COUNT {
        british(index - FR_COUNT)
    } else {
        american(index - FR_COUNT - GB_COUNT)
    }
}

/// The number of a line in France, Great Britain or the US; no contact has it. `index` counts modulo
/// 100.
#[must_use]
pub fn line_number(country: LineCountry, index: usize) -> PhoneNumber {
    let index = index % LINES_PER_COUNTRY;
    match country {
        LineCountry::France => french(index),
        LineCountry::GreatBritain => phone(format!("+44 151 496 00{index:02}"), "GB"),
        LineCountry::UnitedStates => phone(format!("+1 919-555-01{index:02}"), "US"),
    }
}

/// Where lines can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineCountry {
    /// `+33`.
    France,
    /// `+44`.
    GreatBritain,
    /// `+1`.
    UnitedStates,
}

fn french(index: usize) -> PhoneNumber {
    let (a, b, c) = FR_PREFIXES[index / 10_000];
    let (high, low) = (index % 10_000 / 100, index % 100);
    phone(format!("+33 {a} {b} {c} {high:02} {low:02}"), "FR")
}

fn british(index: usize) -> PhoneNumber {
    let (block, rest) = (index / 1_000, index % 1_000);
    let display = match block {
        0 => format!("+44 20 7946 0{rest:03}"),
        city => format!("+44 {} 496 0{rest:03}", GB_CITIES[city - 1]),
    };
    phone(display, "GB")
}

fn american(index: usize) -> PhoneNumber {
    phone(format!("+1 {}-555-01{:02}", US_AREAS[index / 100], index % 100), "US")
}

fn phone(display: String, country: &'static str) -> PhoneNumber {
    let e164 = display.chars().filter(|c| *c == '+' || c.is_ascii_digit()).collect();
    PhoneNumber { e164, display, country }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_contact_has_another_number_and_no_line_has_it() {
        let mut all: HashSet<String> = (0..COUNT).map(|index| contact_number(index).e164).collect();
        assert_eq!(all.len(), COUNT);
        for country in [LineCountry::France, LineCountry::GreatBritain, LineCountry::UnitedStates] {
            for index in 0..LINES_PER_COUNTRY {
                assert!(all.insert(line_number(country, index).e164));
            }
        }
        assert_eq!(all.len(), COUNT + 300);
    }
}
