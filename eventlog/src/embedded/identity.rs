//! The file that says which log a directory holds.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::files::{Files, read_all, replace};
use super::format::FORMAT_VERSION;
use super::open_error::OpenError;
use crate::Identity;

const IDENTITY: &str = "IDENTITY";

#[derive(Serialize, Deserialize)]
struct Written {
    format_version: u32,
    #[serde(default)]
    log_id: String,
    #[serde(default)]
    id_space: String,
}

/// Who the log in `dir` is, with its id as a number; none when there is no log.
pub(crate) fn load(files: &dyn Files, dir: &Path) -> Result<Option<(Identity, u128)>, OpenError> {
    let path = dir.join(IDENTITY);
    let content = match files.open(&path, false).and_then(|file| read_all(&*file)) {
        Ok(content) => content,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(OpenError::io("read", &path, source)),
    };
    let damaged = || OpenError::Damaged { file: path.clone() };
    let written: Written = serde_json::from_slice(&content).map_err(|_| damaged())?;
    if written.format_version > FORMAT_VERSION {
        let (found, known) = (written.format_version, FORMAT_VERSION);
        return Err(OpenError::NewerFormat { dir: dir.to_owned(), found, known });
    }
    let number = u128::from_str_radix(&written.log_id, 16).map_err(|_| damaged())?;
    let Written { format_version, log_id, id_space } = written;
    Ok(Some((Identity { log_id, id_space, format_version }, number)))
}

/// Makes a new log's identity, durably.
pub(crate) fn create(
    files: &dyn Files,
    dir: &Path,
    id_space: &str,
) -> Result<(Identity, u128), OpenError> {
    let number: u128 = rand::random();
    let (log_id, format_version) = (format!("{number:032x}"), FORMAT_VERSION);
    let written = Written { format_version, log_id: log_id.clone(), id_space: id_space.to_owned() };
    let json = serde_json::to_vec(&written).expect("three plain fields serialise");
    let failed = |source| OpenError::io("write", &dir.join(IDENTITY), source);
    replace(files, dir, IDENTITY, &json).map_err(failed)?;
    Ok((Identity { log_id, id_space: id_space.to_owned(), format_version }, number))
}
