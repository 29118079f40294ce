//! The server from outside: real sockets, a log in memory, and what is on it afterwards.

#![allow(clippy::unwrap_used, reason = "a test whose stage cannot be set has failed")]

mod aircall_api;
mod bodies;
mod crowd;
mod front;
mod limits;
mod lines;
mod other_events;
mod path_secret;
mod registry;
mod rig;
mod shutdown;
mod silence;
mod standing_clock;
mod webhooks;
