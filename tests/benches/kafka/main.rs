//! The figures of the roles on Kafka: the real program's processes against a broker that this starts.
//! `cargo bench -p tests --features kafka --bench kafka -- webhooks|fold|idle|restore`, see the README
//! beside this. Ends with 1 when a bar is missed.

#![allow(clippy::unwrap_used, reason = "a bench whose stage cannot be set has failed")]
#![allow(clippy::cast_precision_loss, reason = "counts of what is measured")]
#![allow(clippy::disallowed_methods, reason = "a bench plays calls of today")]

#[path = "../../../projector/tests/shared/answered.rs"]
mod answered;
#[allow(dead_code, reason = "the bench that it is from uses more of it")]
#[path = "../../../ingest/benches/webhooks/body.rs"]
mod body;
mod dispatcher;
mod ended;
#[path = "../../../projector/tests/shared/events.rs"]
mod events;
mod fill;
mod fold;
mod idle;
#[allow(dead_code, reason = "the bench that it is from uses more of it")]
#[path = "../../../ingest/benches/webhooks/load.rs"]
mod load;
#[path = "../../../ingest/benches/webhooks/pace.rs"]
mod pace;
mod peer;
mod process;
mod restore;
mod stage;
mod webhooks;

use std::process::ExitCode;

use eventlog::bench::{Bars, print_machine};

/// What is asked for on the command line.
struct Arguments {
    what: String,
    /// Contacts, or calls where one after the other is measured; 0: as many as usual.
    contacts: usize,
    seconds: u64,
    /// A broker that syncs each append.
    synced: bool,
}

fn arguments() -> Arguments {
    let mut read = Arguments { what: String::new(), contacts: 0, seconds: 10, synced: false };
    let mut given = std::env::args().skip(1);
    while let Some(argument) = given.next() {
        match argument.as_str() {
            "--contacts" => read.contacts = given.next().unwrap().parse().unwrap(),
            "--seconds" => read.seconds = given.next().unwrap().parse().unwrap(),
            "--synced" => read.synced = true,
            word if !word.starts_with('-') => read.what = word.to_owned(),
            _ => {}
        }
    }
    read
}

fn main() -> ExitCode {
    let arguments = arguments();
    // Where the broker and the program have their data.
    if !print_machine(&std::env::temp_dir()) {
        return ExitCode::from(2);
    }
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let contacts = |usual| if arguments.contacts == 0 { usual } else { arguments.contacts };
    let mut bars = Bars::default();
    match arguments.what.as_str() {
        "webhooks" => webhooks::run(&runtime, &mut bars, arguments.seconds, arguments.synced),
        "fold" => runtime.block_on(fold::run(&mut bars, contacts(100_000))),
        "idle" => runtime.block_on(idle::run(&mut bars, contacts(400))),
        "restore" => runtime.block_on(restore::run(&mut bars, contacts(1_000_000))),
        _ => {
            println!("SKIPPED: say which: -- webhooks [--synced], fold, idle or restore");
            return ExitCode::SUCCESS;
        }
    }
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!("load after: {}", load.trim());
    bars.exit_code()
}
