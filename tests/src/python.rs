//! A Python that has the libraries which others read the log with.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A Python that can import all of these: the project's own environment, or the machine's.
///
/// # Errors
/// What is missing, as a reason to skip.
pub fn with(modules: &[&str]) -> Result<PathBuf, String> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/python/bin/python");
    let imports = format!("import {}", modules.join(", "));
    let can = |python: &PathBuf| {
        let tried = Command::new(python).args(["-c", &imports]).output();
        tried.is_ok_and(|output| output.status.success())
    };
    [own, PathBuf::from("python3")]
        .into_iter()
        .find(can)
        .ok_or_else(|| format!("no Python with {}", modules.join(" and ")))
}

/// Says that `checks` checks are skipped and why, past the capture of a test's output.
///
/// # Panics
/// In CI (`CI=true`): there nothing is skipped.
#[allow(clippy::disallowed_methods, reason = "whether this is CI stands nowhere else")]
pub fn skipped(checks: usize, why: &str) {
    let line = format!("SKIPPED: {why}, {checks} checks not run: run .ci/python");
    assert!(std::env::var("CI").as_deref() != Ok("true"), "in CI nothing is skipped: {line}");
    // A terminal that is gone is no reason to fail.
    let _ = std::io::stderr().write_all(format!("{line}\n").as_bytes());
}
