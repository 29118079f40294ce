//! The contact in Front: looked up before the first message, made when there is none, completed when it
//! lacks the custom handle. Handles are unique in Front, so looking decides every doubt.

use eventlog::store::StoreError;
use schemas::{Attempt, Contact, EffectKey, Outcome, OutcomeState, TimeMs};
use serde_json::Value;
use tokio::sync::oneshot;

use super::Engine;
use super::slot::Phase;
use super::task::Intent;
use crate::attempt::Event;
use crate::committer::Transfer;
use crate::lane::Next;
use crate::ledger::kept::Kept;
use crate::reply::Reply;
use crate::verdict::Verdict;

/// Under this key the intent to create a contact stands in the ledger.
pub(super) const CREATE: &str = "contact:create";

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
                        self.phase(contact, Phase::WithoutHandle(id.to_owned(), source));
                    }
                    (Some(id), None) => self.know_contact(contact, id, now)?,
                    (None, _) => self.pause(contact, now),
                }
            }
            (Verdict::Absent, Phase::Refused(status, false)) => {
                self.phase(contact, Phase::Refused(status, true));
            }
            (Verdict::Absent, Phase::Refused(status, true)) => {
                let why = format!("Front refused to create the contact with status {status}");
                self.park_head(contact, &why, now)?;
                self.phase(contact, Phase::Unknown);
            }
            (Verdict::Absent, Phase::Unknown | Phase::Absent | Phase::WithoutHandle(..)) => {
                self.phase(contact, Phase::Absent);
            }
            (Verdict::Park(why), _) => self.park_head(contact, &why, now)?,
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
                Some(id) => self.know_contact(contact, id, now)?,
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
        contact_id: String,
        verdict: &Verdict,
        now: i64,
    ) -> Result<(), StoreError> {
        match verdict {
            Verdict::Done | Verdict::Accepted | Verdict::Park(_) => {
                self.know_contact(contact, &contact_id, now)?;
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

    /// Parks whatever stands first in the lane.
    fn park_head(&mut self, contact: &Contact, why: &str, now: i64) -> Result<(), StoreError> {
        let has_conversation = self.thread(contact)?.conversation_id.is_some();
        let head =
            self.slots.get(contact).and_then(|slot| match slot.lane.next(now, has_conversation) {
                Next::Send(entry) | Next::Repeat(entry) | Next::Look(entry) => {
                    Some(entry.key.clone())
                }
                Next::Idle | Next::Busy | Next::Later(_) | Next::Seen => None,
            });
        let Some(effect) = head else { return Ok(()) };
        let mut transfer = Transfer::default();
        let edit = |kept: &mut Kept| kept.outcome.reason = Some(why.to_owned());
        self.advance(&mut transfer, contact, &effect, Event::Refused, edit)?;
        self.commit(transfer);
        Ok(())
    }

    fn know_contact(
        &mut self,
        contact: &Contact,
        contact_id: &str,
        now: i64,
    ) -> Result<(), StoreError> {
        let mut thread = self.thread(contact)?;
        thread.contact_id = Some(contact_id.to_owned());
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
