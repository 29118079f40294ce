#![doc = include_str!("../README.md")]

pub mod model;
pub mod snapshot;

// --- edge ---

pub mod aircall;
pub mod front;
pub mod spec;
