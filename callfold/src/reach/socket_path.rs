//! The command socket's place: in the log's folder, also when that folder's path is longer than a
//! socket address can be.

use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

/// The socket's name in `log.dir`.
pub const SOCKET: &str = "callfold.sock";

/// `sun_path` holds 108 bytes with the final zero.
const PATH_BYTES_MAX: usize = 107;

/// A path by which the socket `name` of `dir` can be bound and connected to. The open folder must
/// be kept as long as the path is used.
///
/// # Errors
/// A folder that cannot be opened.
pub fn reachable(dir: &Path, name: &str) -> std::io::Result<(PathBuf, Option<std::fs::File>)> {
    let path = dir.join(name);
    if path.as_os_str().len() <= PATH_BYTES_MAX {
        return Ok((path, None));
    }
    let folder = std::fs::File::open(dir)?;
    let short = PathBuf::from(format!("/proc/self/fd/{}/{name}", folder.as_raw_fd()));
    Ok((short, Some(folder)))
}
