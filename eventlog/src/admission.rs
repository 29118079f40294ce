//! What a log takes in: the checks that every adapter makes before it writes, and their limits.

use crate::{LogError, Record, TopicSpec};

/// The largest record, key, value and headers together, in bytes. A webhook's body is at most
/// 1 MiB and is kept whole on `raw`; four times that leaves room for a conversation's command.
pub const RECORD_BYTES_MAX: usize = 4 << 20;

/// The most bytes that one commit or one append may carry. A projector commits what some thousand
/// events of a few hundred bytes made; 64 MiB is far above that and still fits in memory twice.
pub const COMMIT_BYTES_MAX: usize = 64 << 20;

/// The longest name of a header, in bytes.
pub const HEADER_NAME_BYTES_MAX: usize = 64;

/// Why records were not taken in.
#[derive(Debug)]
pub enum Refusal {
    /// Too large: its size and the limit, in bytes.
    TooLarge {
        /// The size.
        bytes: usize,
        /// The limit.
        bytes_max: usize,
    },
    /// For a place that the log does not have.
    Log(LogError),
}

/// How many bytes of payload a record has.
#[must_use]
pub fn record_bytes(record: &Record) -> usize {
    let headers: usize = record.headers.iter().map(|h| h.name.len() + h.value.len()).sum();
    record.key.len() + record.value.as_ref().map_or(0, bytes::Bytes::len) + headers
}

/// Checks all of `records` and gives the place of each one's topic in `topics`.
///
/// # Errors
/// [`Refusal`], for the first record that cannot be taken in.
pub fn admit(topics: &[TopicSpec], records: &[Record]) -> Result<Vec<usize>, Refusal> {
    let mut bytes_all = 0;
    let mut places = Vec::with_capacity(records.len());
    for record in records {
        let bytes = record_bytes(record);
        let name_bytes = record.headers.iter().map(|h| h.name.len()).max().unwrap_or(0);
        if name_bytes > HEADER_NAME_BYTES_MAX {
            return Err(Refusal::TooLarge { bytes: name_bytes, bytes_max: HEADER_NAME_BYTES_MAX });
        }
        if bytes > RECORD_BYTES_MAX {
            return Err(Refusal::TooLarge { bytes, bytes_max: RECORD_BYTES_MAX });
        }
        bytes_all += bytes;
        places.push(place_of(topics, &record.topic, record.partition).map_err(Refusal::Log)?);
    }
    if bytes_all > COMMIT_BYTES_MAX {
        return Err(Refusal::TooLarge { bytes: bytes_all, bytes_max: COMMIT_BYTES_MAX });
    }
    Ok(places)
}

/// Where `topic` stands in `topics`.
///
/// # Errors
/// [`LogError::UnknownTopic`], [`LogError::UnknownPartition`].
pub fn place_of(
    topics: &[TopicSpec],
    topic: &crate::Topic,
    partition: crate::Partition,
) -> Result<usize, LogError> {
    let place = topics
        .iter()
        .position(|spec| spec.topic == *topic)
        .ok_or_else(|| LogError::UnknownTopic(topic.clone()))?;
    if partition.0 >= topics[place].partitions {
        return Err(LogError::UnknownPartition { topic: topic.clone(), partition });
    }
    Ok(place)
}
