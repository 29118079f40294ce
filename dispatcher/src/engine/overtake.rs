//! People win (B37): what a teammate decides while a command of ours waits is not overwritten by it. What
//! waits is changed in the ledger in the commit that has the teammate's event, so a successor keeps to it.

use eventlog::store::StoreError;
use schemas::{
    Action, Actor, Attribute, Command, Contact, EffectKey, FrontChange, FrontEvent, OutcomeState,
    TimeMs,
};

use super::Engine;
use super::save::command_of;
use crate::attempt::Event;
use crate::committer::Transfer;
use crate::ledger::kept::Kept;

/// Decisions of a contact that are remembered for commands that come, or come back, after them.
const DECISIONS_MAX: usize = 16;
/// How long they are: until the fold has surely heard of them, and every request under way has ended.
const DECISIONS_KEPT_MS: i64 = 300_000;

/// What a teammate decided.
#[derive(Debug, Clone)]
pub(super) struct Decision {
    change: FrontChange,
    at: TimeMs,
    since: i64,
}

impl Engine {
    /// Takes in what happened in Front: a teammate's decision overtakes what waits.
    pub(super) fn heed(
        &mut self,
        transfer: &mut Transfer,
        event: &FrontEvent,
    ) -> Result<(), StoreError> {
        if event.actor != Actor::Teammate {
            return Ok(());
        }
        let since = self.now();
        let decisions = self.decisions.entry(event.contact.clone()).or_default();
        decisions.truncate(DECISIONS_MAX - 1);
        decisions.push_front(Decision {
            change: event.change.clone(),
            at: event.emitted_at,
            since,
        });
        self.overtake(transfer, &event.contact)
    }

    /// Ends or changes what waits and was caused before a teammate decided otherwise.
    pub(super) fn overtake(
        &mut self,
        transfer: &mut Transfer,
        contact: &Contact,
    ) -> Result<(), StoreError> {
        let Some(decisions) = self.decisions.get(contact).cloned() else { return Ok(()) };
        for effect in self.waiting(contact) {
            let Some(mut kept) = self.ledger.effect(contact, &effect)? else { continue };
            let Some(mut command) = command_of(&kept.outcome) else { continue };
            let since = decided_for(&command);
            let mut later = decisions.iter().filter(|decision| decision.at > since);
            match &mut command.action {
                Action::Attribute(ours) if later.any(|it| is_about(&it.change, ours)) => {
                    let why = "a teammate decided about it since";
                    let edit = |kept: &mut Kept| kept.outcome.reason = Some(why.to_owned());
                    self.advance(transfer, contact, &effect, Event::Overtaken, edit)?;
                }
                Action::Activity(ours) if ours.assignee.is_some() => {
                    if later.any(|it| is_about(&it.change, &Attribute::Assignee(None))) {
                        ours.assignee = None;
                        kept.sent = kept.sent.map(|sent| sent.without("assignee_id"));
                        kept.outcome.command = Some(schemas::encode(&command));
                        self.stage_effect(transfer, &kept);
                    }
                }
                Action::Attribute(_)
                | Action::Activity(_)
                | Action::Comment(_)
                | Action::Withdraw => {}
            }
        }
        Ok(())
    }

    /// Effects of which no request is under way.
    fn waiting(&self, contact: &Contact) -> Vec<EffectKey> {
        let entries = self.slots.get(contact).into_iter().flat_map(|slot| slot.lane.entries());
        let waits = entries.filter(|entry| match entry.state {
            OutcomeState::Queued
            | OutcomeState::InDoubt
            | OutcomeState::Parked
            | OutcomeState::Unknown => true,
            OutcomeState::Intended
            | OutcomeState::Accepted
            | OutcomeState::Done
            | OutcomeState::Skipped => false,
        });
        waits.map(|entry| entry.key.clone()).collect()
    }

    /// Forgets decisions that every later command knows of.
    pub(super) fn expire_decisions(&mut self, now: i64) {
        self.decisions.retain(|_, decisions| {
            decisions.retain(|decision| decision.since + DECISIONS_KEPT_MS > now);
            !decisions.is_empty()
        });
    }
}

/// From when on a teammate's decision wins over the command. A status that an activity should have had
/// goes with the activity: it opens the conversation as of when it was decided (B04).
fn decided_for(command: &Command) -> TimeMs {
    let of_conversation = command.effect_key.as_str().starts_with("conversation:");
    let of_activity_status =
        matches!(command.action, Action::Attribute(Attribute::Archived(_))) && !of_conversation;
    if of_activity_status { command.decided_at } else { command.cause_at }
}

/// Whether the change is one of this attribute.
fn is_about(change: &FrontChange, attribute: &Attribute) -> bool {
    let same_tag = |name: &Option<String>, tag: &String| {
        name.as_ref().is_some_and(|name| name.to_lowercase() == tag.to_lowercase())
    };
    match attribute {
        Attribute::Assignee(_) => {
            matches!(change, FrontChange::Assigned { .. } | FrontChange::Unassigned)
        }
        Attribute::Inbox(_) => matches!(change, FrontChange::Moved { .. }),
        Attribute::Archived(_) => matches!(change, FrontChange::Archived | FrontChange::Reopened),
        Attribute::TagOn(tag) | Attribute::TagOff(tag) => matches!(
            change,
            FrontChange::Tagged { name, .. } | FrontChange::Untagged { name, .. } if same_tag(name, tag)
        ),
    }
}
