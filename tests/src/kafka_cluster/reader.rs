//! A Java program that reads topics with Avro and a plain consumer.

use std::path::Path;
use std::process::Command;

use super::{jars, java};

/// The command that runs a source file of ours, given below `tests/`; Java compiles it in memory.
///
/// # Errors
/// What is missing, as a reason to skip.
pub async fn java(source: &str) -> Result<Command, String> {
    let java = java::find(17)?;
    let jars = jars::fetched(&java, &jars::READER).await?;
    let mut command = Command::new(java);
    command.arg("-cp").arg(jars.join("*"));
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(source));
    Ok(command)
}
