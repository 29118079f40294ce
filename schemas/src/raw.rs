//! A body as it was received.

use serde::{Deserialize, Serialize};

use crate::{EventId, Origin, TimeMs};

/// Whose body it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Aircall's webhook or API.
    Aircall,
    /// Front's application webhook.
    Front,
    /// From a newer version than this one.
    #[serde(other)]
    Unknown,
}

/// A body with its token removed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Raw {
    /// The event that was (or could not be) made of it.
    pub event_id: EventId,
    /// Whose it is.
    pub source: Source,
    /// How it came.
    pub origin: Origin,
    /// The event's name as the body has it, an open set.
    pub event: Option<String>,
    /// When ingest first had it in hand.
    pub received_at: TimeMs,
    /// The bytes as received, the token's value blanked.
    #[serde(with = "crate::codec::bytes")]
    pub body: Vec<u8>,
}

impl std::fmt::Debug for Raw {
    /// Without the body: it contains numbers and names.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Raw").field("event_id", &self.event_id).finish_non_exhaustive()
    }
}
