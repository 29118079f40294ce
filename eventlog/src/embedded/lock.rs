//! The directory's lock: one process writes, or several read, never both.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;

use rustix::fs::{FlockOperation, flock};

use super::open_error::OpenError;

const LOCK: &str = "LOCK";

/// Held as long as the log is open; the system lets go of it when the process ends.
#[derive(Debug)]
pub(crate) struct DirLock {
    _file: File,
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
        Ok(DirLock { _file: file })
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
        Ok(DirLock { _file: file })
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
