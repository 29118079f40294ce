//! The fold, without a log: what comes out of which events, on simulated time.

#![allow(clippy::unwrap_used, reason = "in a test a failed unwrap is the failure to report")]

#[path = "../shared/events.rs"]
mod events;
mod layouts;
mod merging;
mod order;
mod people;
mod simulation;
mod subjects;
mod templates;
mod timing;
mod told;
mod viewed;
