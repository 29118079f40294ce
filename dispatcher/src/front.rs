//! The way to Front.

pub(crate) mod client;
pub(crate) mod guard;
