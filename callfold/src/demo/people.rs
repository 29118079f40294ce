//! What teammates do in Front in the middle of the demo: they archive, reopen, move and assign
//! conversations, and then these contacts call once more.

use std::collections::{BTreeMap, HashMap};

use eventlog::{Clock, SystemClock};
use simulators::aircall::Centre;
use simulators::aircall::centre::{Customer, GeneratedCall};
use simulators::front::{self, On, What};
use simulators::model::{Act, PersonAct};
use tokio::time::Instant;

use super::child::Child;
use super::world::{MOVED_TO, World};
use crate::failure::Failure;

/// So many contacts at most: two of each kind of act.
const CONTACTS_MAX: usize = 8;
/// Front tells of an act at once; so long, even on a busy machine, is a failure.
const HEARD_MAX: std::time::Duration = std::time::Duration::from_secs(120);

/// A contact on whose conversation somebody acts before its last call.
#[derive(Debug, Clone)]
pub struct Chosen {
    handle: String,
    /// When the call before the last one ended.
    ended_at: i64,
    /// The call that comes after the act.
    pub last_call: i64,
}

/// Contacts that call more than once, and whose last call ended after all others.
#[must_use]
pub fn choose(centre: &Centre) -> Vec<Chosen> {
    let mut contacts: BTreeMap<&str, Vec<&GeneratedCall>> = BTreeMap::new();
    for call in &centre.calls {
        if let Customer::Contact(contact) = &call.customer {
            contacts.entry(&contact.number.e164).or_default().push(call);
        }
    }
    let chosen = contacts.into_iter().filter_map(|(handle, mut calls)| {
        calls.sort_by_key(|call| call.ended_at);
        let [.., before, last] = calls.as_slice() else { return None };
        (before.ended_at < last.ended_at).then(|| Chosen {
            handle: handle.to_owned(),
            ended_at: before.ended_at,
            last_call: last.id,
        })
    });
    chosen.take(CONTACTS_MAX).collect()
}

/// Acts on every chosen contact and waits until callfold has heard of it. What was done is told in the
/// model's words: an archive counts by which calls are logged, an assignment by the clock.
///
/// # Errors
/// An act that is not possible, or that callfold does not hear of.
pub async fn act(
    world: &World,
    child: &Child,
    chosen: &[Chosen],
) -> Result<Vec<PersonAct>, Failure> {
    let before = heard(child).await?;
    let shown = world.front.snapshot();
    let assignees: HashMap<String, Option<String>> =
        shown.conversations.into_iter().map(|it| (it.contact_handle, it.assignee)).collect();
    let mut acts = Vec::new();
    for (turn, contact) in chosen.iter().enumerate() {
        let assignee = assignees.get(&contact.handle).cloned().flatten();
        let other = world.teammates.iter().find(|it| Some(*it) != assignee.as_ref());
        let whats = match (turn % 4, other) {
            (0, _) => vec![What::Archive],
            (1, _) => vec![What::Move(MOVED_TO.to_owned())],
            (2, Some(other)) => vec![What::Assign(Some(other.clone()))],
            (_, _) => vec![What::Archive, What::Reopen],
        };
        for what in whats {
            let told = told(contact, &what);
            let on = On::Contact(contact.handle.clone());
            let by = world.teammates.first().cloned().unwrap_or_default();
            let done = world.front.act(&front::Act { by, on, what });
            done.map_err(|error| Failure::because("acting in the simulated Front", &error))?;
            acts.push(told);
        }
    }
    let began = Instant::now();
    let mut ticks = tokio::time::interval(std::time::Duration::from_millis(50));
    while heard(child).await? < before + acts.len() as u64 {
        ticks.tick().await;
        if began.elapsed() > HEARD_MAX {
            return Err(Failure::Failed("callfold did not hear of what people did".to_owned()));
        }
    }
    Ok(acts)
}

fn told(contact: &Chosen, what: &What) -> PersonAct {
    let (at, act) = match what {
        What::Archive => (contact.ended_at, Act::Archive),
        What::Reopen => (contact.ended_at, Act::Reopen),
        What::Move(to) => (contact.ended_at, Act::Move(to.clone())),
        What::Assign(to) => (SystemClock.now_ms() / 1_000, Act::Assign(to.clone())),
        What::Tag(_) | What::Untag(_) | What::Comment(_) | What::Delete | What::Merge(_) => {
            unreachable!("nobody does that in the demo")
        }
    };
    PersonAct { at, contact: contact.handle.clone(), act, settled: true }
}

/// How many events of Front it has kept.
async fn heard(child: &Child) -> Result<u64, Failure> {
    let status = child.status().await?;
    Ok(status.log.appended.get("front").copied().unwrap_or(0))
}
