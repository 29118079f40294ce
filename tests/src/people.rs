//! What teammates do in Front while calls come in, and the same as the model is told it.
//!
//! They act on contacts that are at rest: every call of theirs that ended before is completely
//! logged, and no call that is still to come ended before. What callfold then decides does not depend
//! on chance, and the model allows one outcome only.

use std::collections::{HashMap, HashSet};

use simulators::aircall::centre::{Centre, Customer, GeneratedCall};
use simulators::front::{Act, On, TeammateSeed, What};
use simulators::model::{self, PersonAct, Piece, pieces};
use simulators::snapshot::{EntryView, Snapshot};

use crate::pipeline::Pipeline;

/// The inbox to which people move conversations.
const MOVED_TO: &str = "Support";

/// People, and what they have done.
#[derive(Debug, Default)]
pub struct People {
    /// In the order in which it was done.
    pub acts: Vec<PersonAct>,
    contacts: HashSet<String>,
}

/// A contact at rest.
struct AtRest {
    handle: String,
    /// When its last logged call ended: Unix seconds on the axis of the calls.
    ended_at: i64,
    assignee: Option<String>,
}

impl People {
    /// Acts on up to `many` contacts at rest, and waits until callfold has heard of it and everything
    /// is at rest again. Each contact is acted on once. `now` is the wall clock's Unix second: a
    /// person's assignment stands against calls by their time, and these calls lie days ago.
    ///
    /// # Panics
    /// When an act is not possible or not heard of.
    pub async fn act(&mut self, pipeline: &Pipeline, centre: &Centre, many: usize, now: i64) {
        pipeline.settle().await;
        let mut at_rest = at_rest(centre, &pipeline.front.snapshot());
        at_rest.retain(|it| !self.contacts.contains(&it.handle));
        at_rest.truncate(many);
        let seated = centre.agents.iter().filter(|agent| agent.in_front);
        let teammates: Vec<String> =
            seated.map(|agent| TeammateSeed::from_email(&agent.email).email).collect();
        for (turn, contact) in at_rest.into_iter().enumerate() {
            for what in deeds(turn, &contact, &teammates) {
                let (by, on) = (teammates[0].clone(), On::Contact(contact.handle.clone()));
                pipeline.act(&Act { by, on, what: what.clone() }).await;
                self.acts.push(told(&contact, what, now));
            }
            self.contacts.insert(contact.handle);
        }
        pipeline.settle().await;
    }
}

/// What is done in turn: each kind of act comes as often as the others.
fn deeds(turn: usize, contact: &AtRest, teammates: &[String]) -> Vec<What> {
    let other = teammates.iter().find(|it| Some(it.as_str()) != contact.assignee.as_deref());
    let other = other.expect("several agents have a seat").clone();
    match (turn % 5, &contact.assignee) {
        (0, _) => vec![What::Archive],
        (1, _) => vec![What::Move(MOVED_TO.to_owned())],
        (2, _) | (4, None) => vec![What::Assign(Some(other))],
        (3, _) => vec![What::Archive, What::Reopen],
        (_, _) => vec![What::Assign(None)],
    }
}

fn told(contact: &AtRest, what: What, now: i64) -> PersonAct {
    let (at, act) = match what {
        What::Archive => (contact.ended_at, model::Act::Archive),
        What::Reopen => (contact.ended_at, model::Act::Reopen),
        What::Move(to) => (contact.ended_at, model::Act::Move(to)),
        What::Assign(to) => (now, model::Act::Assign(to)),
        What::Tag(_) | What::Untag(_) | What::Comment(_) | What::Delete | What::Merge(_) => {
            unreachable!("no such deed")
        }
    };
    PersonAct { at, contact: contact.handle.clone(), act, settled: true }
}

/// Contacts with calls that are logged and, if others are to come, only such as ended later.
fn at_rest(centre: &Centre, shown: &Snapshot) -> Vec<AtRest> {
    let mut assignees = HashMap::new();
    let mut logged = HashSet::new();
    for conversation in &shown.conversations {
        assignees.insert(conversation.contact_handle.as_str(), conversation.assignee.clone());
        let texts = conversation.entries.iter().filter_map(|entry| match entry {
            EntryView::Message { body, .. } => Some(body.as_str()),
            EntryView::Comment { .. } => None,
        });
        let mains = pieces(texts).into_iter().filter(|(_, piece)| *piece == Piece::Main);
        logged.extend(mains.map(|(call, _)| call));
    }
    let mut contacts: HashMap<String, Vec<&GeneratedCall>> = HashMap::new();
    for call in &centre.calls {
        contacts.entry(handle(call)).or_default().push(call);
    }
    let mut found = Vec::new();
    for (handle, calls) in contacts {
        let (before, after): (Vec<&GeneratedCall>, Vec<&GeneratedCall>) =
            calls.into_iter().partition(|call| logged.contains(&call.id));
        let Some(ended_at) = before.iter().map(|call| call.ended_at).max() else { continue };
        // Who has calls to come shows what the act does to them: they go first.
        if after.iter().all(|call| call.ended_at > ended_at) {
            let assignee = assignees.get(handle.as_str()).cloned().flatten();
            found.push((after.is_empty(), AtRest { handle, ended_at, assignee }));
        }
    }
    found.sort_by(|(a_last, a), (b_last, b)| (a_last, &a.handle).cmp(&(b_last, &b.handle)));
    found.into_iter().map(|(_, contact)| contact).collect()
}

fn handle(call: &GeneratedCall) -> String {
    match &call.customer {
        Customer::Contact(contact) => contact.number.e164.clone(),
        Customer::OwnLine(number) => number.e164.clone(),
        Customer::Anonymous => format!("anonymous:{}", call.line.id),
    }
}
