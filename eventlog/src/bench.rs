//! What the benches of all crates share: the machine, the raw sync of its disk in the same run, and
//! how a figure is judged beside its bar. Nothing of it is in the program.

mod timed_files;

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use tokio::time::Instant;

pub use timed_files::{Syncs, TimedFiles};

const TMPFS: u64 = 0x0102_1994;

/// Prints processors, kernel, the file system of `dir` and the load. False on tmpfs, where a sync
/// costs nothing and figures mean nothing.
///
/// # Panics
/// When there is no file system at `dir`.
#[must_use]
pub fn print_machine(dir: &Path) -> bool {
    let stat = rustix::fs::statfs(dir).expect("a file system");
    let kind = u64::try_from(stat.f_type).unwrap_or(0);
    let cpus = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let models: Vec<&str> = cpus.lines().filter(|line| line.starts_with("model name")).collect();
    let model = models.first().and_then(|line| line.split(": ").nth(1)).unwrap_or("unknown");
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    println!("machine: {} x {model}, Linux {}", models.len(), kernel.trim());
    let name = match kind {
        0xef53 => "ext4",
        0x5846_5342 => "xfs",
        0x9123_683e => "btrfs",
        TMPFS => "tmpfs",
        _ => "another",
    };
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!("file system: {name} ({kind:#x}); load before: {}", load.trim());
    if kind == TMPFS {
        println!("refused: on tmpfs a sync costs nothing; use a folder on a disk");
    }
    kind != TMPFS
}

/// Raw syncs of a disk: what the log does for a frame, by hand. Run them in turns with what is
/// measured, so that both meet the same disk.
pub struct RawSyncs {
    path: PathBuf,
    file: File,
    at: u64,
    content: Vec<u8>,
    /// How long each took, in their order.
    took: Vec<Duration>,
}

impl RawSyncs {
    /// On a file of their own in `dir`, each of so many bytes.
    ///
    /// # Panics
    /// When there can be no file.
    #[must_use]
    pub fn new(dir: &Path, bytes: usize) -> RawSyncs {
        let path = dir.join(format!("raw-syncs-of-{bytes}"));
        let mut options = OpenOptions::new();
        let file = options.write(true).create(true).truncate(true).open(&path).expect("a file");
        RawSyncs { path, file, at: 0, content: vec![7; bytes], took: Vec::new() }
    }

    /// So many writes at the end of the file, each with its `fdatasync`.
    ///
    /// # Panics
    /// When the disk fails.
    pub fn run(&mut self, times: usize) {
        for _ in 0..times {
            let began = Instant::now();
            self.file.write_all_at(&self.content, self.at).expect("writes");
            self.file.sync_data().expect("syncs");
            self.took.push(began.elapsed());
            self.at += self.content.len() as u64;
        }
    }

    /// How long they took.
    #[must_use]
    pub fn times(&self) -> Times {
        Times::of(self.took.clone())
    }

    /// Prints them.
    pub fn print(&self) {
        println!("raw write of {} bytes and fdatasync: {}", self.content.len(), self.times());
    }
}

impl Drop for RawSyncs {
    fn drop(&mut self) {
        // What stays is in a folder that goes, or in the way of nobody.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Times that were measured.
#[derive(Debug, Clone, Default)]
pub struct Times(Vec<Duration>);

impl Times {
    /// Of these.
    #[must_use]
    pub fn of(mut times: Vec<Duration>) -> Times {
        times.sort_unstable();
        Times(times)
    }

    /// The time that so many per thousand did not exceed, in ms; 0 when there are none.
    #[must_use]
    pub fn permille_ms(&self, permille: usize) -> f64 {
        let at = (self.0.len() * permille / 1_000).min(self.0.len().saturating_sub(1));
        self.0.get(at).map_or(0.0, |time| time.as_secs_f64() * 1e3)
    }

    /// The middle one, in ms.
    #[must_use]
    pub fn p50_ms(&self) -> f64 {
        self.permille_ms(500)
    }

    /// What 1 of 100 exceeds, in ms.
    #[must_use]
    pub fn p99_ms(&self) -> f64 {
        self.permille_ms(990)
    }
}

impl std::fmt::Display for Times {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [p50, p99, p999, max] =
            [500, 990, 999, 1_000].map(|permille| self.permille_ms(permille));
        write!(f, "p50 {p50:.2} ms, p99 {p99:.2} ms, p99.9 {p999:.2} ms, max {max:.2} ms")
    }
}

/// The bars of a bench.
#[derive(Debug, Default)]
pub struct Bars {
    missed: u32,
}

impl Bars {
    /// Prints a figure beside its bar.
    pub fn judge(&mut self, holds: bool, line: &str) {
        println!("{} {line}", if holds { "ok    " } else { "MISSED" });
        self.missed += u32::from(!holds);
    }

    /// Prints a figure whose bar holds only where the disk allows it: `at_best` is what the disk's
    /// syncs of the same run leave possible, in the bar's unit. Where that is over the bar itself, the run
    /// says nothing about the program, and says so.
    pub fn judge_where_the_disk_allows(&mut self, figure: f64, bar: f64, at_best: f64, line: &str) {
        if figure < bar || at_best < bar {
            self.judge(figure < bar, line);
        } else {
            println!("DISK   {line}: the disk alone gives {at_best:.2} at best in this run");
        }
    }

    /// 1 when a bar was missed.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        if self.missed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_missed_only_where_the_disk_allows_it() {
        for (figure, at_best, missed) in
            [(9.0, 5.0, 0), (9.0, 50.0, 0), (11.0, 50.0, 0), (11.0, 5.0, 1)]
        {
            let mut bars = Bars::default();
            bars.judge_where_the_disk_allows(figure, 10.0, at_best, "a figure");
            assert_eq!(bars.missed, missed, "{figure} {at_best}");
        }
    }
}
