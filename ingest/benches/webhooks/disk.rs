//! What the disk itself takes for one small synced write.

use std::io::Write;
use std::path::Path;

use hdrhistogram::Histogram;

/// Appends 4 KiB and calls `fdatasync`, 500 times, and prints how long that took.
pub fn print_sync_time(dir: &Path) {
    std::fs::create_dir_all(dir).unwrap();
    let path = dir.join("sync-probe");
    let mut file = std::fs::File::create(&path).unwrap();
    let mut took_us = Histogram::<u64>::new(3).unwrap();
    for _ in 0..500 {
        let started = tokio::time::Instant::now();
        file.write_all(&[7; 4096]).unwrap();
        file.sync_data().unwrap();
        took_us.record(u64::try_from(started.elapsed().as_micros()).unwrap()).unwrap();
    }
    std::fs::remove_file(&path).unwrap();
    println!(
        "raw 4 KiB write and fdatasync: p50 {:.2} ms, p99 {:.2} ms, max {:.2} ms",
        took_us.value_at_quantile(0.5) as f64 / 1000.0,
        took_us.value_at_quantile(0.99) as f64 / 1000.0,
        took_us.max() as f64 / 1000.0
    );
}
