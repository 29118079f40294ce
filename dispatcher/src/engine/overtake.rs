//! People win (B37): what a teammate decides while a command of ours waits is not overwritten by it. The
//! decision stands on the contact's thread, in the commit that has the teammate's event and the changes of
//! what waits; so a successor keeps to it too, however late the command comes.

use eventlog::store::StoreError;
use schemas::{
    Action, Actor, Attribute, Command, Contact, EffectKey, FrontChange, FrontEvent, OutcomeState,
    Thread, TimeMs,
};

use super::Engine;
use super::save::command_of;
use crate::attempt::Event;
use crate::committer::Transfer;
use crate::decisions;
use crate::ledger::kept::Kept;

impl Engine {
    /// Takes in what happened in Front: where the conversation lies, and what a teammate decided, which
    /// overtakes what waits.
    pub(super) fn heed(
        &mut self,
        transfer: &mut Transfer,
        event: &FrontEvent,
    ) -> Result<(), StoreError> {
        let before = self.thread(&event.contact)?;
        let mut thread = before.clone();
        if let FrontChange::Moved { inbox_id, .. } = &event.change {
            let conversation_id = &event.conversation_id;
            decisions::note_inbox(&mut thread, conversation_id, inbox_id, event.emitted_at);
        }
        if event.actor == Actor::Teammate {
            decisions::note(&mut thread, &event.change, event.emitted_at);
        }
        if thread == before {
            return Ok(());
        }
        thread.at = TimeMs(self.now());
        self.stage_thread(transfer, &thread);
        self.overtake_all(transfer, &event.contact)
    }

    /// Ends or changes everything that waits and was caused before a teammate decided otherwise.
    pub(super) fn overtake_all(
        &mut self,
        transfer: &mut Transfer,
        contact: &Contact,
    ) -> Result<(), StoreError> {
        for effect in self.waiting(contact) {
            self.overtake(transfer, contact, &effect)?;
        }
        Ok(())
    }

    /// Ends or changes an effect that waits, if it was caused before a teammate decided otherwise.
    pub(super) fn overtake(
        &mut self,
        transfer: &mut Transfer,
        contact: &Contact,
        effect: &EffectKey,
    ) -> Result<(), StoreError> {
        let entry = self.slots.get(contact).and_then(|slot| slot.lane.entry(effect));
        if !entry.is_some_and(|entry| waits(entry.state)) {
            return Ok(());
        }
        let thread = self.thread(contact)?;
        let Some(mut kept) = self.ledger.effect(contact, effect)? else { return Ok(()) };
        let Some(mut command) = command_of(&kept.outcome) else { return Ok(()) };
        let (since, cause_at) = (decided_for(&command), command.cause_at);
        match &mut command.action {
            Action::Attribute(ours) if is_overtaken(&thread, ours, since) => {
                let why = "a teammate decided about it since";
                let edit = |kept: &mut Kept| kept.outcome.reason = Some(why.to_owned());
                self.advance(transfer, contact, effect, Event::Overtaken, edit)?;
            }
            Action::Activity(ours) if ours.assignee.is_some() => {
                if is_overtaken(&thread, &Attribute::Assignee(None), cause_at) {
                    ours.assignee = None;
                    kept.sent = kept.sent.map(|sent| sent.without("assignee_id"));
                    kept.outcome.command = Some(schemas::encode(&command));
                    self.stage_effect(transfer, &kept);
                }
            }
            Action::Attribute(_) | Action::Activity(_) | Action::Comment(_) | Action::Withdraw => {}
        }
        Ok(())
    }

    /// Effects of which no request is under way.
    fn waiting(&self, contact: &Contact) -> Vec<EffectKey> {
        let entries = self.slots.get(contact).into_iter().flat_map(|slot| slot.lane.entries());
        entries.filter(|entry| waits(entry.state)).map(|entry| entry.key.clone()).collect()
    }
}

/// Whether no request of an effect in this state is under way.
const fn waits(state: OutcomeState) -> bool {
    match state {
        OutcomeState::Queued
        | OutcomeState::InDoubt
        | OutcomeState::Parked
        | OutcomeState::Unknown => true,
        OutcomeState::Intended
        | OutcomeState::Accepted
        | OutcomeState::Done
        | OutcomeState::Skipped => false,
    }
}

fn is_overtaken(thread: &Thread, attribute: &Attribute, since: TimeMs) -> bool {
    decisions::decided_at(thread, attribute).is_some_and(|at| at > since)
}

/// From when on a teammate's decision wins over the command. A status that an activity should have had
/// goes with the activity: it opens the conversation as of when it was decided (B04).
fn decided_for(command: &Command) -> TimeMs {
    let of_conversation = command.effect_key.as_str().starts_with("conversation:");
    let of_activity_status =
        matches!(command.action, Action::Attribute(Attribute::Archived(_))) && !of_conversation;
    if of_activity_status { command.decided_at } else { command.cause_at }
}
