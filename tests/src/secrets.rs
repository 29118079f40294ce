//! Everything of a generated centre that must never be in a log line, a metric or a trace.

use simulators::aircall::centre::{Centre, Customer};

/// Texts that must not be found. Short ones, which would be found by chance, are left out.
#[must_use]
pub fn of(centre: &Centre, tokens: &[String]) -> Vec<String> {
    let mut all: Vec<String> = tokens.to_vec();
    for contact in &centre.contacts {
        all.extend(number_forms(&contact.number.e164, &contact.number.display));
        if let Some(card) = &contact.card {
            all.push(format!("{} {}", card.first_name, card.last_name));
        }
    }
    for line in &centre.lines {
        all.extend(number_forms(&line.number.e164, &line.number.display));
    }
    for agent in &centre.agents {
        all.extend([agent.name.clone(), agent.email.clone()]);
    }
    for call in &centre.calls {
        all.extend(call.comments.iter().map(|comment| comment.text.clone()));
        if !matches!(call.customer, Customer::Anonymous) {
            all.push(call.raw_digits().to_owned());
        }
    }
    all.retain(|text| text.chars().count() >= SHORTEST);
    all.sort();
    all.dedup();
    all
}

/// "OK" stands in many a line by chance; seven characters in a row do not.
const SHORTEST: usize = 7;

/// A number as it is keyed, as it is written, and as digits only, as a URL has it.
fn number_forms(e164: &str, display: &str) -> [String; 3] {
    [e164.to_owned(), display.to_owned(), e164.trim_start_matches('+').to_owned()]
}

/// Those of `secrets` that stand somewhere in `text`.
#[must_use]
pub fn found_in<'a>(secrets: &'a [String], text: &[u8]) -> Vec<&'a str> {
    let text = String::from_utf8_lossy(text);
    secrets.iter().filter(|secret| text.contains(secret.as_str())).map(String::as_str).collect()
}
