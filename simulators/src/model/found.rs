//! Recognises what Front shows by what a reader sees: whose call and which piece an entry is.

use std::collections::BTreeMap;

use super::expectation::Piece;
use crate::snapshot::{ConversationView, EntryView, Snapshot};

/// Where an entry stands: conversation and place in it, both by index.
pub(super) type Place = (usize, usize);

/// All entries that name a call.
pub(super) struct Found {
    places: BTreeMap<(i64, Piece), Vec<Place>>,
    /// Messages that name no call.
    pub(super) strangers: Vec<Place>,
}

impl Found {
    /// Reads the whole snapshot. A comment without a mark is a person's and is left alone.
    pub(super) fn read(snapshot: &Snapshot) -> Self {
        let mut found = Self { places: BTreeMap::new(), strangers: Vec::new() };
        for (index, conversation) in snapshot.conversations.iter().enumerate() {
            for (place, entry) in conversation.entries.iter().enumerate() {
                found.read_entry((index, place), entry);
            }
        }
        found
    }

    fn read_entry(&mut self, place: Place, entry: &EntryView) {
        let key = match entry {
            EntryView::Message { body, .. } => message_key(body),
            EntryView::Comment { body, .. } => match comment_key(body) {
                Some(key) => Some(key),
                None => return,
            },
        };
        match key {
            Some(key) => self.places.entry(key).or_default().push(place),
            None => self.strangers.push(place),
        }
    }

    /// Where a piece of a call stands.
    pub(super) fn places(&self, call: i64, piece: Piece) -> &[Place] {
        self.places.get(&(call, piece)).map_or(&[], Vec::as_slice)
    }

    /// Everything that names the call.
    pub(super) fn of_call(&self, call: i64) -> impl Iterator<Item = (Piece, &[Place])> {
        let first = (call, Piece::Main);
        let last = (call, Piece::Comment(i64::MAX));
        self.places.range(first..=last).map(|((_, piece), places)| (*piece, places.as_slice()))
    }

    /// The calls that are named anywhere.
    pub(super) fn calls(&self) -> Vec<i64> {
        let mut calls: Vec<i64> = self.places.keys().map(|(call, _)| *call).collect();
        calls.dedup();
        calls
    }
}

/// The piece that an entry is, if it names a call.
pub(super) fn key_of(entry: &EntryView) -> Option<(i64, Piece)> {
    match entry {
        EntryView::Message { body, .. } => message_key(body),
        EntryView::Comment { body, .. } => comment_key(body),
    }
}

/// The piece that a text is, whether an activity's or a comment's, if it names a call.
pub(super) fn piece_of_text(text: &str) -> Option<(i64, Piece)> {
    message_key(text).or_else(|| comment_key(text))
}

/// The entry at a place.
pub(super) fn entry_at(snapshot: &Snapshot, (conversation, place): Place) -> &EntryView {
    &snapshot.conversations[conversation].entries[place]
}

/// The conversation of a place.
pub(super) fn conversation_at(snapshot: &Snapshot, place: Place) -> &ConversationView {
    &snapshot.conversations[place.0]
}

fn message_key(body: &str) -> Option<(i64, Piece)> {
    let id = body.trim_end().lines().last()?.strip_prefix("Aircall call ")?.parse().ok()?;
    let first = body.lines().next().unwrap_or_default();
    let piece = match first.split_once(": ").map(|(label, _)| label) {
        Some("Duration") => Piece::Duration,
        Some("Recording") => Piece::Recording,
        Some("Voicemail") => Piece::Voicemail,
        Some(_) | None => Piece::Main,
    };
    Some((id, piece))
}

fn comment_key(body: &str) -> Option<(i64, Piece)> {
    let mark = body.trim_end().lines().last()?.strip_prefix("[call ")?.strip_suffix(']')?;
    let (call, comment) = mark.split_once(" comment ")?;
    Some((call.parse().ok()?, Piece::Comment(comment.parse().ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_recognised_by_what_they_show() {
        assert_eq!(message_key("Missed call - A: b\nAircall call 7"), Some((7, Piece::Main)));
        assert_eq!(message_key("Duration: 3 s\nAircall call 7"), Some((7, Piece::Duration)));
        assert_eq!(message_key("Voicemail - A\nAircall call 7\n"), Some((7, Piece::Main)));
        assert_eq!(message_key("Voicemail: x\nAircall call 7"), Some((7, Piece::Voicemail)));
        assert_eq!(message_key("hello"), None);
        assert_eq!(comment_key("a\n[call 7 comment 9]"), Some((7, Piece::Comment(9))));
        assert_eq!(comment_key("a person's own"), None);
    }
}
