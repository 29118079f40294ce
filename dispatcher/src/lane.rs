//! The order of one contact's effects. One write is under way at a time; what is parked or unknown holds
//! only what depends on it; what needs the conversation's id waits for it as long as it can come. So does
//! an import: only one goes by reference, and what follows it names the conversation (see [`Next::Seen`]).

use std::collections::VecDeque;

use schemas::{AgentId, EffectKey, OutcomeState, TimeMs};

use crate::attempt::{self, Event, IllegalMove};

/// What an effect is, as far as order is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An imported message.
    Activity,
    /// A comment: needs the conversation's id.
    Comment,
    /// An attribute: needs the conversation's id.
    Attribute,
}

/// An effect that is not finished. What it says is in the ledger; here is only what order needs.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Which effect.
    pub key: EffectKey,
    /// Its revision.
    pub revision: i32,
    /// What it is.
    pub kind: Kind,
    /// How far it is.
    pub state: OutcomeState,
    /// Its place in the log: entries are sorted by it.
    pub order: u64,
    /// When the projector decided it.
    pub decided_at: TimeMs,
    /// It is not tried before this time (Unix milliseconds).
    pub not_before: i64,
    /// Attempts so far.
    pub attempts: i32,
    /// Tries in a row that failed.
    pub failures: u16,
    /// Whether an attempt may have reached Front without our knowing.
    pub maybe_there: bool,
    /// The agent (Aircall's user id) to whom it assigns the conversation, when it does.
    pub assigns: Option<AgentId>,
    /// Effects that must be accepted first.
    pub after: Box<[EffectKey]>,
}

/// What a lane does next.
#[derive(Debug)]
pub enum Next<'a> {
    /// Nothing.
    Idle,
    /// A request of it is under way.
    Busy,
    /// Nothing before this time.
    Later(i64),
    /// An accepted import must be seen first. Either it tells the conversation's id: a rule may move the
    /// conversation as soon as Front shows it, and where a reference leads then Front does not say, so a
    /// second import by reference could begin a second conversation. Or it assigns the conversation to
    /// somebody else, and Front does not say that it shows imports in their order.
    Seen,
    /// Send this.
    Send(&'a Entry),
    /// Send this again as it was: its effect shows whether it was there already.
    Repeat(&'a Entry),
    /// Look whether this is there.
    Look(&'a Entry),
}

/// One contact's effects in order.
#[derive(Debug, Clone, Default)]
pub struct Lane {
    entries: VecDeque<Entry>,
    accepted: Vec<EffectKey>,
    // Of those the ones that assign, with the agent.
    assigning: Vec<(EffectKey, AgentId)>,
    busy: bool,
}

impl Lane {
    /// Adds an effect in the order of the log. A waiting older revision of the same effect is dropped and
    /// returned: changes to the same attribute collapse into the last one.
    pub fn push(&mut self, entry: Entry) -> Option<Entry> {
        let waiting = |it: &Entry| {
            it.key == entry.key && it.revision < entry.revision && it.state == OutcomeState::Queued
        };
        let superseded = self.entries.iter().position(waiting);
        let superseded = superseded.and_then(|place| self.entries.remove(place));
        let place = self.entries.partition_point(|it| it.order <= entry.order);
        self.entries.insert(place, entry);
        superseded
    }

    /// Adds an effect that Front has taken but does not show yet.
    pub fn push_accepted(&mut self, key: EffectKey, assigns: Option<AgentId>) {
        if self.accepted.contains(&key) {
            return;
        }
        self.assigning.extend(assigns.map(|agent| (key.clone(), agent)));
        self.accepted.push(key);
    }

    /// What to do now.
    #[must_use]
    pub fn next(&self, now: i64, has_conversation: bool) -> Next<'_> {
        if self.busy {
            return Next::Busy;
        }
        let mut held: Vec<&EffectKey> = Vec::new();
        for entry in &self.entries {
            let parked = matches!(entry.state, OutcomeState::Parked | OutcomeState::Unknown);
            let depends = || entry.after.iter().any(|key| held.contains(&key));
            let needs_conversation = entry.kind != Kind::Activity && !has_conversation;
            if parked || depends() || (needs_conversation && self.accepted.is_empty()) {
                held.push(&entry.key);
                continue;
            }
            let tells_conversation = !has_conversation && !self.accepted.is_empty();
            if tells_conversation || self.overtakes_an_assignment(entry) {
                return Next::Seen;
            }
            if entry.not_before > now {
                return Next::Later(entry.not_before);
            }
            if entry.state == OutcomeState::Intended {
                return Next::Busy;
            }
            let in_doubt = entry.state == OutcomeState::InDoubt;
            return match entry.kind {
                Kind::Comment if in_doubt => Next::Look(entry),
                Kind::Activity | Kind::Attribute if in_doubt => Next::Repeat(entry),
                Kind::Activity | Kind::Comment | Kind::Attribute => Next::Send(entry),
            };
        }
        Next::Idle
    }

    /// Whether this assigns the conversation while an accepted import that assigns it to somebody
    /// else may still be on its way: the older one could then have the last word.
    fn overtakes_an_assignment(&self, entry: &Entry) -> bool {
        let other = |agent| self.assigning.iter().any(|(_, earlier)| *earlier != agent);
        entry.assigns.is_some_and(other)
    }

    /// Moves an effect on. One that is accepted or finished leaves the order.
    ///
    /// # Errors
    /// [`IllegalMove`]; the lane stays as it was.
    pub fn step(&mut self, key: &EffectKey, event: Event) -> Result<OutcomeState, IllegalMove> {
        let Some(place) = self.entries.iter().position(|it| it.key == *key) else {
            let state = attempt::next(OutcomeState::Accepted, event)?;
            self.accepted.retain(|it| it != key);
            self.assigning.retain(|(it, _)| it != key);
            return Ok(state);
        };
        let entry = &mut self.entries[place];
        let state = attempt::next(entry.state, event)?;
        entry.state = state;
        let ambiguous = matches!(event, Event::Ambiguous | Event::Abandoned);
        entry.maybe_there = (entry.maybe_there || ambiguous) && event != Event::Absent;
        if state == OutcomeState::Accepted {
            self.accepted.push(key.clone());
            self.assigning.extend(entry.assigns.map(|agent| (key.clone(), agent)));
        }
        if state == OutcomeState::Accepted || attempt::is_finished(state) {
            self.entries.remove(place);
        }
        Ok(state)
    }

    /// The entry of an effect that is neither accepted nor finished.
    pub fn entry_mut(&mut self, key: &EffectKey) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|it| it.key == *key)
    }

    /// The entry of an effect that is neither accepted nor finished.
    #[must_use]
    pub fn entry(&self, key: &EffectKey) -> Option<&Entry> {
        self.entries.iter().find(|it| it.key == *key)
    }

    /// Effects that Front has taken but does not show yet, oldest first.
    #[must_use]
    pub fn accepted(&self) -> &[EffectKey] {
        &self.accepted
    }

    /// Nothing of what is in order is tried before this time.
    pub fn rest_until(&mut self, at: i64) {
        for entry in &mut self.entries {
            entry.not_before = entry.not_before.max(at);
        }
    }

    /// Marks whether a request of this lane is under way.
    pub fn set_busy(&mut self, busy: bool) {
        self.busy = busy;
    }

    /// Whether a request of this lane is under way.
    #[must_use]
    pub const fn is_busy(&self) -> bool {
        self.busy
    }

    /// Whether nothing is left to do or to remember.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.busy && self.entries.is_empty() && self.accepted.is_empty()
    }

    /// The effects that are neither accepted nor finished, in order.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }
}

#[cfg(test)]
mod tests;
