//! Under which subject of a registry each schema stands.
//!
//! A topic with one kind of records has the subject that stock tools look for, `<topic>-value`. On a
//! topic with several kinds that name could stand for one of them only, and the kinds are no versions of
//! each other, so there the record's name is part of it, `<topic>-<record>`, as the registry's own
//! clients do it (TopicRecordNameStrategy). A union of all kinds under `<topic>-value` would be another
//! encoding: a branch number before each value, which our records do not have. Readers are served either
//! way: they look schemas up by the id in the record.

use schemas::registry::{VERSIONS, Version};
use schemas::{TopicKind, TopicNames};

/// A version of a schema that shall stand under a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) subject: String,
    pub(super) version: &'static Version,
}

/// Everything that shall stand in the registry, of one subject the oldest version first.
pub(super) fn wanted(names: &TopicNames) -> Vec<Wanted> {
    let mut wanted = Vec::new();
    for kind in TopicKind::ALL {
        let topic = names.name(kind);
        for schema in kind.schemas() {
            let end = if kind.schemas().len() == 1 { "value" } else { schema };
            let of_schema = VERSIONS.iter().filter(|version| version.name == *schema);
            wanted.extend(
                of_schema.map(|version| Wanted { subject: format!("{topic}-{end}"), version }),
            );
        }
    }
    wanted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_of_one_kind_has_one_subject_and_others_one_for_each_kind() {
        let wanted = wanted(&TopicNames::with_prefix("calls.fr"));
        let told: Vec<String> =
            wanted.iter().map(|it| format!("{} {}", it.subject, it.version.id)).collect();
        assert_eq!(
            told,
            [
                "calls.fr.calls-value 2000001001",
                "calls.fr.front-value 2000002001",
                "calls.fr.raw-value 2000003001",
                "calls.fr.rejected-value 2000004001",
                "calls.fr.commands-value 2000005001",
                "calls.fr.outcomes-callfold.Outcome 2000006001",
                "calls.fr.outcomes-callfold.Thread 2000007001",
                "calls.fr.outcomes-callfold.Thread 2000007002",
                "calls.fr.outcomes-callfold.Position 2000008001",
                "calls.fr.outcomes-callfold.Status 2000009001",
                "calls.fr.conversations-callfold.Conversation 2000010001",
                "calls.fr.conversations-callfold.CallState 2000011001",
                "calls.fr.conversations-callfold.CallState 2000011002",
                "calls.fr.conversations-callfold.Position 2000008001",
            ]
        );
    }
}
