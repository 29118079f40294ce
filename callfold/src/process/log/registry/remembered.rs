//! The ids of a log on the disk of this machine, so that a start needs no registry, and so that a
//! registry which has other ids than the log is noticed.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// The file's name in `log.dir`.
const FILE: &str = "registry.json";

/// What stands in the file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Remembered {
    /// Which log has these ids.
    pub(super) log_id: String,
    /// The registry's id for each of callfold's.
    pub(super) ids: BTreeMap<u32, u32>,
}

impl Remembered {
    /// Where the file is.
    pub(super) fn path(dir: &Path) -> PathBuf {
        dir.join(FILE)
    }

    /// Reads the file; none when there is none.
    ///
    /// # Errors
    /// A file that cannot be read or is another's.
    pub(super) fn load(dir: &Path) -> Result<Option<Remembered>, Failure> {
        let path = Remembered::path(dir);
        let attempted = || format!("reading {}", path.display());
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Failure::because(&attempted(), &error)),
        };
        serde_json::from_slice(&bytes).map(Some).map_err(|error| {
            let what =
                format!("{error}; delete it when the registry is there, it says all ids again");
            Failure::because(&attempted(), &what)
        })
    }

    /// Writes the file: whole, or the one before stays.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn save(&self, dir: &Path) -> Result<(), Failure> {
        let path = Remembered::path(dir);
        let write = || {
            std::fs::create_dir_all(dir)?;
            let mut fresh = tempfile::NamedTempFile::new_in(dir)?;
            serde_json::to_writer_pretty(&mut fresh, self)?;
            fresh.write_all(b"\n")?;
            fresh.as_file().sync_all()?;
            fresh.persist(&path).map_err(|error| error.error)?;
            std::fs::File::open(dir)?.sync_all()
        };
        write().map_err(|error: std::io::Error| {
            Failure::because(&format!("writing {}", path.display()), &error)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again_and_a_file_of_something_else_is_told() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(Remembered::load(dir.path()).unwrap(), None);
        let ids = BTreeMap::from([(2_000_001_001, 3), (2_000_002_001, 4)]);
        let remembered = Remembered { log_id: "a".to_owned(), ids };
        remembered.save(&dir.path().join("made")).unwrap();
        assert_eq!(Remembered::load(&dir.path().join("made")).unwrap(), Some(remembered));
        std::fs::write(Remembered::path(dir.path()), "{\"log_id\"").unwrap();
        let told = Remembered::load(dir.path()).unwrap_err().to_string();
        assert!(told.contains("registry.json") && told.contains("delete it"), "{told}");
    }
}
