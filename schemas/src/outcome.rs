//! The ledger's entry of one effect: what was tried, what came of it, and the command itself until
//! it is finished.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    CallId, Contact, EffectKey, FrontCommentId, FrontConversationId, FrontMessageId, MessageUid,
    TimeMs,
};

/// How far an effect is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeState {
    /// Read from the log, not tried yet.
    Queued,
    /// A request was announced and may be on its way.
    Intended,
    /// A request was sent and what came of it is not known: it must be looked up.
    InDoubt,
    /// Front has taken it (202) but does not show it yet.
    Accepted,
    /// Front shows it.
    Done,
    /// Front refused it; a person decides.
    Parked,
    /// It was withdrawn, or a person's newer decision stands.
    Skipped,
    /// It cannot be known whether Front has it, or a newer version than this one wrote a state
    /// that this one does not know; a person decides.
    #[serde(other)]
    Unknown,
}

impl OutcomeState {
    /// All of them, in the order in which an effect may come to them.
    pub const ALL: [OutcomeState; 8] = [
        OutcomeState::Queued,
        OutcomeState::Intended,
        OutcomeState::InDoubt,
        OutcomeState::Accepted,
        OutcomeState::Done,
        OutcomeState::Parked,
        OutcomeState::Skipped,
        OutcomeState::Unknown,
    ];

    /// Its name: in the schema, in headers, as a metric's label, and as a key of what is shown as JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            OutcomeState::Queued => "queued",
            OutcomeState::Intended => "intended",
            OutcomeState::InDoubt => "in_doubt",
            OutcomeState::Accepted => "accepted",
            OutcomeState::Done => "done",
            OutcomeState::Parked => "parked",
            OutcomeState::Skipped => "skipped",
            OutcomeState::Unknown => "unknown",
        }
    }

    /// The state with this name; none when it is another version's.
    #[must_use]
    pub fn from_name(name: &[u8]) -> Option<OutcomeState> {
        OutcomeState::ALL.into_iter().find(|state| state.name().as_bytes() == name)
    }

    /// The name as it is read aloud.
    #[must_use]
    pub fn words(self) -> String {
        self.name().replace('_', " ")
    }
}

/// The last attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Its number, from 1.
    pub number: i32,
    /// When it was announced.
    pub intended_at: TimeMs,
    /// It must not reach the wire after this time.
    pub deadline: TimeMs,
    /// The thread's generation that it was made for.
    pub generation: i32,
    /// The HTTP status of the answer, if there was one.
    pub status: Option<i32>,
    /// What the answer meant, in words without values: `done`, `retry`, `in doubt`, ...
    pub verdict: Option<String>,
    /// When the answer, or the lack of it, was noted.
    pub answered_at: Option<TimeMs>,
}

/// The ledger's entry of one effect.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Whose conversation.
    pub contact: Contact,
    /// Which effect.
    pub effect_key: EffectKey,
    /// The revision that this is about.
    pub revision: i32,
    /// The call that it is about.
    pub call_id: Option<CallId>,
    /// How far it is.
    pub state: OutcomeState,
    /// Why it is parked, unknown or skipped: a sentence without values from bodies.
    pub reason: Option<String>,
    /// The last attempt.
    pub attempt: Option<Attempt>,
    /// The uid that Front answered an import with.
    pub message_uid: Option<MessageUid>,
    /// `msg_...`, once seen.
    pub message_id: Option<FrontMessageId>,
    /// `com_...`, once seen.
    pub comment_id: Option<FrontCommentId>,
    /// `cnv_...`, once known.
    pub conversation_id: Option<FrontConversationId>,
    /// True when Front answered that it had it already.
    pub repeat_recognised: bool,
    /// A newer revision that waits for this one.
    pub waiting_revision: Option<i32>,
    /// The command whole, as it stands on `commands`, until the effect is finished.
    #[serde(with = "crate::codec::optional_bytes")]
    pub command: Option<Vec<u8>>,
    /// The command's cause, kept when the command is not.
    pub cause_at: TimeMs,
    /// When this entry was written.
    pub at: TimeMs,
}

impl fmt::Debug for Outcome {
    /// Without the command: its bytes contain numbers and texts.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outcome")
            .field("effect_key", &self.effect_key)
            .field("revision", &self.revision)
            .field("state", &self.state)
            .field("reason", &self.reason)
            .field("attempt", &self.attempt)
            .field("repeat_recognised", &self.repeat_recognised)
            .field("waiting_revision", &self.waiting_revision)
            .finish_non_exhaustive()
    }
}
