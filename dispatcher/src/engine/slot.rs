//! What memory holds of a contact with work: its lane, how far its Front contact is, what is being
//! confirmed. Contacts without work have none.

use schemas::{Command, EffectKey, FrontContactId, FrontConversationId};

use crate::inputs::Spot;
use crate::lane::Lane;
use crate::recognise::FoundMessage;
use crate::request::FrontRequest;

/// A contact's place in memory.
#[derive(Debug, Default)]
pub(crate) struct Slot {
    pub(crate) lane: Lane,
    pub(crate) phase: Phase,
    /// It stands in the queue of those who want to send.
    pub(crate) in_ready: bool,
    /// When its timer rings.
    pub(crate) wake_at: Option<i64>,
    pub(crate) confirm: Option<Box<Confirm>>,
    /// The next page of a list in which a comment is looked for.
    pub(crate) look_on: Option<Box<FrontRequest>>,
    pub(crate) look_pages: u8,
    /// Newer revisions of effects whose older one is under way; the input is held at their places.
    pub(crate) newer: Vec<(Spot, Command)>,
}

/// How far the contact is in Front, while its id is not known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Phase {
    /// It must be looked up.
    #[default]
    Unknown,
    /// Front has none: it must be created.
    Absent,
    /// Creating it was refused with this status. Looking once more decides: by the phone handle, then, when
    /// that finds nothing, by the custom one.
    Refused(u16, bool),
    /// `crd_...` is there and lacks the handle of this source.
    WithoutHandle(FrontContactId, &'static str),
}

/// The plan of looking for what was accepted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Confirm {
    /// How many looks found something missing.
    pub(crate) step: u8,
    /// When the next look is due.
    pub(crate) due: i64,
    /// It waits to send, or its request is under way.
    pub(crate) busy: bool,
    /// Read what is missing one by one: the list shows only the newest.
    pub(crate) by_uid: bool,
    /// Conversations of the contact that have not been searched yet, when none is known.
    pub(crate) candidates: Vec<FrontConversationId>,
    /// The contact's conversations were listed.
    pub(crate) located: bool,
    /// Whether the conversation should be archived, when that must be checked: the key is the effect's.
    pub(crate) check: Option<(EffectKey, bool)>,
    /// What was found and waits for that check.
    pub(crate) found: Vec<(EffectKey, FoundMessage)>,
}

impl Slot {
    pub(crate) fn is_empty(&self) -> bool {
        self.lane.is_empty() && self.newer.is_empty() && !self.in_ready && self.confirm.is_none()
    }
}
