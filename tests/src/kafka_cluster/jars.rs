//! What the processes are made of: copied once by Maven into a folder under target/.

use std::path::{Path, PathBuf};

use tokio::process::Command;

/// Something that Maven fetches.
pub(super) struct Fetched {
    /// What it is, for a person.
    what: &'static str,
    /// The start of its folder's name; the rest is made of the pom's content.
    folder: &'static str,
    /// Where the pom lies, below `tests/`.
    pom: &'static str,
    /// What stands in it.
    content: &'static str,
    /// Whether it is one archive, to be unpacked.
    packed: bool,
}

/// Kafka's jars.
pub(super) const KAFKA: Fetched = Fetched {
    what: "Kafka",
    folder: "test-broker",
    pom: "kafka/pom.xml",
    content: include_str!("../../kafka/pom.xml"),
    packed: false,
};

/// The registry's folder.
pub(super) const REGISTRY: Fetched = Fetched {
    what: "the registry",
    folder: "test-registry",
    pom: "kafka/registry/pom.xml",
    content: include_str!("../../kafka/registry/pom.xml"),
    packed: true,
};

/// What a Java program needs to read topics.
pub(super) const READER: Fetched = Fetched {
    what: "Avro for Java",
    folder: "test-reader",
    pom: "kafka/reader/pom.xml",
    content: include_str!("../../kafka/reader/pom.xml"),
    packed: false,
};

/// The folder with it; fetches it when it is not there yet.
///
/// # Errors
/// What is missing, as a reason to skip.
pub(super) async fn fetched(java: &Path, it: &Fetched) -> Result<PathBuf, String> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let target = here.join("../target");
    let number = eventlog::partitioner::murmur2(it.content.as_bytes());
    let folder = target.join(format!("{}-{number:08x}", it.folder));
    if folder.exists() {
        return Ok(folder);
    }
    std::fs::create_dir_all(&target).map_err(|error| format!("no folder for jars ({error})"))?;
    // Into a folder of its own, and then renamed: two test binaries may do this at once.
    let fresh = tempfile::Builder::new().prefix(&format!("{}-", it.folder)).tempdir_in(&target);
    let fresh = fresh.map_err(|error| format!("no folder for jars ({error})"))?.keep();
    let mut maven = Command::new("mvn");
    maven.args(["-q", "-B", "dependency:copy-dependencies", "-f"]).arg(here.join(it.pom));
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
        return Err(format!("Maven cannot fetch {} ({first})", it.what));
    }
    if it.packed {
        unpack(&fresh).await?;
    }
    if std::fs::rename(&fresh, &folder).is_err() {
        // Somebody else was faster.
        let _ = std::fs::remove_dir_all(&fresh);
    }
    Ok(folder)
}

/// Unpacks the one archive of a folder into it.
async fn unpack(folder: &Path) -> Result<(), String> {
    let mut found = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let archive = found.next().ok_or("Maven fetched nothing")?.path();
    let mut tar = Command::new("tar");
    let answer = tar.arg("-xzf").arg(&archive).arg("-C").arg(folder).output().await;
    let answer = answer.map_err(|_| "no tar".to_owned())?;
    if !answer.status.success() {
        return Err(format!("tar cannot unpack {}", archive.display()));
    }
    // Nobody misses it, and it is large.
    let _ = std::fs::remove_file(archive);
    Ok(())
}
