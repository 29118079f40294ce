//! The bytes of every version, as they lie in somebody's log: `history/<Name>/<id>.hex` is the
//! full value of `sample.rs` as the code of that time wrote it. Today's code must read all of them,
//! and write the newest ones the same to the byte.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use schemas::registry::{VERSIONS, Version};
use schemas::{
    CallEvent, CallState, Command, Conversation, FrontEvent, Outcome, Position, Raw, Rejection,
    Status, Thread, decode, encode,
};

use crate::each_record;
use crate::sample::Sample;

fn path(version: &Version) -> PathBuf {
    let name = version.name.trim_start_matches("callfold.");
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("history")
        .join(name)
        .join(format!("{}.hex", version.id))
}

fn hex(bytes: &[u8]) -> String {
    bytes.chunks(32).fold(String::new(), |mut text, line| {
        line.iter().for_each(|byte| write!(text, "{byte:02x}").unwrap());
        text.push('\n');
        text
    })
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

fn golden(version: &Version, today: &str) -> String {
    fs::read_to_string(path(version)).unwrap_or_else(|error| {
        panic!("{}: {error}. A new version brings this file:\n{today}", path(version).display())
    })
}

fn bytes_stand<T: Sample>() {
    let today = hex(&encode(&T::full()));
    let newest = VERSIONS.iter().find(|version| version.id == T::SCHEMA_ID).unwrap();
    assert_eq!(
        golden(newest, &today),
        today,
        "{} is encoded differently than before: a new version is needed, see README.md",
        T::SCHEMA
    );
}

fn old_bytes_are_read<T: Sample>() {
    for version in VERSIONS.iter().filter(|version| version.name == T::SCHEMA) {
        let framed = bytes(&golden(version, ""));
        let value: T = decode(&framed).unwrap_or_else(|error| panic!("{}: {error}", version.id));
        let name = format!("{}-{}", T::SCHEMA.trim_start_matches("callfold."), version.id);
        let json = serde_json::to_string_pretty(&value).unwrap();
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(name, json);
        });
    }
}

macro_rules! goldens {
    ($($type:ident),+) => {
        #[test]
        fn encoding_has_not_changed() {
            $(bytes_stand::<$type>();)+
        }

        #[test]
        fn todays_code_reads_the_bytes_of_every_version() {
            $(old_bytes_are_read::<$type>();)+
        }
    };
}
each_record!(goldens);
