//! The edge: the projector on a log, with simulated time.

#![allow(clippy::unwrap_used, reason = "in a test a failed unwrap is the failure to report")]

#[path = "../shared/centre.rs"]
mod centre;
#[path = "../shared/events.rs"]
mod events;
mod following;
