//! Webhooks answered durably per second, and how long each takes, load generator included.
//!
//! `cargo bench -p ingest --bench webhooks -- [--dir DIR] [--seconds N]`. Without `--dir` the log
//! is one in memory: the price of everything but the disk.

#![allow(clippy::unwrap_used, reason = "a bench whose stage cannot be set has failed")]

mod body;
mod disk;
mod load;
mod stage;

use std::path::PathBuf;
use std::time::Duration;

use load::Figures;

struct Arguments {
    dir: Option<PathBuf>,
    seconds: u64,
    connections: usize,
    rate: u64,
}

fn main() {
    let arguments = arguments();
    alone(100_000);
    if let Some(dir) = &arguments.dir {
        disk::print_sync_time(dir);
    }
    let seconds = Duration::from_secs(arguments.seconds);
    let stage = stage::Stage::start(arguments.dir.as_deref());
    load::closed(stage.address, arguments.connections, Duration::from_secs(1));
    let closed = load::closed(stage.address, arguments.connections, seconds);
    print(&format!("closed loop, {} connections", arguments.connections), &closed);
    let open = load::open(stage.address, arguments.connections, arguments.rate, seconds);
    print(&format!("open loop, {}/s offered", arguments.rate), &open);
    let stored = stage.stop();
    println!("records on `calls`: {stored}");
    if let Some(dir) = &arguments.dir {
        disk::print_sync_time(dir);
    }
}

fn print(what: &str, figures: &Figures) {
    let ms = |quantile: f64| figures.latency_us.value_at_quantile(quantile) as f64 / 1000.0;
    println!(
        "{what}: {:.0} webhooks/s answered 200, acknowledged p50 {:.2} ms, p99 {:.2} ms, p99.9 \
         {:.2} ms, max {:.2} ms, {} not 200",
        figures.answered as f64 / figures.took.as_secs_f64(),
        ms(0.5),
        ms(0.99),
        ms(0.999),
        ms(1.0),
        figures.refused
    );
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
