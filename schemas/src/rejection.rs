//! What was authentic but could not be understood.

use serde::{Deserialize, Serialize};

use crate::{EventId, Source, TimeMs};

/// Why a body made no event. The body itself is on `raw` under the same event id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejection {
    /// The id under which the body lies on `raw`.
    pub event_id: EventId,
    /// Whose body it is.
    pub source: Source,
    /// The event's name where it could be read.
    pub event: Option<String>,
    /// A short stable code, for example `call_id_missing`.
    pub reason: String,
    /// A sentence for a person, without values from the body.
    pub detail: String,
    /// The revision of the normaliser that refused it.
    pub normaliser_revision: i32,
    /// When ingest had it in hand.
    pub received_at: TimeMs,
}
