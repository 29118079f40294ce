//! Every schema that callfold ever wrote with: its id, its name and its text.

use std::sync::LazyLock;

use apache_avro::Schema;
use apache_avro::reader::datum::GenericDatumReader;

use crate::codec::VALUE_BYTES_MAX;

/// One version of one schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version {
    /// The full name, for example `callfold.CallEvent`.
    pub name: &'static str,
    /// Its id on the log; fixed for ever, see the crate's README.
    pub id: u32,
    /// The schema as JSON text.
    pub json: &'static str,
}

macro_rules! versions {
    ($($name:literal: $($id:literal),+;)+) => {
        /// Every version ever shipped: by name, and of one name the oldest first. A version that
        /// stands here never changes and never goes: somebody's log has records of it.
        pub static VERSIONS: &[Version] = &[$($(Version {
            name: concat!("callfold.", $name),
            id: $id,
            json: include_str!(concat!("../history/", $name, "/", $id, ".avsc")),
        },)+)+];

        /// The newest version of each with today's docs, which may be better than those shipped.
        static DOCUMENTED: &[(&str, &str)] = &[$((
            concat!("callfold.", $name),
            include_str!(concat!("../avro/", $name, ".avsc")),
        ),)+];
    };
}

versions! {
    "CallEvent": 2000001001;
    "FrontEvent": 2000002001;
    "Raw": 2000003001;
    "Rejection": 2000004001;
    "Command": 2000005001;
    "Outcome": 2000006001;
    "Thread": 2000007001, 2000007002;
    "Position": 2000008001;
    "Status": 2000009001;
    "Conversation": 2000010001;
    "CallState": 2000011001, 2000011002;
}

/// The newest version of every schema.
pub fn newest() -> impl Iterator<Item = &'static Version> {
    VERSIONS.iter().enumerate().filter_map(|(at, version)| {
        VERSIONS.get(at + 1).is_none_or(|next| next.name != version.name).then_some(version)
    })
}

/// The version with this id.
#[must_use]
pub fn by_id(id: u32) -> Option<&'static Version> {
    VERSIONS.iter().find(|version| version.id == id)
}

/// The version that a schema's text is, whatever its layout and its docs: compared in Avro's canonical
/// form. None for a text that is no version of ours, or no schema at all.
#[must_use]
pub fn same_as(json: &str) -> Option<&'static Version> {
    let canonical = Schema::parse_str(json).ok()?.canonical_form();
    let at = PARSED.iter().position(|schema| schema.canonical_form() == canonical)?;
    VERSIONS.get(at)
}

/// The newest version of the schema with this full name, as JSON text with today's docs.
#[must_use]
pub fn documented(name: &str) -> Option<&'static str> {
    DOCUMENTED.iter().find(|(it, _)| *it == name).map(|(_, json)| *json)
}

/// A schema, ready to read with.
pub(crate) struct Known {
    pub(crate) name: &'static str,
    id: u32,
    pub(crate) reader: GenericDatumReader<'static>,
}

/// The schema with this id, if this version of callfold knows it.
pub(crate) fn known(id: u32) -> Option<&'static Known> {
    KNOWN.binary_search_by_key(&id, |known| known.id).ok().map(|at| &KNOWN[at])
}

static PARSED: LazyLock<Vec<Schema>> = LazyLock::new(|| {
    VERSIONS
        .iter()
        .map(|version| Schema::parse_str(version.json).expect("a test parses every shipped schema"))
        .collect()
});

static KNOWN: LazyLock<Vec<Known>> = LazyLock::new(|| {
    // The library's limit is one per process and is set by whoever comes first: here, before
    // anything is read. Its default of 512 MiB would let 10 bytes ask for that much.
    apache_avro::util::max_allocation_bytes(VALUE_BYTES_MAX);
    let mut known: Vec<Known> = VERSIONS
        .iter()
        .zip(PARSED.iter())
        .map(|(version, schema)| Known {
            name: version.name,
            id: version.id,
            reader: GenericDatumReader::builder(schema)
                .human_readable(false)
                .build()
                .expect("a shipped schema names only types that it defines"),
        })
        .collect();
    known.sort_by_key(|known| known.id);
    known
});

#[cfg(test)]
mod tests {
    use super::{VERSIONS, same_as};

    #[test]
    fn a_version_is_recognised_by_what_it_says_not_by_how_it_is_written() {
        for version in VERSIONS {
            assert_eq!(same_as(version.json), Some(version));
            let value: serde_json::Value = serde_json::from_str(version.json).unwrap();
            assert_eq!(same_as(&value.to_string()), Some(version));
        }
        for other in [r#"{"type":"record","name":"A","fields":[]}"#, "\"long\"", "", "no schema"] {
            assert_eq!(same_as(other), None, "{other}");
        }
    }
}
