//! When and where accepted imports are looked for. One read of the conversation finds all of them; of a
//! new contact the first message tells the conversation. What came of it is in `confirm.rs`.

use eventlog::store::StoreError;
use schemas::{Contact, EffectKey, FrontContactId, FrontConversationId, MessageUid};

use super::Engine;
use super::pump::class_of;
use super::slot::Confirm;
use super::task::{Job, Task, Timer, Work};
use crate::lane::Next;
use crate::ready::Class;
use crate::request;
use crate::search::{self, Known, Place};

impl Engine {
    /// Something was accepted: it is looked for soon, together with what follows it shortly.
    pub(super) fn plan_confirm(&mut self, contact: &Contact, now: i64) -> Result<(), StoreError> {
        let known = self.thread(contact)?.conversation_id.is_some();
        let due = now + self.config.confirm_ms();
        let slot = self.slots.entry(contact.clone()).or_default();
        match &mut slot.confirm {
            Some(confirm) if confirm.step == 0 && !confirm.busy && known => confirm.due = due,
            Some(_) => {}
            None => {
                slot.confirm = Some(Box::new(Confirm { due, ..Confirm::default() }));
                self.timers.insert((due, Timer::Confirm(contact.clone())));
            }
        }
        Ok(())
    }

    /// Something waits for the conversation's id.
    pub(super) fn hurry_confirm(&mut self, contact: &Contact, now: i64) {
        let waiting = self.slots.get(contact).is_some_and(|slot| slot.confirm.is_some());
        if !waiting {
            let confirm = Confirm { due: now, ..Confirm::default() };
            self.slots.entry(contact.clone()).or_default().confirm = Some(Box::new(confirm));
            self.timers.insert((now, Timer::Confirm(contact.clone())));
        }
    }

    pub(super) fn confirm_due(&mut self, contact: &Contact, now: i64) -> Result<(), StoreError> {
        let has_conversation = self.thread(contact)?.conversation_id.is_some();
        let Some(slot) = self.slots.get_mut(contact) else { return Ok(()) };
        let waits = matches!(slot.lane.next(now, has_conversation), Next::Seen);
        let urgent = slot.lane.entries().find(|_| waits).map(|it| class_of(it.decided_at, now));
        let Some(confirm) = &mut slot.confirm else { return Ok(()) };
        if confirm.busy {
            return Ok(());
        }
        if confirm.due > now {
            self.timers.insert((confirm.due, Timer::Confirm(contact.clone())));
            return Ok(());
        }
        confirm.busy = true;
        let class = urgent.unwrap_or(Class::Confirm);
        self.ready.push(class, None, Job::Confirm(contact.clone()));
        Ok(())
    }

    pub(super) fn start_confirm(
        &mut self,
        class: Class,
        contact: &Contact,
        now: i64,
    ) -> Result<(), StoreError> {
        let thread = self.thread(contact)?;
        let accepted = self.accepted(contact);
        let uid = self.first_uid(contact, &accepted)?;
        let Some(slot) = self.slots.get_mut(contact) else { return Ok(()) };
        let Some(confirm) = slot.confirm.as_mut().filter(|_| !accepted.is_empty()) else {
            slot.confirm = None;
            return self.schedule(contact, now);
        };
        let known = Known {
            missed: confirm.step,
            conversation: thread.conversation_id.is_some(),
            long: confirm.by_uid,
            uid: uid.is_some(),
            listed: confirm.located,
            candidate: !confirm.candidates.is_empty(),
            contact: thread.contact_id.is_some(),
        };
        let work = match (thread.conversation_id, search::next(known)) {
            (Some(id), _) if confirm.check.is_some() => {
                let task = Task::Check(contact.clone());
                Some(Work { task, request: request::conversation(&id) })
            }
            (id, Place::Conversation) => id.map(|id| list_work(contact, id)),
            (_, Place::Candidate) => confirm.candidates.pop().map(|id| list_work(contact, id)),
            (_, Place::Uid) => uid.map(|(key, uid)| by_uid_work(contact, key, &uid)),
            (_, Place::Contact) => thread.contact_id.map(|id| locate_work(contact, &id)),
            (_, Place::Nowhere) => None,
        };
        let Some(work) = work else { return self.missing(contact, now) };
        self.launch(class, work, None, now);
        Ok(())
    }

    fn first_uid(
        &self,
        contact: &Contact,
        accepted: &[EffectKey],
    ) -> Result<Option<(EffectKey, MessageUid)>, StoreError> {
        for effect in accepted {
            let kept = self.ledger.effect(contact, effect)?;
            if let Some(uid) = kept.and_then(|kept| kept.outcome.message_uid) {
                return Ok(Some((effect.clone(), uid)));
            }
        }
        Ok(None)
    }
}

fn by_uid_work(contact: &Contact, key: EffectKey, uid: &MessageUid) -> Work {
    Work { task: Task::ConfirmUid(contact.clone(), key), request: request::message_by_uid(uid) }
}

fn list_work(contact: &Contact, conversation_id: FrontConversationId) -> Work {
    let request = request::messages(&conversation_id);
    Work { task: Task::ConfirmList(contact.clone(), conversation_id), request }
}

fn locate_work(contact: &Contact, contact_id: &FrontContactId) -> Work {
    Work { task: Task::Locate(contact.clone()), request: request::conversations_of(contact_id) }
}
