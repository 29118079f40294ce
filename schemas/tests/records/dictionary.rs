//! The dictionary is complete, and the one in the README is the one that the schemas make.

use std::collections::BTreeSet;

use schemas::{TopicKind, dictionary, registry};

const README: &str = include_str!("../../README.md");
/// After this line the dictionary stands, and nothing after it.
const HEAD: &str = "<!-- generated: callfold schemas dictionary --format markdown -->\n";

#[test]
fn the_dictionary_in_the_readme_is_current() {
    let (_, printed) = README.split_once(HEAD).expect("the README has a dictionary");
    let made = dictionary::markdown();
    let differs = printed.trim().lines().zip(made.trim().lines()).find(|(a, b)| a != b);
    assert!(
        printed.trim() == made.trim(),
        "the dictionary in schemas/README.md is not what the schemas say; the first line that \
         differs: {differs:?}. Replace everything below its comment `generated` by what `callfold \
         schemas dictionary --format markdown` prints"
    );
}

#[test]
fn every_record_and_every_field_stands_in_the_dictionary() {
    let page = dictionary::markdown();
    for newest in registry::newest() {
        let short = newest.name.trim_start_matches("callfold.");
        assert!(page.contains(&format!("#### `{short}`\n")), "{short} is missing");
    }
    let rows = page.lines().filter(|line| line.starts_with("| `")).count();
    assert_eq!(rows, dictionary::fields().len());
    for field in dictionary::fields() {
        assert!(!field.doc.is_empty(), "{}.{} has no doc", field.record, field.field);
    }
}

#[test]
fn every_schema_is_a_record_of_a_topic_and_the_other_way_round() {
    let held: BTreeSet<&str> = TopicKind::ALL.iter().flat_map(|it| it.schemas()).copied().collect();
    let shipped: BTreeSet<&str> = registry::newest().map(|it| it.name).collect();
    assert_eq!(held, shipped);
}
