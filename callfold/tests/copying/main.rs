//! `copy`: everything of a log in another, once, and nothing that is not whole taken for a log.

mod carrying;
mod centre;
mod refusing;
