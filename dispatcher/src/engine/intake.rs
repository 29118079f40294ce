//! Commands come in: each is new, known, newer than one that waits or than one that is under way, or
//! takes another back.

use std::collections::BTreeSet;

use bytes::Bytes;
use eventlog::Stored;
use eventlog::store::StoreError;
use eventlog::trace::TRACEPARENT;
use schemas::{Action, Command, Contact, EffectKey, Outcome, OutcomeState, TimeMs, TopicKind};

use super::plan::{assigns, kind_of};
use super::{Engine, Fed};
use crate::attempt::{self, Event};
use crate::committer::Transfer;
use crate::inputs::{Place, Spot};
use crate::lane::Entry;
use crate::ledger::kept::{Kept, Sent};
use crate::telemetry;

/// The reason that every queued effect carries while nothing is written to Front.
pub(super) const DRY_RUN: &str = "dry run";

impl Engine {
    /// Takes records of any input.
    pub(crate) fn take(&mut self, fed: Fed) -> Result<(), StoreError> {
        if fed.topic == self.topic(TopicKind::Commands) {
            self.take_commands(fed)
        } else {
            self.take_raw(fed)
        }
    }

    fn take_commands(&mut self, fed: Fed) -> Result<(), StoreError> {
        let place: Place = (fed.topic, fed.partition);
        let mut transfer = Transfer::default();
        let mut touched = BTreeSet::new();
        for stored in &fed.records {
            let Some(command) = read(&place, stored) else { continue };
            touched.insert(command.contact.clone());
            let trace = stored.header(TRACEPARENT).cloned();
            let spot = self.inputs.spot(&place, stored);
            self.take_command(spot, command, trace, &mut transfer)?;
        }
        telemetry::commands_read(fed.records.len());
        if let Some(last) = fed.records.last() {
            self.inputs.read_to(place, last.offset.next());
        }
        self.stage_position(&mut transfer);
        self.commit(transfer);
        let now = self.now();
        for contact in touched {
            self.schedule(&contact, now)?;
        }
        Ok(())
    }

    fn take_command(
        &mut self,
        spot: Spot,
        command: Command,
        trace: Option<Bytes>,
        transfer: &mut Transfer,
    ) -> Result<(), StoreError> {
        let known = self.ledger.effect(&command.contact, &command.effect_key)?;
        let state = known.as_ref().map(|kept| kept.outcome.state);
        if let Some(kept) = &known
            && kept.outcome.revision >= command.revision
        {
            return Ok(());
        }
        if command.action == Action::Withdraw {
            return self.withdraw(&command, state, transfer);
        }
        match state {
            Some(OutcomeState::Intended | OutcomeState::InDoubt | OutcomeState::Accepted) => {
                self.inputs.hold(&spot.place, spot.offset);
                if let Some(mut kept) = known {
                    kept.outcome.waiting_revision = Some(command.revision);
                    self.stage_effect(transfer, &kept);
                }
                let slot = self.slots.entry(command.contact.clone()).or_default();
                slot.newer.push((spot, command));
            }
            Some(OutcomeState::Parked | OutcomeState::Unknown) => {
                self.drop_entry(&command.contact, &command.effect_key);
                // What was tried keeps its external id.
                let sent = known.and_then(|kept| kept.sent);
                self.enqueue(spot.order, &command, sent, trace, transfer)?;
                self.overtake(transfer, &command.contact, &command.effect_key)?;
            }
            Some(OutcomeState::Queued | OutcomeState::Done | OutcomeState::Skipped) | None => {
                self.enqueue(spot.order, &command, None, trace, transfer)?;
                self.overtake(transfer, &command.contact, &command.effect_key)?;
            }
        }
        Ok(())
    }

    /// Puts a command into its lane and into the ledger.
    pub(super) fn enqueue(
        &mut self,
        order: u64,
        command: &Command,
        sent: Option<Sent>,
        trace: Option<Bytes>,
        transfer: &mut Transfer,
    ) -> Result<(), StoreError> {
        self.note_call(command, transfer)?;
        let state = self.state_of_new(command)?;
        let outcome = Outcome {
            contact: command.contact.clone(),
            effect_key: command.effect_key.clone(),
            revision: command.revision,
            call_id: command.call_id,
            state,
            reason: self.config.dry_run.then(|| DRY_RUN.to_owned()),
            attempt: None,
            message_uid: None,
            message_id: None,
            comment_id: None,
            conversation_id: None,
            repeat_recognised: false,
            waiting_revision: None,
            command: Some(schemas::encode(command)),
            cause_at: command.cause_at,
            at: TimeMs(self.now()),
        };
        self.stage_effect(transfer, &Kept { order, sent, trace, outcome });
        transfer.taken = true;
        let slot = self.slots.entry(command.contact.clone()).or_default();
        slot.lane.push(Entry {
            key: command.effect_key.clone(),
            revision: command.revision,
            kind: kind_of(command),
            state,
            order,
            decided_at: command.decided_at,
            not_before: 0,
            attempts: 0,
            failures: 0,
            maybe_there: state == OutcomeState::InDoubt,
            assigns: assigns(command),
            after: command.after.clone().into_boxed_slice(),
        });
        Ok(())
    }

    /// Where an effect begins that the ledger does not know. Where entries were lost to damage, a comment
    /// may be there already, and is looked for. The others need no such care: Front recognises an import by
    /// its external id, and an attribute is set to what it is.
    fn state_of_new(&self, command: &Command) -> Result<OutcomeState, StoreError> {
        let is_comment = matches!(command.action, Action::Comment(_));
        let partition = self.partition(&command.contact);
        let lost = is_comment && self.ledger.may_have_lost(partition, command.decided_at)?;
        Ok(if lost { OutcomeState::InDoubt } else { OutcomeState::Queued })
    }

    /// Takes back what has no intent yet; what has one stays, and the withdrawal is too late.
    fn withdraw(
        &mut self,
        command: &Command,
        state: Option<OutcomeState>,
        transfer: &mut Transfer,
    ) -> Result<(), StoreError> {
        if state.is_some_and(|state| attempt::next(state, Event::Withdrawn).is_ok()) {
            let revision = command.revision;
            let edit = |kept: &mut Kept| {
                kept.outcome.revision = revision;
                kept.outcome.reason = Some("taken back by a later command".to_owned());
            };
            let (contact, effect) = (&command.contact, &command.effect_key);
            self.advance(transfer, contact, effect, Event::Withdrawn, edit)?;
        }
        Ok(())
    }

    /// An effect of which nothing is under way makes way for a newer revision that waited for it.
    pub(super) fn take_newer(
        &mut self,
        contact: &Contact,
        effect: &EffectKey,
        transfer: &mut Transfer,
    ) -> Result<(), StoreError> {
        let Some(slot) = self.slots.get_mut(contact) else { return Ok(()) };
        let (own, others) = std::mem::take(&mut slot.newer)
            .into_iter()
            .partition(|(_, it)| it.effect_key == *effect);
        slot.newer = others;
        let own: Vec<(Spot, Command)> = own;
        for (spot, command) in own {
            self.inputs.release(&spot.place, spot.offset);
            self.take_command(spot, command, None, transfer)?;
        }
        Ok(())
    }

    fn drop_entry(&mut self, contact: &Contact, effect: &EffectKey) {
        if let Some(slot) = self.slots.get_mut(contact) {
            // Parked and unknown effects can be withdrawn from the order; the ledger gets the newer one.
            let _ = slot.lane.step(effect, Event::Withdrawn);
        }
    }
}

fn read(place: &Place, stored: &Stored) -> Option<Command> {
    let value = stored.value.as_ref()?;
    match schemas::decode::<Command>(value) {
        Ok(command) => Some(command),
        Err(error) => {
            let (topic, partition, offset) = (place.0.as_str(), place.1.0, stored.offset.0);
            telemetry::command_unreadable(topic, partition, offset, &error.to_string());
            None
        }
    }
}
