//! `copy`: everything of a log in another, once, and nothing that is not whole taken for a log.

#![allow(clippy::unwrap_used, reason = "what is not there fails the test")]

mod carrying;
mod centre;
mod refusing;
