//! Who the external party is: B01 and B02.

use ingest::number::e164;
use serde_json::json;

use crate::bodies::{event, full, read_in, with, without};

#[test]
fn b01_numbers_as_aircall_writes_them_become_e164() {
    for (written, region, expected) in [
        ("+44 330 818 6690", None, "+443308186690"),
        ("+1 800-123-4567", None, "+18001234567"),
        ("+43 720 880079", None, "+43720880079"),
        ("+33 1 76 36 06 95", None, "+33176360695"),
        ("+39 06 698 12345", None, "+390669812345"),
        ("+44 (0)330 818 6690", None, "+443308186690"),
        ("+7 800 555-35-35", None, "+78005553535"),
        ("+7 (812) 345-67-89", Some("RU"), "+78123456789"),
        ("+33 0 1 76 36 06 95", None, "+33176360695"),
        ("+800 1234 5678", None, "+80012345678"),
        ("+1 123-456-7890", None, "+11234567890"),
        ("+683 4567", None, "+6834567"),
        ("+49 1512 345678901", None, "+491512345678901"),
        ("+44 330 818                         6690", None, "+443308186690"),
        ("+443308186690", Some("FR"), "+443308186690"),
        ("\u{a0}+44\u{a0}330\u{a0}818\u{a0}6690 ", None, "+443308186690"),
        ("0330 818 6690", Some("GB"), "+443308186690"),
        ("01 76 36 06 95", Some("FR"), "+33176360695"),
        ("00 44 330 818 6690", Some("FR"), "+443308186690"),
        ("(202) 555-0143", Some("US"), "+12025550143"),
    ] {
        assert_eq!(e164(written, region).as_deref(), Some(expected), "{written} in {region:?}");
    }
}

#[test]
fn b02_what_identifies_nobody_is_no_number() {
    for (written, region) in [
        ("", None),
        (" ", Some("FR")),
        ("anonymous", None),
        ("Anonymous", Some("US")),
        ("ANONYMOUS", Some("US")),
        ("restricted", Some("US")),
        ("unknown", Some("US")),
        ("+", None),
        ("+0", None),
        ("+44", None),
        ("+44 1", None),
        ("+683 456", None),
        ("+53 0000001", None),
        ("+49 1512 3456789012", None),
        ("+44 330 818                          6690", None),
        ("+44+330 818 6690", None),
        ("+1 911", None),
        ("0330 818 6690", None),
        ("112", Some("FR")),
        ("2001", Some("GB")),
        ("01 76 36 06 95", Some("XX")),
        ("+999 123 456 789", None),
        ("+44 330 818 6690 x", None),
        ("++44 330", None),
        ("+44330818669044330818669044330818669044330818", None),
        ("sip:a@b.example", Some("US")),
        ("\u{0}", Some("US")),
    ] {
        assert_eq!(e164(written, region), None, "{written:?} in {region:?}");
    }
}

#[test]
fn b01_the_line_s_country_comes_before_the_configured_region() {
    let body = |country| {
        let mut body = with("/data/raw_digits", json!("01 76 36 06 95"));
        body["data"]["number"]["country"] = country;
        body.to_string()
    };
    let contact = |body: String, region| {
        read_in(body.as_bytes(), region).unwrap().contact.as_str().to_owned()
    };
    assert_eq!(contact(body(json!("FR")), Some("GB")), "+33176360695");
    assert_eq!(contact(body(json!(null)), Some("FR")), "+33176360695");
    assert_eq!(contact(body(json!(null)), None), "anonymous:31");
}

#[test]
fn b02_anonymous_calls_are_one_contact_per_line() {
    for raw_digits in [json!("anonymous"), json!("Anonymous"), json!(""), json!(null), json!("n/a")]
    {
        let made = event(&with("/data/raw_digits", raw_digits.clone()));
        assert_eq!(made.contact.as_str(), "anonymous:31", "{raw_digits}");
        assert_eq!(made.contact_number, None);
        let received = raw_digits.as_str().filter(|text| !text.is_empty());
        assert_eq!(made.contact_number_received.as_deref(), received);
    }
    assert_eq!(event(&without("/data/raw_digits")).contact.as_str(), "anonymous:31");
    let mut body = without("/data/number");
    body["data"]["raw_digits"] = json!("anonymous");
    assert_eq!(event(&body).contact.as_str(), "anonymous:0");
}

#[test]
fn a_number_without_quotes_is_read_as_well() {
    let made = event(&with("/data/raw_digits", json!(43_720_880_079_i64)));
    assert_eq!(made.contact_number_received.as_deref(), Some("43720880079"));
    assert_eq!(event(&full()).contact.as_str(), "+443308180000");
}
