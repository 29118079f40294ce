//! Answers come back: what each means is decided by the verdict, what follows from it is done here.

use eventlog::store::StoreError;
use schemas::{Contact, EffectKey, FrontConversationId, Thread, TimeMs};

use super::Engine;
use super::slot::Phase;
use super::task::{Chore, Finished, Task};
use crate::attempt::Event;
use crate::committer::Transfer;
use crate::ledger::kept::Kept;
use crate::recognise;
use crate::reply::Reply;
use crate::request;
use crate::schedule::backoff_ms;
use crate::telemetry;
use crate::verdict::{self, Verdict};

/// Pages of comments that are searched for one of ours, at most: a conversation with more says nothing.
const LOOK_PAGES_MAX: u8 = 20;

/// Pages of a list of inboxes or teammates that are read, at most: a page has 50 or 100, and no company
/// has thousands; a list that leads back to itself ends here.
const LIST_PAGES_MAX: usize = 100;

impl Engine {
    pub(super) fn settle(&mut self, finished: Finished) -> Result<(), StoreError> {
        let now = self.now();
        let verdict = verdict::judge(finished.nature, &finished.reply);
        self.note(&finished, &verdict, now);
        if let Some(slot) = finished.task.lane().and_then(|contact| self.slots.get_mut(contact)) {
            slot.lane.set_busy(false);
        }
        let Finished { task, reply, .. } = finished;
        match task {
            Task::Chore(chore) => self.settle_chore(chore, &reply, &verdict, now),
            Task::Poll(until) => self.settle_poll(until, &reply, &verdict, now)?,
            Task::Event(id) => self.settle_event(id, &reply, &verdict)?,
            Task::Tags(contact) => {
                match verdict {
                    Verdict::Done => {
                        let next = request::next_page(reply.body(), "tags:read");
                        self.directory.learn_tags(reply.body(), next);
                    }
                    Verdict::Accepted
                    | Verdict::Absent
                    | Verdict::Retry
                    | Verdict::Slower
                    | Verdict::InDoubt
                    | Verdict::Park(_)
                    | Verdict::Stop(_)
                    | Verdict::Redirected(_) => self.pause(&contact, now),
                }
                self.schedule(&contact, now)?;
            }
            Task::Teammate(contact, email) => {
                match verdict {
                    Verdict::Done => {
                        self.directory.learn_email(&email, Some(reply.body()), now);
                    }
                    Verdict::Absent | Verdict::Park(_) => {
                        self.directory.learn_email(&email, None, now);
                    }
                    Verdict::Accepted
                    | Verdict::Retry
                    | Verdict::Slower
                    | Verdict::InDoubt
                    | Verdict::Stop(_)
                    | Verdict::Redirected(_) => self.pause(&contact, now),
                }
                self.schedule(&contact, now)?;
            }
            Task::ContactLook(contact) => {
                self.settle_contact_look(&contact, &reply, verdict, now)?
            }
            Task::ContactCreate(contact) => {
                self.settle_contact_create(&contact, &reply, verdict, now)?;
            }
            Task::ContactHandle(contact, id) => {
                self.settle_contact_handle(&contact, id, &verdict, now)?;
            }
            Task::Attempt(contact, effect) => {
                self.settle_attempt(&contact, &effect, &reply, verdict, now)?;
                self.schedule(&contact, now)?;
            }
            Task::Look(contact, effect) => {
                self.settle_look(&contact, &effect, &reply, verdict, now)?;
                self.schedule(&contact, now)?;
            }
            Task::ConfirmUid(..) | Task::ConfirmList(..) | Task::Locate(_) | Task::Check(_) => {
                self.settle_confirm(task, &reply, verdict, now)?;
            }
        }
        Ok(())
    }

    /// What every answer teaches: limits, and whether Front works.
    fn note(&mut self, finished: &Finished, verdict: &Verdict, now: i64) {
        self.counts.requests += 1;
        telemetry::purpose(finished.task.purpose());
        let resource = finished.resource.as_ref();
        self.budget.ended(now, finished.ticket, resource);
        if let Reply::Answered(answer) = &finished.reply {
            self.budget.learn(now, finished.ticket, &answer.taught);
            if answer.status == 429 {
                self.counts.rejected_429 += 1;
                self.budget.refused(now, &answer.taught, resource);
            }
        }
        let was_held = self.gate.why().is_some();
        let failed = verdict::is_failure(&finished.reply);
        match verdict {
            // Who we are, the inboxes and the teammates are there at every Front: whoever has them
            // not, or elsewhere, is no Front (front.api_url is wrong, or a proxy answers).
            Verdict::Absent | Verdict::Park(_) | Verdict::Redirected(_)
                if matches!(finished.task, Task::Chore(_)) =>
            {
                self.gate.failed(now);
            }
            Verdict::Stop(stop) => {
                self.gate.stopped(*stop, finished.nature, finished.scope, now);
            }
            Verdict::Slower => self.gate.undecided(now),
            Verdict::Retry | Verdict::InDoubt if failed => self.gate.failed(now),
            Verdict::Retry => self.gate.undecided(now),
            Verdict::Done
            | Verdict::Accepted
            | Verdict::Absent
            | Verdict::InDoubt
            | Verdict::Park(_)
            | Verdict::Redirected(_) => self.gate.worked(finished.nature, now),
        }
        self.tell_gate(was_held);
    }

    fn tell_gate(&self, was_held: bool) {
        match self.gate.why() {
            Some(why) if !was_held => telemetry::held(&why.sentence()),
            None if was_held => telemetry::released(),
            Some(_) | None => {}
        }
    }

    fn settle_chore(&mut self, chore: Chore, reply: &Reply, verdict: &Verdict, now: i64) {
        if *verdict != Verdict::Done {
            // A probe that failed is repeated by the gate; what was never answered is asked again here.
            let is_probe = chore == Chore::Me && self.directory.company.is_some();
            let waits = self.chores.contains(&chore);
            if !is_probe && !waits {
                self.chores.push_front(chore);
            }
            return;
        }
        let whole = !self.turn_page(chore, reply);
        match chore {
            Chore::Me => self.directory.learn_company(reply.body()),
            Chore::Teammates => self.directory.learn_teammates(reply.body(), whole),
            Chore::Inboxes => {
                self.directory.learn_inboxes(reply.body(), whole);
                let found = self.directory.inbox(&self.config.inbox).is_some();
                let was_held = self.gate.why().is_some();
                // Only the last page can say that it is not there.
                if found || whole {
                    self.gate.inbox(found, now);
                }
                self.tell_gate(was_held);
            }
        }
        self.counts.directory_changed = true;
    }

    /// Whether the list goes on: then its next page is asked for next.
    fn turn_page(&mut self, chore: Chore, reply: &Reply) -> bool {
        let scope = match chore {
            Chore::Me => return false,
            Chore::Inboxes => "inboxes:read",
            Chore::Teammates => "teammates:read",
        };
        let read = self.pages.remove(&chore).map_or(0, |(_, read)| read) + 1;
        let next = request::next_page(reply.body(), scope).filter(|_| read < LIST_PAGES_MAX);
        let Some(next) = next else { return false };
        self.pages.insert(chore, (next, read));
        if !self.chores.contains(&chore) {
            self.chores.push_front(chore);
        }
        true
    }

    fn settle_attempt(
        &mut self,
        contact: &Contact,
        effect: &EffectKey,
        reply: &Reply,
        verdict: Verdict,
        now: i64,
    ) -> Result<(), StoreError> {
        let Some(entry) = self.slots.get(contact).and_then(|slot| slot.lane.entry(effect)) else {
            return Ok(());
        };
        let (repeat, kind, failures) = (entry.maybe_there, entry.kind, u32::from(entry.failures));
        let not_applied = if repeat { Event::RepeatNotApplied } else { Event::NotApplied };
        let mut transfer = Transfer::default();
        let mut wait_ms = 0;
        let mut failed = false;
        let (event, word, reason) = match verdict {
            Verdict::Accepted => (Event::Taken, "accepted", None),
            Verdict::Done => (Event::Applied, "done", None),
            Verdict::Retry => {
                (wait_ms, failed) = (backoff_ms(failures + 1), true);
                (not_applied, "retry", None)
            }
            Verdict::Slower => (not_applied, "slower", None),
            Verdict::Stop(_) => (not_applied, "held", None),
            Verdict::InDoubt => {
                (wait_ms, failed) = (backoff_ms(failures + 1), true);
                (Event::Ambiguous, "in doubt", None)
            }
            Verdict::Redirected(survivor) => {
                self.remap(&mut transfer, contact, &survivor)?;
                (not_applied, "redirected", None)
            }
            Verdict::Park(why) if repeat && kind == crate::lane::Kind::Activity => {
                (Event::Taken, "repeat refused", Some(why))
            }
            Verdict::Park(why) => (Event::Refused, "refused", Some(why)),
            Verdict::Absent => {
                (Event::Refused, "refused", Some("Front has no such thing".to_owned()))
            }
        };
        let edit = |kept: &mut Kept| {
            note_answer(kept, reply, word, now);
            kept.outcome.reason = reason;
        };
        self.advance(&mut transfer, contact, effect, event, edit)?;
        if let Some(entry) =
            self.slots.get_mut(contact).and_then(|slot| slot.lane.entry_mut(effect))
        {
            entry.not_before = now + wait_ms;
            entry.failures = if failed { entry.failures.saturating_add(1) } else { 0 };
        }
        // What came back may have been decided by a person while it was under way.
        self.overtake(&mut transfer, contact, effect)?;
        if event == Event::Taken {
            self.plan_confirm(contact, now)?;
        }
        self.commit(transfer);
        Ok(())
    }

    /// A comment was looked for. Its absence counts only once the attempt can no longer be under way.
    fn settle_look(
        &mut self,
        contact: &Contact,
        effect: &EffectKey,
        reply: &Reply,
        verdict: Verdict,
        now: i64,
    ) -> Result<(), StoreError> {
        let Some(kept) = self.ledger.effect(contact, effect)? else { return Ok(()) };
        let mut transfer = Transfer::default();
        match verdict {
            Verdict::Done => {}
            Verdict::Redirected(survivor) => {
                self.remap(&mut transfer, contact, &survivor)?;
                self.commit(transfer);
                return Ok(());
            }
            Verdict::Absent | Verdict::Park(_) => {
                let why = "the conversation cannot be read, so nobody knows whether it is there";
                let edit = |kept: &mut Kept| kept.outcome.reason = Some(why.to_owned());
                self.advance(&mut transfer, contact, effect, Event::Undecidable, edit)?;
                self.commit(transfer);
                return Ok(());
            }
            Verdict::Accepted
            | Verdict::Retry
            | Verdict::Slower
            | Verdict::InDoubt
            | Verdict::Stop(_) => {
                self.pause(contact, now);
                return Ok(());
            }
        }
        let mark = match super::save::command_of(&kept.outcome).map(|command| command.action) {
            Some(schemas::Action::Comment(comment)) => comment.mark,
            _ => return Ok(()),
        };
        let settled_at =
            kept.outcome.attempt.as_ref().map_or(0, |it| it.deadline.0) + self.config.timeout_ms();
        let next = request::next_page(reply.body(), "comments:read");
        let found = recognise::comment(reply.body(), &mark);
        let Some(slot) = self.slots.get_mut(contact) else { return Ok(()) };
        let pages = slot.look_pages + 1;
        (slot.look_on, slot.look_pages) = (None, 0);
        if let Some(comment_id) = found {
            let edit = |kept: &mut Kept| kept.outcome.comment_id = Some(comment_id);
            self.advance(&mut transfer, contact, effect, Event::Seen, edit)?;
        } else if let (Some(next), true) = (next, pages < LOOK_PAGES_MAX) {
            (slot.look_on, slot.look_pages) = (Some(Box::new(next)), pages);
        } else if pages >= LOOK_PAGES_MAX {
            let why = "the conversation has too many comments to search";
            let edit = |kept: &mut Kept| kept.outcome.reason = Some(why.to_owned());
            self.advance(&mut transfer, contact, effect, Event::Undecidable, edit)?;
        } else if now >= settled_at {
            self.advance(&mut transfer, contact, effect, Event::Absent, |_| {})?;
        } else if let Some(entry) = slot.lane.entry_mut(effect) {
            entry.not_before = settled_at;
        }
        self.commit(transfer);
        Ok(())
    }

    /// The conversation was merged: from now on this one is meant.
    pub(super) fn remap(
        &mut self,
        transfer: &mut Transfer,
        contact: &Contact,
        survivor: &FrontConversationId,
    ) -> Result<(), StoreError> {
        let thread = self.thread(contact)?;
        if thread.conversation_id.as_ref() != Some(survivor) {
            self.learn_conversation(transfer, thread, survivor)?;
        }
        Ok(())
    }

    /// A contact's conversation is known (or another than before).
    pub(super) fn learn_conversation(
        &mut self,
        transfer: &mut Transfer,
        mut thread: Thread,
        conversation_id: &FrontConversationId,
    ) -> Result<(), StoreError> {
        if let Some(former) = thread.conversation_id.replace(conversation_id.clone()) {
            thread.former_conversation_ids.retain(|known| *known != former);
            thread.former_conversation_ids.push(former);
            // Where the other one lies nobody has said yet.
            (thread.inbox_id, thread.inbox_at) = (None, None);
        }
        thread.at = TimeMs(self.now());
        self.stage_thread(transfer, &thread);
        self.deliver_kept(transfer, conversation_id)
    }

    /// Lets a lane's next effect rest after a failure that is not its own.
    pub(super) fn pause(&mut self, contact: &Contact, now: i64) {
        let has_conversation =
            self.thread(contact).is_ok_and(|thread| thread.conversation_id.is_some());
        let Some(slot) = self.slots.get_mut(contact) else { return };
        let key = match slot.lane.next(now, has_conversation) {
            crate::lane::Next::Send(entry)
            | crate::lane::Next::Repeat(entry)
            | crate::lane::Next::Look(entry) => entry.key.clone(),
            crate::lane::Next::Idle
            | crate::lane::Next::Busy
            | crate::lane::Next::Later(_)
            | crate::lane::Next::Seen => return,
        };
        if let Some(entry) = slot.lane.entry_mut(&key) {
            entry.failures = entry.failures.saturating_add(1);
            entry.not_before = now + backoff_ms(u32::from(entry.failures));
        }
    }

    /// Forgets how far a contact was, so that it is looked up again.
    pub(super) fn phase(&mut self, contact: &Contact, phase: Phase) {
        self.slots.entry(contact.clone()).or_default().phase = phase;
    }
}

/// Notes what came of an attempt in its ledger entry.
fn note_answer(kept: &mut Kept, reply: &Reply, word: &str, now: i64) {
    if let Some(attempt) = &mut kept.outcome.attempt {
        attempt.status = reply.status().map(i32::from);
        attempt.verdict = Some(word.to_owned());
        attempt.answered_at = Some(TimeMs(now));
    }
    let body = reply.body();
    if let Some(uid) = body["message_uid"].as_str() {
        match &kept.outcome.message_uid {
            Some(known) => kept.outcome.repeat_recognised |= known.as_str() == uid,
            None => kept.outcome.message_uid = Some(uid.into()),
        }
    }
    if let Some(id) = body["id"].as_str().filter(|id| id.starts_with("com_")) {
        kept.outcome.comment_id = Some(id.into());
    }
}
