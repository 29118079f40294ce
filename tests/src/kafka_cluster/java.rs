//! Finds a Java that is new enough: on PATH, in `JAVA_HOME`, or where systems keep several.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Where systems put JDKs beside each other.
const FOLDERS: [&str; 3] = ["/usr/lib/jvm", "/usr/java", "/Library/Java/JavaVirtualMachines"];

/// A program `java` of at least this version.
///
/// # Errors
/// What is missing, as a reason to skip.
pub(super) fn find(version_min: u32) -> Result<PathBuf, String> {
    let mut found = vec![PathBuf::from("java")];
    found.extend(std::env::var_os("JAVA_HOME").map(|home| program(Path::new(&home))));
    for folder in FOLDERS {
        let homes = std::fs::read_dir(folder).into_iter().flatten().flatten();
        for home in homes.map(|entry| entry.path()) {
            found.push(program(&home));
            found.push(program(&home.join("Contents/Home")));
        }
    }
    found
        .into_iter()
        .find(|java| version(java).is_some_and(|version| version >= version_min))
        .ok_or_else(|| "no Java".to_owned())
}

fn program(home: &Path) -> PathBuf {
    home.join("bin").join("java")
}

/// The first number of what `java -version` says on its error output.
fn version(java: &Path) -> Option<u32> {
    let answer = Command::new(java).arg("-version").output().ok()?;
    number(&String::from_utf8_lossy(&answer.stderr))
}

fn number(text: &str) -> Option<u32> {
    let quoted = text.split('"').nth(1)?;
    quoted.split(['.', '-', '+']).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn the_version_is_read() {
        for (text, expected) in [
            ("openjdk version \"17.0.15\" 2025-04-15\nOpenJDK Runtime", Some(17)),
            ("openjdk version \"25\" 2025-09-16", Some(25)),
            ("openjdk version \"26-ea\" 2026-03-17", Some(26)),
            ("java version \"1.8.0_392\"", Some(1)),
            ("command not found", None),
        ] {
            assert_eq!(number(text), expected, "{text}");
        }
    }
}
