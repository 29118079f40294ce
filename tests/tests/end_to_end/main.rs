//! The program as a whole, between the simulated Aircall and the simulated Front.
//!
//! One program of all of them: they mostly wait, so that they take less time side by side.

mod crash;
mod full_disk;
mod input;
mod journeys;
mod real_input;
mod silence;
mod switches;

/// The program, with crash points that the environment may arm.
const BINARY: &str = env!("CARGO_BIN_EXE_callfold-with-crash-points");

/// Seconds since 1970.
#[allow(clippy::disallowed_methods, reason = "a test that plays calls of today must know today")]
fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}
