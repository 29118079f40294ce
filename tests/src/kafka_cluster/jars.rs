//! Kafka's jars, copied once by Maven into a folder under target/.

use std::path::{Path, PathBuf};

use tokio::process::Command;

/// What the jars are made of; the folder is named after its content.
const POM: &str = include_str!("../../kafka/pom.xml");

/// The folder with the jars; fetches them when it is not there yet.
///
/// # Errors
/// What is missing, as a reason to skip.
pub(super) async fn fetched(java: &Path) -> Result<PathBuf, String> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let target = here.join("../target");
    let folder =
        target.join(format!("test-broker-{:08x}", eventlog::partitioner::murmur2(POM.as_bytes())));
    if folder.exists() {
        return Ok(folder);
    }
    std::fs::create_dir_all(&target).map_err(|error| format!("no folder for jars ({error})"))?;
    // Into a folder of its own, and then renamed: two test binaries may do this at once.
    let fresh = tempfile::Builder::new().prefix("test-broker-").tempdir_in(&target);
    let fresh = fresh.map_err(|error| format!("no folder for jars ({error})"))?.keep();
    let mut maven = Command::new("mvn");
    maven.args(["-q", "-B", "dependency:copy-dependencies", "-f"]).arg(here.join("kafka/pom.xml"));
    maven.arg(format!("-DoutputDirectory={}", fresh.display()));
    // Maven looks for Java by itself, where a JDK that is not on PATH is not found.
    if let Some(home) = java.parent().and_then(Path::parent).filter(|home| home.is_absolute()) {
        maven.env("JAVA_HOME", home);
    }
    let answer = maven.output().await.map_err(|_| "no Maven".to_owned())?;
    if !answer.status.success() {
        let _ = std::fs::remove_dir_all(&fresh);
        let told = String::from_utf8_lossy(&answer.stdout);
        let first = told.lines().find(|line| line.contains("ERROR")).unwrap_or("no reason given");
        return Err(format!("Maven cannot fetch Kafka ({first})"));
    }
    if std::fs::rename(&fresh, &folder).is_err() {
        // Somebody else was faster.
        let _ = std::fs::remove_dir_all(&fresh);
    }
    Ok(folder)
}
