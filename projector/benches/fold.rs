//! How fast the fold is, on one core: alone, from encoded bytes, and by the number of a contact's
//! calls. Prints figures; `projector/README.md` keeps those of a known machine.
//!
//! `cargo bench -p projector --bench fold [-- CONTACTS]`

#![allow(clippy::unwrap_used, clippy::cast_precision_loss, missing_docs)]

#[path = "../tests/shared/answered.rs"]
mod answered;
#[path = "../tests/shared/events.rs"]
mod events;

use std::collections::HashMap;
use std::hint::black_box;
use std::process::{Command, ExitCode};
use std::time::Duration;

use answered::{PHASES, event};
use eventlog::bench::Bars;
use mimalloc::MiMalloc;
use projector::{
    Assign, Comments, Config, Context, Event, Layout, Lines, Rules, State, Templates, step,
};
use schemas::{CallEvent, CallId, CallState, Contact, Conversation, TopicNames, decode, encode};

/// That of the executable.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Events that are made at once, outside of what is measured: as many as a batch of the projector.
const CHUNK: usize = 512;

/// The argument of the process that measures.
const MEASURE: &str = "measure";

/// How far the three may be apart and still be called the same: the memory of 100,000 calls is in no
/// cache.
const ALIKE: f64 = 1.5;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if !words.iter().any(|word| word == MEASURE) {
        in_a_process_that_keeps_its_memory(words);
    }
    let contacts = words.iter().filter_map(|word| word.parse().ok()).next().unwrap_or(100_000);
    let mut bars = Bars::default();
    whole(&mut bars, contacts);
    let costs = [10, 1_000, 100_000].map(one_contact);
    let (least, most) =
        (costs.iter().copied().fold(f64::MAX, f64::min), costs.iter().copied().fold(0.0, f64::max));
    let line = format!("from least to most {:.2} x (at most {ALIKE})", most / least);
    bars.judge(most / least <= ALIKE, &line);
    bars.exit_code()
}

/// The allocator gives memory that is free for a second back to the system. A projector takes and
/// frees the same memory all the time; here the measured pass would find what the first pass freed
/// gone, and measure how fast the kernel clears pages.
fn in_a_process_that_keeps_its_memory(words: Vec<String>) -> ! {
    let status = Command::new(std::env::current_exe().unwrap())
        .args(words)
        .arg(MEASURE)
        .env("MIMALLOC_PURGE_DELAY", "-1")
        .status()
        .unwrap();
    std::process::exit(status.code().unwrap_or(1));
}

fn config() -> Config {
    Config {
        settle_ms: 45_000,
        comments: Comments::Answered,
        layout: Layout::Separate,
        lines: Lines::All,
        assign: Assign::Import,
        templates: Templates::default(),
        version: "bench".into(),
        topics: TopicNames::with_prefix("bench"),
        partitions: 1,
    }
}

/// What is held in memory of all contacts.
#[derive(Default)]
struct Held {
    conversations: HashMap<Contact, Option<Box<Conversation>>>,
    calls: HashMap<CallId, Option<Box<CallState>>>,
    commands: usize,
}

impl Held {
    fn fold(&mut self, event: &CallEvent, config: &Config, rules: &Rules) {
        let kept_conversation = self.conversations.entry(event.contact.clone()).or_default();
        let kept_call = self.calls.entry(event.call_id).or_default();
        let conversation = kept_conversation
            .take()
            .unwrap_or_else(|| Box::new(Conversation::new(event.contact.clone())));
        let call = kept_call
            .take()
            .unwrap_or_else(|| Box::new(CallState::new(event.contact.clone(), event.call_id)));
        let state = State { conversation, call: Some(call) };
        let folded =
            step(state, Event::Call(event), Context { config, rules, now: event.received_at });
        self.commands += folded.commands.len();
        black_box(&folded.commands);
        *kept_conversation = Some(folded.state.conversation);
        *kept_call = folded.state.call;
    }
}

/// What one pass over all events took.
struct Pass {
    held: Held,
    folding: Duration,
    decoding: Duration,
    bytes: usize,
}

/// One call of each contact, all of them at the same time: each event finds its state cold.
fn pass(contacts: usize) -> Pass {
    let (config, rules) = (config(), Rules::none());
    let mut held = Held::default();
    let (mut folding, mut decoding, mut bytes) = (Duration::ZERO, Duration::ZERO, 0);
    for phase in 0..PHASES {
        for chunk in (0..contacts).collect::<Vec<_>>().chunks(CHUNK) {
            let encoded: Vec<Vec<u8>> = chunk
                .iter()
                .map(|contact| encode(&event(phase, *contact, *contact as i64 + 1)))
                .collect();
            bytes += encoded.iter().map(Vec::len).sum::<usize>();
            let started = cpu_time();
            let events: Vec<CallEvent> =
                encoded.iter().map(|bytes| decode(bytes).unwrap()).collect();
            decoding += cpu_time() - started;
            let started = cpu_time();
            for event in &events {
                held.fold(event, &config, &rules);
            }
            folding += cpu_time() - started;
        }
    }
    Pass { held, folding, decoding, bytes }
}

/// Two passes, of which the second is measured: it finds the memory that it needs. The first one
/// touches each page first, which the kernel clears at a speed that depends on the machine's host
/// more than on this program; its figure stands beside.
fn whole(bars: &mut Bars, contacts: usize) {
    let before = resident_bytes();
    let first = pass(contacts);
    let resident = resident_bytes().saturating_sub(before);
    let fresh = first.folding;
    drop(first);
    let faults_before = page_faults();
    let Pass { held, folding, decoding, bytes } = pass(contacts);
    let faults = page_faults() - faults_before;
    let events = (contacts * PHASES) as f64;
    let per_second = |time: Duration| events / time.as_secs_f64();
    println!("{contacts} contacts, {events} events of {} bytes", bytes / (contacts * PHASES));
    println!("  commands             {:>12}", held.commands);
    let line = format!("fold alone {:.0} events/s (at least 500,000)", per_second(folding));
    bars.judge(per_second(folding) >= 500_000.0, &line);
    println!("  the same, first pass {:>12.0} events/s", per_second(fresh));
    println!("  page faults meanwhile{faults:>12}, not in the first pass");
    println!("  decode alone         {:>12.0} events/s", per_second(decoding));
    let both = per_second(folding + decoding);
    bars.judge(
        both >= 150_000.0,
        &format!("from encoded bytes {both:.0} events/s (at least 150,000)"),
    );
    let conversation: usize =
        held.conversations.values().map(|it| encode(it.as_deref().unwrap()).len()).sum();
    let call: usize = held.calls.values().map(|it| encode(it.as_deref().unwrap()).len()).sum();
    println!("  conversation encoded {:>12} bytes per contact", conversation / contacts);
    println!("  call encoded         {:>12} bytes per contact (one call each)", call / contacts);
    println!(
        "  both in memory       {:>12} bytes per contact, maps and spare included",
        resident / contacts
    );
}

/// How often this process has touched a page that the kernel had to find first.
fn page_faults() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    stat.split(' ').nth(9).unwrap().parse().unwrap()
}

/// Calls whose events are measured, whatever came before them.
const MEASURED: usize = 20_000;

/// The cost of an event of a contact that has had so many calls, in nanoseconds: of as many more calls
/// as it has had, so that it has had about as many all the time, and of as many contacts as that
/// takes.
fn one_contact(calls: usize) -> f64 {
    let (config, rules) = (config(), Rules::none());
    let each = calls.min(MEASURED);
    let (mut time, mut conversation) = (Duration::ZERO, 0);
    for contact in 0..MEASURED / each {
        let mut held = Held::default();
        let mut fold = |first: usize, count: usize| {
            let mut folding = Duration::ZERO;
            for chunk in (first..first + count).collect::<Vec<_>>().chunks(CHUNK / PHASES) {
                let events: Vec<CallEvent> = chunk
                    .iter()
                    .flat_map(|call| {
                        (0..PHASES).map(|phase| event(phase, contact, *call as i64 + 1))
                    })
                    .collect();
                let started = cpu_time();
                for event in &events {
                    held.fold(event, &config, &rules);
                }
                folding += cpu_time() - started;
            }
            folding
        };
        fold(0, calls);
        time += fold(calls, each);
        conversation =
            encode(held.conversations.values().next().unwrap().as_deref().unwrap()).len();
    }
    let nanoseconds = time.as_nanos() as f64 / (MEASURED / each * each * PHASES) as f64;
    println!(
        "after {calls:>6} calls of one contact: {nanoseconds:>6.0} ns per event, conversation {conversation} bytes"
    );
    nanoseconds
}

/// What this thread has had of a processor: one core's time, also where others share the machine.
fn cpu_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(stat.split(' ').next().unwrap().parse().unwrap())
}

/// What the process has in memory; 0 where the system does not say.
fn resident_bytes() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    statm.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok()).unwrap_or(0) * 4096
}
