//! The trace of a call, through the projector. A program of its own: what `tracing` remembers of a
//! place in the code is of the whole process, and other tests reach the same places without traces.

#![allow(clippy::unwrap_used, reason = "in a test a failed unwrap is the failure to report")]

#[path = "../shared/centre.rs"]
mod centre;
#[path = "../shared/events.rs"]
mod events;
mod tracing_through;
