#![doc = include_str!("../README.md")]

pub mod attempt;
pub mod budget;
pub mod decisions;
pub mod directory;
pub mod echo;
pub mod gate;
mod inputs;
pub mod lane;
pub mod notice;
pub mod ready;
pub mod recognise;
pub mod reply;
pub mod request;
pub mod schedule;
pub mod search;
pub mod verdict;
pub mod window;

// --- edge ---

mod boottime;
mod committer;
mod config;
mod engine;
mod front;
mod ledger;
mod report;
mod restore;
mod run;
mod telemetry;

pub use config::Config;
pub use front::client::ClientError;
pub use report::{DirectoryView, Handle, Outage, Reporter, reporter, standing_by};
pub use run::{Error, run};
