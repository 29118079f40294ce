//! What is written is read back the same, through Avro and through JSON.

use apache_avro::Schema;
use apache_avro::writer::datum::GenericDatumWriter;
use proptest::prelude::*;
use schemas::codec::HEAD_BYTES;
use schemas::{
    CallEvent, CallState, Command, Conversation, FrontEvent, Outcome, Position, Raw, Rejection,
    Status, Thread, decode, encode, registry,
};

use crate::each_record;
use crate::sample::Sample;

/// The library writes by names and asks the schema for each of them; ours must write the same.
fn as_the_library_writes<T: Sample>(value: &T, framed: &[u8]) -> Result<(), TestCaseError> {
    let text = registry::by_id(T::SCHEMA_ID).unwrap().json;
    let schema = Schema::parse_str(text).unwrap();
    let writer = GenericDatumWriter::builder(&schema).human_readable(false).build().unwrap();
    let mut written = Vec::new();
    writer.write_ser(&mut written, value).unwrap();
    prop_assert_eq!(&framed[HEAD_BYTES..], written);
    Ok(())
}

fn comes_back<T: Sample>(value: &T) -> Result<(), TestCaseError> {
    let framed = encode(value);
    as_the_library_writes(value, &framed)?;
    let read: T = decode(&framed).map_err(|error| TestCaseError::fail(error.to_string()))?;
    prop_assert_eq!(&read, value);
    let json = serde_json::to_string(value).unwrap();
    let read: T = serde_json::from_str(&json).unwrap();
    prop_assert_eq!(&read, value);
    Ok(())
}

macro_rules! round_trips {
    ($($type:ident),+) => {
        #[test]
        fn full_values_come_back() {
            $(comes_back(&<$type as Sample>::full()).unwrap();)+
        }

        proptest! {
            #[test]
            fn any_value_comes_back(values in ($(<$type as Sample>::any()),+)) {
                #[allow(non_snake_case, reason = "one variable for each type")]
                let ($($type),+) = values;
                $(comes_back(&$type)?;)+
            }
        }
    };
}
each_record!(round_trips);
