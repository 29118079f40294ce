//! What the kernel says about a process.

use std::time::Duration;

/// In which Linux tells processor time to programs.
const TICKS_PER_S: f64 = 100.0;

/// What a process has cost until now.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    /// Time of all its threads on a processor.
    pub cpu: Duration,
    /// The most memory that it had at once, in MiB.
    pub peak_mib: f64,
}

impl Cost {
    /// Of a running process.
    pub fn of(id: u32) -> Cost {
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap();
        // Behind the name, which may have spaces: user and system time are the 12th and 13th, in ticks.
        let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
        let ticks: u64 = fields[11..13].iter().map(|ticks| ticks.parse::<u64>().unwrap()).sum();
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        let peak_kib: f64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
        let cpu = Duration::from_secs_f64(ticks as f64 / TICKS_PER_S);
        Cost { cpu, peak_mib: peak_kib / 1024.0 }
    }
}
