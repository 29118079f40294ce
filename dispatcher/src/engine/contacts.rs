//! The contact in Front: looked up before the first message, made when there is none, completed when it
//! lacks the custom handle. Handles are unique in Front, so looking decides every doubt. The intent of such
//! a write stands in the ledger, and ends with what needed it: nothing is on its way that nobody waits for.

use eventlog::store::StoreError;
use schemas::{Attempt, Contact, EffectKey, FrontContactId, Outcome, OutcomeState, TimeMs};
use serde_json::Value;
use tokio::sync::oneshot;

use super::Engine;
use super::slot::Phase;
use super::task::Intent;
use crate::attempt::{self, Event};
use crate::committer::Transfer;
use crate::lane::Next;
use crate::ledger::kept::Kept;
use crate::reply::Reply;
use crate::verdict::Verdict;

/// Under this key the intent to create a contact stands in the ledger.
pub(super) const CREATE: &str = "contact:create";

/// How the intent of a write to a contact ends without the contact.
struct Ending {
    event: Event,
    /// What Front answered.
    status: Option<u16>,
    why: String,
}

impl Ending {
    fn refused(status: u16) -> Ending {
        let why = format!("Front refused to create the contact with status {status}");
        Ending { event: Event::Refused, status: Some(status), why }
    }
}

impl Engine {
    /// Makes the intent of a write to a contact.
    pub(super) fn announce_contact(&mut self, contact: &Contact, now: i64) -> Intent {
        let mut transfer = Transfer::default();
        let kept = self.contact_entry(contact, OutcomeState::Intended, now);
        self.stage_effect(&mut transfer, &kept);
        let (durable, announced) = oneshot::channel();
        transfer.durable = Some(durable);
        self.commit(transfer);
        Intent { durable: announced, span: tracing::Span::none() }
    }

    pub(super) fn settle_contact_look(
        &mut self,
        contact: &Contact,
        reply: &Reply,
        verdict: Verdict,
        now: i64,
    ) -> Result<(), StoreError> {
        let phase = self.slots.get(contact).map(|slot| slot.phase.clone()).unwrap_or_default();
        match (verdict, phase) {
            (Verdict::Done, _) => {
                let missing = self.missing_handle(contact, reply.body());
                match (reply.body()["id"].as_str(), missing) {
                    (Some(id), Some(source)) => {
                        self.phase(contact, Phase::WithoutHandle(id.into(), source));
                    }
                    (Some(id), None) => self.know_contact(contact, id.into(), now)?,
                    (None, _) => self.pause(contact, now),
                }
            }
            (Verdict::Absent, Phase::Refused(status, false)) => {
                self.phase(contact, Phase::Refused(status, true));
            }
            (Verdict::Absent, Phase::Refused(status, true)) => {
                let end = Ending::refused(status);
                let why = end.why.clone();
                self.park_head(contact, &why, end, now)?;
            }
            (Verdict::Absent, Phase::Unknown | Phase::Absent | Phase::WithoutHandle(..)) => {
                self.phase(contact, Phase::Absent);
            }
            (Verdict::Park(why), Phase::Refused(status, _)) => {
                self.park_head(contact, &why, Ending::refused(status), now)?;
            }
            (Verdict::Park(why), Phase::Unknown | Phase::Absent | Phase::WithoutHandle(..)) => {
                let end = Ending { event: Event::Undecidable, status: None, why: why.clone() };
                self.park_head(contact, &why, end, now)?;
            }
            (Verdict::Stop(_) | Verdict::Slower, _) => {}
            (Verdict::Accepted | Verdict::Retry | Verdict::InDoubt | Verdict::Redirected(_), _) => {
                self.pause(contact, now)
            }
        }
        self.schedule(contact, now)
    }

    pub(super) fn settle_contact_create(
        &mut self,
        contact: &Contact,
        reply: &Reply,
        verdict: Verdict,
        now: i64,
    ) -> Result<(), StoreError> {
        match verdict {
            Verdict::Done | Verdict::Accepted => match reply.body()["id"].as_str() {
                Some(id) => self.know_contact(contact, id.into(), now)?,
                None => self.phase(contact, Phase::Unknown),
            },
            Verdict::Park(_) | Verdict::Absent | Verdict::Redirected(_) => {
                self.phase(contact, Phase::Refused(reply.status().unwrap_or_default(), false));
            }
            Verdict::InDoubt => {
                self.phase(contact, Phase::Unknown);
                self.pause(contact, now);
            }
            Verdict::Retry => self.pause(contact, now),
            Verdict::Slower | Verdict::Stop(_) => {}
        }
        self.schedule(contact, now)
    }

    /// A handle that another contact has is not ours to take: then the phone handle must do.
    pub(super) fn settle_contact_handle(
        &mut self,
        contact: &Contact,
        contact_id: FrontContactId,
        verdict: &Verdict,
        now: i64,
    ) -> Result<(), StoreError> {
        match verdict {
            Verdict::Done | Verdict::Accepted | Verdict::Park(_) => {
                self.know_contact(contact, contact_id, now)?;
            }
            Verdict::Absent | Verdict::Redirected(_) | Verdict::InDoubt => {
                self.phase(contact, Phase::Unknown);
                self.pause(contact, now);
            }
            Verdict::Retry => self.pause(contact, now),
            Verdict::Slower | Verdict::Stop(_) => {}
        }
        self.schedule(contact, now)
    }

    /// Parks whatever stands first in the lane and ends the intent, in one commit: whoever restores the
    /// one finds the other. What comes next in the lane begins anew, and may find Front of another mind.
    fn park_head(
        &mut self,
        contact: &Contact,
        why: &str,
        end: Ending,
        now: i64,
    ) -> Result<(), StoreError> {
        let has_conversation = self.thread(contact)?.conversation_id.is_some();
        let head =
            self.slots.get(contact).and_then(|slot| match slot.lane.next(now, has_conversation) {
                Next::Send(entry) | Next::Repeat(entry) | Next::Look(entry) => {
                    Some(entry.key.clone())
                }
                Next::Idle | Next::Busy | Next::Later(_) | Next::Seen => None,
            });
        let mut transfer = Transfer::default();
        self.end_intent(&mut transfer, contact, end, now)?;
        if let Some(effect) = head {
            let edit = |kept: &mut Kept| kept.outcome.reason = Some(why.to_owned());
            self.advance(&mut transfer, contact, &effect, Event::Refused, edit)?;
        }
        self.phase(contact, Phase::Unknown);
        self.commit(transfer);
        Ok(())
    }

    /// Nothing in the lane of a contact without an id can go, so nobody comes back to its intent: it ends
    /// here, refused with what is parked, or not wanted any more. What ended already stays as it is.
    pub(super) fn leave_contact(&mut self, contact: &Contact, now: i64) -> Result<(), StoreError> {
        let held = self.slots.get(contact).and_then(|slot| {
            let is_held = |state| matches!(state, OutcomeState::Parked | OutcomeState::Unknown);
            slot.lane.entries().find(|entry| is_held(entry.state)).map(|entry| entry.key.clone())
        });
        let end = match held {
            Some(effect) => {
                let reason =
                    self.ledger.effect(contact, &effect)?.and_then(|kept| kept.outcome.reason);
                let why = reason.unwrap_or_else(|| "what needs the contact is parked".to_owned());
                Ending { event: Event::Refused, status: None, why }
            }
            None => {
                let why = "nothing needs the contact any more".to_owned();
                Ending { event: Event::Overtaken, status: None, why }
            }
        };
        let mut transfer = Transfer::default();
        self.end_intent(&mut transfer, contact, end, now)?;
        self.phase(contact, Phase::Unknown);
        self.commit(transfer);
        Ok(())
    }

    /// Ends the intent of a write to the contact, where one stands that can end so. The next command that
    /// needs the contact looks it up and announces it anew.
    fn end_intent(
        &self,
        transfer: &mut Transfer,
        contact: &Contact,
        end: Ending,
        now: i64,
    ) -> Result<(), StoreError> {
        let Some(mut kept) = self.ledger.effect(contact, &create_key())? else { return Ok(()) };
        let outcome = &mut kept.outcome;
        // An announced one whose answer nobody waits for any more is in doubt until it ends.
        let state = attempt::next(outcome.state, Event::Abandoned).unwrap_or(outcome.state);
        let Ok(state) = attempt::next(state, end.event) else { return Ok(()) };
        if let (Some(attempt), Some(status)) = (&mut outcome.attempt, end.status) {
            attempt.status = Some(i32::from(status));
            attempt.verdict = Some("refused".to_owned());
            attempt.answered_at = Some(TimeMs(now));
        }
        (outcome.state, outcome.reason, outcome.at) = (state, Some(end.why), TimeMs(now));
        self.stage_effect(transfer, &kept);
        transfer.results = true;
        Ok(())
    }

    fn know_contact(
        &mut self,
        contact: &Contact,
        contact_id: FrontContactId,
        now: i64,
    ) -> Result<(), StoreError> {
        let mut thread = self.thread(contact)?;
        thread.contact_id = Some(contact_id);
        thread.at = TimeMs(now);
        let mut transfer = Transfer { results: true, ..Transfer::default() };
        self.stage_thread(&mut transfer, &thread);
        if self.ledger.effect(contact, &create_key())?.is_some() {
            let kept = self.contact_entry(contact, OutcomeState::Done, now);
            self.stage_effect(&mut transfer, &kept);
        }
        self.commit(transfer);
        self.phase(contact, Phase::Unknown);
        Ok(())
    }

    /// Which of the two handles a contact with a number lacks.
    fn missing_handle(&self, contact: &Contact, body: &Value) -> Option<&'static str> {
        let handles = body["handles"].as_array()?;
        if contact.e164().is_none() || self.config.dry_run {
            return None;
        }
        let has = |source: &str| {
            let same = |it: &Value| {
                it["source"] == source && it["handle"].as_str() == Some(contact.as_str())
            };
            handles.iter().any(same)
        };
        ["phone", "custom"].into_iter().find(|source| !has(source))
    }

    fn contact_entry(&self, contact: &Contact, state: OutcomeState, now: i64) -> Kept {
        let attempt = Attempt {
            number: 1,
            intended_at: TimeMs(now),
            deadline: TimeMs(now + self.config.deadline_ms()),
            generation: 1,
            status: None,
            verdict: None,
            answered_at: None,
        };
        let outcome = Outcome {
            contact: contact.clone(),
            effect_key: create_key(),
            revision: 1,
            call_id: None,
            state,
            reason: None,
            attempt: Some(attempt),
            message_uid: None,
            message_id: None,
            comment_id: None,
            conversation_id: None,
            repeat_recognised: false,
            waiting_revision: None,
            command: None,
            cause_at: TimeMs(now),
            at: TimeMs(now),
        };
        Kept { order: 0, sent: None, trace: None, outcome }
    }
}

pub(super) fn create_key() -> EffectKey {
    EffectKey::try_from(CREATE.to_owned()).expect("a word that is not empty")
}
