//! A call whose number Aircall corrected: it belongs to another contact from then on, and both have it.
//! Front takes no message back, so what the first contact's conversation got stays there, and its ledger
//! entries say why.

use eventlog::store::StoreError;
use schemas::{Command, OutcomeState};

use super::Engine;
use crate::committer::Transfer;
use crate::ledger::kept::Kept;
use crate::ledger::space;

/// What the entries of the contact that had the call first say.
const ELSEWHERE: &str =
    "another contact's conversation has this call too: Aircall corrected its number";

impl Engine {
    /// Remembers which contact has the call. Had another one it before, its entries say so.
    pub(super) fn note_call(
        &self,
        command: &Command,
        transfer: &mut Transfer,
    ) -> Result<(), StoreError> {
        // The main activity of a call is always there, and comes before everything else of it.
        let Some(id) = command.call_id.filter(|_| command.effect_key.as_str().ends_with(":main"))
        else {
            return Ok(());
        };
        let former = self.ledger.contact_of_call(id)?;
        if former.as_ref() == Some(&command.contact) {
            return Ok(());
        }
        let contact = command.contact.as_str().as_bytes().to_vec();
        let key = id.get().to_be_bytes().to_vec();
        transfer.changes.push(self.ledger.set(space::CALLS, key, Some(contact)));
        let Some(former) = former else { return Ok(()) };
        for mut kept in self.ledger.effects_of_call(&former, id)? {
            if kept.outcome.state == OutcomeState::Done && kept.outcome.reason.is_none() {
                kept.outcome.reason = Some(ELSEWHERE.to_owned());
                self.stage_effect(transfer, &kept);
            }
        }
        Ok(())
    }

    /// An effect of a call is finished: says so when another contact has the call by now.
    pub(super) fn say_where_else(&self, kept: &mut Kept) -> Result<(), StoreError> {
        let Some(id) = kept.outcome.call_id else { return Ok(()) };
        let has_it = self.ledger.contact_of_call(id)?;
        if kept.outcome.reason.is_none() && has_it.is_some_and(|it| it != kept.outcome.contact) {
            kept.outcome.reason = Some(ELSEWHERE.to_owned());
        }
        Ok(())
    }
}
