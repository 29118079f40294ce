//! How fast the budget decides and what a lane costs. Lanes are counted by an allocator that counts, so
//! that the figure is what the program asked for.

use std::alloc::{GlobalAlloc, Layout, System};
use std::collections::HashMap;
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};

use criterion::{Criterion, criterion_group, criterion_main};
use dispatcher::budget::{Ask, Budget, Limits, Resource};
use dispatcher::lane::{Entry, Kind, Lane};
use schemas::{Contact, EffectKey, OutcomeState, TimeMs};

struct Counting;

static HELD: AtomicUsize = AtomicUsize::new(0);

// Counting what is held needs the allocator's own trait, which is unsafe by its nature.
#[allow(unsafe_code, reason = "an allocator that counts hands everything on to the system's")]
// SAFETY: both calls hand the same layout on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        HELD.fetch_add(layout.size(), Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn key(text: String) -> EffectKey {
    EffectKey::try_from(text).expect("not empty")
}

fn entry(call: u32, piece: &str, order: u64) -> Entry {
    let main = key(format!("call:{call}:main"));
    Entry {
        key: key(format!("call:{call}:{piece}")),
        revision: 1,
        kind: Kind::Activity,
        state: OutcomeState::Queued,
        order,
        decided_at: TimeMs(0),
        not_before: 0,
        attempts: 0,
        failures: 0,
        maybe_there: false,
        assigns: None,
        after: if piece == "main" { Box::default() } else { Box::new([main]) },
    }
}

/// 100,000 lanes, three effects waiting in each.
fn lanes() -> HashMap<Contact, Lane> {
    let mut lanes = HashMap::new();
    for call in 0..100_000_u32 {
        let contact = Contact::from_e164(&format!("+33600{call:06}")).expect("E.164");
        let lane: &mut Lane = lanes.entry(contact).or_default();
        for (order, piece) in ["main", "duration", "recording"].into_iter().enumerate() {
            lane.push(entry(call, piece, order as u64));
        }
    }
    lanes
}

fn decide(c: &mut Criterion) {
    let before = HELD.load(Ordering::Relaxed);
    let held = lanes();
    let bytes = HELD.load(Ordering::Relaxed) - before;
    println!("100,000 lanes of three effects: {} MB", bytes / 1_000_000);
    assert!(bytes < 256_000_000, "100,000 lanes must fit in 256 MB");
    let lane = held.values().next().expect("there are many");
    c.bench_function("lane: what is next", |b| b.iter(|| black_box(lane.next(1, true))));

    let limits = Limits { requests_per_minute: 200.0, share: 1.0, per_resource_per_s: 5 };
    let mut budget = Budget::new(limits, 0);
    let inbox = Resource("inboxes/inb_1".to_owned());
    let ask = Ask { resource: Some(&inbox), search: false, urgent: true };
    for n in 0..200 {
        let ticket = budget.sent(n * 300, ask);
        budget.ended(n * 300 + 100, ticket, Some(&inbox));
    }
    c.bench_function("budget: ask", |b| b.iter(|| black_box(budget.ask(60_100, ask))));
}

criterion_group!(benches, decide);
criterion_main!(benches);
