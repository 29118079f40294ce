//! How far the group of a role says that it has read: what stock lag monitors go by, and nothing else.

use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, Consumer};

use super::failure;
use super::options::Options;
use crate::{LogError, Offset, Partition, Topic};

/// What the group of `role` has committed of the first `partitions` of a topic; none where it has not
/// committed anything.
///
/// # Errors
/// Brokers that cannot be reached or that refuse.
pub async fn committed(
    options: &Options,
    role: &str,
    topic: &Topic,
    partitions: u32,
) -> Result<Vec<(Partition, Option<Offset>)>, LogError> {
    let attempted = format!("ask how far the group of {role} is");
    // As any monitor asks: by the group's name, without joining it.
    let mut config = options.administering();
    config.set("group.id", options.named(role));
    let (topic, timeout, what) = (topic.clone(), options.request_timeout, attempted.clone());
    let ask = move || {
        let failed = |error| failure::io(what.clone(), &error);
        let consumer: BaseConsumer = config.create().map_err(failed)?;
        let mut list = TopicPartitionList::new();
        for partition in 0..partitions {
            list.add_partition(topic.as_str(), partition.cast_signed());
        }
        let found = consumer.committed_offsets(list, timeout).map_err(failed)?;
        let elements = found.elements();
        let committed = elements.iter().map(|element| {
            let offset = element.offset().to_raw().and_then(|raw| u64::try_from(raw).ok());
            (Partition(element.partition().cast_unsigned()), offset.map(Offset))
        });
        Ok(committed.collect())
    };
    failure::blocking(&attempted, ask).await
}
