//! Records as librdkafka takes and gives them.

use bytes::Bytes;
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Header as KafkaHeader, Headers, Message, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, NoCustomPartitioner, ProducerContext};

use crate::{Header, LogError, Offset, Record, Stored};

/// Hands a record to a producer; what becomes of it is told to its context with `ticket`. On
/// refusal the ticket is not told.
pub(super) fn send<C: ProducerContext<NoCustomPartitioner>>(
    producer: &BaseProducer<C>,
    record: &Record,
    time_ms: i64,
    ticket: C::DeliveryOpaque,
) -> Result<(), (KafkaError, C::DeliveryOpaque)> {
    let mut message: BaseRecord<'_, [u8], [u8], _> =
        BaseRecord::with_opaque_to(record.topic.as_str(), ticket)
            .key(&record.key[..])
            .partition(record.partition.0.cast_signed())
            .timestamp(time_ms);
    if let Some(value) = &record.value {
        message = message.payload(&value[..]);
    }
    if !record.headers.is_empty() {
        message = message.headers(headers(&record.headers));
    }
    producer.send(message).map_err(|(error, message)| (error, message.delivery_opaque))
}

fn headers(headers: &[Header]) -> OwnedHeaders {
    let mut all = OwnedHeaders::new_with_capacity(headers.len());
    for Header { name, value } in headers {
        all = all.insert(KafkaHeader { key: name, value: Some(&value[..]) });
    }
    all
}

/// A name with a zero byte cannot be handed to librdkafka.
pub(super) fn names_are_sound(records: &[Record]) -> Result<(), LogError> {
    let zero = records.iter().flat_map(|r| &r.headers).any(|header| header.name.contains('\0'));
    if zero {
        let source = std::io::Error::other("a header's name has a zero byte");
        return Err(LogError::Io { attempted: "write records".to_owned(), source });
    }
    Ok(())
}

/// A message as a record.
pub(super) fn stored(message: &BorrowedMessage<'_>) -> Stored {
    let copied = |bytes: &[u8]| Bytes::copy_from_slice(bytes);
    let header = |header: KafkaHeader<'_, &[u8]>| Header {
        name: header.key.to_owned(),
        value: header.value.map(copied).unwrap_or_default(),
    };
    Stored {
        offset: Offset(message.offset().cast_unsigned()),
        time_ms: message.timestamp().to_millis().unwrap_or(0),
        key: message.key().map(copied).unwrap_or_default(),
        value: message.payload().map(copied),
        headers: message.headers().map(|all| all.iter().map(header).collect()).unwrap_or_default(),
    }
}
