//! A file layer that writes down what is asked of it, holds syncs back, and fails on demand.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use eventlog::embedded::files::{FileHandle, Files, RealFiles};

/// What was asked, by the file's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    Create(String),
    Write(String, usize),
    Sync(String),
    SyncDir,
    Rename(String, String),
    Remove(String),
    SetLen(String, u64),
}

/// How the next calls fail, until the fault is taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// There is room for so many bytes in all.
    Room(usize),
    /// Writes of frames fail as a broken disk.
    WriteBroken,
    /// Syncs of segments fail, once or for ever.
    SyncBroken,
    /// No file can be made.
    NoNewFiles,
    /// After so many more changes nothing reaches the disk, as when the process is killed.
    DeadAfter(usize),
}

#[derive(Default)]
struct State {
    calls: Vec<Call>,
    fault: Option<Fault>,
    /// Syncs of segments wait.
    held: bool,
    /// How many wait.
    waiting: usize,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

/// The layer. Clones share everything.
#[derive(Clone, Default)]
pub struct InjectedFiles(Arc<Shared>);

impl InjectedFiles {
    pub fn new() -> InjectedFiles {
        InjectedFiles::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().expect("no test panics while it holds the lock")
    }

    /// All calls since the last time.
    pub fn take_calls(&self) -> Vec<Call> {
        std::mem::take(&mut self.state().calls)
    }

    pub fn set_fault(&self, fault: Option<Fault>) {
        self.state().fault = fault;
    }

    /// From now on syncs of segments wait.
    pub fn hold_syncs(&self) {
        self.state().held = true;
    }

    /// Lets them go on.
    pub fn release_syncs(&self) {
        self.state().held = false;
        self.0.changed.notify_all();
    }

    /// Blocks until a sync waits.
    pub fn wait_for_a_held_sync(&self) {
        let (state, patience) = (self.state(), Duration::from_secs(120));
        let waited = self.0.changed.wait_timeout_while(state, patience, |state| state.waiting == 0);
        let (state, _) = waited.expect("no test panics while it holds the lock");
        assert!(state.waiting > 0, "nothing is synced");
    }

    /// One change, or its failure when the process is dead.
    fn change(&self) -> io::Result<()> {
        let mut state = self.state();
        match state.fault {
            Some(Fault::DeadAfter(0)) => Err(broken()),
            Some(Fault::DeadAfter(more)) => {
                state.fault = Some(Fault::DeadAfter(more - 1));
                Ok(())
            }
            Some(Fault::Room(_) | Fault::WriteBroken | Fault::SyncBroken | Fault::NoNewFiles)
            | None => Ok(()),
        }
    }

    fn note(&self, call: Call) {
        self.state().calls.push(call);
    }

    fn handle(&self, path: &Path, file: Arc<dyn FileHandle>) -> Arc<dyn FileHandle> {
        Arc::new(InjectedFile { files: self.clone(), name: name(path), file })
    }
}

fn name(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

fn no_space() -> io::Error {
    io::Error::from(io::ErrorKind::StorageFull)
}

fn broken() -> io::Error {
    io::Error::other("the disk is broken")
}

impl Files for InjectedFiles {
    fn create(&self, path: &Path) -> io::Result<Arc<dyn FileHandle>> {
        if self.state().fault == Some(Fault::NoNewFiles) {
            return Err(no_space());
        }
        self.change()?;
        self.note(Call::Create(name(path)));
        Ok(self.handle(path, RealFiles.create(path)?))
    }

    fn open(&self, path: &Path, writable: bool) -> io::Result<Arc<dyn FileHandle>> {
        Ok(self.handle(path, RealFiles.open(path, writable)?))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.change()?;
        self.note(Call::Rename(name(from), name(to)));
        RealFiles.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        if path.exists() {
            self.change()?;
        }
        RealFiles.remove(path)?;
        self.note(Call::Remove(name(path)));
        Ok(())
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        RealFiles.create_dir(path)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.change()?;
        self.note(Call::SyncDir);
        RealFiles.sync_dir(path)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<PathBuf>> {
        RealFiles.list(path)
    }
}

struct InjectedFile {
    files: InjectedFiles,
    name: String,
    file: Arc<dyn FileHandle>,
}

impl FileHandle for InjectedFile {
    fn write_at(&self, bytes: &[u8], place: u64) -> io::Result<()> {
        let fault = self.files.state().fault;
        match fault {
            Some(Fault::Room(room)) if bytes.len() > room => {
                // A full disk takes what fits.
                self.file.write_at(&bytes[..room], place)?;
                self.files.set_fault(Some(Fault::Room(0)));
                return Err(no_space());
            }
            Some(Fault::Room(room)) => self.files.set_fault(Some(Fault::Room(room - bytes.len()))),
            Some(Fault::WriteBroken) => return Err(broken()),
            Some(Fault::SyncBroken | Fault::NoNewFiles | Fault::DeadAfter(_)) | None => {}
        }
        self.files.change()?;
        self.files.note(Call::Write(self.name.clone(), bytes.len()));
        self.file.write_at(bytes, place)
    }

    fn read_at(&self, bytes: &mut [u8], place: u64) -> io::Result<()> {
        self.file.read_at(bytes, place)
    }

    fn sync_data(&self) -> io::Result<()> {
        if self.name.ends_with(".seg") {
            let mut state = self.files.state();
            if state.fault == Some(Fault::SyncBroken) {
                return Err(broken());
            }
            state.waiting += 1;
            self.files.0.changed.notify_all();
            let go_on = self.files.0.changed.wait_while(state, |state| state.held);
            go_on.expect("no test panics while it holds the lock").waiting -= 1;
        }
        self.files.change()?;
        self.file.sync_data()?;
        self.files.note(Call::Sync(self.name.clone()));
        Ok(())
    }

    fn set_len(&self, bytes: u64) -> io::Result<()> {
        self.files.change()?;
        self.files.note(Call::SetLen(self.name.clone(), bytes));
        self.file.set_len(bytes)
    }

    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }
}
