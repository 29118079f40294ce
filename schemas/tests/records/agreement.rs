//! Structs and schemas agree: the same names in the same order, by which the newest version is read.

use apache_avro::Schema;
use schemas::{
    Activity, Actor, Agent, Attempt, CallEvent, CallState, CallStatus, Command, Comment,
    CommentAction, Conversation, Customer, Decider, Direction, FrontEvent, Input, Message, Origin,
    Outcome, OutcomeState, Person, Piece, Position, Raw, Rejection, Source, Status, Tag, Team,
    Thread, call_state, conversation, registry,
};
use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error, Visitor};
use serde::forward_to_deserialize_any;

use crate::each_record;

/// Reads no value: only asks a struct for its name and fields, an enum for its name and words.
struct AskNames;

#[derive(Debug)]
struct Answer(&'static str, Vec<&'static str>);

impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Answer {}

impl Error for Answer {
    fn custom<T: std::fmt::Display>(said: T) -> Self {
        panic!("not a struct: {said}")
    }
}

impl<'de> Deserializer<'de> for AskNames {
    type Error = Answer;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Answer> {
        panic!("a record is a struct")
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Answer> {
        Err(Answer(name, fields.to_vec()))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        words: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Answer> {
        Err(Answer(name, words.to_vec()))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map identifier ignored_any
    }
}

/// Every record and enum that a schema defines: its name and its fields' names or its words, in
/// order.
fn records(schema: &Schema, into: &mut Vec<(String, Vec<String>)>) {
    match schema {
        Schema::Record(record) => {
            let fields = record.fields.iter().map(|field| field.name.clone()).collect();
            into.push((record.name.name().to_owned(), fields));
            for field in &record.fields {
                records(&field.schema, into);
            }
        }
        Schema::Enum(words) => into.push((words.name.name().to_owned(), words.symbols.clone())),
        Schema::Union(union) => union.variants().iter().for_each(|it| records(it, into)),
        Schema::Array(array) => records(&array.items, into),
        Schema::Map(map) => records(&map.types, into),
        _ => {}
    }
}

fn agrees<T: DeserializeOwned>(schema: &str) {
    let Err(Answer(name, fields)) = <T as Deserialize>::deserialize(AskNames) else {
        panic!("AskNames has no value to give")
    };
    let version = registry::newest().find(|it| it.name == schema).unwrap();
    let mut defined = Vec::new();
    records(&Schema::parse_str(version.json).unwrap(), &mut defined);
    let in_schema = defined.into_iter().find(|(record, _)| record == name);
    let (_, in_schema) = in_schema.unwrap_or_else(|| panic!("{schema} defines no {name}"));
    assert_eq!(fields, in_schema, "{name} and what {schema} defines");
}

macro_rules! structs_agree {
    ($($type:ident),+) => {
        #[test]
        fn every_record_type_has_its_schemas_fields_in_order() {
            $(agrees::<$type>(<$type as Message>::SCHEMA);)+
        }

        #[test]
        fn every_record_type_writes_the_newest_version() {
            $({
                let newest = registry::newest().find(|it| it.name == <$type as Message>::SCHEMA);
                assert_eq!(newest.unwrap().id, <$type as Message>::SCHEMA_ID);
            })+
        }

        #[test]
        fn every_schema_has_a_record_type_in_these_tests() {
            let tested = [$(<$type as Message>::SCHEMA),+];
            for version in registry::VERSIONS {
                assert!(tested.contains(&version.name), "{} is not in each_record!", version.name);
            }
        }
    };
}
each_record!(structs_agree);

#[test]
fn enums_have_their_schemas_words_in_order() {
    agrees::<Origin>("callfold.CallEvent");
    agrees::<Direction>("callfold.CallEvent");
    agrees::<CallStatus>("callfold.CallEvent");
    agrees::<Actor>("callfold.FrontEvent");
    agrees::<Source>("callfold.Raw");
    agrees::<Origin>("callfold.Raw");
    agrees::<OutcomeState>("callfold.Outcome");
    agrees::<Decider>("callfold.Conversation");
    agrees::<Direction>("callfold.CallState");
    agrees::<CallStatus>("callfold.CallState");
    agrees::<Piece>("callfold.CallState");
}

#[test]
fn parts_of_records_have_their_schemas_fields_in_order() {
    agrees::<Person>("callfold.CallEvent");
    agrees::<Comment>("callfold.CallEvent");
    agrees::<Tag>("callfold.CallEvent");
    agrees::<Team>("callfold.CallEvent");
    agrees::<Activity>("callfold.Command");
    agrees::<Customer>("callfold.Command");
    agrees::<Agent>("callfold.Command");
    agrees::<CommentAction>("callfold.Command");
    agrees::<Attempt>("callfold.Outcome");
    agrees::<Input>("callfold.Position");
    agrees::<call_state::Stamp>("callfold.CallState");
    agrees::<call_state::CallFacts>("callfold.CallState");
    agrees::<call_state::CommentFact>("callfold.CallState");
    agrees::<call_state::TagFact>("callfold.CallState");
    agrees::<call_state::Receipts>("callfold.CallState");
    agrees::<call_state::EmittedPiece>("callfold.CallState");
    agrees::<conversation::Decision>("callfold.Conversation");
    agrees::<conversation::StatusFact>("callfold.Conversation");
    agrees::<conversation::InboxFact>("callfold.Conversation");
    agrees::<conversation::AssigneeFact>("callfold.Conversation");
    agrees::<conversation::LateReopening>("callfold.Conversation");
    agrees::<conversation::Totals>("callfold.Conversation");
    agrees::<conversation::Subject>("callfold.Conversation");
    agrees::<conversation::AskedAssignment>("callfold.Conversation");
    agrees::<conversation::EmittedAttribute>("callfold.Conversation");
}
