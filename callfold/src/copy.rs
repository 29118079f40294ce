//! `copy`: everything of one log carried over to another, so that whoever works on it then goes on as if
//! nothing had happened: nothing is sent to Front again, and nothing is missing.
//!
//! Records keep their times, keys, headers and the order of their partition. Positions mean nothing in
//! another log, so the target gets its own: see [`plan`]. Ids of schemas are each log's own business: a
//! record is carried as callfold reads it.

pub mod carry;
pub mod error;
pub mod found;
pub mod home;
pub mod look;
pub mod marks;
pub mod place;
pub mod plan;
pub mod positions;
pub mod sides;
pub mod telling;
pub mod unfinished;
