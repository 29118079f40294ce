//! The Aircall simulator: calls made from a seed, their webhooks with the irregularities of the real
//! ones, and the REST API that the gap repair reads.
//!
//! Everything here follows Aircall's own description of its API and knows nothing of callfold.
//! [`bodies`] builds single webhook bodies for tests, [`generate()`] makes a whole [`Centre`] of calls,
//! [`GeneratedCall::deliveries`] says what the service would send for one of them and when, and
//! [`Simulator`] is the server with its sender.
//!
//! # Time
//! The calls' own timestamps are whole Unix seconds in the hour that begins at
//! [`GenerateConfig::start_at`]; choose it as "now minus [`GenerateConfig::span_s`]" so that no call lies
//! in the future. Deliveries carry a time on the same axis. [`Simulator::send_all`] compresses by rank:
//! it sorts them by that time and spreads them evenly over the window (20 s, for example), so their
//! order and overlap stay, the rate is constant, and a comment of three days later is simply among
//! the last. What is 30 s apart in a call is then some hundred milliseconds apart on the wire; a
//! receiver that settles by time of receipt should therefore settle after 2-5 s.

pub mod bodies;
pub mod centre;
mod deliveries;
pub mod generate;
pub mod numbers;
mod rest;
pub mod send;
pub mod simulator;
mod snapshot_at;
mod timeline;
pub mod webhooks;
mod words;

pub use centre::{Agent, Centre, GeneratedCall, Line};
pub use deliveries::{Delivery, DeliveryKind, Irregularities};
pub use generate::{GenerateConfig, generate};
pub use send::{SendOptions, SendReport};
pub use simulator::{Simulator, SimulatorConfig};
