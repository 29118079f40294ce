//! Who may send next: fresh work before backlog, both before what only reads, nobody starving. Within a
//! class the one who waits longest goes first, and a resource that must wait holds only its own.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::hash::Hash;

use crate::budget::{Decision, Resource, Why};

/// How urgent a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// Of a call that was decided just now.
    Fresh,
    /// Of an older one.
    Backlog,
    /// Front's events.
    Events,
    /// Looking for what was accepted.
    Confirm,
}

const CLASSES: [Class; 4] = [Class::Fresh, Class::Backlog, Class::Events, Class::Confirm];
/// Each fifth request is the backlog's first: fresh calls never need more than a part of the budget
/// for long, and the backlog moves all the time.
const BACKLOG_EVERY: u64 = 5;
/// Each tenth request is a reading one's first: five percent for events, five for confirmations.
const READING_EVERY: u64 = 10;

/// Everybody who waits to send.
#[derive(Debug)]
pub struct Ready<T> {
    classes: HashMap<Class, Waiting<T>>,
    arrivals: u64,
    picks: u64,
}

#[derive(Debug)]
struct Waiting<T> {
    by_resource: HashMap<Option<Resource>, VecDeque<(u64, T)>>,
    fronts: BTreeSet<(u64, Option<Resource>)>,
}

impl<T> Default for Ready<T> {
    fn default() -> Self {
        Ready { classes: HashMap::new(), arrivals: 0, picks: 0 }
    }
}

/// What a pick came to.
#[derive(Debug, PartialEq, Eq)]
pub enum Picked<T> {
    /// This one goes, now.
    Go(Class, T),
    /// Nobody may go for so many milliseconds.
    Wait(i64, Why),
    /// Nobody waits.
    Nobody,
}

impl<T: Clone + Eq + Hash> Ready<T> {
    /// Adds one who wants to send to `resource`.
    pub fn push(&mut self, class: Class, resource: Option<Resource>, who: T) {
        self.arrivals += 1;
        let waiting = self
            .classes
            .entry(class)
            .or_insert_with(|| Waiting { by_resource: HashMap::new(), fronts: BTreeSet::new() });
        let queue = waiting.by_resource.entry(resource.clone()).or_default();
        if queue.is_empty() {
            waiting.fronts.insert((self.arrivals, resource));
        }
        queue.push_back((self.arrivals, who));
    }

    /// The next one whom `ask` lets go.
    pub fn pick(&mut self, ask: impl Fn(Class, Option<&Resource>) -> Decision) -> Picked<T> {
        let mut wait: Option<(i64, Why)> = None;
        for class in order(self.picks + 1) {
            let Some(waiting) = self.classes.get_mut(&class) else { continue };
            let mut chosen = None;
            for front in &waiting.fronts {
                match ask(class, front.1.as_ref()) {
                    Decision::Go => {
                        chosen = Some(front.clone());
                        break;
                    }
                    Decision::Wait { ms, why } => {
                        if wait.is_none_or(|(least, _)| ms < least) {
                            wait = Some((ms, why));
                        }
                        let everybody = matches!(why, Why::Company | Why::Learning);
                        if everybody {
                            break;
                        }
                    }
                }
            }
            if let Some(front) = chosen {
                self.picks += 1;
                return Picked::Go(class, waiting.take(front));
            }
        }
        wait.map_or(Picked::Nobody, |(ms, why)| Picked::Wait(ms, why))
    }
}

impl<T> Waiting<T> {
    fn take(&mut self, front: (u64, Option<Resource>)) -> T {
        self.fronts.remove(&front);
        let queue = self.by_resource.get_mut(&front.1).expect("a front names a queue");
        let (_, who) = queue.pop_front().expect("a queue with a front is not empty");
        match queue.front() {
            Some((arrival, _)) => {
                self.fronts.insert((*arrival, front.1));
            }
            None => {
                self.by_resource.remove(&front.1);
            }
        }
        who
    }
}

/// The classes in the order in which pick number `pick` asks them.
fn order(pick: u64) -> [Class; 4] {
    let mut order = CLASSES;
    if pick.is_multiple_of(READING_EVERY * 2) {
        order.rotate_right(1);
    } else if pick.is_multiple_of(READING_EVERY) {
        order = [Class::Events, Class::Fresh, Class::Backlog, Class::Confirm];
    } else if pick.is_multiple_of(BACKLOG_EVERY) {
        order.swap(0, 1);
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(name: &str) -> Option<Resource> {
        Some(Resource(name.to_owned()))
    }

    #[test]
    fn fresh_goes_first_and_nobody_starves() {
        let mut ready = Ready::default();
        for n in 0..100 {
            for class in CLASSES {
                ready.push(class, None, (class, n));
            }
        }
        let mut counts: HashMap<Class, u32> = HashMap::new();
        for _ in 0..100 {
            let Picked::Go(class, _) = ready.pick(|_, _| Decision::Go) else { panic!() };
            *counts.entry(class).or_default() += 1;
        }
        let count = |class| counts.get(&class).copied().unwrap_or(0);
        assert_eq!(CLASSES.map(count), [80, 10, 5, 5]);
    }

    #[test]
    fn a_resource_that_waits_holds_only_its_own_and_keeps_its_order() {
        let mut ready = Ready::default();
        for (name, who) in [("a", 1), ("a", 2), ("b", 3)] {
            ready.push(Class::Fresh, resource(name), who);
        }
        let a_waits = |_, asked: Option<&Resource>| match asked {
            Some(Resource(name)) if name == "a" => Decision::Wait { ms: 70, why: Why::Resource },
            _ => Decision::Go,
        };
        assert_eq!(ready.pick(a_waits), Picked::Go(Class::Fresh, 3));
        assert_eq!(ready.pick(a_waits), Picked::Wait(70, Why::Resource));
        assert_eq!(ready.pick(|_, _| Decision::Go), Picked::Go(Class::Fresh, 1));
        assert_eq!(ready.pick(|_, _| Decision::Go), Picked::Go(Class::Fresh, 2));
        assert_eq!(ready.pick(|_, _| Decision::Go), Picked::Nobody);
    }
}
