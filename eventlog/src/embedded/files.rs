//! The file layer under the log: the few calls it makes, as a trait, so that a test can see their
//! order and let them fail.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What the log asks of a file system.
pub trait Files: Send + Sync + 'static {
    /// Makes a file that must not exist yet, for reading and writing.
    ///
    /// # Errors
    /// The system's.
    fn create(&self, path: &Path) -> io::Result<Arc<dyn FileHandle>>;

    /// Opens a file that exists.
    ///
    /// # Errors
    /// The system's.
    fn open(&self, path: &Path, writable: bool) -> io::Result<Arc<dyn FileHandle>>;

    /// Gives a file another name, replacing one that has it.
    ///
    /// # Errors
    /// The system's.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file.
    ///
    /// # Errors
    /// The system's.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Makes a directory and those above it.
    ///
    /// # Errors
    /// The system's.
    fn create_dir(&self, path: &Path) -> io::Result<()>;

    /// Makes the names in a directory durable.
    ///
    /// # Errors
    /// The system's.
    fn sync_dir(&self, path: &Path) -> io::Result<()>;

    /// The files in a directory.
    ///
    /// # Errors
    /// The system's.
    fn list(&self, path: &Path) -> io::Result<Vec<PathBuf>>;
}

/// An open file.
pub trait FileHandle: Send + Sync + 'static {
    /// Writes all of `bytes` at `place`.
    ///
    /// # Errors
    /// The system's; a part may be written.
    fn write_at(&self, bytes: &[u8], place: u64) -> io::Result<()>;

    /// Fills `bytes` from `place`.
    ///
    /// # Errors
    /// The system's, and `UnexpectedEof`.
    fn read_at(&self, bytes: &mut [u8], place: u64) -> io::Result<()>;

    /// Makes content and length durable: `fdatasync`.
    ///
    /// # Errors
    /// The system's; what is durable is then unknown.
    fn sync_data(&self) -> io::Result<()>;

    /// Cuts or extends the file.
    ///
    /// # Errors
    /// The system's.
    fn set_len(&self, bytes: u64) -> io::Result<()>;

    /// How many bytes it has.
    ///
    /// # Errors
    /// The system's.
    fn len(&self) -> io::Result<u64>;

    /// Whether it has none.
    ///
    /// # Errors
    /// The system's.
    fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }
}

/// The machine's files.
#[derive(Debug, Clone, Copy, Default)]
pub struct RealFiles;

impl Files for RealFiles {
    fn create(&self, path: &Path) -> io::Result<Arc<dyn FileHandle>> {
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(path)?;
        Ok(Arc::new(RealFile(file)))
    }

    fn open(&self, path: &Path, writable: bool) -> io::Result<Arc<dyn FileHandle>> {
        let file = OpenOptions::new().read(true).write(writable).open(path)?;
        Ok(Arc::new(RealFile(file)))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_file(path)
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        std::fs::create_dir_all(path)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    fn list(&self, path: &Path) -> io::Result<Vec<PathBuf>> {
        std::fs::read_dir(path)?.map(|entry| entry.map(|entry| entry.path())).collect()
    }
}

struct RealFile(File);

impl FileHandle for RealFile {
    fn write_at(&self, bytes: &[u8], place: u64) -> io::Result<()> {
        self.0.write_all_at(bytes, place)
    }

    fn read_at(&self, bytes: &mut [u8], place: u64) -> io::Result<()> {
        self.0.read_exact_at(bytes, place)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn set_len(&self, bytes: u64) -> io::Result<()> {
        self.0.set_len(bytes)
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }
}

/// Whether an error says that there is no space: a full disk, a quota, a limit on file sizes.
#[must_use]
pub fn is_no_space(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
    )
}

/// Reads a whole file.
///
/// # Errors
/// The system's.
pub fn read_all(file: &dyn FileHandle) -> io::Result<Vec<u8>> {
    let bytes = usize::try_from(file.len()?).map_err(io::Error::other)?;
    let mut content = vec![0; bytes];
    file.read_at(&mut content, 0)?;
    Ok(content)
}

/// Writes a small file so that after a crash either the old or the new content is there: under
/// another name, synced, renamed, and the directory synced.
///
/// # Errors
/// The system's; the old content is then still there.
pub fn replace(files: &dyn Files, dir: &Path, name: &str, content: &[u8]) -> io::Result<()> {
    let new = dir.join(format!("{name}.new"));
    match files.remove(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let file = files.create(&new)?;
    file.write_at(content, 0)?;
    file.sync_data()?;
    files.rename(&new, &dir.join(name))?;
    files.sync_dir(dir)
}
