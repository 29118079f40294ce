//! The machine's files, with a watch on each sync: what the disk took while the log used it.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::Times;
use crate::embedded::files::{FileHandle, Files, RealFiles};

/// A log that rests for longer than this between two syncs has no requests; nobody comes then.
const REST: Duration = Duration::from_millis(20);
/// How often somebody comes: often enough that each sync meets some.
const EVERY: Duration = Duration::from_micros(50);

/// When a sync began, and how long it took until the thread that asked for it ran again.
type Sync = (Instant, Duration);

/// Files whose syncs are timed.
#[derive(Debug, Clone, Default)]
pub struct TimedFiles(Arc<Mutex<Vec<Sync>>>);

impl TimedFiles {
    /// Takes the syncs of the log's content since the last call, in their order.
    #[must_use]
    pub fn take(&self) -> Syncs {
        Syncs(std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner)))
    }

    fn timed(&self, file: Arc<dyn FileHandle>) -> Arc<dyn FileHandle> {
        Arc::new(TimedFile { file, syncs: self.clone() })
    }
}

/// Syncs that a log made.
#[derive(Debug)]
pub struct Syncs(Vec<Sync>);

impl Syncs {
    /// How long they took.
    #[must_use]
    pub fn times(&self) -> Times {
        Times::of(self.0.iter().map(|(_, took)| *took).collect())
    }

    /// How long somebody had to wait for these syncs alone who came at any moment: for the rest of
    /// the one that ran, and for the whole next one. No log that answers after a sync was faster on this
    /// disk in these seconds.
    #[must_use]
    pub fn waits(&self) -> Times {
        let mut waits = Vec::new();
        for pair in self.0.windows(2) {
            let [(began, took), (next_began, next_took)] = pair else { continue };
            let ended = *began + *took;
            if next_began.saturating_duration_since(ended) > REST {
                continue;
            }
            let mut comes = *began;
            while comes < *next_began {
                waits.push(ended.saturating_duration_since(comes) + *next_took);
                comes += EVERY;
            }
        }
        Times::of(waits)
    }
}

impl Files for TimedFiles {
    fn create(&self, path: &Path) -> io::Result<Arc<dyn FileHandle>> {
        Ok(self.timed(RealFiles.create(path)?))
    }

    fn open(&self, path: &Path, writable: bool) -> io::Result<Arc<dyn FileHandle>> {
        Ok(self.timed(RealFiles.open(path, writable)?))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        RealFiles.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        RealFiles.remove(path)
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        RealFiles.create_dir(path)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        RealFiles.sync_dir(path)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<PathBuf>> {
        RealFiles.list(path)
    }
}

struct TimedFile {
    file: Arc<dyn FileHandle>,
    syncs: TimedFiles,
}

impl FileHandle for TimedFile {
    fn write_at(&self, bytes: &[u8], place: u64) -> io::Result<()> {
        self.file.write_at(bytes, place)
    }

    fn read_at(&self, bytes: &mut [u8], place: u64) -> io::Result<()> {
        self.file.read_at(bytes, place)
    }

    fn sync_data(&self) -> io::Result<()> {
        let began = Instant::now();
        let result = self.file.sync_data();
        let mut syncs = self.syncs.0.lock().unwrap_or_else(PoisonError::into_inner);
        syncs.push((began, began.elapsed()));
        result
    }

    fn set_len(&self, bytes: u64) -> io::Result<()> {
        self.file.set_len(bytes)
    }

    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn who_comes_during_a_sync_waits_for_its_rest_and_for_the_next() {
        let began = Instant::now();
        let syncs = Syncs(vec![(began, ms(10)), (began + ms(10), ms(2)), (began + ms(12), ms(2))]);
        let waits = syncs.waits();
        assert!((waits.permille_ms(1_000) - 12.0).abs() < 0.1, "{waits}");
        assert!((6.0..7.1).contains(&waits.p50_ms()), "{waits}");
    }

    #[test]
    fn a_long_sync_keeps_as_many_waiting_as_come_during_it() {
        // 98 of 99 syncs take 1 ms, but half of the time is spent in the one that takes 98 ms.
        let mut at = Instant::now();
        let syncs = (0..99).map(|number| {
            let sync = (at, ms(if number == 49 { 98 } else { 1 }));
            at += sync.1;
            sync
        });
        let syncs = Syncs(syncs.collect());
        assert!((syncs.times().p50_ms() - 1.0).abs() < 1e-9);
        let waits = syncs.waits();
        assert!((1.7..1.9).contains(&waits.permille_ms(400)), "{waits}");
        assert!((95.0..100.0).contains(&waits.p99_ms()), "{waits}");
    }

    #[test]
    fn nobody_comes_while_the_log_rests() {
        let began = Instant::now();
        let syncs = Syncs(vec![(began, ms(1)), (began + ms(500), ms(1)), (began + ms(501), ms(3))]);
        assert!((syncs.waits().permille_ms(1_000) - 4.0).abs() < 0.1, "{}", syncs.waits());
        assert!((syncs.times().permille_ms(1_000) - 3.0).abs() < 0.01);
    }

    #[test]
    fn syncs_of_files_are_timed_once() {
        let dir = tempfile::tempdir().expect("a folder");
        let files = TimedFiles::default();
        let file = files.create(&dir.path().join("a")).expect("a file");
        file.write_at(b"x", 0).expect("writes");
        file.sync_data().expect("syncs");
        assert_eq!(files.take().0.len(), 1);
        assert!(files.take().0.is_empty());
    }
}
