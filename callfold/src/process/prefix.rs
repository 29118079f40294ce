//! A log's topics have one prefix. Another one in the configuration would not fail: it would make a
//! second set of topics beside the first, and everything known would seem to be gone.

use eventlog::embedded;
use schemas::{TopicKind, TopicNames};

use crate::config::Settings;
use crate::failure::Failure;

/// Refuses a prefix under which the log has nothing while it has topics under another.
///
/// # Errors
/// [`Failure::Usage`], naming both; [`Failure::Failed`] for a manifest that cannot be read.
pub fn check(settings: &Settings) -> Result<(), Failure> {
    if settings.log.kafka.is_some() {
        // Brokers hold many logs, and one without topics is refused by its opening.
        return Ok(());
    }
    let dir = &settings.log.dir;
    let topics = embedded::topics_in(dir).map_err(|error| Failure::Failed(error.to_string()))?;
    let wanted = TopicNames::with_prefix(&settings.log.topic_prefix).name(TopicKind::Calls);
    if topics.is_empty() || topics.iter().any(|spec| spec.topic.as_str() == wanted) {
        return Ok(());
    }
    let last = format!(".{}", TopicKind::Calls.short_name());
    let prefixes = topics.iter().filter_map(|spec| spec.topic.as_str().strip_suffix(&last));
    let found: Vec<String> = prefixes.map(|prefix| format!("\"{prefix}\"")).collect();
    if found.is_empty() {
        return Ok(());
    }
    Err(Failure::Usage(format!(
        "log.topic_prefix is \"{}\", but the log in {} has its topics under {}: write that, or name \
         another folder by log.dir",
        settings.log.topic_prefix,
        dir.display(),
        found.join(" and ")
    )))
}
