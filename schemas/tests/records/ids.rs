//! What is an identifier and what is not, and the keys under which records lie.

use std::fmt::{Debug, Display};

use schemas::topics::key;
use schemas::{
    CallId, CallUuid, Contact, EffectKey, EventId, FrontCommentId, FrontContactId,
    FrontConversationId, FrontMessageId, FrontTagId, InboxId, LineId, MessageUid, TeammateId,
    TimeMs, TopicKind, TopicNames,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

#[test]
fn b02_a_contact_is_a_number_or_a_line_without_one() {
    let table = [
        ("+12025550123", Some(true)),
        ("+49", Some(true)),
        ("+123456789012345", Some(true)),
        ("anonymous:7", Some(false)),
        ("anonymous:0", Some(false)),
        ("+1", None),
        ("+1234567890123456", None),
        ("+02025550123", None),
        ("12025550123", None),
        ("+1202555O123", None),
        ("+1 2025550123", None),
        ("anonymous", None),
        ("anonymous:", None),
        ("anonymous:-7", None),
        ("", None),
    ];
    for (key, has_number) in table {
        let contact = Contact::try_from(key.to_owned());
        assert_eq!(contact.as_ref().ok().map(|it| it.e164().is_some()), has_number, "{key:?}");
        if let Ok(contact) = contact {
            assert_eq!(contact.as_str(), key);
        }
    }
    let line = LineId::try_from(7).unwrap();
    assert_eq!(Contact::anonymous(Some(line)).as_str(), "anonymous:7");
    assert_eq!(Contact::anonymous(None).as_str(), "anonymous:0");
    assert!(Contact::from_e164("anonymous:7").is_err());
}

#[test]
fn other_ids_refuse_nonsense() {
    assert!(CallId::try_from(0).is_err());
    assert!(LineId::try_from(-1).is_err());
    assert_eq!(CallId::try_from(3_000_000_007).unwrap().get(), 3_000_000_007);
    assert!(EventId::try_from(String::new()).is_err());
    assert!(EffectKey::try_from(String::new()).is_err());
}

/// On the log and in what is shown as JSON they were texts before they had types, and are still.
#[test]
fn an_id_that_is_given_as_a_text_is_that_text_when_written_and_refuses_none() {
    fn check<T>(text: &str)
    where
        T: From<String> + Display + Debug + PartialEq + Serialize + DeserializeOwned,
    {
        let id = T::from(text.to_owned());
        assert_eq!(id.to_string(), text);
        assert_eq!(serde_json::to_value(&id).unwrap(), text);
        assert_eq!(serde_json::from_value::<T>(text.into()).unwrap(), id);
    }
    for text in ["", " x\n", "cnv_yo1kg5q", "CA00000000000000000000000000000001", "\u{0}\n\"\\"] {
        check::<CallUuid>(text);
        check::<FrontCommentId>(text);
        check::<FrontContactId>(text);
        check::<FrontConversationId>(text);
        check::<FrontMessageId>(text);
        check::<FrontTagId>(text);
        check::<InboxId>(text);
        check::<MessageUid>(text);
        check::<TeammateId>(text);
    }
}

#[test]
fn times_round_down_to_seconds_and_do_not_overflow() {
    let table = [(0, 0), (999, 0), (1_000, 1), (-1, -1), (-1_000, -1), (-1_001, -2)];
    for (ms, seconds) in table {
        assert_eq!(TimeMs(ms).seconds(), seconds, "{ms}");
    }
    assert_eq!(TimeMs::from_seconds(i64::MAX).0, i64::MAX);
    assert_eq!(TimeMs(i64::MAX).plus_ms(1).0, i64::MAX);
}

#[test]
fn keys_begin_with_the_contact_so_that_its_records_lie_together() {
    let contact = Contact::from_e164("+12025550123").unwrap();
    let call = CallId::try_from(7).unwrap();
    let event = EventId::try_from("e1".to_owned()).unwrap();
    let effect = EffectKey::of_call(call, "main");
    let table = [
        (key::event(&contact, &event), "+12025550123|e1"),
        (key::orphan(&event), "?|e1"),
        (key::effect(&contact, &effect), "+12025550123|call:7:main"),
        (key::call(&contact, call), "+12025550123|7"),
        (key::conversation(&contact), "+12025550123"),
        (key::thread(&contact), "thread|+12025550123"),
        (key::position("dispatcher"), "position|dispatcher"),
        (key::status("dispatcher"), "status|dispatcher"),
    ];
    for (key, expected) in table {
        assert_eq!(String::from_utf8(key).unwrap(), expected);
    }
}

#[test]
fn topics_are_found_by_short_and_by_full_name() {
    let names = TopicNames::with_prefix("callfold");
    for kind in TopicKind::ALL {
        assert_eq!(TopicKind::by_name(kind.short_name()), Some(kind));
        assert_eq!(TopicKind::by_name(&names.name(kind)), Some(kind));
    }
    assert_eq!(names.name(TopicKind::Calls), "callfold.calls");
    assert_eq!(TopicKind::by_name("call"), None);
}
