//! Front and Aircall as local HTTP servers that keep state, limits and faults.
//!
//! This crate depends on nothing else of callfold: it is the two services as their documentation
//! has them, so that a wrong belief is not shared by both sides. [`front`] is the Front simulator,
//! [`aircall`] the Aircall simulator, and [`model`] says, from the generated calls and the acts of
//! people alone, what Front must show in the end.

pub mod model;
pub mod snapshot;

// --- edge ---

pub mod aircall;
pub mod front;
pub mod spec;
