//! Appends: one idempotent producer for everybody in the process.
//!
//! What can be tried again librdkafka tries again, in order, until the delivery timeout. What it
//! gives up is given back. A producer that has failed for good is replaced, once for all who used
//! it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::Message;
use rdkafka::producer::{BaseProducer, DeliveryResult, Producer, ProducerContext};
use tokio::sync::Semaphore;

use super::core::Core;
use super::parcel::{Fate, Parcel, Ticket};
use super::{failure, message, telemetry};
use crate::admission::{COMMIT_BYTES_MAX, Refusal, admit, record_bytes};
use crate::log::AppendFailure;
use crate::{AppendError, Appender, LogError, Offset, Record};

/// How many bytes of records may be on their way: two appends of the largest size. Whoever comes
/// then waits.
pub(super) const BYTES_MAX: usize = 2 * COMMIT_BYTES_MAX;
/// How often the polling thread looks whether it shall end; what was delivered wakes it at once.
const POLL: Duration = Duration::from_millis(100);
/// What a record costs beside its bytes while it is on its way.
pub(super) const OVERHEAD_BYTES: usize = 64;

/// Hands deliveries to their parcels.
struct Deliveries;

impl ClientContext for Deliveries {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        telemetry::librdkafka_says(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        telemetry::librdkafka_says(RDKafkaLogLevel::Warning, &error.to_string(), reason);
    }
}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = Box<Ticket>;

    fn delivery(&self, delivered: &DeliveryResult<'_>, ticket: Box<Ticket>) {
        ticket.tell(match delivered {
            Ok(message) => Ok(Offset(message.offset().cast_unsigned())),
            Err((error, _)) => Err(error.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Unknown)),
        });
    }
}

/// A producer and the thread that polls it.
struct Live {
    producer: Arc<BaseProducer<Deliveries>>,
    ending: Arc<AtomicBool>,
}

impl Live {
    fn start(core: &Core) -> Result<Live, LogError> {
        let producer: BaseProducer<Deliveries> = core
            .options
            .appending()
            .create_with_context(Deliveries)
            .map_err(|error| failure::io("make a producer", &error))?;
        let (producer, ending) = (Arc::new(producer), Arc::new(AtomicBool::new(false)));
        let (polled, end) = (producer.clone(), ending.clone());
        let poll = move || {
            // The producer lives until the last delivery that it owes was told.
            while !end.load(Ordering::SeqCst) || polled.in_flight_count() > 0 {
                polled.poll(POLL);
            }
        };
        std::thread::Builder::new()
            .name("kafka-appender".to_owned())
            .spawn(poll)
            .map_err(|source| LogError::Io { attempted: "start a thread".to_owned(), source })?;
        Ok(Live { producer, ending })
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.ending.store(true, Ordering::SeqCst);
    }
}

/// The appender of a log.
pub(super) struct KafkaAppender {
    core: Arc<Core>,
    live: Mutex<Arc<Live>>,
    room: Semaphore,
}

impl KafkaAppender {
    pub(super) fn new(core: Arc<Core>) -> Result<KafkaAppender, LogError> {
        let live = Mutex::new(Arc::new(Live::start(&core)?));
        Ok(KafkaAppender { core, live, room: Semaphore::new(BYTES_MAX) })
    }

    fn live(&self) -> Arc<Live> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Replaces a producer that has failed for good, if nobody did so before.
    fn renew(&self, failed: &Arc<Live>) {
        let Some((code, why)) = failed.producer.client().fatal_error() else { return };
        let mut live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        if Arc::ptr_eq(&live, failed) {
            telemetry::producer_renewed(&format!("{code}: {why}"));
            match Live::start(&self.core) {
                Ok(fresh) => *live = Arc::new(fresh),
                // The next append meets the old one and tries again.
                Err(error) => telemetry::ended_badly("a fresh producer", &error.to_string()),
            }
        }
    }

    async fn fates(&self, records: &[Record]) -> Vec<Fate> {
        let bytes: usize = records.iter().map(|r| record_bytes(r) + OVERHEAD_BYTES).sum();
        let share = u32::try_from(bytes.min(BYTES_MAX)).expect("128 MiB fit");
        let _room = self.room.acquire_many(share).await.expect("nobody closes this semaphore");
        let live = self.live();
        let time_ms = self.core.clock.now_ms();
        let (tickets, told) = Parcel::of(records.len());
        for (record, ticket) in records.iter().zip(tickets) {
            if let Err((error, ticket)) = message::send(&live.producer, record, time_ms, ticket) {
                let code = error.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Unknown);
                ticket.tell(Err(code));
            }
        }
        let fates = told.await.expect("librdkafka tells of every record that it took");
        if fates.iter().any(Result::is_err) {
            self.renew(&live);
        }
        fates
    }
}

#[async_trait]
impl Appender for KafkaAppender {
    async fn append(&self, records: Vec<Record>) -> Result<Vec<Offset>, AppendError> {
        if let Err(cause) = admitted(&self.core, &records) {
            return Err(AppendError { not_durable: records, cause });
        }
        if records.is_empty() {
            return Ok(Vec::new());
        }
        let fates = self.fates(&records).await;
        let Some(cause) = cause(&records, &fates) else {
            return Ok(fates.into_iter().flatten().collect());
        };
        let failed = records.into_iter().zip(fates).filter(|(_, fate)| fate.is_err());
        Err(AppendError { not_durable: failed.map(|(record, _)| record).collect(), cause })
    }
}

fn admitted(core: &Core, records: &[Record]) -> Result<(), AppendFailure> {
    match admit(&core.topics, records) {
        Ok(_) => {}
        Err(Refusal::TooLarge { bytes, bytes_max }) => {
            return Err(AppendFailure::TooLarge { bytes, bytes_max });
        }
        Err(Refusal::Log(error)) => return Err(error.into()),
    }
    message::names_are_sound(records)?;
    core.alive()?;
    Ok(())
}

/// Why the records that failed did; none when none did. One that can never be appended comes
/// first: whoever waits for the others would wait for ever.
fn cause(records: &[Record], fates: &[Fate]) -> Option<AppendFailure> {
    let failed =
        || records.iter().zip(fates).filter_map(|(r, fate)| fate.err().map(|code| (r, code)));
    let (_, first) = failed().next()?;
    let too_large = failed().find(|(_, code)| {
        matches!(code, RDKafkaErrorCode::MessageSizeTooLarge | RDKafkaErrorCode::InvalidMessageSize)
    });
    if let Some((record, _)) = too_large {
        // The broker's own limit is not told; it is less than this.
        let bytes = record_bytes(record);
        return Some(AppendFailure::TooLarge { bytes, bytes_max: bytes.saturating_sub(1) });
    }
    let for_good = failed().find(|(_, code)| {
        matches!(
            code,
            RDKafkaErrorCode::TopicAuthorizationFailed
                | RDKafkaErrorCode::ClusterAuthorizationFailed
                | RDKafkaErrorCode::UnknownTopic
                | RDKafkaErrorCode::UnknownTopicOrPartition
                | RDKafkaErrorCode::UnknownPartition
                | RDKafkaErrorCode::InvalidRecord
        )
    });
    Some(match for_good {
        Some((record, code)) => {
            let attempted = format!("append to {}", record.topic);
            let source = std::io::Error::other(code.to_string());
            LogError::Io { attempted, source }.into()
        }
        None => AppendFailure::Retry(first.to_string()),
    })
}
