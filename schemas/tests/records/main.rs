//! Every record type against its schemas: what is written can be read, now and for ever.

#![allow(clippy::unwrap_used, reason = "in a test a failed unwrap is the failure to report")]

mod agreement;
mod calls;
mod dictionary;
mod dispatching;
mod evolution;
mod golden;
mod history;
mod hostile;
mod ids;
mod projecting;
mod read_by_place;
mod round_trip;
mod sample;
