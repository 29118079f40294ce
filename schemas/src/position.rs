//! How far a writer has read: a record in its own commit, so that state, output and position move
//! together or not at all.

use serde::{Deserialize, Serialize};

use crate::TimeMs;

/// One input of a writer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// The topic's full name.
    pub topic: String,
    /// The partition's number.
    pub partition: i32,
    /// The offset that is read next.
    pub next_offset: i64,
}

/// How far a writer has read all its inputs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The writer's name, for example `projector/3`.
    pub writer: String,
    /// Its inputs.
    pub inputs: Vec<Input>,
    /// The newest event of Front that polling has seen.
    pub front_cursor: Option<TimeMs>,
    /// When this was written.
    pub at: TimeMs,
}
