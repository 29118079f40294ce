//! The topics of a log on the brokers: made, and compared with what they must be.

use std::sync::Arc;
use std::time::Duration;

use rdkafka::ClientContext;
use rdkafka::admin::{
    AdminClient, AdminOptions, ConfigResource, NewTopic, ResourceSpecifier, TopicReplication,
};
use rdkafka::client::Client;
use rdkafka::consumer::Consumer;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::metadata::MetadataTopic;
use tokio::time::{Instant, sleep};

use super::OpenError;
use super::core::Core;
use super::failure::{self, blocking};
use super::options::Options;
use super::settings::{self, Found, Mismatch};
use super::told::Told;
use crate::{LogError, Topic, TopicSpec};

/// How often brokers are asked whether they know of a new topic. It takes them some 10 ms.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Creates the topics of a log that are not there, its own included, and says where those that are
/// there differ. What is there is never changed: not its settings, and above all not its
/// partitions.
///
/// # Errors
/// Options that cannot be, brokers that cannot be reached or that refuse.
pub async fn create(options: &Options, topics: &[TopicSpec]) -> Result<Vec<Mismatch>, OpenError> {
    let admin = Arc::new(admin(options)?);
    let specs = with_own(options, topics);
    let mut new = Vec::new();
    for spec in &specs {
        if partitions_of(&admin, options, &spec.topic).await?.is_none() {
            new.push(spec.clone());
        }
    }
    let settings: Vec<_> = new.iter().map(|spec| settings::wanted(spec, options)).collect();
    let wanted = new.iter().zip(&settings).map(|(spec, settings)| {
        let partitions = i32::try_from(spec.partitions).unwrap_or(i32::MAX);
        let replication = TopicReplication::Fixed(i32::from(options.replication));
        let topic = NewTopic::new(spec.topic.as_str(), partitions, replication);
        settings.iter().fold(topic, |topic, (name, value)| topic.set(name, value))
    });
    let wanted: Vec<NewTopic<'_>> = wanted.collect();
    if !wanted.is_empty() {
        let limit = Some(options.request_timeout);
        let how = AdminOptions::new().request_timeout(limit).operation_timeout(limit);
        let created = admin.create_topics(&wanted, &how).await;
        for created in created.map_err(|error| failure::io("create topics", &error))? {
            match created {
                // Somebody else was faster.
                Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
                Err((topic, code)) => {
                    let error = KafkaError::AdminOp(code);
                    return Err(failure::io(format!("create topic {topic}"), &error).into());
                }
            }
        }
    }
    await_topics(&admin, options, &new).await?;
    compared(&admin, options, &specs).await
}

/// Waits until brokers know of topics that were just made: they learn of them one by one.
async fn await_topics(
    admin: &Arc<AdminClient<Told>>,
    options: &Options,
    new: &[TopicSpec],
) -> Result<(), LogError> {
    let deadline = Instant::now() + options.request_timeout;
    for spec in new {
        while partitions_of(admin, options, &spec.topic).await?.is_none()
            && Instant::now() < deadline
        {
            sleep(LOOK_EVERY).await;
        }
    }
    Ok(())
}

/// Where the topics of a log differ from what they must be; a topic that is not there is such a
/// difference.
///
/// # Errors
/// Options that cannot be, brokers that cannot be reached or that refuse.
pub async fn check(options: &Options, topics: &[TopicSpec]) -> Result<Vec<Mismatch>, OpenError> {
    let admin = Arc::new(admin(options)?);
    compared(&admin, options, &with_own(options, topics)).await
}

/// How many partitions a topic has; none when it is not there.
///
/// # Errors
/// Options that cannot be, brokers that cannot be reached.
pub async fn partitions(options: &Options, topic: &Topic) -> Result<Option<u32>, OpenError> {
    let admin = Arc::new(admin(options)?);
    Ok(partitions_of(&admin, options, topic).await?.map(|(partitions, _)| partitions))
}

fn with_own(options: &Options, topics: &[TopicSpec]) -> Vec<TopicSpec> {
    let mut specs = topics.to_vec();
    specs.push(settings::identity_spec(options));
    specs
}

pub(super) fn admin(options: &Options) -> Result<AdminClient<Told>, OpenError> {
    let refused = options.refused();
    if !refused.is_empty() {
        return Err(OpenError::Refused(refused));
    }
    let admin = options.administering().create_with_context(Told);
    admin.map_err(|error| failure::io("make a client", &error).into())
}

async fn compared(
    admin: &Arc<AdminClient<Told>>,
    options: &Options,
    specs: &[TopicSpec],
) -> Result<Vec<Mismatch>, OpenError> {
    let mut mismatches = Vec::new();
    for spec in specs {
        match partitions_of(admin, options, &spec.topic).await? {
            None => mismatches.push(settings::missing(spec)),
            Some((partitions, replication)) => {
                let settings = described(admin, options, spec).await?;
                let settings = settings
                    .entries
                    .into_iter()
                    .filter_map(|entry| Some((entry.name, entry.value?)))
                    .collect();
                let found = Found { partitions, replication, settings };
                mismatches.extend(settings::compare(spec, options, &found));
            }
        }
    }
    Ok(mismatches)
}

async fn described(
    admin: &AdminClient<Told>,
    options: &Options,
    spec: &TopicSpec,
) -> Result<ConfigResource, LogError> {
    let how = AdminOptions::new().request_timeout(Some(options.request_timeout));
    let asked = [ResourceSpecifier::Topic(spec.topic.as_str())];
    let failed = |error: &KafkaError| failure::io(format!("describe topic {}", spec.topic), error);
    let mut answers = admin.describe_configs(&asked, &how).await.map_err(|error| failed(&error))?;
    let answer = answers.pop().unwrap_or(Err(RDKafkaErrorCode::UnknownTopicOrPartition));
    answer.map_err(|code| failed(&KafkaError::AdminOp(code)))
}

/// Partitions and replication; none when there is no such topic.
async fn partitions_of(
    admin: &Arc<AdminClient<Told>>,
    options: &Options,
    topic: &Topic,
) -> Result<Option<(u32, u16)>, LogError> {
    let (admin, timeout, topic) = (admin.clone(), options.request_timeout, topic.clone());
    blocking("a question for topics", move || shape_of(admin.inner(), &topic, timeout)).await
}

/// Whether every partition of the log has a broker that leads it: no other takes its records.
pub(super) fn all_led(core: &Core) -> Result<(), LogError> {
    let mut without = Vec::new();
    for topic in core.topics.iter().map(|spec| spec.topic.as_str()) {
        let asked = core.fetchers.any().fetch_metadata(Some(topic), core.options.request_timeout);
        let asked = asked.map_err(|error| failure::io("ask the brokers", &error))?;
        let found = asked.topics().first().map_or(&[][..], MetadataTopic::partitions);
        let leaders = found.iter().map(|partition| (partition.id(), partition.leader()));
        without.extend(not_led(topic, leaders));
    }
    if without.is_empty() {
        return Ok(());
    }
    let told = format!("{}: the brokers that have them are away", without.join("; "));
    let source = std::io::Error::new(std::io::ErrorKind::NotConnected, told);
    Err(LogError::Io { attempted: "find a leader of every partition".to_owned(), source })
}

/// A sentence about the partitions of a topic without a leader; none when all have one.
fn not_led(topic: &str, leaders: impl Iterator<Item = (i32, i32)>) -> Option<String> {
    let mut count = 0;
    let mut without: Vec<String> = Vec::new();
    for (partition, leader) in leaders {
        count += 1;
        if leader < 0 {
            without.push(partition.to_string());
        }
    }
    match (count, &without[..]) {
        (0, _) => Some(format!("{topic} is not there")),
        (_, []) => None,
        (_, [one]) => Some(format!("partition {one} of {topic} has no leader")),
        (_, many) => Some(format!("partitions {} of {topic} have no leader", many.join(", "))),
    }
}

/// Partitions and the smallest replication of a topic, as the brokers say; none when it is not there.
/// One that the user may not see is an error: who takes it for missing would try to make it.
pub(super) fn shape_of<C: ClientContext>(
    client: &Client<C>,
    topic: &Topic,
    timeout: Duration,
) -> Result<Option<(u32, u16)>, LogError> {
    let failed = |error: &KafkaError| failure::io(format!("ask for {topic}"), error);
    let metadata = client.fetch_metadata(Some(topic.as_str()), timeout);
    let metadata = metadata.map_err(|error| failed(&error))?;
    let Some(answer) = metadata.topics().first() else { return Ok(None) };
    match answer.error().map(RDKafkaErrorCode::from) {
        Some(code @ RDKafkaErrorCode::TopicAuthorizationFailed) => {
            Err(failed(&KafkaError::MetadataFetch(code)))
        }
        Some(_) | None => Ok(shape(answer)),
    }
}

fn shape(topic: &MetadataTopic) -> Option<(u32, u16)> {
    let partitions = u32::try_from(topic.partitions().len()).unwrap_or(u32::MAX);
    let replicas = topic.partitions().iter().map(|partition| partition.replicas().len()).min()?;
    Some((partitions, u16::try_from(replicas).unwrap_or(u16::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitions_without_a_leader_are_named() {
        for (leaders, expected) in [
            (&[][..], Some("t is not there")),
            (&[1, 2, 1][..], None),
            (&[1, -1, 1][..], Some("partition 1 of t has no leader")),
            (&[-1, 0, -1][..], Some("partitions 0, 2 of t have no leader")),
        ] {
            let leaders = (0..).zip(leaders.iter().copied());
            assert_eq!(not_led("t", leaders).as_deref(), expected);
        }
    }
}
