//! The folder of a local store: whose it is, whether it has room, and how it goes away.

use std::fs::{File, TryLockError};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::StoreError;

/// What a store must find room for before it is opened: its first segments. What it cannot write
/// it notices late, on threads of its own, and nothing of it can be used afterwards.
const ROOM_BYTES: usize = 2 << 20;

/// Takes the lock beside the store: whoever has it is the only one that opens the store. What an
/// earlier holder left of stores that had failed is removed.
pub(super) fn hold(dir: &Path, name: &str) -> Result<File, StoreError> {
    let store = dir.join(name);
    let failed = |error: std::io::Error| StoreError::Failed {
        store: store.clone(),
        what: error.to_string(),
    };
    std::fs::create_dir_all(dir).map_err(failed)?;
    let lock = File::create(dir.join(format!("{name}.lock"))).map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(StoreError::Held(store)),
        Err(TryLockError::Error(error)) => return Err(failed(error)),
    }
    for entry in std::fs::read_dir(dir).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let left = entry.file_name();
        let number = left.to_str().and_then(|left| left.strip_prefix(name)?.strip_prefix('.'));
        if number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit())) {
            remove(&entry.path()).map_err(failed)?;
        }
    }
    Ok(lock)
}

/// Where the store is that comes after so many that have failed. What failed may still have a
/// thread that works on its folder, so the next one gets another.
pub(super) fn folder(dir: &Path, name: &str, failed: u32) -> PathBuf {
    if failed == 0 { dir.join(name) } else { dir.join(format!("{name}.{failed}")) }
}

/// Tries whether there is room for a store.
pub(super) fn room(at: &Path) -> Result<(), StoreError> {
    let file = at.with_extension("room");
    let tried = File::create(&file).and_then(|mut file| {
        file.write_all(&vec![0x5a; ROOM_BYTES])?;
        file.sync_data()
    });
    // Where it cannot be removed it is in nobody's way: the next try takes its place.
    let _ = std::fs::remove_file(&file);
    let full =
        |error: std::io::Error| StoreError::Full { store: at.to_owned(), what: error.to_string() };
    tried.map_err(full)
}

/// Removes a folder, if it is there.
pub(super) fn remove(at: &Path) -> std::io::Result<()> {
    match std::fs::remove_dir_all(at) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        done => done,
    }
}
