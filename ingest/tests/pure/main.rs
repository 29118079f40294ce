//! The pure part: bytes in, values out, no socket and no log.

#![allow(clippy::unwrap_used, reason = "a test whose stage cannot be set has failed")]

mod arbitrary;
mod bodies;
mod fields;
mod front;
mod identity;
mod kept_lines;
mod numbers;
mod redaction;
mod rejections;
mod samples;
mod whole_record;
