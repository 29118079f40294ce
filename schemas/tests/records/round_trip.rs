//! What is written is read back the same, through Avro and through JSON.

use proptest::prelude::*;
use schemas::{
    CallEvent, CallState, Command, Conversation, FrontEvent, Outcome, Position, Raw, Rejection,
    Status, Thread, decode, encode,
};

use crate::each_record;
use crate::sample::Sample;

fn comes_back<T: Sample>(value: &T) -> Result<(), TestCaseError> {
    let framed = encode(value);
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
