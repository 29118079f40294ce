//! Writing registers: which fact has which place, and when a write takes.

/// The facts that are registers. The order is part of the stored form: new ones go to the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Direction,
    MissedCallReason,
    StartedAt,
    AnsweredAt,
    EndedAt,
    CallbackOfCallId,
    ContactNumber,
    ContactName,
    LineId,
    LineName,
    LineNumber,
    LineCountry,
    LineTimeZone,
    Teams,
    Agent,
    AssignedTo,
    TransferredBy,
    TransferredTo,
    ExternalTransferredTo,
    AssetUrl,
    HasRecording,
    HasVoicemail,
    Archived,
}

const FIELDS: usize = Field::Archived as usize + 1;

impl Field {
    /// The name of the field of an event that a correction names to clear it.
    const fn name(self) -> &'static str {
        match self {
            Field::Direction => "direction",
            Field::MissedCallReason => "missed_call_reason",
            Field::StartedAt => "started_at",
            Field::AnsweredAt => "answered_at",
            Field::EndedAt => "ended_at",
            Field::CallbackOfCallId => "callback_of_call_id",
            Field::ContactNumber => "contact_number",
            Field::ContactName => "contact_name",
            Field::LineId => "line_id",
            Field::LineName => "line_name",
            Field::LineNumber => "line_number",
            Field::LineCountry => "line_country",
            Field::LineTimeZone => "line_time_zone",
            Field::Teams => "teams",
            Field::Agent => "agent",
            Field::AssignedTo => "assigned_to",
            Field::TransferredBy => "transferred_by",
            Field::TransferredTo => "transferred_to",
            Field::ExternalTransferredTo => "external_transferred_to",
            Field::AssetUrl => "asset_url",
            Field::HasRecording => "has_recording",
            Field::HasVoicemail => "has_voicemail",
            Field::Archived => "archived",
        }
    }
}

/// The writes of one event.
pub(super) struct Join<'a> {
    written_by: &'a mut Vec<i32>,
    clears: &'a [String],
    stamp: i32,
    changed: bool,
}

impl<'a> Join<'a> {
    /// Writes under `stamp`, the event's place among the stamps.
    pub(super) fn new(written_by: &'a mut Vec<i32>, clears: &'a [String], stamp: i32) -> Join<'a> {
        if written_by.len() < FIELDS {
            written_by.resize(FIELDS, 0);
        }
        Join { written_by, clears, stamp, changed: false }
    }

    /// Whether any write took.
    pub(super) fn changed(&self) -> bool {
        self.changed
    }

    /// Whether the event is a correction that clears the field of this name.
    pub(super) fn clears(&self, name: &str) -> bool {
        self.clears.iter().any(|cleared| cleared == name)
    }

    /// Writes a value that may be absent: absent does not write, unless a correction clears it.
    pub(super) fn put<T: Clone + PartialEq>(
        &mut self,
        field: Field,
        fact: &mut Option<T>,
        value: &Option<T>,
    ) {
        if value.is_some() || (!self.clears.is_empty() && self.clears(field.name())) {
            self.set_from(field, fact, value);
        }
    }

    /// Writes a value.
    pub(super) fn set<T: Clone + PartialEq>(&mut self, field: Field, fact: &mut T, value: T) {
        self.set_from(field, fact, &value);
    }

    /// Writes a value, copying it only when it is another one.
    pub(super) fn set_from<T: Clone + PartialEq>(&mut self, field: Field, fact: &mut T, value: &T) {
        let written_by = &mut self.written_by[field as usize];
        if self.stamp <= *written_by {
            return;
        }
        *written_by = self.stamp;
        self.changed = true;
        if fact != value {
            fact.clone_from(value);
        }
    }
}
