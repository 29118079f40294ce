//! What of the embedded log can be set, with argued defaults.

use std::time::Duration;

/// Sizes and thresholds.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// A segment is closed when it has this many bytes. 128 MiB: after a crash the unclosed one is
    /// read again in about a tenth of a second, and a 100 GiB log has fewer than a thousand files.
    pub segment_bytes: u64,
    /// How many appends and commits may wait for the next frame. 1,024: four times the 256
    /// connections that ingest serves at once.
    pub queue_requests: usize,
    /// How many bytes of records may wait. 128 MiB: two commits of the largest size.
    pub queue_bytes: u32,
    /// A frame takes no more requests when it has this many bytes. 8 MiB: some milliseconds of
    /// writing on a slow disk, as long as its sync takes anyway.
    pub frame_bytes: usize,
    /// Compaction starts when segments that it has not seen have this share of all closed bytes of
    /// compacted topics. 0.5, as a Kafka broker's `min.cleanable.dirty.ratio`: at most half of the
    /// disk's use is waste, and each byte is rewritten about twice.
    pub compact_dirty_ratio: f64,
    /// ... and at least this many bytes. 64 MiB: below that nothing is won.
    pub compact_dirty_bytes: u64,
    /// How many keys one compaction keeps track of; the rest waits for the next one. 2 million:
    /// about 100 MB of memory while it runs.
    pub compact_keys: usize,
    /// A segment is rewritten when this share of its blocks is older than its retention. 0.3: what must go
    /// is gone when at most a third more of the disk is used.
    pub expired_ratio: f64,
    /// How often the cleaner looks, besides after each closed segment. 10 minutes: retention is
    /// counted in days.
    pub clean_every: Duration,
    /// A closed segment whose blocks are on average smaller than this is rewritten into larger
    /// ones. 8 KiB: below that reading costs more in calls than in bytes.
    pub small_block_bytes: u64,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            segment_bytes: 128 << 20,
            queue_requests: 1_024,
            queue_bytes: 128 << 20,
            frame_bytes: 8 << 20,
            compact_dirty_ratio: 0.5,
            compact_dirty_bytes: 64 << 20,
            compact_keys: 2_000_000,
            expired_ratio: 0.3,
            clean_every: Duration::from_mins(10),
            small_block_bytes: 8 << 10,
        }
    }
}
