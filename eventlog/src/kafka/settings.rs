//! What a topic's settings must be, and where they differ. Decides only.

use std::collections::BTreeMap;
use std::fmt;

use super::options::{BATCH_BYTES_MAX, Options};
use crate::{TOMBSTONES_KEPT, Topic, TopicSpec};

/// A property of a topic that is not as the log needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// The topic.
    pub topic: Topic,
    /// Its property: `partitions`, `replication`, or a topic configuration by Kafka's name.
    pub property: String,
    /// What it must be.
    pub wanted: String,
    /// What it is; `missing` when there is no such topic.
    pub found: String,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Mismatch { topic, property, wanted, found } = self;
        write!(f, "topic {topic}: {property} is {found}, and must be {wanted}")?;
        if property == PARTITIONS && found != MISSING {
            write!(f, " ({GROWTH})")?;
        }
        Ok(())
    }
}

/// Why the partitions of a log that holds records cannot be changed, and the way to more of them.
const GROWTH: &str = "the partitions of a log are not changed: a contact's records would lie in two \
     of them, out of order; copy the log to one with another number of partitions";

pub(super) const PARTITIONS: &str = "partitions";
pub(super) const REPLICATION: &str = "replication";
pub(super) const MISSING: &str = "missing";

/// How a found value is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// The same words, in any order.
    Same,
    /// The number or more.
    AtLeast,
    /// The number or more; -1 is without a limit.
    AtLeastOrUnlimited,
}

/// A topic as the brokers have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) partitions: u32,
    /// The smallest number of replicas of a partition.
    pub(super) replication: u16,
    pub(super) settings: BTreeMap<String, String>,
}

/// The log's own topic besides those of its owner.
pub(super) fn identity_spec(options: &Options) -> TopicSpec {
    let cleanup = crate::Cleanup { compact: true, retention: None };
    TopicSpec { topic: options.identity_topic(), partitions: 1, cleanup }
}

fn rules(spec: &TopicSpec, options: &Options) -> Vec<(&'static str, String, Rule)> {
    let millis = |duration: std::time::Duration| duration.as_millis().to_string();
    let mut rules = vec![
        ("cleanup.policy", policy(spec).to_owned(), Rule::Same),
        ("min.insync.replicas", options.in_sync_min().to_string(), Rule::Same),
        ("max.message.bytes", largest_batch().to_string(), Rule::AtLeast),
    ];
    // What compaction alone cleans has no age.
    if policy(spec) != "compact" {
        let retention = spec.cleanup.retention.map_or_else(|| "-1".to_owned(), millis);
        rules.push(("retention.ms", retention, Rule::Same));
        rules.push(("retention.bytes", "-1".to_owned(), Rule::Same));
    }
    if spec.cleanup.compact {
        let kept = millis(TOMBSTONES_KEPT);
        rules.push(("delete.retention.ms", kept, Rule::AtLeastOrUnlimited));
    }
    rules
}

/// A batch may hold a little more than the producer's limit.
fn largest_batch() -> usize {
    BATCH_BYTES_MAX + (1 << 20)
}

fn policy(spec: &TopicSpec) -> &'static str {
    match (spec.cleanup.compact, spec.cleanup.retention) {
        (true, Some(_)) => "compact,delete",
        (true, None) => "compact",
        (false, _) => "delete",
    }
}

/// What a new topic is created with.
pub(super) fn wanted(spec: &TopicSpec, options: &Options) -> Vec<(&'static str, String)> {
    rules(spec, options).into_iter().map(|(name, value, _)| (name, value)).collect()
}

/// Where `found` differs from what the log needs.
pub(super) fn compare(spec: &TopicSpec, options: &Options, found: &Found) -> Vec<Mismatch> {
    let mismatch = |property: &str, wanted: String, found: String| Mismatch {
        topic: spec.topic.clone(),
        property: property.to_owned(),
        wanted,
        found,
    };
    let mut mismatches = Vec::new();
    if found.partitions != spec.partitions {
        mismatches.push(other_partitions(spec, found.partitions));
    }
    if found.replication < options.replication {
        let (wanted, found) = (options.replication.to_string(), found.replication.to_string());
        mismatches.push(mismatch(REPLICATION, wanted, found));
    }
    for (name, wanted, rule) in rules(spec, options) {
        let value = found.settings.get(name).map_or("unknown", String::as_str);
        if !holds(rule, &wanted, value) {
            mismatches.push(mismatch(name, wanted, value.to_owned()));
        }
    }
    mismatches
}

/// The topic has another number of partitions.
pub(super) fn other_partitions(spec: &TopicSpec, found: u32) -> Mismatch {
    let (wanted, found) = (spec.partitions.to_string(), found.to_string());
    Mismatch { topic: spec.topic.clone(), property: PARTITIONS.to_owned(), wanted, found }
}

/// The topic is not there.
pub(super) fn missing(spec: &TopicSpec) -> Mismatch {
    let (wanted, found) = (spec.partitions.to_string(), MISSING.to_owned());
    Mismatch { topic: spec.topic.clone(), property: PARTITIONS.to_owned(), wanted, found }
}

fn holds(rule: Rule, wanted: &str, found: &str) -> bool {
    let words = |text: &str| {
        let mut words: Vec<String> = text.split(',').map(|word| word.trim().to_owned()).collect();
        words.sort();
        words
    };
    let number = |text: &str| text.parse::<i64>().ok();
    match rule {
        Rule::Same => words(wanted) == words(found),
        Rule::AtLeast => number(found) >= number(wanted),
        Rule::AtLeastOrUnlimited => number(found) == Some(-1) || number(found) >= number(wanted),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Cleanup;
    use std::time::Duration;

    fn spec(compact: bool, retention: Option<Duration>) -> TopicSpec {
        let cleanup = Cleanup { compact, retention };
        TopicSpec { topic: Topic::new("t"), partitions: 12, cleanup }
    }

    fn as_created(spec: &TopicSpec, options: &Options) -> Found {
        let settings = wanted(spec, options)
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        Found { partitions: spec.partitions, replication: options.replication, settings }
    }

    #[test]
    fn a_topic_as_it_is_created_has_no_mismatch() {
        let options = Options::new("b:1", "p", "ids");
        for compact in [false, true] {
            for retention in [None, Some(Duration::from_hours(720))] {
                let spec = spec(compact, retention);
                assert_eq!(compare(&spec, &options, &as_created(&spec, &options)), []);
            }
        }
    }

    #[test]
    fn each_difference_is_named_with_both_values() {
        let options = Options::new("b:1", "p", "ids");
        let spec = spec(true, Some(Duration::from_hours(1)));
        for (property, value, told) in [
            ("cleanup.policy", "delete", "cleanup.policy is delete, and must be compact,delete"),
            ("cleanup.policy", "delete, compact", ""),
            ("retention.ms", "60000", "retention.ms is 60000, and must be 3600000"),
            ("min.insync.replicas", "1", "min.insync.replicas is 1, and must be 2"),
            ("max.message.bytes", "1048588", "max.message.bytes is 1048588, and must be"),
            ("max.message.bytes", "99999999", ""),
            ("delete.retention.ms", "1", "delete.retention.ms is 1, and must be 604800000"),
            ("delete.retention.ms", "-1", ""),
        ] {
            let mut found = as_created(&spec, &options);
            found.settings.insert(property.to_owned(), value.to_owned());
            let mismatches = compare(&spec, &options, &found);
            let texts: Vec<String> = mismatches.iter().map(ToString::to_string).collect();
            assert!(texts.concat().contains(told), "{texts:?}");
            assert_eq!(texts.is_empty(), told.is_empty(), "{property} {value}: {texts:?}");
        }
    }

    #[test]
    fn another_number_of_partitions_is_told_with_the_way() {
        let options = Options::new("b:1", "p", "ids");
        let spec = spec(false, None);
        let found = Found { partitions: 6, replication: 1, ..as_created(&spec, &options) };
        let texts: Vec<String> =
            compare(&spec, &options, &found).iter().map(ToString::to_string).collect();
        assert!(texts[0].contains("partitions is 6, and must be 12 (the partitions"), "{texts:?}");
        assert!(texts[0].contains("copy the log"), "{texts:?}");
        assert_eq!(texts[1], "topic t: replication is 1, and must be 3");
        assert_eq!(missing(&spec).to_string(), "topic t: partitions is missing, and must be 12");
    }
}
