//! Accepted is not visible: imports that Front has taken are looked for until it shows them. Where they
//! are looked for is in `looking.rs`; here is what comes of it.

use eventlog::store::StoreError;
use schemas::{
    Action, Activity, Attribute, Command, Contact, EffectKey, FrontConversationId, Thread,
};
use serde_json::Value;

use super::Engine;
use super::save::command_of;
use super::slot::Confirm;
use super::task::{Task, Timer};
use crate::attempt::Event;
use crate::committer::Transfer;
use crate::ledger::kept::Kept;
use crate::recognise::{self, FoundMessage, Ours};
use crate::reply::Reply;
use crate::request;
use crate::schedule::confirm_after_ms;
use crate::verdict::Verdict;

/// Attempts after which an import that Front takes and never shows is a person's.
const ATTEMPTS_MAX: i32 = 3;
/// Looks after which a repeat that Front refused counts as refused for what it is.
const REFUSED_LOOKS: u8 = 5;
/// What the entry of an import says that Front shows outside the contact's conversation.
const STRAYED: &str = "Front shows it in another conversation than the contact's";

impl Engine {
    pub(super) fn settle_confirm(
        &mut self,
        task: Task,
        reply: &Reply,
        verdict: Verdict,
        now: i64,
    ) -> Result<(), StoreError> {
        let (Task::ConfirmUid(contact, _)
        | Task::ConfirmList(contact, _)
        | Task::Locate(contact)
        | Task::Check(contact)) = task.clone()
        else {
            return Ok(());
        };
        let body = reply.body();
        match (verdict, task) {
            (Verdict::Done, Task::ConfirmUid(_, key)) => match recognise::found(body) {
                Some(found) => self.confirmed(&contact, vec![(key, found)], now)?,
                None => self.missing(&contact, now)?,
            },
            (Verdict::Done, Task::ConfirmList(_, id)) => {
                self.settle_list(&contact, &id, body, now)?;
            }
            (Verdict::Done, Task::Check(_)) => self.settle_check(&contact, body, now)?,
            (Verdict::Done, _) => self.settle_locate(&contact, body, now)?,
            // Another one of the contact's conversations was merged into one that is none of ours.
            (Verdict::Redirected(_), Task::ConfirmList(_, id))
                if self.is_not_own(&contact, &id)? =>
            {
                self.look_again(&contact, 0, now);
            }
            (Verdict::Redirected(survivor), _) => {
                let mut transfer = Transfer::default();
                self.remap(&mut transfer, &contact, &survivor)?;
                self.commit(transfer);
                self.look_again(&contact, 0, now);
            }
            (Verdict::Absent | Verdict::Park(_), _) => self.missing(&contact, now)?,
            (
                Verdict::Accepted
                | Verdict::Retry
                | Verdict::Slower
                | Verdict::InDoubt
                | Verdict::Stop(_),
                _,
            ) => self.look_again(&contact, self.config.confirm_ms(), now),
        }
        self.schedule(&contact, now)
    }

    /// The contact's conversations were listed: they are searched one by one, its own first.
    fn settle_locate(
        &mut self,
        contact: &Contact,
        list: &Value,
        now: i64,
    ) -> Result<(), StoreError> {
        let own = self.thread(contact)?.conversation_id;
        let ids = list["_results"].as_array().into_iter().flatten();
        let ids = ids.filter_map(|it| it["id"].as_str().map(FrontConversationId::from));
        let mut candidates: Vec<_> = ids.filter(|id| Some(id) != own.as_ref()).collect();
        candidates.extend(own);
        if let Some(confirm) = self.confirm(contact) {
            (confirm.candidates, confirm.located) = (candidates, true);
        }
        self.look_again(contact, 0, now);
        Ok(())
    }

    fn is_not_own(
        &self,
        contact: &Contact,
        conversation_id: &FrontConversationId,
    ) -> Result<bool, StoreError> {
        let own = self.thread(contact)?.conversation_id;
        Ok(own.is_some_and(|own| own != *conversation_id))
    }

    fn settle_list(
        &mut self,
        contact: &Contact,
        conversation_id: &FrontConversationId,
        list: &Value,
        now: i64,
    ) -> Result<(), StoreError> {
        let mut found = Vec::new();
        let mut missing = 0;
        for effect in self.accepted(contact) {
            let Some(kept) = self.ledger.effect(contact, &effect)? else { continue };
            let Some(activity) = activity_of(&kept) else { continue };
            let uid = kept.outcome.message_uid.as_ref();
            let ours = Ours { uid, call_id: kept.outcome.call_id, activity: &activity };
            match recognise::message(list, ours) {
                Some(mut message) => {
                    message.conversation_id = Some(conversation_id.clone());
                    found.push((effect, message));
                }
                None => missing += 1,
            }
        }
        let more = request::next_page(list, "messages:read").is_some();
        if let Some(confirm) = self.confirm(contact) {
            confirm.by_uid = more && missing > 0;
            if found.is_empty() && !confirm.candidates.is_empty() {
                self.look_again(contact, 0, now);
                return Ok(());
            }
        }
        if found.is_empty() {
            self.missing(contact, now)
        } else {
            self.confirmed(contact, found, now)
        }
    }

    /// These are there. Where a person's archive may be at stake, the status is read before they count.
    fn confirmed(
        &mut self,
        contact: &Contact,
        found: Vec<(EffectKey, FoundMessage)>,
        now: i64,
    ) -> Result<(), StoreError> {
        let mut transfer = Transfer::default();
        let thread = self.thread(contact)?;
        let shown_in = found.iter().find_map(|(_, message)| message.conversation_id.clone());
        let known = thread.conversation_id.clone();
        if let (None, Some(id)) = (&known, &shown_in) {
            self.learn_conversation(&mut transfer, thread.clone(), id)?;
        }
        let mut check = None;
        for (effect, message) in &found {
            // The status of another conversation is its own.
            if strays(&thread, message) {
                continue;
            }
            let kept = self.ledger.effect(contact, effect)?;
            let archives = kept.as_ref().and_then(activity_of).map(|it| it.is_archived);
            let was_archived = match &known {
                Some(id) => self.ledger.is_archived(id)?,
                None => false,
            };
            if let Some(archives) = archives.filter(|archives| *archives || was_archived) {
                check = Some((effect.clone(), archives));
            }
        }
        match check {
            Some(check) => {
                if let Some(confirm) = self.confirm(contact) {
                    confirm.found.extend(found);
                    confirm.check = Some(check);
                }
                self.look_again(contact, 0, now);
            }
            None => self.seen(&mut transfer, contact, found, now)?,
        }
        self.commit(transfer);
        Ok(())
    }

    /// The status was read: where it is not as the activity left it, setting it right becomes an effect.
    fn settle_check(
        &mut self,
        contact: &Contact,
        conversation: &Value,
        now: i64,
    ) -> Result<(), StoreError> {
        let Some(confirm) = self.confirm(contact) else { return Ok(()) };
        let (check, found) = (confirm.check.take(), std::mem::take(&mut confirm.found));
        let mut transfer = Transfer::default();
        let status = conversation["status"].as_str().unwrap_or_default();
        if let Some((effect, archived)) = check
            && status != "deleted"
        {
            if let Some(id) = conversation["id"].as_str() {
                self.stage_archived(&mut transfer, &id.into(), archived);
            }
            if (status == "archived") != archived {
                self.derive_status(&mut transfer, contact, &effect, archived)?;
            }
        }
        self.seen(&mut transfer, contact, found, now)?;
        self.commit(transfer);
        Ok(())
    }

    fn derive_status(
        &mut self,
        transfer: &mut Transfer,
        contact: &Contact,
        effect: &EffectKey,
        archived: bool,
    ) -> Result<(), StoreError> {
        let Some(kept) = self.ledger.effect(contact, effect)? else { return Ok(()) };
        let Some(parent) = command_of(&kept.outcome) else { return Ok(()) };
        let own = EffectKey::try_from(format!("{effect}:status")).expect("longer than its parent");
        if self.ledger.effect(contact, &own)?.is_some() {
            return Ok(());
        }
        let command = Command {
            effect_key: own,
            revision: 1,
            action: Action::Attribute(Attribute::Archived(archived)),
            settles: Vec::new(),
            after: Vec::new(),
            ..parent
        };
        self.enqueue(kept.order, &command, None, kept.trace, transfer)
    }

    fn seen(
        &mut self,
        transfer: &mut Transfer,
        contact: &Contact,
        found: Vec<(EffectKey, FoundMessage)>,
        now: i64,
    ) -> Result<(), StoreError> {
        let thread = self.thread(contact)?;
        for (effect, message) in found {
            let strayed = strays(&thread, &message);
            let edit = |kept: &mut Kept| {
                let outcome = &mut kept.outcome;
                outcome.repeat_recognised |= outcome.reason.take().is_some();
                outcome.reason = strayed.then(|| STRAYED.to_owned());
                outcome.message_id = Some(message.message_id);
                outcome.conversation_id = message.conversation_id;
            };
            self.advance(transfer, contact, &effect, Event::Seen, edit)?;
        }
        let known = thread.conversation_id.is_some();
        let base_ms = self.config.confirm_ms();
        let left = !self.accepted(contact).is_empty();
        let Some(slot) = self.slots.get_mut(contact) else { return Ok(()) };
        if !left {
            slot.confirm = None;
        } else if let Some(confirm) = &mut slot.confirm {
            (confirm.step, confirm.busy) = (0, false);
            (confirm.candidates, confirm.located) = (Vec::new(), false);
            confirm.due = if known { now + base_ms / 2 } else { now + base_ms };
            self.timers.insert((confirm.due, Timer::Confirm(contact.clone())));
        }
        Ok(())
    }

    /// What was looked for is not there yet; after the last look it is sent again, or a person's.
    pub(super) fn missing(&mut self, contact: &Contact, now: i64) -> Result<(), StoreError> {
        let base_ms = self.config.confirm_ms();
        let Some(confirm) = self.confirm(contact) else { return Ok(()) };
        confirm.step = confirm.step.saturating_add(1);
        confirm.located = false;
        let (step, wait_ms) = (confirm.step, confirm_after_ms(base_ms, confirm.step));
        let mut transfer = Transfer::default();
        for effect in self.accepted(contact) {
            let Some(kept) = self.ledger.effect(contact, &effect)? else { continue };
            let attempts = kept.outcome.attempt.as_ref().map_or(0, |attempt| attempt.number);
            let refused = kept.outcome.reason.is_some();
            if refused && step >= REFUSED_LOOKS {
                self.advance(&mut transfer, contact, &effect, Event::Refused, |_| {})?;
            } else if wait_ms.is_none() && attempts >= ATTEMPTS_MAX {
                let why = "Front has taken it more than once and does not show it";
                let edit = |kept: &mut Kept| kept.outcome.reason = Some(why.to_owned());
                self.advance(&mut transfer, contact, &effect, Event::Undecidable, edit)?;
            } else if wait_ms.is_none() {
                self.advance(&mut transfer, contact, &effect, Event::Lost, |_| {})?;
                self.overtake(&mut transfer, contact, &effect)?;
            }
        }
        self.commit(transfer);
        if self.accepted(contact).is_empty() {
            if let Some(slot) = self.slots.get_mut(contact) {
                slot.confirm = None;
            }
        } else {
            self.look_again(contact, wait_ms.unwrap_or(base_ms), now);
        }
        self.schedule(contact, now)
    }

    fn look_again(&mut self, contact: &Contact, after_ms: i64, now: i64) {
        if let Some(confirm) = self.confirm(contact) {
            (confirm.due, confirm.busy) = (now + after_ms, false);
            self.timers.insert((now + after_ms, Timer::Confirm(contact.clone())));
        }
    }

    pub(super) fn accepted(&self, contact: &Contact) -> Vec<EffectKey> {
        self.slots.get(contact).map(|slot| slot.lane.accepted().to_vec()).unwrap_or_default()
    }

    fn confirm(&mut self, contact: &Contact) -> Option<&mut Confirm> {
        self.slots.get_mut(contact)?.confirm.as_deref_mut()
    }
}

/// Whether Front shows a message outside the conversation that its contact is known to have.
fn strays(thread: &Thread, message: &FoundMessage) -> bool {
    let (Some(own), Some(shown_in)) = (&thread.conversation_id, &message.conversation_id) else {
        return false;
    };
    own != shown_in && !thread.former_conversation_ids.contains(shown_in)
}

fn activity_of(kept: &Kept) -> Option<Activity> {
    match command_of(&kept.outcome)?.action {
        Action::Activity(activity) => Some(activity),
        Action::Comment(_) | Action::Attribute(_) | Action::Withdraw => None,
    }
}
