//! Bytes that are not ours: an error, never a panic, never a large allocation, never a value in
//! the error.

use proptest::prelude::*;
use schemas::{
    CallEvent, CallState, Command, Conversation, DecodeError, FrontEvent, Message, Outcome,
    Position, Raw, Rejection, Status, Thread, decode, encode,
};

use crate::each_record;
use crate::sample::Sample;

fn framed<T: Message>(body: &[u8]) -> Vec<u8> {
    let mut framed = vec![0];
    framed.extend(T::SCHEMA_ID.to_be_bytes());
    framed.extend(body);
    framed
}

macro_rules! hostile {
    ($($type:ident),+) => {
        proptest! {
            #[test]
            fn arbitrary_bytes_never_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
                $(drop(decode::<$type>(&framed::<$type>(&body)));)+
                drop(decode::<CallEvent>(&body));
            }

            #[test]
            fn changed_bytes_never_panic(at in any::<usize>(), to in any::<u8>()) {
                $({
                    let mut bytes = encode(&<$type as Sample>::full());
                    let at = at % bytes.len();
                    bytes[at] = to;
                    drop(decode::<$type>(&bytes));
                })+
            }
        }

        #[test]
        fn records_show_no_number_name_or_text_when_they_are_printed() {
            $({
                let shown = format!("{:?}", <$type as Sample>::full());
                for hidden in ["2025550", "Grace", "Ada", "@example.com", "Monday", "Support"] {
                    assert!(!shown.contains(hidden), "{hidden} in {shown}");
                }
            })+
        }

        #[test]
        fn cut_and_lengthened_bytes_are_refused() {
            $({
                let mut bytes = encode(&<$type as Sample>::full());
                for length in 0..bytes.len() {
                    assert!(decode::<$type>(&bytes[..length]).is_err(), "{length} bytes");
                }
                bytes.push(0);
                assert!(decode::<$type>(&bytes).unwrap_err().to_string().contains("left over"));
            })+
        }
    };
}
each_record!(hostile);

#[test]
fn what_is_not_framed_or_not_known_says_so() {
    for short in [&[][..], &[0], &[0, 1, 2, 3], &[1, 0, 0, 0, 1, 9]] {
        assert_eq!(decode::<Raw>(short), Err(DecodeError::NotFramed));
    }
    assert_eq!(decode::<Raw>(&[0, 0, 0, 0, 7]), Err(DecodeError::UnknownSchema(7)));
    let thread = encode(&Thread::full());
    assert!(matches!(decode::<Raw>(&thread), Err(DecodeError::OtherType { .. })));
}

#[test]
fn errors_show_no_value() {
    let secret = "+12025550123";
    let good = encode(&CallEvent::full());
    let start = good.windows(12).position(|at| at == secret.as_bytes()).unwrap();
    let mut shown = Vec::new();
    let mut show = |bytes: &[u8]| {
        let error = decode::<CallEvent>(bytes).unwrap_err();
        shown.push(format!("{error} {error:?}"));
    };
    let mut no_contact = good.clone();
    no_contact[start] = b'x';
    show(&no_contact);
    let mut not_utf8 = good.clone();
    not_utf8[start + 5] = 0xff;
    show(&not_utf8);
    show(&good[..start + 12]);
    // A command whose action is a number: a value where a word of ours is expected.
    let command = encode(&Command::full());
    let action = command.windows(8).position(|at| at == b"activity").unwrap();
    let mut odd = command.clone();
    odd[action..action + 8].copy_from_slice(b"+1202555");
    let error = decode::<Command>(&odd).unwrap_err();
    shown.push(format!("{error} {error:?}"));
    for text in shown {
        assert!(!text.contains("2555"), "{text}");
    }
}
