//! After a start: what is not finished goes back into its lane. What was announced and never noted is in
//! doubt, and is not touched before its deadline and the request's time have passed.

use std::collections::{BTreeSet, HashMap};

use eventlog::store::StoreError;
use schemas::{Contact, OutcomeState, TimeMs};

use super::Engine;
use super::contacts::CREATE;
use super::plan::assigns;
use super::save::{command_of, entry_of};
use crate::attempt::{self, Event};
use crate::committer::Transfer;
use crate::echo;
use crate::ledger::kept::Kept;
use crate::request::Resolved;

impl Engine {
    /// Takes over what is not finished.
    pub(crate) fn adopt(&mut self, unfinished: Vec<Kept>) -> Result<(), StoreError> {
        let now = self.now();
        let mut contacts = BTreeSet::new();
        let mut waits: HashMap<Contact, i64> = HashMap::new();
        for kept in unfinished {
            let contact = kept.outcome.contact.clone();
            let safe_at = self.safe_at(&kept);
            if kept.outcome.effect_key.as_str() == CREATE {
                // What ended (Front refused it) is under way no more, and nobody waits for it.
                if !attempt::gives_way(kept.outcome.state) {
                    waits.insert(contact.clone(), safe_at);
                }
                self.slots.entry(contact.clone()).or_default();
                contacts.insert(contact);
                continue;
            }
            self.adopt_trace(&kept);
            let slot = self.slots.entry(contact.clone()).or_default();
            if kept.outcome.state == OutcomeState::Accepted {
                let assigns = command_of(&kept.outcome).as_ref().and_then(assigns);
                slot.lane.push_accepted(kept.outcome.effect_key.clone(), assigns);
                self.plan_confirm(&contact, now)?;
            } else if let Some(mut entry) = entry_of(&kept) {
                if let Ok(state) = attempt::next(entry.state, Event::Abandoned) {
                    (entry.state, entry.maybe_there) = (state, true);
                }
                if entry.state == OutcomeState::InDoubt {
                    entry.not_before = safe_at;
                }
                slot.lane.push(entry);
            }
            contacts.insert(contact);
        }
        for (contact, safe_at) in waits {
            if let Some(slot) = self.slots.get_mut(&contact) {
                slot.lane.rest_until(safe_at);
            }
        }
        for contact in contacts {
            // What was under way when a teammate decided waits now, and is as late as the rest.
            let mut transfer = Transfer::default();
            self.overtake_all(&mut transfer, &contact)?;
            self.commit(transfer);
            self.schedule(&contact, now)?;
        }
        Ok(())
    }

    /// When an attempt of another process can no longer be under way.
    fn safe_at(&self, kept: &Kept) -> i64 {
        let attempt = kept.outcome.attempt.as_ref();
        attempt.map_or(0, |attempt| attempt.deadline.0 + self.config.timeout_ms())
    }

    fn adopt_trace(&mut self, kept: &Kept) {
        let from = kept.outcome.attempt.as_ref().map(|attempt| attempt.intended_at);
        if let (Some(TimeMs(from)), Some(command)) = (from, command_of(&kept.outcome)) {
            let trace = echo::trace(&command, &Resolved::default(), TimeMs(from));
            self.traces.entry(command.contact).or_default().push_front(trace);
        }
    }
}
