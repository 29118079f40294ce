//! Everything of a generated centre that must never be in a log line, a metric or a trace.

use simulators::aircall::centre::{Centre, Customer, Transfer, TransferTo};

use crate::collector::Collector;
use crate::pipeline::Pipeline;

/// Texts that must not be found, in each form in which a log may write them.
///
/// # Panics
/// When one is so short that it could not be told from what logs say by themselves.
#[must_use]
pub fn of(centre: &Centre, tokens: &[String]) -> Vec<String> {
    let mut all: Vec<String> = tokens.to_vec();
    for contact in &centre.contacts {
        all.extend(number_forms(&contact.number.e164, &contact.number.display));
        if let Some(card) = &contact.card {
            all.push(format!("{} {}", card.first_name, card.last_name));
            all.extend([card.first_name.clone(), card.last_name.clone()]);
        }
    }
    for line in &centre.lines {
        all.extend(number_forms(&line.number.e164, &line.number.display));
    }
    for agent in &centre.agents {
        all.extend([agent.name.clone(), agent.email.clone(), agent.email.to_lowercase()]);
    }
    for call in &centre.calls {
        all.extend(call.comments.iter().flat_map(|comment| text_forms(&comment.text)));
        if !matches!(call.customer, Customer::Anonymous) {
            all.push(call.raw_digits().to_owned());
        }
        if let Some(Transfer { to: TransferTo::External(number), .. }) = &call.transfer {
            all.extend(number_forms(&number.e164, &number.display));
        }
    }
    // Not everybody has every name and an e-mail.
    all.retain(|text| !text.is_empty());
    all.sort();
    all.dedup();
    let short = all.iter().filter(|it| it.chars().count() < SHORTEST).count();
    assert_eq!(short, 0, "too short to be told apart");
    all
}

/// Three characters stand in many a line by chance.
const SHORTEST: usize = 4;

/// So long a text is found anywhere; a shorter one, "Test" for example, where it stands as a word.
const LONG: usize = 7;

/// A number as it is keyed, as it is written, and as digits only, as a URL has it.
fn number_forms(e164: &str, display: &str) -> [String; 3] {
    [e164.to_owned(), display.to_owned(), e164.trim_start_matches('+').to_owned()]
}

/// A text as it is, as JSON and as Rust's debug form write it, and each of its longer lines.
fn text_forms(text: &str) -> Vec<String> {
    let inside = |quoted: &str| quoted[1..quoted.len() - 1].to_owned();
    let mut forms = vec![text.to_owned(), inside(&format!("{text:?}"))];
    forms.extend(serde_json::to_string(text).ok().as_deref().map(inside));
    let lines = text.lines().filter(|line| line.chars().count() >= LONG);
    forms.extend(lines.map(str::to_owned));
    forms
}

/// Those of `secrets` that stand somewhere in `text`.
#[must_use]
pub fn found_in<'a>(secrets: &'a [String], text: &[u8]) -> Vec<&'a str> {
    let text = String::from_utf8_lossy(text);
    secrets.iter().filter(|secret| stands_in(secret, &text)).map(String::as_str).collect()
}

fn stands_in(secret: &str, text: &str) -> bool {
    if secret.chars().count() >= LONG {
        return text.contains(secret);
    }
    text.match_indices(secret).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + secret.len()..].chars().next();
        let part_of_word = |c: char| c.is_alphanumeric() || c == '_';
        !before.is_some_and(part_of_word) && !after.is_some_and(part_of_word)
    })
}

/// Ends the program in an orderly way and searches all that it said since it was started first, also
/// before it was killed: its log at trace level, its last metrics, and what it exported.
///
/// # Panics
/// With what was found, or when there was nothing to search.
pub async fn nothing_private_was_said(
    pipeline: &mut Pipeline,
    collector: &Collector,
    centre: &Centre,
) {
    let secrets = of(centre, &pipeline.tokens());
    assert!(secrets.len() > 50, "there is much to be silent about: {}", secrets.len());
    let metrics = pipeline.metrics().await;
    assert!(metrics.contains("callfold_"), "there are metrics: {metrics}");
    let child = pipeline.child.take().expect("the program runs");
    // The last spans are exported at the orderly end.
    assert!(child.stop().await.success(), "an orderly end");
    let log = std::fs::read(pipeline.output()).expect("the program printed something");
    assert!(log.len() > 10_000, "the log is at trace level: {} bytes", log.len());
    let traces = collector.received();
    assert!(!traces.is_empty(), "spans were exported");
    assert_eq!(found_in(&secrets, &log), Vec::<&str>::new(), "in the log");
    assert_eq!(found_in(&secrets, metrics.as_bytes()), Vec::<&str>::new(), "in metrics");
    assert_eq!(found_in(&secrets, &traces), Vec::<&str>::new(), "in traces");
}

#[cfg(test)]
mod tests {
    use simulators::aircall::{GenerateConfig, generate};

    use super::*;

    #[test]
    fn b53_the_numbers_of_transfers_to_outside_are_secrets() {
        let centre = generate(&GenerateConfig { calls: 400, ..GenerateConfig::default() });
        let secrets = of(&centre, &[]);
        let outside = centre.calls.iter().filter_map(|call| match &call.transfer {
            Some(Transfer { to: TransferTo::External(number), .. }) => Some(number),
            Some(_) | None => None,
        });
        let numbers: Vec<_> = outside.collect();
        assert!(!numbers.is_empty(), "another seed: no call was transferred to outside");
        for number in numbers {
            for form in number_forms(&number.e164, &number.display) {
                assert!(secrets.contains(&form), "{form}");
            }
        }
    }

    #[test]
    fn b53_secrets_are_found_in_every_form_and_short_ones_as_words() {
        let two_lines = text_forms("Tab\there\nSecond copy");
        let table: [(&str, &str, bool); 8] = [
            ("+33612345678", "GET /contacts/alt:phone:+33612345678", true),
            ("Test", "said \"Test\" to", true),
            ("Test", "a=Test b", true),
            ("Test", "Testing", false),
            ("Test", "a_Test", false),
            (&two_lines[0], "x Tab\there\nSecond copy", true),
            (&two_lines[2], r#"{"body":"Tab\there\nSecond copy"}"#, true),
            (&two_lines[0], r#"{"body":"Tab\there\nSecond copy"}"#, false),
        ];
        for (secret, text, found) in table {
            let secrets = [secret.to_owned()];
            assert_eq!(!found_in(&secrets, text.as_bytes()).is_empty(), found, "{secret} {text}");
        }
        assert!(two_lines.contains(&"Second copy".to_owned()), "{two_lines:?}");
    }
}
