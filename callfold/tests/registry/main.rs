//! A log whose schemas a registry numbers, against a small registry of our own.

#![allow(clippy::unwrap_used, reason = "what is not there fails the test")]

mod opening;
mod reading;
mod stage;
mod stand_in;
