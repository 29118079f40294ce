//! The pump: whoever wants to send is asked for its request as long as gate and budget let one go.

use eventlog::store::StoreError;
use schemas::{Attempt, Contact, EffectKey, OutcomeState, TimeMs};
use tokio::sync::oneshot;
use tracing::Instrument;

use super::Engine;
use super::plan::Plan;
use super::save::command_of;
use super::task::{Chore, Finished, Intent, Job, Task, Timer, Work};
use crate::attempt::Event;
use crate::boottime;
use crate::budget::{Ask, Decision};
use crate::committer::Transfer;
use crate::echo;
use crate::front::guard::Guard;
use crate::gate::Pass;
use crate::lane::{Kind, Next};
use crate::ledger::kept::{Kept, Sent};
use crate::ready::{Class, Picked};
use crate::reply::{Reply, Trouble};
use crate::request::{self, Resolved};
use crate::telemetry;
use crate::verdict::Nature;

/// Requests under way at once: at 200 requests per minute and half a second each, two are; the rest is for
/// slow answers.
const UNDER_WAY_MAX: usize = 64;
/// A command that is younger counts as fresh: somebody may be waiting for it.
const FRESH_MS: i64 = 120_000;
/// When the pump looks again although nothing says so.
const IDLE_MS: i64 = 1_000;
/// Traces of a contact that are kept for echoes.
const TRACES_MAX: usize = 32;
/// How long they are: longer than echoes take.
const TRACES_KEPT_MS: i64 = 300_000;

impl Engine {
    /// Sends what may be sent; says after how many milliseconds more may go.
    pub(super) fn pump(&mut self, now: i64) -> Result<i64, StoreError> {
        while self.under_way.len() < UNDER_WAY_MAX {
            let probe = match self.gate.ask(now) {
                Pass::Wait(ms) => return Ok(ms),
                Pass::Open => None,
                Pass::AskMe => Some(Chore::Me),
                Pass::AskInboxes => Some(Chore::Inboxes),
                Pass::One => return self.pump_probe(now),
            };
            let waited = match probe {
                Some(chore) => {
                    let wait = self.pump_chore(chore, now);
                    if wait.is_none() {
                        self.gate.probing();
                    }
                    return Ok(wait.unwrap_or(IDLE_MS));
                }
                None => self.pump_one(now)?,
            };
            if let Some(wait_ms) = waited {
                return Ok(wait_ms);
            }
        }
        Ok(IDLE_MS)
    }

    /// Sends one request of whatever waits, to see whether it works again.
    fn pump_probe(&mut self, now: i64) -> Result<i64, StoreError> {
        let under_way = self.under_way.len();
        self.gate.probing();
        loop {
            let waited = self.pump_one(now)?;
            if self.under_way.len() > under_way {
                return Ok(IDLE_MS);
            }
            if let Some(wait_ms) = waited {
                self.gate.not_probing();
                return Ok(wait_ms);
            }
        }
    }

    /// Sends one request, or says how long to wait.
    fn pump_one(&mut self, now: i64) -> Result<Option<i64>, StoreError> {
        if let Some(chore) = self.chores.front().copied() {
            let wait = self.pump_chore(chore, now);
            if wait.is_none() {
                self.chores.pop_front();
            }
            return Ok(wait);
        }
        if !self.directory.inboxes_read || !self.directory.teammates_read {
            return Ok(Some(IDLE_MS));
        }
        let budget = &self.budget;
        let picked = self.ready.pick(|class, resource| {
            budget.ask(now, Ask { resource, search: false, urgent: class == Class::Fresh })
        });
        match picked {
            Picked::Nobody => Ok(Some(IDLE_MS)),
            Picked::Wait(ms, _) => Ok(Some(ms)),
            Picked::Go(class, job) => {
                self.start(class, job, now)?;
                Ok(None)
            }
        }
    }

    fn pump_chore(&mut self, chore: Chore, now: i64) -> Option<i64> {
        let ask = Ask { resource: None, search: false, urgent: true };
        if let Decision::Wait { ms, .. } = self.budget.ask(now, ask) {
            return Some(ms);
        }
        let first = || match chore {
            Chore::Me => request::me(),
            Chore::Inboxes => request::inboxes(),
            Chore::Teammates => request::teammates(),
        };
        let request = self.pages.get(&chore).map_or_else(first, |(page, _)| page.clone());
        let task = Task::Chore(chore);
        self.launch(Class::Fresh, Work { task, request }, None, now);
        None
    }

    fn start(&mut self, class: Class, job: Job, now: i64) -> Result<(), StoreError> {
        match job {
            Job::Lane(contact) => self.start_lane(class, &contact, now),
            Job::Confirm(contact) => self.start_confirm(class, &contact, now),
            Job::Poll => {
                let (task, request) = self.desk.poll(now);
                self.launch(class, Work { task, request }, None, now);
                Ok(())
            }
            Job::Event(event_id) => {
                let request = request::event(&event_id);
                self.launch(class, Work { task: Task::Event(event_id), request }, None, now);
                Ok(())
            }
        }
    }

    fn start_lane(&mut self, class: Class, contact: &Contact, now: i64) -> Result<(), StoreError> {
        if let Some(slot) = self.slots.get_mut(contact) {
            slot.in_ready = false;
        }
        let work = match self.plan(contact, now)? {
            Plan::Nothing => return self.schedule_unless_ready(contact, now),
            Plan::Conclude(effect, event, reason) => {
                let mut transfer = Transfer::default();
                let edit = |kept: &mut Kept| kept.outcome.reason = Some(reason);
                self.advance(&mut transfer, contact, &effect, event, edit)?;
                self.commit(transfer);
                return self.schedule(contact, now);
            }
            Plan::Send(work) => work,
        };
        let resource = work.request.resource.clone();
        let urgent = class == Class::Fresh;
        let ask = Ask { resource: resource.as_ref(), search: false, urgent };
        if self.budget.ask(now, ask) != Decision::Go {
            self.push_lane(class, resource, contact);
            return Ok(());
        }
        let intent = match &work.task {
            Task::Attempt(contact, effect) => self.announce(contact, effect, &work, now)?,
            Task::ContactCreate(contact) | Task::ContactHandle(contact, _) => {
                Some(self.announce_contact(contact, now))
            }
            Task::Chore(_)
            | Task::Tags(_)
            | Task::Poll(_)
            | Task::Event(_)
            | Task::ContactLook(_)
            | Task::Teammate(..)
            | Task::Look(..)
            | Task::ConfirmUid(..)
            | Task::ConfirmList(..)
            | Task::Locate(_)
            | Task::Check(_) => None,
        };
        if let Some(slot) = self.slots.get_mut(contact) {
            slot.lane.set_busy(true);
        }
        self.launch(class, work, intent, now);
        Ok(())
    }

    /// Makes the intent: what is handed back says when it is durable.
    fn announce(
        &mut self,
        contact: &Contact,
        effect: &EffectKey,
        work: &Work,
        now: i64,
    ) -> Result<Option<Intent>, StoreError> {
        let generation = self.thread(contact)?.generation;
        let deadline = TimeMs(now + self.config.deadline_ms());
        let sent = (work.request.nature == Nature::Import).then(|| Sent::of(&work.request));
        let mut trace = None;
        let span = tracing::info_span!("dispatcher.attempt", %effect);
        let edit = |kept: &mut Kept| {
            let number = kept.outcome.attempt.as_ref().map_or(0, |attempt| attempt.number) + 1;
            kept.outcome.attempt = Some(Attempt {
                number,
                intended_at: TimeMs(now),
                deadline,
                generation,
                status: None,
                verdict: None,
                answered_at: None,
            });
            kept.sent = sent;
            telemetry::follow(&span, kept.trace.as_ref());
            if let Some(command) = command_of(&kept.outcome) {
                if number == 1 {
                    telemetry::decided_to_sent(now - command.decided_at.0);
                }
                trace = Some(echo::trace(&command, &Resolved::default(), TimeMs(now)));
            }
        };
        let mut transfer = Transfer::default();
        self.advance(&mut transfer, contact, effect, Event::Announced, edit)?;
        transfer.results = false;
        if let Some(trace) = trace {
            let traces = self.traces.entry(contact.clone()).or_default();
            traces.truncate(TRACES_MAX - 1);
            traces.push_front(trace);
        }
        let (durable, announced) = oneshot::channel();
        transfer.durable = Some(durable);
        self.commit(transfer);
        Ok(Some(Intent { durable: announced, span }))
    }

    /// Sends a request; one with an intent waits for it to be durable first.
    pub(super) fn launch(&mut self, class: Class, work: Work, intent: Option<Intent>, now: i64) {
        let Work { task, request } = work;
        let urgent = class == Class::Fresh;
        let ask = Ask { resource: request.resource.as_ref(), search: false, urgent };
        let ticket = self.budget.sent(now, ask);
        let deadline_ms = boottime::now_ms() + self.config.deadline_ms();
        let guard = Guard { deadline_ms, active: self.active.clone() };
        let client = self.client.clone();
        let span = intent.as_ref().map_or_else(tracing::Span::none, |intent| intent.span.clone());
        let durable = intent.map(|intent| intent.durable);
        let work = async move {
            let reply = send(&client, &request, &guard, durable).await;
            let (nature, scope) = (request.nature, request.scope);
            Finished { task, ticket, resource: request.resource, nature, scope, reply }
        };
        self.under_way.spawn(work.instrument(span));
    }

    /// Puts a contact's lane where it belongs: among those who want to send, or to sleep, or away.
    pub(super) fn schedule(&mut self, contact: &Contact, now: i64) -> Result<(), StoreError> {
        let Some(slot) = self.slots.get(contact) else { return Ok(()) };
        if slot.in_ready {
            return Ok(());
        }
        let thread = self.thread(contact)?;
        match slot.lane.next(now, thread.conversation_id.is_some()) {
            Next::Busy => {}
            Next::Idle => {
                let is_empty = slot.is_empty();
                if thread.contact_id.is_none() {
                    self.leave_contact(contact, now)?;
                }
                if is_empty {
                    self.slots.remove(contact);
                }
            }
            Next::Later(at) => self.wake_lane(contact, at),
            Next::Seen => self.hurry_confirm(contact, now),
            Next::Look(entry) => {
                let class = class_of(entry.decided_at, now);
                self.push_lane(class, None, contact);
            }
            Next::Send(entry) | Next::Repeat(entry) => {
                let class = class_of(entry.decided_at, now);
                let own_inbox = || self.directory.inbox(&self.config.inbox);
                let resource = match (entry.kind, &thread.conversation_id) {
                    (Kind::Activity, _) if thread.contact_id.is_none() => None,
                    (Kind::Activity, _) => own_inbox().map(|(id, _)| request::inbox_resource(id)),
                    (Kind::Comment | Kind::Attribute, Some(id)) => {
                        Some(request::conversation_resource(id))
                    }
                    (Kind::Comment | Kind::Attribute, None) => None,
                };
                self.push_lane(class, resource, contact);
            }
        }
        Ok(())
    }

    /// After a plan that came to nothing: in a dry run it would come to nothing again.
    fn schedule_unless_ready(&mut self, contact: &Contact, now: i64) -> Result<(), StoreError> {
        let Some(slot) = self.slots.get(contact) else { return Ok(()) };
        let has_conversation = self.thread(contact)?.conversation_id.is_some();
        match slot.lane.next(now, has_conversation) {
            Next::Send(_) | Next::Repeat(_) | Next::Look(_) => Ok(()),
            Next::Idle | Next::Busy | Next::Later(_) | Next::Seen => self.schedule(contact, now),
        }
    }

    fn push_lane(
        &mut self,
        class: Class,
        resource: Option<crate::budget::Resource>,
        contact: &Contact,
    ) {
        if let Some(slot) = self.slots.get_mut(contact) {
            slot.in_ready = true;
            self.ready.push(class, resource, Job::Lane(contact.clone()));
        }
    }

    fn wake_lane(&mut self, contact: &Contact, at: i64) {
        let Some(slot) = self.slots.get_mut(contact) else { return };
        if slot.wake_at.is_some_and(|known| known <= at) {
            return;
        }
        if let Some(known) = slot.wake_at.replace(at) {
            self.timers.remove(&(known, Timer::Lane(contact.clone())));
        }
        self.timers.insert((at, Timer::Lane(contact.clone())));
    }

    /// Forgets attempts whose echo can no longer come.
    pub(super) fn expire_traces(&mut self, now: i64) {
        self.traces.retain(|_, traces| {
            traces.retain(|trace| trace.from.0 + TRACES_KEPT_MS > now);
            !traces.is_empty()
        });
    }

    /// How many effects are in each state, for the status.
    pub(super) fn tally(&self) -> [i64; 6] {
        let mut tally = [0; 6];
        for slot in self.slots.values() {
            for entry in slot.lane.entries() {
                let place = match entry.state {
                    OutcomeState::Queued => 0,
                    OutcomeState::Intended => 1,
                    OutcomeState::InDoubt => 2,
                    OutcomeState::Parked => 4,
                    OutcomeState::Unknown => 5,
                    OutcomeState::Accepted | OutcomeState::Done | OutcomeState::Skipped => continue,
                };
                tally[place] += 1;
            }
            tally[3] += i64::try_from(slot.lane.accepted().len()).unwrap_or(i64::MAX);
            tally[0] += i64::try_from(slot.newer.len()).unwrap_or(i64::MAX);
        }
        tally
    }
}

async fn send(
    client: &crate::front::client::Client,
    request: &request::FrontRequest,
    guard: &Guard,
    durable: Option<oneshot::Receiver<()>>,
) -> Reply {
    let is_write = durable.is_some();
    if let Some(durable) = durable {
        if durable.await.is_err() {
            return Reply::NotSent(Trouble::Late);
        }
        fail::fail_point!("dispatcher.intended", |_| std::process::abort());
    }
    let began = tokio::time::Instant::now();
    let reply = client.send(request, guard).await;
    telemetry::request(purpose(request.nature), reply.status(), began.elapsed());
    if is_write {
        fail::fail_point!("dispatcher.sent", |_| std::process::abort());
    }
    reply
}

/// The word of a request's nature, for counters.
const fn purpose(nature: Nature) -> &'static str {
    match nature {
        Nature::Read => "read",
        Nature::Import => "import",
        Nature::Comment => "comment",
        Nature::Set => "attribute",
        Nature::Contact => "contact",
    }
}

pub(super) fn class_of(decided_at: TimeMs, now: i64) -> Class {
    if decided_at.0 + FRESH_MS > now { Class::Fresh } else { Class::Backlog }
}
