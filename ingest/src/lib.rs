#![doc = include_str!("../README.md")]

pub mod event_id;
pub mod fields;
pub mod front_body;
pub mod front_signature;
pub mod json;
pub mod kept_lines;
pub mod normalise;
pub mod number;
pub mod records;
pub mod redact;

mod call;
pub mod envelope;
pub mod limits;

// --- edge ---

mod aircall;
pub mod aircall_api;
pub mod answer;
mod auth;
mod body;
pub mod config;
mod connections;
mod front;
mod impatient;
mod registry;
mod room;
pub mod run;
mod seldom;
mod service;
mod telemetry;

pub use config::Config;
pub use kept_lines::KeptLines;
pub use normalise::{NORMALISER_REVISION, NoCall, Seen, normalise};
pub use run::run;
