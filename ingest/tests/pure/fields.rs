//! Field by field: what is there, absent, null, `{}` or of the wrong type (B20).

use schemas::{AgentId, CallStatus, Direction};
use serde_json::{Value, json};

use crate::bodies::{event, full, read, with, without};

/// Everything that a sender may write where something else was expected.
fn wrong() -> Vec<Value> {
    vec![
        json!(null),
        json!({}),
        json!([]),
        json!([1]),
        json!(true),
        json!(-1),
        json!(1.5),
        json!(""),
    ]
}

#[test]
fn b20_any_optional_field_may_be_absent_or_anything_at_all() {
    let whole = full();
    let names: Vec<String> = whole["data"].as_object().unwrap().keys().cloned().collect();
    for name in names.iter().filter(|name| *name != "id") {
        let pointer = format!("/data/{name}");
        assert_eq!(event(&without(&pointer)).call_id.get(), 3_049_915_377, "{name} absent");
        for value in wrong() {
            let made = event(&with(&pointer, value.clone()));
            assert_eq!(made.call_id.get(), 3_049_915_377, "{name} = {value}");
        }
    }
}

#[test]
fn b20_any_field_inside_an_object_may_be_anything_at_all() {
    for pointer in [
        "/data/number/id",
        "/data/number/name",
        "/data/number/digits",
        "/data/number/country",
        "/data/number/time_zone",
        "/data/user/id",
        "/data/user/name",
        "/data/user/email",
        "/data/contact/first_name",
        "/data/comments/0",
        "/data/comments/0/id",
        "/data/comments/0/content",
        "/data/comments/0/posted_by",
        "/data/tags/0",
        "/data/tags/0/id",
        "/data/tags/0/tagged_by",
        "/data/teams/0",
        "/data/teams/0/id",
    ] {
        for value in wrong() {
            assert_eq!(event(&with(pointer, value)).call_id.get(), 3_049_915_377, "{pointer}");
        }
    }
}

#[test]
fn b20_what_is_absent_or_of_the_wrong_type_is_none() {
    let mut wrong = wrong();
    wrong.extend([json!("words"), json!("2026-99-99"), json!(0)]);
    for value in wrong {
        assert_eq!(event(&with("/data/started_at", value.clone())).started_at, None, "{value}");
        assert_eq!(event(&with("/data/user/id", value.clone())).agent, None, "{value}");
        assert_eq!(event(&with("/data/number/id", value.clone())).line_id, None, "{value}");
        assert_eq!(event(&with("/data/comments/0/id", value.clone())).comments, [], "{value}");
        assert_eq!(event(&with("/data/tags/0/id", value.clone())).tags, [], "{value}");
    }
}

#[test]
fn b20_an_archived_call_says_so_and_anything_else_than_yes_or_no_is_neither() {
    for (value, expected) in [
        (json!(true), Some(true)),
        (json!(false), Some(false)),
        (json!("true"), None),
        (json!(1), None),
        (json!(null), None),
    ] {
        assert_eq!(event(&with("/data/archived", value.clone())).archived, expected, "{value}");
    }
    assert_eq!(event(&without("/data/archived")).archived, None);
}

#[test]
fn b20_ids_are_numbers_or_texts_of_digits() {
    for id in [json!(812), json!("812"), json!(" 812 ")] {
        assert_eq!(event(&with("/data/id", id.clone())).call_id.get(), 812, "{id}");
        assert_eq!(
            event(&with("/data/user/id", id.clone())).agent.unwrap().id,
            AgentId(812),
            "{id}"
        );
        assert_eq!(event(&with("/data/number/id", id)).line_id.unwrap().get(), 812);
    }
    let largest = event(&with("/data/id", json!(i64::MAX)));
    assert_eq!(largest.call_id.get(), i64::MAX);
}

#[test]
fn b20_numbers_that_no_machine_holds_are_absent() {
    for huge in ["1e400", "-1e400", "99999999999999999999999999", "123456789.5", "1E5"] {
        let body = full()
            .to_string()
            .replace("1767261600", huge)
            .replace("\"cost\":\"0.0\"", &format!("\"cost\":{huge}"));
        assert!(body.contains(huge), "the body is changed");
        assert_eq!(read(body.as_bytes()).unwrap().started_at, None, "{huge}");
    }
}

#[test]
fn times_are_seconds_or_iso_and_never_milliseconds() {
    let started = |value| event(&with("/data/started_at", value)).started_at.map(|time| time.0);
    assert_eq!(started(json!(1_767_261_601)), Some(1_767_261_601_000));
    assert_eq!(started(json!("1767261601")), Some(1_767_261_601_000));
    assert_eq!(started(json!("2026-01-01T10:00:01.500Z")), Some(1_767_261_601_500));
    assert_eq!(started(json!(253_402_300_799_i64)), Some(253_402_300_799_000));
    assert_eq!(started(json!(253_402_300_800_i64)), None);
    assert_eq!(started(json!(1_767_261_601_000_i64)), None);
    assert_eq!(started(json!(1)), Some(1000));
    assert_eq!(started(json!("1970-01-01T00:00:00Z")), None, "no call is that old");
    assert_eq!(started(json!("1970-01-01T00:00:00.001Z")), Some(1));
}

#[test]
fn words_of_direction_and_status_are_known_or_unknown() {
    let direction = |value| event(&with("/data/direction", value)).direction;
    assert_eq!(direction(json!("inbound")), Direction::Inbound);
    assert_eq!(direction(json!("outbound")), Direction::Outbound);
    assert_eq!(direction(json!("sideways")), Direction::Unknown);
    assert_eq!(direction(json!(1)), Direction::Unknown);
    let status = |value| event(&with("/data/status", value)).status;
    assert_eq!(status(json!("initial")), CallStatus::Initial);
    assert_eq!(status(json!("answered")), CallStatus::Answered);
    assert_eq!(status(json!("done")), CallStatus::Done);
    assert_eq!(status(json!("missed")), CallStatus::Unknown);
    assert_eq!(status(json!(null)), CallStatus::Unknown);
}

#[test]
fn every_name_of_an_event_of_a_call_is_taken_also_unknown_ones() {
    for name in ["call.created", "call.unarchived", "call.something.new.v9"] {
        assert_eq!(event(&with("/event", json!(name))).event, name);
    }
}

#[test]
fn the_name_of_a_contact_comes_from_what_it_has() {
    let name = |contact| event(&with("/data/contact", contact)).contact_name;
    assert_eq!(name(json!({"first_name": "A", "last_name": "B"})).as_deref(), Some("A B"));
    assert_eq!(name(json!({"first_name": " A ", "last_name": null})).as_deref(), Some("A"));
    assert_eq!(name(json!({"first_name": "", "last_name": "B"})).as_deref(), Some("B"));
    assert_eq!(name(json!({"company_name": "C"})).as_deref(), Some("C"));
    assert_eq!(name(json!({})), None);
    assert_eq!(name(json!(null)), None);
}

#[test]
fn emails_are_lower_case_and_texts_of_one_line_have_no_control_characters() {
    let person = json!({"id": 1, "name": "A\u{0}\tB\n", "email": "  A.B@Example.COM "});
    let agent = event(&with("/data/user", person)).agent.unwrap();
    assert_eq!(agent.name.as_deref(), Some("A  B"));
    assert_eq!(agent.email.as_deref(), Some("a.b@example.com"));
    let empty = event(&with("/data/user", json!({"id": 1, "name": " \u{7} "}))).agent.unwrap();
    assert_eq!((empty.name, empty.email), (None, None));
}

#[test]
fn comments_keep_their_line_breaks_and_lose_other_control_characters() {
    let content = |text: &str| {
        let made = event(&with("/data/comments/0/content", json!(text)));
        made.comments.first().map(|comment| comment.content.clone())
    };
    assert_eq!(content("a\r\nb\rc\n\td\u{0}\u{1b}[1m").as_deref(), Some("a\nb\nc\n\td[1m"));
    assert_eq!(content("<b>&amp;</b> \u{1f600}").as_deref(), Some("<b>&amp;</b> \u{1f600}"));
    assert_eq!(content(" \n \u{0}"), None, "without a text there is no comment");
}

#[test]
fn a_comment_through_the_api_has_no_author_and_a_tag_of_the_api_has_another_time() {
    let comment = json!([{"id": 1, "content": "x", "posted_by": null}]);
    let made = event(&with("/data/comments", comment));
    assert_eq!((made.comments[0].posted_by.clone(), made.comments[0].posted_at), (None, None));
    let tag = json!([{"id": 1, "name": "x", "tagged_by": {}, "created_at": 1_767_261_600}]);
    let made = event(&with("/data/tags", tag));
    assert_eq!(made.tags[0].tagged_at.unwrap().seconds(), 1_767_261_600);
}

#[test]
fn the_api_s_names_and_a_misspelling_in_its_reference_are_read_as_well() {
    let mut body = without("/data/call_uuid");
    body["data"]["sid"] = json!("CA02");
    assert_eq!(event(&body).call_uuid, Some("CA02".into()));
    for (written, meant) in
        [("transfered_by", "transferred_by"), ("transfered_to", "transferred_to")]
    {
        let mut body = without(&format!("/data/{meant}"));
        body["data"][written] = json!({"id": 9});
        let made = event(&body);
        let read = if meant.ends_with("by") { made.transferred_by } else { made.transferred_to };
        assert_eq!(read.unwrap().id, AgentId(9), "{written}");
    }
}

#[test]
fn b09_only_a_stable_page_is_kept_and_signed_urls_only_say_that_there_is_something() {
    let media = |changes: Value| {
        let mut body = full();
        let data = body["data"].as_object_mut().unwrap();
        for name in ["recording", "voicemail", "asset"] {
            data.insert(name.to_owned(), Value::Null);
        }
        data.extend(changes.as_object().unwrap().clone());
        let made = event(&body);
        (made.has_recording, made.has_voicemail, made.asset_url)
    };
    let signed = "https://media.example/a.mp3?X-Amz-Signature=1";
    let page = |kind: &str| format!("https://assets.aircall.example/calls/1/{kind}");
    assert_eq!(media(json!({})), (false, false, None));
    assert_eq!(media(json!({"recording": signed})), (true, false, None));
    assert_eq!(media(json!({"voicemail": signed})), (false, true, None));
    assert_eq!(media(json!({"recording_short_url": signed})), (true, false, None));
    assert_eq!(media(json!({"voicemail_short_url": signed})), (false, true, None));
    assert_eq!(media(json!({"recording": ""})), (false, false, None));
    let recording = page("recording");
    assert_eq!(media(json!({"asset": recording})), (true, false, Some(recording.as_str().into())));
    let voicemail = page("voicemail");
    assert_eq!(media(json!({"asset": voicemail})), (false, true, Some(voicemail.as_str().into())));
    for signature in ["X-Amz-Signature=1", "X-Amz-Date=1", "Expires=1&Signature=1"] {
        let signed = format!("https://media.example/a.mp3?{signature}");
        assert_eq!(media(json!({"asset": signed})), (false, false, None), "a signed URL dies");
    }
    assert_eq!(media(json!({"asset": "javascript:alert(1)"})), (false, false, None));
}

#[test]
fn a_line_s_number_is_the_first_that_can_be_read_else_as_received() {
    let number = |line: Value| event(&with("/data/number", line)).line_number;
    let both = json!({"e164_digits": "+43720880001", "digits": "+43 720 880002"});
    assert_eq!(number(both).as_deref(), Some("+43720880001"));
    let unreadable = json!({"e164_digits": "n/a", "digits": "+43 720 880002"});
    assert_eq!(number(unreadable).as_deref(), Some("+43720880002"));
    let national = json!({"digits": "01 76 36 06 95", "country": "FR"});
    assert_eq!(number(national).as_deref(), Some("+33176360695"));
    assert_eq!(number(json!({"digits": "Sip line"})).as_deref(), Some("Sip line"));
    assert_eq!(number(json!({})), None);
}

#[test]
fn a_country_is_two_capitals_and_an_external_transfer_may_be_no_number() {
    for country in [json!("at"), json!("AUT"), json!(43), json!("")] {
        assert_eq!(event(&with("/data/number/country", country)).line_country, None);
    }
    let made = event(&with("/data/external_transferred_to", json!("reception")));
    assert_eq!(made.external_transferred_to.as_deref(), Some("reception"));
}
