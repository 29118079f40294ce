//! What a record type brings along for these tests: a fixed full value, and any value.

use std::fmt::Debug;

use proptest::prelude::*;
use schemas::{
    AgentId, CallId, Contact, EffectKey, EventId, LineId, Message, Person, Text, TimeMs,
};

/// A record type under test.
pub trait Sample: Message + Debug + PartialEq + 'static {
    /// One fixed value with every field set, so that every field is in its golden bytes.
    fn full() -> Self;
    /// Any value.
    fn any() -> BoxedStrategy<Self>;
}

/// Calls a macro with every record type and its name.
#[macro_export]
macro_rules! each_record {
    ($then:ident) => {
        $then!(
            CallEvent,
            FrontEvent,
            Raw,
            Rejection,
            Command,
            Outcome,
            Thread,
            Position,
            Status,
            Conversation,
            CallState
        );
    };
}

/// Any text that a person could have typed, the awkward ones too.
pub fn text() -> BoxedStrategy<String> {
    prop_oneof![Just(String::new()), Just("\u{0}\n\"\\".to_owned()), ".{0,20}"].boxed()
}

/// Such a text, or nothing.
pub fn maybe_text() -> BoxedStrategy<Option<String>> {
    proptest::option::of(text()).boxed()
}

/// Any id of those that are given as texts.
pub fn given<T: From<String> + Debug + 'static>() -> BoxedStrategy<T> {
    text().prop_map(T::from).boxed()
}

/// Such an id, or none.
pub fn maybe_given<T: From<String> + Debug + 'static>() -> BoxedStrategy<Option<T>> {
    proptest::option::of(given()).boxed()
}

/// Any text of those that are shared.
pub fn shared() -> BoxedStrategy<Text> {
    text().prop_map(Text::from).boxed()
}

/// Such a text, or nothing.
pub fn maybe_shared() -> BoxedStrategy<Option<Text>> {
    proptest::option::of(shared()).boxed()
}

/// Any time, before 1970 too.
pub fn time() -> BoxedStrategy<TimeMs> {
    any::<i64>().prop_map(TimeMs).boxed()
}

/// Any call id.
pub fn call_id() -> BoxedStrategy<CallId> {
    (1..=i64::MAX).prop_map(|id| CallId::try_from(id).unwrap()).boxed()
}

/// Any line id.
pub fn line_id() -> BoxedStrategy<LineId> {
    (1..=i64::MAX).prop_map(|id| LineId::try_from(id).unwrap()).boxed()
}

/// Any event id.
pub fn event_id() -> BoxedStrategy<EventId> {
    ".{1,12}".prop_map(event).boxed()
}

/// Any effect key.
pub fn effect_key() -> BoxedStrategy<EffectKey> {
    (call_id(), "[a-z]{1,9}").prop_map(|(call, piece)| EffectKey::of_call(call, &piece)).boxed()
}

/// Any contact.
pub fn contact() -> BoxedStrategy<Contact> {
    prop_oneof![
        "\\+[1-9][0-9]{1,14}".prop_map(|number| Contact::from_e164(&number).unwrap()),
        proptest::option::of(line_id()).prop_map(Contact::anonymous),
    ]
    .boxed()
}

/// Any agent of Aircall's.
pub fn person() -> BoxedStrategy<Person> {
    (any::<i64>(), maybe_shared(), maybe_shared())
        .prop_map(|(id, name, email)| Person { id: AgentId(id), name, email })
        .boxed()
}

/// An event id from a text that has something in it.
pub fn event(text: impl Into<String>) -> EventId {
    EventId::try_from(text.into()).unwrap()
}

/// The contact of the fixed values; numbers like it are reserved for stories.
pub fn someone() -> Contact {
    Contact::from_e164("+12025550123").unwrap()
}

/// The effect key of the fixed values.
pub fn some_effect(piece: &str) -> EffectKey {
    EffectKey::of_call(CallId::try_from(3_000_000_007).unwrap(), piece)
}

/// The agent of the fixed values.
pub fn somebody(id: i64) -> Person {
    Person {
        id: AgentId(id),
        name: Some("Ada".into()),
        email: Some(format!("agent{id}@example.com").into()),
    }
}
