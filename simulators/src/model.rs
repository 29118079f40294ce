//! The independent model: what Front must show, from the generated calls and the scripted acts of
//! people alone.
//!
//! It is a second, simpler implementation of the rules, written from their text. It knows no event, no
//! order of arrival and no code of the services. [`expect()`] says what must be there, [`compare()`] says
//! where a [`crate::snapshot::Snapshot`] differs, [`compare_sending()`] what was sent in a wrong order.
//! Entries are matched by what a reader sees: the line `Aircall call <id>` in an activity and the mark
//! at the end of a comment.
//!
//! # What may legitimately differ
//! Most of the outcome is one value. Where the order of arrival decides, the model holds the set of
//! allowed values, and these are all such places:
//! - **Voicemail known late** ([`ModelConfig::late_media`]): a voicemail's main activity, or a missed
//!   call's followed by the voicemail's link. In the compact layout also: a link inside the activity, or
//!   as a further one.
//! - **Who opened the conversation** ([`ModelConfig::logged_between`], [`ModelConfig::overtake_s`]):
//!   when the times in which several calls of a contact were logged overlap, each of them may have
//!   been first and have set the subject. All main activities between two archives must still agree
//!   on one of these subjects.
//! - **Archive while calls are under way** ([`PersonAct::settled`] false): a call that ended at most
//!   `overtake_s` before it may count as before or after.
//! - **Archive and reopen by a person**: the next call may set a new subject or keep the old one.
//! - **Assignment**: when two answered calls overlap, the later answer or the later end; when the agent
//!   of the latest answered call has no teammate, an earlier agent or nobody.
//! - **`Transferred by`**: left out when the transfer's event came after the main activity was sent.
//! - **Company rules** ([`ModelConfig::company_rules`]) with an act that was not settled: a voicemail's
//!   conversation may lie in either of the two inboxes.
//! - **The header's subject** ([`HeaderSubject`]): how Front derives it is not documented.

mod company_rules;
mod compare;
mod config;
mod difference;
mod expect;
mod expectation;
mod found;
mod header;
mod people;
mod sending;
mod subjects;
mod text;
mod thread;

pub use compare::compare;
pub use config::{Act, Comments, HeaderSubject, Layout, ModelConfig, PersonAct};
pub use difference::{Class, Difference};
pub use expect::expect;
pub use expectation::{
    Expectation, ExpectedCall, ExpectedComment, ExpectedLine, ExpectedMessage, ExpectedThread,
    Form, Piece,
};
pub use sending::{compare_sending, pieces};
