//! What requests are for, and what came of them.

use schemas::{Contact, EffectKey, EventId, FrontContactId, FrontConversationId};
use tokio::sync::oneshot;

use crate::budget::{Resource, Ticket};
use crate::reply::Reply;
use crate::request::FrontRequest;
use crate::verdict::Nature;

/// What is read of the company before anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Chore {
    /// The company's name: also the probe.
    Me,
    /// The list of inboxes, page by page.
    Inboxes,
    /// The list of teammates, page by page.
    Teammates,
}

/// Who wants to send.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Job {
    /// A contact's lane.
    Lane(Contact),
    /// Looking for what a contact's imports came to.
    Confirm(Contact),
    /// Front's events since the last poll.
    Poll,
    /// One event, whole.
    Event(EventId),
}

/// Who wants to be woken.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Timer {
    Lane(Contact),
    Confirm(Contact),
    Poll,
}

/// What a request is for.
#[derive(Debug, Clone)]
pub(crate) enum Task {
    /// Reading about the company, at the start or as a probe.
    Chore(Chore),
    /// A page of tags, for a lane.
    Tags(Contact),
    /// A page of events; the window's end.
    Poll(i64),
    /// One event.
    Event(EventId),
    /// Finding a contact.
    ContactLook(Contact),
    /// Creating it.
    ContactCreate(Contact),
    /// Giving it (`crd_...`) the custom handle.
    ContactHandle(Contact, FrontContactId),
    /// Finding a teammate by e-mail, for a lane.
    Teammate(Contact, String),
    /// A write.
    Attempt(Contact, EffectKey),
    /// Looking whether a comment is there.
    Look(Contact, EffectKey),
    /// Reading one message.
    ConfirmUid(Contact, EffectKey),
    /// Reading a conversation's messages.
    ConfirmList(Contact, FrontConversationId),
    /// Listing the contact's conversations.
    Locate(Contact),
    /// Reading the conversation's status.
    Check(Contact),
}

impl Task {
    /// A word for counters.
    pub(crate) const fn purpose(&self) -> &'static str {
        match self {
            Task::Chore(Chore::Me) => "me",
            Task::Chore(Chore::Inboxes) => "inboxes",
            Task::Chore(Chore::Teammates) | Task::Teammate(..) => "teammate",
            Task::Tags(_) => "tags",
            Task::Poll(_) | Task::Event(_) => "events",
            Task::ContactLook(_) => "contact_look",
            Task::ContactCreate(_) | Task::ContactHandle(..) => "contact_write",
            Task::Attempt(..) => "write",
            Task::Look(..) => "look",
            Task::ConfirmUid(..) | Task::ConfirmList(..) | Task::Locate(_) | Task::Check(_) => {
                "confirm"
            }
        }
    }

    /// The contact whose lane has this request under way.
    pub(crate) const fn lane(&self) -> Option<&Contact> {
        match self {
            Task::Tags(contact)
            | Task::ContactLook(contact)
            | Task::ContactCreate(contact)
            | Task::ContactHandle(contact, _)
            | Task::Teammate(contact, _)
            | Task::Attempt(contact, _)
            | Task::Look(contact, _) => Some(contact),
            Task::Chore(_)
            | Task::Poll(_)
            | Task::Event(_)
            | Task::ConfirmUid(..)
            | Task::ConfirmList(..)
            | Task::Locate(_)
            | Task::Check(_) => None,
        }
    }
}

/// A request and what it is for.
#[derive(Debug)]
pub(crate) struct Work {
    pub(crate) task: Task,
    pub(crate) request: FrontRequest,
}

/// The word that a write is about to start.
#[derive(Debug)]
pub(crate) struct Intent {
    /// Says when it is durable.
    pub(crate) durable: oneshot::Receiver<()>,
    /// The write's span, in the trace of its command.
    pub(crate) span: tracing::Span,
}

/// A request that has ended.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) task: Task,
    pub(crate) ticket: Ticket,
    pub(crate) resource: Option<Resource>,
    pub(crate) nature: Nature,
    pub(crate) scope: &'static str,
    pub(crate) reply: Reply,
}
