//! What happens in Front comes in: by webhook through `raw`, or by polling. Events of our conversations go
//! to `front`, keyed to the contact; those of conversations that nobody knows (yet) are kept for a while.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

use eventlog::Offset;
use eventlog::store::StoreError;
use schemas::{
    Contact, EventId, FrontChange, FrontConversationId, FrontEvent, Raw, Source, TimeMs,
};

use super::task::{Job, Task, Timer};
use super::{Engine, Fed};
use crate::committer::Transfer;
use crate::echo;
use crate::inputs::Place;
use crate::notice::{self, Notice, Reading, TYPES};
use crate::ready::Class;
use crate::reply::Reply;
use crate::request::{self, FrontRequest};
use crate::telemetry;
use crate::verdict::Verdict;

/// How far polls overlap: events may appear late.
const OVERLAP_MS: i64 = 60_000;
/// How long a webhook's event of an unknown conversation waits for it to become known.
const KEPT_MS: i64 = 24 * 3_600_000;
/// How long a polled one does: it is read again after a restart, and that costs requests.
const KEPT_POLLED_MS: i64 = 15 * 60_000;
/// Events kept at most; then the oldest goes. A company's own traffic of a day is of this order.
const KEPT_MAX: usize = 10_000;
/// Event ids remembered: repeats come within minutes, and one that is forgotten does no harm, because
/// `front` keeps one record per event.
const SEEN_MAX: usize = 10_000;
/// Events that wait to be read whole, at most; more are not read.
const PARTIAL_MAX: usize = 10_000;
/// How long after a failed poll the next one comes.
const POLL_RETRY_MS: i64 = 5_000;

/// Events that are being worked on.
#[derive(Debug)]
pub(super) struct Desk {
    cursor: TimeMs,
    page: Option<FrontRequest>,
    /// A poll waits to be sent, or is under way.
    polling: bool,
    window_end: i64,
    seen: HashSet<(EventId, Contact)>,
    seen_order: VecDeque<(EventId, Contact)>,
    kept: VecDeque<Kept>,
    partial: HashMap<EventId, Option<(Place, Offset)>>,
}

#[derive(Debug)]
struct Kept {
    notice: Notice,
    hold: Option<(Place, Offset)>,
    since: i64,
}

impl Desk {
    pub(super) fn new(cursor: TimeMs) -> Desk {
        Desk {
            cursor,
            page: None,
            polling: false,
            window_end: cursor.0,
            seen: HashSet::new(),
            seen_order: VecDeque::new(),
            kept: VecDeque::new(),
            partial: HashMap::new(),
        }
    }

    /// The next page of a poll, or the first of a new one. The window's end is frozen while paging.
    pub(super) fn poll(&mut self, now: i64) -> (Task, FrontRequest) {
        let request = match self.page.take() {
            Some(page) => page,
            None => {
                self.window_end = now;
                request::events(&TYPES, self.cursor.0 - OVERLAP_MS, now)
            }
        };
        (Task::Poll(self.window_end), request)
    }

    /// From where polling goes on after a restart: what is kept in memory is read again.
    pub(super) fn durable_cursor(&self) -> TimeMs {
        let polled = self.kept.iter().filter(|kept| kept.hold.is_none());
        let oldest = polled.map(|kept| kept.notice.emitted_at).min();
        let least = TimeMs(self.cursor.0 - KEPT_POLLED_MS);
        oldest.map_or(self.cursor, |oldest| oldest.min(self.cursor).max(least))
    }

    /// The first record of an input that waits to be read whole.
    pub(super) fn first_partial(&self, place: &Place) -> Option<Offset> {
        let held = self.partial.values().flatten().filter(|(of, _)| of == place);
        held.map(|(_, offset)| *offset).min()
    }

    fn is_new(&mut self, event_id: &EventId, contact: &Contact) -> bool {
        let id = (event_id.clone(), contact.clone());
        if !self.seen.insert(id.clone()) {
            return false;
        }
        self.seen_order.push_back(id);
        if self.seen_order.len() > SEEN_MAX
            && let Some(oldest) = self.seen_order.pop_front()
        {
            self.seen.remove(&oldest);
        }
        true
    }
}

impl Engine {
    /// Records of `raw`: only those that belong to no contact can be Front's.
    pub(super) fn take_raw(&mut self, fed: Fed) -> Result<(), StoreError> {
        let place: Place = (fed.topic, fed.partition);
        let mut transfer = Transfer::default();
        for stored in &fed.records {
            if !stored.key.starts_with(b"?|") {
                continue;
            }
            let raw = stored.value.as_ref().and_then(|value| schemas::decode::<Raw>(value).ok());
            let Some(raw) = raw.filter(|raw| raw.source == Source::Front) else { continue };
            let body = serde_json::from_slice(&raw.body).unwrap_or_default();
            let hold = Some((place.clone(), stored.offset));
            self.take_reading(&mut transfer, notice::read(&body), hold)?;
        }
        if let Some(last) = fed.records.last() {
            self.inputs.read_to(place, last.offset.next());
        }
        if transfer.records.is_empty() {
            self.counts.position_stale = true;
        } else {
            self.stage_position(&mut transfer);
        }
        self.commit(transfer);
        Ok(())
    }

    pub(super) fn poll_due(&mut self) {
        if !self.desk.polling {
            self.desk.polling = true;
            self.ready.push(Class::Events, None, Job::Poll);
        }
    }

    pub(super) fn settle_poll(
        &mut self,
        until: i64,
        reply: &Reply,
        verdict: &Verdict,
        now: i64,
    ) -> Result<(), StoreError> {
        self.desk.polling = false;
        if *verdict != Verdict::Done {
            self.desk.page = None;
            self.timers.insert((now + POLL_RETRY_MS, Timer::Poll));
            return Ok(());
        }
        let mut transfer = Transfer::default();
        for event in reply.body()["_results"].as_array().into_iter().flatten() {
            self.take_reading(&mut transfer, notice::read(event), None)?;
        }
        self.desk.page = request::next_page(reply.body(), "events:*:read");
        if self.desk.page.is_some() {
            self.desk.polling = true;
            self.ready.push(Class::Events, None, Job::Poll);
        } else {
            self.desk.cursor = TimeMs(until);
            let every_ms =
                i64::try_from(self.config.poll_every.as_millis()).unwrap_or(i64::MAX / 4);
            self.timers.insert((now + every_ms, Timer::Poll));
        }
        if !transfer.records.is_empty() {
            self.stage_position(&mut transfer);
        }
        self.commit(transfer);
        Ok(())
    }

    pub(super) fn settle_event(
        &mut self,
        event_id: EventId,
        reply: &Reply,
        verdict: &Verdict,
    ) -> Result<(), StoreError> {
        match verdict {
            Verdict::Done => {
                let hold = self.desk.partial.remove(&event_id).flatten();
                let mut transfer = Transfer::default();
                match notice::read(reply.body()) {
                    reading @ Reading::Notice(_) => {
                        self.take_reading(&mut transfer, reading, hold)?;
                    }
                    Reading::Partial(_) | Reading::Useless => self.release(hold),
                }
                self.commit(transfer);
            }
            Verdict::Absent | Verdict::Park(_) | Verdict::Redirected(_) => {
                let hold = self.desk.partial.remove(&event_id).flatten();
                self.release(hold);
            }
            Verdict::Accepted
            | Verdict::Retry
            | Verdict::Slower
            | Verdict::InDoubt
            | Verdict::Stop(_) => {
                self.ready.push(Class::Events, None, Job::Event(event_id));
            }
        }
        Ok(())
    }

    fn take_reading(
        &mut self,
        transfer: &mut Transfer,
        reading: Reading,
        hold: Option<(Place, Offset)>,
    ) -> Result<(), StoreError> {
        match reading {
            Reading::Useless => telemetry::front_event("useless"),
            Reading::Partial(_) if self.desk.partial.len() >= PARTIAL_MAX => {
                telemetry::front_event("too_many");
            }
            Reading::Partial(event_id) => {
                if let Some((place, offset)) = &hold {
                    self.inputs.hold(place, *offset);
                }
                match self.desk.partial.insert(event_id.clone(), hold) {
                    // A repeat: one of the two is enough to have it read again after a restart.
                    Some(former) => self.release(former),
                    None => self.ready.push(Class::Events, None, Job::Event(event_id)),
                }
            }
            Reading::Notice(notice) => {
                let contacts = self.contacts_of(&notice)?;
                if contacts.is_empty() {
                    self.keep(notice, hold);
                    return Ok(());
                }
                self.release(hold);
                for contact in contacts {
                    self.deliver(transfer, contact, &notice)?;
                }
            }
        }
        Ok(())
    }

    /// Whose conversations the event is about: its own, and those that were merged into it.
    fn contacts_of(&self, notice: &Notice) -> Result<BTreeSet<Contact>, StoreError> {
        let mut contacts = BTreeSet::new();
        for id in std::iter::once(&notice.conversation_id).chain(&notice.merged_ids) {
            contacts.extend(self.ledger.contact_of(id)?);
        }
        Ok(contacts)
    }

    fn deliver(
        &mut self,
        transfer: &mut Transfer,
        contact: Contact,
        notice: &Notice,
    ) -> Result<(), StoreError> {
        if !self.desk.is_new(&notice.event_id, &contact) {
            telemetry::front_event("repeat");
            return Ok(());
        }
        let traces = self.traces.get(&contact);
        let echo = echo::of(notice, traces.into_iter().flatten());
        telemetry::front_event(if echo.is_some() { "echo" } else { "news" });
        let event = FrontEvent {
            event_id: notice.event_id.clone(),
            contact: contact.clone(),
            conversation_id: notice.conversation_id.clone(),
            change: notice.change.clone(),
            actor: echo.map_or(notice.source.actor(), |_| schemas::Actor::Callfold),
            teammate_id: notice.teammate_id.clone(),
            emitted_at: notice.emitted_at,
            cause_at: echo.map_or(notice.emitted_at, |trace| trace.cause_at),
            echo_of: echo.map(|trace| trace.effect.clone()),
            received_at: TimeMs(self.now()),
        };
        self.stage_front(transfer, &event);
        self.heed(transfer, &event)?;
        match &event.change {
            FrontChange::Archived => {
                self.stage_archived(transfer, &event.conversation_id, true);
            }
            FrontChange::Reopened => {
                self.stage_archived(transfer, &event.conversation_id, false);
            }
            FrontChange::Merged { into } => self.remap(transfer, &contact, into)?,
            FrontChange::Moved { .. }
            | FrontChange::Assigned { .. }
            | FrontChange::Unassigned
            | FrontChange::Tagged { .. }
            | FrontChange::Untagged { .. }
            | FrontChange::Trashed
            | FrontChange::Restored
            | FrontChange::Other(_) => {}
        }
        Ok(())
    }

    fn keep(&mut self, notice: Notice, hold: Option<(Place, Offset)>) {
        let known = self.desk.kept.iter().any(|kept| kept.notice.event_id == notice.event_id);
        if known {
            self.release(hold);
            return;
        }
        if let Some((place, offset)) = &hold {
            self.inputs.hold(place, *offset);
        }
        self.desk.kept.push_back(Kept { notice, hold, since: self.now() });
        if self.desk.kept.len() > KEPT_MAX
            && let Some(oldest) = self.desk.kept.pop_front()
        {
            telemetry::front_event("foreign");
            self.release(oldest.hold);
        }
    }

    /// A conversation has become known: what was kept for it is delivered.
    pub(super) fn deliver_kept(
        &mut self,
        transfer: &mut Transfer,
        conversation_id: &FrontConversationId,
    ) -> Result<(), StoreError> {
        let is_for = |kept: &Kept| kept.notice.conversation_id == *conversation_id;
        if !self.desk.kept.iter().any(is_for) {
            return Ok(());
        }
        let (own, others) = std::mem::take(&mut self.desk.kept).into_iter().partition(is_for);
        self.desk.kept = others;
        let own: VecDeque<Kept> = own;
        for kept in own {
            self.release(kept.hold);
            for contact in self.contacts_of(&kept.notice)? {
                self.deliver(transfer, contact, &kept.notice)?;
            }
        }
        Ok(())
    }

    /// Drops what has been kept for too long: it is of conversations that are none of ours.
    pub(super) fn expire_kept(&mut self, now: i64) {
        let is_old = |kept: &Kept| {
            let kept_ms = if kept.hold.is_some() { KEPT_MS } else { KEPT_POLLED_MS };
            kept.since + kept_ms <= now
        };
        let (old, young) = std::mem::take(&mut self.desk.kept).into_iter().partition(is_old);
        self.desk.kept = young;
        let old: VecDeque<Kept> = old;
        for kept in old {
            telemetry::front_event("foreign");
            self.release(kept.hold);
        }
    }

    fn release(&mut self, hold: Option<(Place, Offset)>) {
        if let Some((place, offset)) = hold {
            self.inputs.release(&place, offset);
            self.counts.position_stale = true;
        }
    }
}
