//! Any bytes are an event or a reason; tokens do not stay in what is kept; and what Aircall delivers
//! twice, or what is read again from what was kept, has the same id. `cargo fuzz run normalise`.
#![no_main]

use ingest::json::Json;
use ingest::redact::Redactor;
use ingest::{NoCall, Seen, front_body, normalise};
use libfuzzer_sys::fuzz_target;
use schemas::{CallEvent, EventId, Origin, TimeMs};

/// With a character that JSON may escape in two ways, and one that is longer than a byte.
const TOKEN: &str = "01234567/9ab\u{e9}";

const SEEN: Seen<'_> =
    Seen { received_at: TimeMs(1), origin: Origin::Webhook, default_region: Some("FR") };

fuzz_target!(|body: &[u8]| {
    let _ = ingest::envelope::token_of(body);
    let _ = front_body::read(body);
    reads_what_the_well_known_parser_reads(body);
    let kept = redacted(body);
    let made = normalise(&kept, &SEEN);
    if let Ok(event) = &made {
        let again = schemas::decode::<CallEvent>(&schemas::encode(event));
        assert_eq!(again.ok().as_ref(), Some(event));
    }
    let text = String::from_utf8_lossy(&kept);
    if let Ok(value @ Json::Object(_)) = Json::parse(&text) {
        let repeat = delivered_again(&value);
        assert_eq!(id(&normalise(repeat.as_bytes(), &SEEN)), id(&made), "{repeat}");
    }
});

/// What `serde_json` takes, ours takes, if it is not too deep.
fn reads_what_the_well_known_parser_reads(body: &[u8]) {
    let Ok(text) = std::str::from_utf8(body) else { return };
    if serde_json::from_str::<serde_json::Value>(text).is_ok() {
        let ours = Json::parse(text);
        assert!(matches!(ours, Ok(_) | Err(ingest::json::JsonError::TooDeep)), "{ours:?}");
    }
}

/// What is kept of `body`: JSON when it was JSON, and without the token, however it was written.
///
/// Where a token is cut out, what stood before and behind it meets. Whoever makes a token of that
/// knows the token; here it is cut out until none is left.
fn redacted(body: &[u8]) -> Vec<u8> {
    let redactor = Redactor::new([TOKEN]);
    let mut kept = redactor.redact(body);
    let was_json = Json::parse(&String::from_utf8_lossy(body)).is_ok();
    assert!(kept.len() <= body.len());
    loop {
        let text = String::from_utf8_lossy(&kept).into_owned();
        let value = Json::parse(&text);
        assert!(value.is_ok() || !was_json, "{text} was JSON");
        let again = redactor.redact(&kept);
        if again == kept {
            assert!(!text.contains(TOKEN), "{text}");
            if let Ok(value) = value {
                assert_no_token(&value);
            }
            return kept;
        }
        assert!(again.len() < kept.len());
        kept = again;
    }
}

fn assert_no_token(value: &Json<'_>) {
    match value {
        Json::Text(text) => assert!(!text.contains(TOKEN), "{text}"),
        Json::List(elements) => elements.iter().for_each(assert_no_token),
        Json::Object(members) => {
            for (key, value) in members {
                assert!(!key.contains(TOKEN), "{key}");
                let is_blank = matches!(value, Json::Text(text) if text.is_empty());
                let is_no_text = !matches!(value, Json::Text(_));
                assert!(key != "token" || is_blank || is_no_text, "{value:?}");
                assert_no_token(value);
            }
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}

/// The id of whatever was made of a body.
fn id(made: &Result<CallEvent, NoCall>) -> &EventId {
    match made {
        Ok(event) => &event.event_id,
        Err(NoCall::OtherEvent { event_id, .. }) => event_id,
        Err(NoCall::Rejected(rejection)) => &rejection.event_id,
    }
}

/// The same event as another delivery may write it: another token, other space, the members in
/// another order, every character escaped, and URLs signed again.
fn delivered_again(envelope: &Json<'_>) -> String {
    let mut text = String::from("\r\n");
    write(envelope, &mut text);
    text.truncate(text.len() - 1);
    let comma =
        if matches!(envelope, Json::Object(members) if members.is_empty()) { "" } else { "," };
    text + comma + "\"token\":\"another\"}\n"
}

fn write(value: &Json<'_>, text: &mut String) {
    match value {
        Json::Null => text.push_str("null"),
        Json::Bool(flag) => text.push_str(if *flag { "true" } else { "false" }),
        Json::Number(number) => text.push_str(number),
        Json::Text(content) => write_text(content, signature(content), text),
        Json::List(elements) => {
            text.push('[');
            for (place, element) in elements.iter().enumerate() {
                text.push_str(if place == 0 { "\t" } else { "," });
                write(element, text);
            }
            text.push(']');
        }
        Json::Object(members) => {
            let mut other_order: Vec<_> = members.iter().collect();
            // Stable: of members with one name the last one counts.
            other_order.sort_by(|left, right| right.0.cmp(&left.0));
            text.push('{');
            for (place, (key, value)) in other_order.into_iter().enumerate() {
                text.push_str(if place == 0 { "" } else { " ,\n" });
                write_text(key, "", text);
                text.push(':');
                write(value, text);
            }
            text.push('}');
        }
    }
}

fn signature(content: &str) -> &'static str {
    let is_url = content.starts_with("https://") || content.starts_with("http://");
    match (is_url, content.contains(['?', '#'])) {
        (true, true) => "&X-Amz-Signature=2",
        (true, false) => "?X-Amz-Signature=2",
        (false, _) => "",
    }
}

fn write_text(content: &str, behind: &str, text: &mut String) {
    text.push('"');
    for unit in content.encode_utf16().chain(behind.encode_utf16()) {
        text.push_str(&format!("\\u{unit:04X}"));
    }
    text.push('"');
}
