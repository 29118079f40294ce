#![doc = include_str!("../README.md")]

mod activity;
pub mod config;
pub mod emit;
pub mod facts;
pub mod front_facts;
pub mod plan;
pub mod qualification;
pub mod rules;
pub mod step;
pub mod templates;
pub mod text;
pub mod thread;
pub mod totals;
pub mod view;

// --- edge ---

mod batch;
mod partition;
mod restore;
pub mod run;
mod states;
mod telemetry;

pub use config::{Assign, Comments, Config, Layout, Lines};
pub use emit::Context;
pub use partition::PartitionError;
pub use rules::Rules;
pub use run::{Error, run};
pub use step::{Anomaly, Event, State, Step, step};
pub use templates::{TemplateError, Templates};
