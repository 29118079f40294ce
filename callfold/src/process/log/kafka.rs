//! The log on Kafka's brokers.

use std::collections::BTreeMap;
use std::sync::Arc;

use eventlog::kafka::topics as on_brokers;
use eventlog::kafka::{self, OpenError, Options};
use eventlog::{Clock, Log, LogReader, Topic};
use schemas::{TopicKind, TopicNames};

use super::{ID_SPACE, registry, topics};
use crate::config::Role;
use crate::config::settings::{Kafka, Settings};
use crate::failure::Failure;

/// Opens the log to work with it.
///
/// # Errors
/// Brokers that cannot be reached, topics that are missing or do not fit.
pub async fn open(
    settings: &Settings,
    kafka: &Kafka,
    clock: Arc<dyn Clock>,
) -> Result<Arc<dyn Log>, Failure> {
    let log = kafka::open(options(settings, kafka), topics(settings), clock).await.map_err(told)?;
    Ok(log)
}

/// Opens the log to look at it.
///
/// # Errors
/// As [`open`]; and a log on which no service has ever run.
pub async fn open_read_only(
    settings: &Settings,
    kafka: &Kafka,
    clock: Arc<dyn Clock>,
) -> Result<Arc<dyn LogReader>, Failure> {
    let options = options(settings, kafka);
    let log = kafka::open_read_only(options, topics(settings), clock).await.map_err(told)?;
    Ok(log)
}

/// Makes the topics that are missing; says where those that are there do not fit.
///
/// # Errors
/// Brokers that cannot be reached or that refuse.
pub async fn create(settings: &Settings, kafka: &Kafka) -> Result<Vec<String>, Failure> {
    let found = on_brokers::create(&options(settings, kafka), &topics(settings)).await;
    Ok(found.map_err(told)?.iter().map(ToString::to_string).collect())
}

/// Says where the topics do not fit.
///
/// # Errors
/// Brokers that cannot be reached or that refuse.
pub async fn check(settings: &Settings, kafka: &Kafka) -> Result<Vec<String>, Failure> {
    let found = on_brokers::check(&options(settings, kafka), &topics(settings)).await;
    Ok(found.map_err(told)?.iter().map(ToString::to_string).collect())
}

/// How many partitions the log has; none where there is no log.
///
/// # Errors
/// Brokers that cannot be reached.
pub async fn partitions(settings: &Settings, kafka: &Kafka) -> Result<Option<u32>, Failure> {
    let names = TopicNames::with_prefix(&settings.log.topic_prefix);
    let topic = Topic::new(&names.name(TopicKind::Calls));
    on_brokers::partitions(&options(settings, kafka), &topic).await.map_err(told)
}

/// How many members a role has on this log.
///
/// # Errors
/// Brokers that cannot be reached or that refuse.
pub async fn members(settings: &Settings, kafka: &Kafka, role: Role) -> Result<usize, Failure> {
    kafka::present::members(&options(settings, kafka), role.name()).await.map_err(told)
}

fn options(settings: &Settings, kafka: &Kafka) -> Options {
    let prefix = &settings.log.topic_prefix;
    let topic = |kind| Topic::new(&TopicNames::with_prefix(prefix).name(kind));
    let id_space = if kafka.registry_url.is_some() { registry::ID_SPACE } else { ID_SPACE };
    Options {
        replication: kafka.replication,
        role_topics: BTreeMap::from([
            ("projector".to_owned(), topic(TopicKind::Calls)),
            ("dispatcher".to_owned(), topic(TopicKind::Commands)),
        ]),
        member: kafka.member.clone(),
        librdkafka: kafka.librdkafka.clone(),
        ..Options::new(&kafka.brokers, prefix, id_space)
    }
}

fn told(error: OpenError) -> Failure {
    match error {
        OpenError::Refused(_) => Failure::Usage(error.to_string()),
        OpenError::Topics(_) => Failure::Failed(format!(
            "{error}: `callfold topics create` makes them, `callfold topics check` compares them"
        )),
        OpenError::IdSpace { found, .. } if found == ID_SPACE => Failure::Usage(
            "log.registry_url is set, and this log was made without a registry: its records have \
             callfold's own schema ids; take log.registry_url out, or begin a new log under another \
             log.topic_prefix"
                .to_owned(),
        ),
        OpenError::IdSpace { found, .. } if found == registry::ID_SPACE => Failure::Usage(
            "this log was made with a registry, and its records have the registry's schema ids: set \
             log.registry_url, or begin a new log under another log.topic_prefix"
                .to_owned(),
        ),
        OpenError::New => Failure::Failed(
            "nothing has run on this log yet: start `callfold run`, or a role".to_owned(),
        ),
        OpenError::Log(error) if error.may_pass() => Failure::Away(error.to_string()),
        other => Failure::Failed(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{self, Needs};

    #[test]
    fn what_is_said_of_the_brokers_reaches_the_log() {
        let variables = [
            ("CALLFOLD_LOG__KIND", "kafka"),
            ("CALLFOLD_LOG__BROKERS", "kafka-1:9092"),
            ("CALLFOLD_LOG__TOPIC_PREFIX", "mine"),
            ("CALLFOLD_LOG__REPLICATION", "2"),
            ("CALLFOLD_LOG__MEMBER", "a-1"),
            ("CALLFOLD_LOG__LIBRDKAFKA__LINGER__MS", "7"),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let no_file = |_: &str| Err(std::io::Error::other("no file"));
        let (_, settings) = config::check(None, &variables, &no_file, Needs::Look).unwrap();
        let options = options(&settings, settings.log.kafka.as_ref().unwrap());
        assert_eq!((options.brokers.as_str(), options.prefix.as_str()), ("kafka-1:9092", "mine"));
        assert_eq!((options.replication, options.member.as_deref()), (2, Some("a-1")));
        assert_eq!(options.librdkafka.keys().collect::<Vec<_>>(), ["linger.ms"]);
    }
}
