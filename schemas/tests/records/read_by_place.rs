//! The newest version is read without a look at its schema: this shows that it is read as the
//! library reads it with the schema, whatever the bytes.

use apache_avro::Schema;
use apache_avro::reader::datum::GenericDatumReader;
use proptest::prelude::*;
use schemas::codec::HEAD_BYTES;
use schemas::{
    CallEvent, CallState, Command, Conversation, FrontEvent, Message, Outcome, Position, Raw,
    Rejection, Status, Thread, decode, encode, registry,
};

use crate::each_record;
use crate::sample::Sample;

fn schema<T: Message>() -> Schema {
    Schema::parse_str(registry::by_id(T::SCHEMA_ID).unwrap().json).unwrap()
}

fn by_name<T: Message>(schema: &Schema, framed: &[u8]) -> Option<T> {
    let reader = GenericDatumReader::builder(schema).human_readable(false).build().unwrap();
    let mut body = &framed[HEAD_BYTES..];
    reader.read_deser(&mut body).ok().filter(|_| body.is_empty())
}

macro_rules! read_alike {
    ($($type:ident),+) => {
        #[test]
        fn any_one_byte_changed_to_any_other_is_read_alike() {
            $({
                let schema = schema::<$type>();
                let good = encode(&<$type as Sample>::full());
                for at in HEAD_BYTES..good.len() {
                    // Small numbers, which are choices and lengths; letters; and what continues a
                    // number or a letter.
                    for to in [0, 1, 2, 3, 4, 12, 20, b'+', b'a', 0x7f, 0x80, 0xff] {
                        let mut bytes = good.clone();
                        bytes[at] = to;
                        let read = decode::<$type>(&bytes).ok();
                        assert_eq!(read, by_name(&schema, &bytes), "{to} at {at}");
                    }
                }
            })+
        }

        proptest! {
            #[test]
            fn any_value_is_read_alike(values in ($(<$type as Sample>::any()),+)) {
                #[allow(non_snake_case, reason = "one variable for each type")]
                let ($($type),+) = values;
                $({
                    let bytes = encode(&$type);
                    prop_assert_eq!(decode::<$type>(&bytes).ok(), by_name(&schema::<$type>(), &bytes));
                    prop_assert_eq!(decode(&bytes), Ok($type));
                })+
            }
        }
    };
}
each_record!(read_alike);

/// Writers may give an array in several blocks, each with its size in bytes or without.
#[test]
fn an_array_in_blocks_is_read_whole() {
    let mut event = CallEvent::full();
    event.clears = ["one", "two", "three"].map(str::to_owned).into();
    let bytes = encode(&event);
    let items = b"\x06\x06one\x06two\x0athree\x00";
    let at = bytes.windows(items.len()).position(|window| window == items).unwrap();
    let blocks = b"\x02\x06one\x03\x14\x06two\x0athree\x00";
    let in_blocks = [&bytes[..at], blocks, &bytes[at + items.len()..]].concat();
    assert_eq!(decode(&in_blocks), Ok(event.clone()));
    assert_eq!(by_name(&schema::<CallEvent>(), &in_blocks), Some(event));
}
