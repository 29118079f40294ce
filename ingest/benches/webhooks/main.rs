//! Webhooks answered durably per second, and how long each takes, load generator included.
//!
//! `cargo bench -p ingest --bench webhooks -- [--dir DIR] [--seconds N]`. Without `--dir` the log
//! is one in memory: the price of everything but the disk. Ends with 1 when a bar is missed.

#![allow(clippy::unwrap_used, reason = "a bench whose stage cannot be set has failed")]

mod body;
mod load;
mod pace;
mod stage;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use eventlog::bench::{Bars, RawSyncs, TimedFiles, print_machine};
use load::{Figures, Generator};
use stage::Stage;

/// The allocator that the program has: with the system's, about a sixth of the server's time goes there.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// About what a frame holds under the open loop: a few webhooks, each as event and as it came.
const RAW_BYTES: usize = 16 << 10;
/// Load and raw syncs take turns, so that both meet the same disk.
const TURN: Duration = Duration::from_secs(1);
const RAW_SYNCS_A_TURN: usize = 300;

struct Arguments {
    dir: Option<PathBuf>,
    seconds: u64,
    connections: usize,
    rate: u64,
}

fn main() -> ExitCode {
    let arguments = arguments();
    if let Some(dir) = &arguments.dir {
        std::fs::create_dir_all(dir).unwrap();
        if !print_machine(dir) {
            return ExitCode::from(2);
        }
    }
    alone(100_000);
    let mut bars = Bars::default();
    let stage = Stage::start(arguments.dir.as_deref());
    let Arguments { connections, rate, .. } = arguments;
    let mut generator = Generator::connect(stage.address, connections);
    generator.closed(TURN);
    let (closed, _) = in_turns(&arguments, &stage, || generator.closed(TURN));
    let line = format!("closed loop, {connections} connections: {closed}");
    let at_least_20_000 = closed.rate() >= 20_000.0;
    bars.judge(at_least_20_000, &format!("{line} (at least 20,000/s)"));
    let (open, at_best) = in_turns(&arguments, &stage, || generator.open(rate, TURN));
    println!("       {}", open.generator());
    let line = format!("open loop, {rate}/s offered: {open} (p99 under 10 ms)");
    bars.judge_where_the_disk_allows(open.times().p99_ms(), 10.0, at_best, &line);
    drop(generator);
    println!("records on `calls`: {}", stage.stop());
    bars.exit_code()
}

/// Load and raw syncs in turns; what the load gave, and the p99 in ms that the disk left possible
/// with the syncs that the log itself made meanwhile.
fn in_turns(
    arguments: &Arguments,
    stage: &Stage,
    mut load: impl FnMut() -> Figures,
) -> (Figures, f64) {
    let mut raw = arguments.dir.as_deref().map(|dir| RawSyncs::new(dir, RAW_BYTES));
    let mut all = Figures::none();
    let files = stage.files.as_ref();
    files.map(TimedFiles::take);
    for _ in 0..arguments.seconds {
        if let Some(raw) = &mut raw {
            raw.run(RAW_SYNCS_A_TURN);
        }
        all.add(load());
    }
    let (Some(raw), Some(files)) = (raw, files) else { return (all, 0.0) };
    raw.print();
    let syncs = files.take();
    println!("fdatasync of the log under the load: {}", syncs.times());
    let waits = syncs.waits();
    println!("       who comes at any moment waits for the rest of one and for the next: {waits}");
    (all, waits.p99_ms())
}

/// What a body costs before it is appended, on one core.
fn alone(bodies: u64) {
    let mut request = body::Request::new();
    let seen = ingest::Seen {
        received_at: schemas::TimeMs(1),
        origin: schemas::Origin::Webhook,
        default_region: None,
    };
    let redactor = ingest::redact::Redactor::new([body::TOKEN]);
    let started = tokio::time::Instant::now();
    let mut bytes = 0;
    for number in 0..bodies {
        request.number(number);
        let body = request.body();
        bytes += body.len();
        assert!(ingest::envelope::token_of(body).unwrap().is_some());
        let made = ingest::normalise(&redactor.redact(body), &seen).unwrap();
        assert!(made.contact_number.is_some());
    }
    let each = started.elapsed() / u32::try_from(bodies).unwrap();
    println!(
        "token, redaction and normaliser alone: {each:?} a body of {} bytes, one core",
        bytes as u64 / bodies
    );
}

fn arguments() -> Arguments {
    let mut read = Arguments { dir: None, seconds: 10, connections: 256, rate: 5000 };
    let mut given = std::env::args().skip(1);
    while let Some(argument) = given.next() {
        match argument.as_str() {
            "--dir" => read.dir = Some(PathBuf::from(given.next().unwrap())),
            "--seconds" => read.seconds = given.next().unwrap().parse().unwrap(),
            "--connections" => read.connections = given.next().unwrap().parse().unwrap(),
            "--rate" => read.rate = given.next().unwrap().parse().unwrap(),
            _ => {}
        }
    }
    read
}
