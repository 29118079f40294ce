//! The command line: one file per command, everything about it inside.

mod config;
mod conversation;
mod copy;
mod demo;
mod events;
mod role;
mod run;
mod schemas;
mod status;
mod topics;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use crate::config::Role;
use crate::failure::{Exit, Failure};
use crate::terminal;

/// Every Aircall call in Front.
#[derive(Debug, Parser)]
#[command(
    name = "callfold",
    version,
    about = "Every Aircall call in Front: calls, voicemails and comments become activities of one \
             conversation per contact.",
    after_help = "Start with `callfold demo`: it needs no account and no configuration.\n\n\
                  Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 3 the answer is \
                  \"differs\" or \"not healthy\".",
    arg_required_else_help = true,
    disable_help_subcommand = true
)]
pub struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

/// What every command takes.
#[derive(Debug, Clone, clap::Args)]
pub struct Common {
    /// The configuration file; without it callfold.toml of this folder, if there is one.
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "CALLFOLD_CONFIG",
        hide_env_values = true
    )]
    pub config: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Args),
    Run(run::Args),
    /// Take webhooks: one of many such processes on the Kafka log.
    #[command(hide = cfg!(not(feature = "kafka")), after_help = role::INGEST)]
    Ingest,
    /// Fold events into conversations: one of many such processes on the Kafka log.
    #[command(hide = cfg!(not(feature = "kafka")), after_help = role::PROJECTOR)]
    Projector,
    /// Write to Front: one such process on the Kafka log is active, the others take over.
    #[command(hide = cfg!(not(feature = "kafka")), after_help = role::DISPATCHER)]
    Dispatcher,
    Status(status::Args),
    Conversation(conversation::Args),
    Events(events::Args),
    Config(config::Args),
    Schemas(schemas::Args),
    #[command(hide = cfg!(not(feature = "kafka")))]
    Topics(topics::Args),
    Copy(copy::Args),
}

/// The whole program: reads the command line, does what it says, and tells how it ended.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let code = if error.use_stderr() { 2 } else { 0 };
            // Nobody can be told that telling failed.
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    match execute(cli) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            tell(&failure);
            failure.code()
        }
    }
}

fn execute(cli: Cli) -> Result<Exit, Failure> {
    match cli.command {
        Command::Demo(args) => demo::run(&cli.common, &args),
        Command::Run(args) => run::run(&cli.common, &args),
        Command::Ingest => role::run(&cli.common, Role::Ingest),
        Command::Projector => role::run(&cli.common, Role::Projector),
        Command::Dispatcher => role::run(&cli.common, Role::Dispatcher),
        Command::Status(args) => status::run(&cli.common, &args),
        Command::Conversation(args) => conversation::run(&cli.common, &args),
        Command::Events(args) => events::run(&cli.common, &args),
        Command::Config(args) => config::run(&cli.common, &args),
        Command::Schemas(args) => schemas::run(&args),
        Command::Topics(args) => topics::run(&cli.common, &args),
        Command::Copy(args) => copy::run(&cli.common, &args),
    }
}

fn tell(failure: &Failure) {
    match failure {
        Failure::ReaderGone => {}
        Failure::Configuration(problems) => terminal::tell(&problems.to_string()),
        Failure::Failed(_) | Failure::Away(_) | Failure::Usage(_) => {
            terminal::tell(&format!("callfold: {failure}"))
        }
    }
}

/// Runs a command's asynchronous part on a runtime of its own.
fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::because("starting the runtime", &error))?
        .block_on(work)
}

/// The command line as clap knows it, for tests and documentation.
#[must_use]
pub fn command() -> clap::Command {
    Cli::command()
}
