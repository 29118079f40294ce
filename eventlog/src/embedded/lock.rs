//! The directory's lock: one process writes, or several read, never both.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use super::open_error::OpenError;

const LOCK: &str = "LOCK";

/// Held as long as the log is open; the system lets go of it when the process ends.
#[derive(Debug)]
pub(crate) struct DirLock {
    path: PathBuf,
    file: File,
}

impl DirLock {
    /// Takes the directory to write.
    pub(crate) fn exclusive(dir: &Path) -> Result<DirLock, OpenError> {
        let path = dir.join(LOCK);
        let failed = |source| OpenError::io("lock", &path, source);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(&path).map_err(failed)?;
        if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
            return Err(held(dir, &file));
        }
        file.set_len(0).map_err(failed)?;
        file.write_all(std::process::id().to_string().as_bytes()).map_err(failed)?;
        Ok(DirLock { path, file })
    }

    /// Takes the directory to read: others may read too.
    pub(crate) fn shared(dir: &Path) -> Result<DirLock, OpenError> {
        let path = dir.join(LOCK);
        let file = File::open(&path).map_err(|source| match source.kind() {
            std::io::ErrorKind::NotFound => OpenError::Absent { dir: dir.to_owned() },
            _ => OpenError::io("lock", &path, source),
        })?;
        if flock(&file, FlockOperation::NonBlockingLockShared).is_err() {
            return Err(held(dir, &file));
        }
        Ok(DirLock { path, file })
    }
}

impl DirLock {
    /// Whether the directory is still the one that was locked: one that somebody removed goes on taking
    /// writes, and nobody will ever find them. None when it is, else a sentence.
    pub(crate) fn is_gone(&self) -> Option<String> {
        let same = |found: &std::fs::Metadata, own: &std::fs::Metadata| {
            (found.dev(), found.ino()) == (own.dev(), own.ino())
        };
        match (std::fs::metadata(&self.path), self.file.metadata()) {
            (Ok(found), Ok(own)) if same(&found, &own) => None,
            _ => Some(format!(
                "{} is not the file that this log locked: its folder was removed or replaced",
                self.path.display()
            )),
        }
    }
}

/// Who holds it: readers when it can be shared, else the process that wrote its id.
fn held(dir: &Path, mut file: &File) -> OpenError {
    if flock(file, FlockOperation::NonBlockingLockShared).is_ok() {
        return OpenError::BeingRead { dir: dir.to_owned() };
    }
    let mut holder = String::new();
    let known = file.read_to_string(&mut holder).is_ok() && !holder.is_empty();
    let holder = if known { holder } else { "(unknown)".to_owned() };
    OpenError::Held { dir: dir.to_owned(), holder }
}
