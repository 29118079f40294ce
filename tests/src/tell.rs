//! Saying something to whoever runs the tests, also when they pass.

use std::io::Write;

/// Writes a line straight to standard error: what a test that passes prints is kept from people.
///
/// # Panics
/// When nobody can be told.
pub fn tell(line: &str) {
    writeln!(std::io::stderr(), "{line}").expect("standard error can be written to");
}
