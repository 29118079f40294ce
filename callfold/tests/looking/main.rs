//! What a person is told who looks at a log: the views, over a log in memory that holds what the
//! services would have written.

#![allow(clippy::unwrap_used, reason = "what is not there fails the test")]

mod conversation;
mod events;
mod export;
mod shelf;
mod status;
