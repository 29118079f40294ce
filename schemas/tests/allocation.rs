//! A length that no value has is refused before anything is allocated. By itself, because the
//! library's limit is one per process and the first to read sets it.

use schemas::codec::VALUE_BYTES_MAX;
use schemas::{CallEvent, Message, decode};

/// A length as Avro writes one.
fn varint(length: usize) -> Vec<u8> {
    let mut rest = length << 1;
    let mut bytes = Vec::new();
    while rest > 0x7f {
        bytes.push(u8::try_from(rest & 0x7f).expect("seven bits") | 0x80);
        rest >>= 7;
    }
    bytes.push(u8::try_from(rest).expect("seven bits"));
    bytes
}

#[test]
fn a_length_that_no_value_has_is_refused() {
    let table = [
        (VALUE_BYTES_MAX, "it ends too early"),
        (VALUE_BYTES_MAX + 1, "a length is greater than any value has"),
        (1 << 40, "a length is greater than any value has"),
    ];
    for (length, expected) in table {
        let mut framed = vec![0];
        framed.extend(CallEvent::SCHEMA_ID.to_be_bytes());
        framed.extend(varint(length));
        let error = decode::<CallEvent>(&framed).expect_err("nothing follows").to_string();
        assert!(error.contains(expected), "{length}: {error}");
    }
}
